//! Rules, cases and tests laid side by side.

use super::{Fault, Rule, Scan, Test};
use std::collections::{BTreeMap, BTreeSet};

/// How well a rule is shown, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// By a case of the suite, over the wire.
    Case,
    /// By a test of a crate.
    Test,
    /// By nothing, for the reason that the list gives.
    Untestable,
    /// By nothing yet.
    Planned,
    /// By nothing.
    Uncovered,
}

impl Standing {
    /// As `coverage.lock` writes it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Case => "case",
            Self::Test => "test",
            Self::Untestable => "untestable",
            Self::Planned => "planned",
            Self::Uncovered => "uncovered",
        }
    }
}

/// One rule and what shows it.
#[derive(Clone, Debug)]
pub struct Covered {
    /// The rule.
    pub rule: Rule,
    /// The names of cases that cite it.
    pub cases: Vec<String>,
    /// The tests that bear its id.
    pub tests: Vec<Test>,
}

impl Covered {
    /// How well the rule is shown.
    pub fn standing(&self) -> Standing {
        match (&self.rule.untestable, &self.rule.planned) {
            _ if !self.cases.is_empty() => Standing::Case,
            _ if !self.tests.is_empty() => Standing::Test,
            (Some(_), _) => Standing::Untestable,
            (None, Some(_)) => Standing::Planned,
            (None, None) => Standing::Uncovered,
        }
    }

    /// Whether only tests show it that want a foreign peer.
    pub fn needs_a_peer(&self) -> bool {
        self.standing() == Standing::Test && self.tests.iter().all(|test| test.needs_a_peer)
    }

    fn first_witness(&self) -> Option<&str> {
        let tests = self.tests.iter().map(|test| &test.name);
        self.cases.iter().chain(tests).next().map(String::as_str)
    }
}

/// All rules with what shows them, and what is wrong with that.
#[derive(Clone, Debug)]
pub struct Coverage {
    /// In the order of the list.
    pub rules: Vec<Covered>,
    /// Sorted; empty when all is well.
    pub faults: Vec<Fault>,
}

impl Coverage {
    /// Lays the rules beside the cases (name, ids of rules) and the tests.
    pub fn new(rules: Vec<Rule>, cases: &[(String, Vec<String>)], scan: Scan) -> Coverage {
        let by_case = index(cases.iter().map(|case| (&case.0, &case.1)), String::clone);
        let by_test = index(scan.tests.iter().map(|test| (test, &test.ids)), Test::clone);
        let mut faults = scan.faults;
        faults.extend(contradictions(&rules));
        faults.extend(unlisted(&rules, cases, &scan.tests));
        let rules: Vec<Covered> = rules
            .into_iter()
            .map(|rule| Covered {
                cases: of(&by_case, &rule),
                tests: of(&by_test, &rule),
                rule,
            })
            .collect();
        faults.extend(rules.iter().filter_map(unshown));
        faults.sort();
        faults.dedup();
        Coverage { rules, faults }
    }
}

fn index<'a, W: 'a, T>(
    witnesses: impl Iterator<Item = (&'a W, &'a Vec<String>)>,
    kept: impl Fn(&W) -> T,
) -> BTreeMap<&'a str, Vec<T>> {
    let mut found: BTreeMap<&str, Vec<T>> = BTreeMap::new();
    for (witness, ids) in witnesses {
        for id in ids.iter().collect::<BTreeSet<_>>() {
            found.entry(id).or_default().push(kept(witness));
        }
    }
    found
}

/// What shows the rule, by its own id or by that of the rule that says the same.
fn of<T: Clone>(index: &BTreeMap<&str, Vec<T>>, rule: &Rule) -> Vec<T> {
    let ids = [Some(&rule.id), rule.same_as.as_ref()];
    ids.into_iter()
        .flatten()
        .filter_map(|id| index.get(id.as_str()))
        .flatten()
        .cloned()
        .collect()
}

fn contradictions(rules: &[Rule]) -> Vec<Fault> {
    let mut seen = BTreeSet::new();
    let listed: BTreeSet<&str> = rules.iter().map(|rule| rule.id.as_str()).collect();
    let mut found = Vec::new();
    for rule in rules {
        let mut contradicts = |how| found.push(Fault::Contradiction(rule.id.clone(), how));
        if rule.untestable.is_some() && rule.planned.is_some() {
            contradicts("both untestable and planned");
        }
        if rule
            .same_as
            .as_ref()
            .is_some_and(|id| !listed.contains(id.as_str()))
        {
            contradicts("the same as a rule that is not");
        }
        if rule.same_as.as_ref() == Some(&rule.id) {
            contradicts("the same as itself");
        }
        let reasons = [&rule.untestable, &rule.planned];
        let mut texts = reasons
            .into_iter()
            .flatten()
            .chain([&rule.says, &rule.section]);
        if texts.any(|text| text.trim().is_empty()) {
            contradicts("without words");
        }
        if !seen.insert(&rule.id) {
            found.push(Fault::Twice(rule.id.clone()));
        }
    }
    found
}

fn unlisted(rules: &[Rule], cases: &[(String, Vec<String>)], tests: &[Test]) -> Vec<Fault> {
    let listed: BTreeSet<&String> = rules.iter().map(|rule| &rule.id).collect();
    let cases = cases
        .iter()
        .map(|(name, ids)| (format!("case {name}"), ids));
    let tests = tests
        .iter()
        .map(|test| (format!("{} {}", test.path, test.name), &test.ids));
    cases
        .chain(tests)
        .flat_map(|(by, ids)| ids.iter().map(move |id| (id, by.clone())))
        .filter(|(id, _)| !listed.contains(id))
        .map(|(id, by)| Fault::Unlisted(id.clone(), by))
        .collect()
}

fn unshown(covered: &Covered) -> Option<Fault> {
    let id = || covered.rule.id.clone();
    if covered.standing() == Standing::Uncovered {
        return Some(Fault::Uncovered(id()));
    }
    covered.rule.untestable.as_ref()?;
    covered
        .first_witness()
        .map(|witness| Fault::Tested(id(), witness.to_owned()))
}
