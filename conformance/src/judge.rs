//! Assertions: a selector, and what its values must be.

use crate::look::Received;
use crate::values::Values;
use serde::Deserialize;

/// `{ that = "hl7 MSA-1", is = "AA" }`: exactly one operator.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assertion {
    /// The selector, see [`crate::look`].
    pub that: String,
    /// There is one value, and it is this.
    pub is: Option<String>,
    /// There is one value, and it is not this.
    pub is_not: Option<String>,
    /// There is one value, and it is one of these.
    pub one_of: Option<Vec<String>>,
    /// These are the values, in this order.
    pub are: Option<Vec<String>>,
    /// One of the values is this.
    pub has: Option<String>,
    /// None of the values is this.
    pub lacks: Option<String>,
    /// All values are this, if there are any.
    pub only: Option<String>,
    /// One of the values contains this text.
    pub contains: Option<String>,
    /// None of the values contains this text.
    pub omits: Option<String>,
    /// There are values, and all match this regular expression.
    pub matches: Option<String>,
    /// There are so many values.
    pub count: Option<usize>,
    /// There is one value, a number, and it is not less.
    pub at_least: Option<f64>,
    /// There is one value, a number, and it is not more.
    pub at_most: Option<f64>,
    /// `true`: there is no value, or only empty ones; `false`: there is one that is not empty.
    pub absent: Option<bool>,
    /// What is broken when it does not hold, if that is not plain to see.
    pub because: Option<String>,
}

impl Assertion {
    /// Whether it holds; says what was found if not.
    ///
    /// # Errors
    /// It does not hold, or cannot be looked at.
    pub fn judge(&self, received: &Received, values: &mut Values) -> Result<(), String> {
        let selector = values.fill(&self.that).map_err(|error| error.to_string())?;
        let found = received.values(&selector);
        let judged = found.and_then(|found| {
            let (holds, wanted) = self.compare(&found, values)?;
            holds
                .then_some(())
                .ok_or_else(|| format!("{}, wanted {wanted}", shown(&found)))
        });
        judged.map_err(|wrong| match &self.because {
            Some(because) => {
                let because = values.fill(because).unwrap_or_else(|_| because.clone());
                format!("{selector}: {wrong} ({because})")
            }
            None => format!("{selector}: {wrong}"),
        })
    }

    fn compare(&self, found: &[String], values: &mut Values) -> Result<(bool, String), String> {
        let mut fill = |text: &String| values.fill(text).map_err(|error| error.to_string());
        let one = || match found {
            [one] => Some(one.as_str()),
            _ => None,
        };
        let mut said = Vec::new();
        if let Some(wanted) = &self.is {
            let wanted = fill(wanted)?;
            said.push((one() == Some(&wanted), format!("{wanted:?}")));
        }
        if let Some(unwanted) = &self.is_not {
            let unwanted = fill(unwanted)?;
            said.push((
                one().is_some_and(|one| one != unwanted),
                format!("anything but {unwanted:?}"),
            ));
        }
        if let Some(wanted) = &self.one_of {
            let wanted = wanted
                .iter()
                .map(&mut fill)
                .collect::<Result<Vec<_>, _>>()?;
            let holds = one().is_some_and(|one| wanted.iter().any(|wanted| wanted == one));
            said.push((holds, format!("one of {wanted:?}")));
        }
        if let Some(wanted) = &self.are {
            let wanted = wanted
                .iter()
                .map(&mut fill)
                .collect::<Result<Vec<_>, _>>()?;
            said.push((found == wanted, format!("{wanted:?}")));
        }
        if let Some(wanted) = &self.has {
            let wanted = fill(wanted)?;
            said.push((found.contains(&wanted), format!("{wanted:?} among them")));
        }
        if let Some(unwanted) = &self.lacks {
            let unwanted = fill(unwanted)?;
            said.push((
                !found.contains(&unwanted),
                format!("no {unwanted:?} among them"),
            ));
        }
        if let Some(wanted) = &self.only {
            let wanted = fill(wanted)?;
            let holds = found.iter().all(|value| *value == wanted);
            said.push((holds, format!("{wanted:?} or nothing")));
        }
        if let Some(wanted) = &self.contains {
            let wanted = fill(wanted)?;
            let holds = found.iter().any(|value| value.contains(&wanted));
            said.push((holds, format!("one that contains {wanted:?}")));
        }
        if let Some(unwanted) = &self.omits {
            let unwanted = fill(unwanted)?;
            let holds = !found.iter().any(|value| value.contains(&unwanted));
            said.push((holds, format!("none that contains {unwanted:?}")));
        }
        if let Some(pattern) = &self.matches {
            let pattern = fill(pattern)?;
            let regex = regex::Regex::new(&format!("^(?:{pattern})$"))
                .map_err(|error| error.to_string())?;
            let holds = !found.is_empty() && found.iter().all(|value| regex.is_match(value));
            said.push((holds, format!("/{pattern}/")));
        }
        if let Some(count) = self.count {
            said.push((found.len() == count, format!("{count} of them")));
        }
        let number = || one().and_then(|one| one.trim().parse::<f64>().ok());
        if let Some(least) = self.at_least {
            said.push((
                number().is_some_and(|number| number >= least),
                format!("at least {least}"),
            ));
        }
        if let Some(most) = self.at_most {
            said.push((
                number().is_some_and(|number| number <= most),
                format!("at most {most}"),
            ));
        }
        if let Some(absent) = self.absent {
            let is_absent = found.iter().all(String::is_empty);
            said.push((
                is_absent == absent,
                if absent { "nothing" } else { "something" }.to_owned(),
            ));
        }
        match <[_; 1]>::try_from(said) {
            Ok([one]) => Ok(one),
            Err(other) => Err(format!(
                "the assertion has {} operators instead of one",
                other.len()
            )),
        }
    }
}

impl std::fmt::Display for Assertion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let texts = [
            ("is", &self.is),
            ("is not", &self.is_not),
            ("has", &self.has),
            ("lacks", &self.lacks),
            ("is, if anything,", &self.only),
            ("contains", &self.contains),
            ("omits", &self.omits),
            ("matches", &self.matches),
        ];
        write!(f, "{}", self.that)?;
        for (operator, value) in texts {
            if let Some(value) = value {
                write!(f, " {operator} {value:?}")?;
            }
        }
        for (operator, value) in [("is one of", &self.one_of), ("are", &self.are)] {
            if let Some(value) = value {
                write!(f, " {operator} {value:?}")?;
            }
        }
        for (operator, value) in [("at least", self.at_least), ("at most", self.at_most)] {
            if let Some(value) = value {
                write!(f, " {operator} {value}")?;
            }
        }
        if let Some(count) = self.count {
            write!(f, " {count} of them")?;
        }
        match self.absent {
            Some(true) => write!(f, " is absent")?,
            Some(false) => write!(f, " is there")?,
            None => {}
        }
        self.because
            .as_ref()
            .map_or(Ok(()), |because| write!(f, " ({because})"))
    }
}

/// Values for a person: not more than fits a line.
fn shown(found: &[String]) -> String {
    match found {
        [] => "there is none".to_owned(),
        [one] => format!("{:?}", shortened(one)),
        many => format!(
            "{:?}",
            many.iter()
                .take(8)
                .map(|one| shortened(one))
                .collect::<Vec<_>>()
        ),
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(200) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(assertion: &str) -> Result<(), String> {
        let assertion: Assertion = toml::from_str(assertion).expect("an assertion");
        let received =
            Received::message(b"MSH|^~\\&|A\rERR||x|204\rERR||y|101\rNTE|1|7\r".to_vec());
        assertion.judge(&received, &mut Values::default())
    }

    #[test]
    fn every_operator_holds_and_fails() {
        let both = [
            ("that='hl7 MSH-3'\nis='A'", "that='hl7 ERR-3'\nis='204'"),
            (
                "that='hl7 MSH-3'\nis_not='B'",
                "that='hl7 MSH-9'\nis_not='B'",
            ),
            (
                "that='hl7 MSH-3'\none_of=['A','B']",
                "that='hl7 MSH-3'\none_of=['B']",
            ),
            (
                "that='hl7 ERR-3'\nare=['204','101']",
                "that='hl7 ERR-3'\nare=['101','204']",
            ),
            ("that='hl7 ERR-3'\nhas='101'", "that='hl7 ERR-3'\nhas='1'"),
            (
                "that='hl7 ERR-3'\nlacks='1'",
                "that='hl7 ERR-3'\nlacks='101'",
            ),
            (
                "that='hl7 ERR-3'\ncontains='0'",
                "that='hl7 ERR-3'\ncontains='9'",
            ),
            ("that='hl7 ERR-3'\nomits='9'", "that='hl7 ERR-3'\nomits='0'"),
            (
                "that='hl7 ERR-3'\nmatches='\\d+'",
                "that='hl7 ERR-3'\nmatches='2\\d+'",
            ),
            ("that='hl7 ERR-3'\ncount=2", "that='hl7 ERR-3'\ncount=1"),
            (
                "that='hl7 NTE-2'\nat_least=7",
                "that='hl7 NTE-2'\nat_least=8",
            ),
            ("that='hl7 NTE-2'\nat_most=7", "that='hl7 NTE-2'\nat_most=6"),
            (
                "that='hl7 QAK-1'\nabsent=true",
                "that='hl7 NTE-1'\nabsent=true",
            ),
        ];
        for (holds, fails) in both {
            assert_eq!(judged(holds), Ok(()), "{holds}");
            assert!(judged(fails).is_err(), "{fails}");
        }
    }

    #[test]
    fn an_assertion_without_or_with_two_operators_is_an_error() {
        assert!(judged("that='hl7 MSH-3'").is_err());
        assert!(judged("that='hl7 MSH-3'\nis='A'\ncount=1").is_err());
    }

    #[test]
    fn an_assertion_that_fails_says_what_was_found() {
        let said = judged("that='hl7 MSH-3'\nis='B'\nbecause='the sender is B'");
        assert_eq!(
            said,
            Err("hl7 MSH-3: \"A\", wanted \"B\" (the sender is B)".to_owned())
        );
    }
}
