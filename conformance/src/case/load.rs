//! Case files, read and unfolded: parts put in, rows made cases.

use super::varying::{self, Varying};
use super::{Case, Level, Need, Replace, Step};
use crate::actors::Actor;
use crate::judge::Assertion;
use crate::metamorphic::Variant;
use include_dir::{Dir, include_dir};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

static CASES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/cases");
/// Parts within parts.
const DEEPEST: usize = 4;

/// What is wrong with a case file: the file and the reason.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("cases/{file}: {what}")]
pub struct Fault {
    file: String,
    what: String,
}

/// A file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    actor: Actor,
    transaction: String,
    section: String,
    #[serde(default)]
    proves: String,
    #[serde(default)]
    rules: Vec<String>,
    option: Option<String>,
    #[serde(default)]
    level: Level,
    #[serde(default)]
    needs: Vec<Need>,
    #[serde(default)]
    variants: Vec<Variant>,
    #[serde(default)]
    alone: bool,
    #[serde(default)]
    values: BTreeMap<String, String>,
    #[serde(default)]
    step: Vec<toml::Table>,
    #[serde(default)]
    each: Vec<Row>,
}

/// One row of a table of cases: what it changes in the file's own.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    name: String,
    proves: String,
    section: Option<String>,
    rules: Option<Vec<String>>,
    option: Option<String>,
    level: Option<Level>,
    #[serde(default)]
    needs: Vec<Need>,
    #[serde(default)]
    variants: Vec<Variant>,
    #[serde(default)]
    values: BTreeMap<String, String>,
    /// Edits of the message of the step that has `varies = true`.
    #[serde(default)]
    replace: Vec<Replace>,
    /// Expected of that step, after its own.
    #[serde(default)]
    expect: Vec<Assertion>,
    /// Other keys of that step, put over its own; tables are merged.
    #[serde(default)]
    with: toml::Table,
}

/// A file of steps, for several cases: `part = "/parts/…"`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Part {
    step: Vec<toml::Table>,
}

/// The suite's own cases, by name.
///
/// # Errors
/// All that is wrong with the files; a release has none.
pub fn all() -> Result<Vec<Case>, Vec<Fault>> {
    let mut files = Vec::new();
    collect(&CASES, &mut files);
    let (mut cases, mut faults) = (Vec::new(), Vec::new());
    for path in files {
        match source(path)
            .map_err(|what| fault(path, what))
            .and_then(|text| read(path, &text, &source))
        {
            Ok(read) => cases.extend(read),
            Err(fault) => faults.push(fault),
        }
    }
    cases.sort_by(|a, b| (a.actor, &a.name).cmp(&(b.actor, &b.name)));
    for pair in cases.windows(2).filter(|pair| pair[0].name == pair[1].name) {
        faults.push(fault(
            Path::new(&pair[0].name),
            "two cases have this name".to_owned(),
        ));
    }
    if faults.is_empty() {
        Ok(cases)
    } else {
        Err(faults)
    }
}

/// The text of a file of the suite.
pub(super) fn source(path: &Path) -> Result<String, String> {
    let file = CASES
        .get_file(path)
        .ok_or_else(|| format!("there is no {}", path.display()))?;
    file.contents_utf8()
        .map(str::to_owned)
        .ok_or_else(|| format!("{} is not UTF-8", path.display()))
}

/// The files of one folder.
pub(super) fn files_of(folder: &str) -> impl Iterator<Item = &'static Path> {
    let files = CASES.get_dir(folder).into_iter().flat_map(Dir::files);
    files.map(include_dir::File::path)
}

/// The case files: every TOML outside of the folders `parts` and `workloads`.
fn collect(folder: &'static Dir<'static>, files: &mut Vec<&'static Path>) {
    let is_part = |path: &Path| {
        let mut folders = path.components();
        folders.any(|part| part.as_os_str() == "parts" || part.as_os_str() == "workloads")
    };
    let here = folder.files().map(include_dir::File::path);
    files.extend(
        here.filter(|path| path.extension().is_some_and(|ext| ext == "toml") && !is_part(path)),
    );
    for inner in folder.dirs() {
        collect(inner, files);
    }
}

/// The cases of one file.
///
/// # Errors
/// The file is not as docs/conformance.md says.
pub fn read(
    path: &Path,
    text: &str,
    source: &dyn Fn(&Path) -> Result<String, String>,
) -> Result<Vec<Case>, Fault> {
    let file: File = toml::from_str(text).map_err(|error| fault(path, error.to_string()))?;
    let beside = path.parent().unwrap_or(Path::new(""));
    let name = path.with_extension("").display().to_string();
    let mut steps = Vec::new();
    unfold(&file.step, beside, source, 0, &mut steps).map_err(|what| fault(path, what))?;
    if steps.is_empty() {
        return Err(fault(path, "there is no [[step]]".to_owned()));
    }
    let rows: Vec<Option<Row>> = match file.each.is_empty() {
        true => vec![None],
        false => file.each.iter().cloned().map(Some).collect(),
    };
    let cases = rows
        .into_iter()
        .map(|row| one(&file, &name, &steps, row, source));
    cases
        .collect::<Result<_, _>>()
        .map_err(|what| fault(path, what))
}

fn one(
    file: &File,
    name: &str,
    steps: &[(Step, Option<Varying>)],
    row: Option<Row>,
    source: &dyn Fn(&Path) -> Result<String, String>,
) -> Result<Case, String> {
    let mut case = Case {
        name: name.to_owned(),
        proves: file.proves.clone(),
        section: file.section.clone(),
        rules: file.rules.clone(),
        actor: file.actor,
        transaction: file.transaction.clone(),
        option: file.option.clone(),
        level: file.level,
        needs: file.needs.clone(),
        variants: file.variants.clone(),
        alone: file.alone,
        values: file.values.clone(),
        steps: Vec::new(),
    };
    let (mut replace, mut expect, mut with) = (Vec::new(), Vec::new(), toml::Table::new());
    if let Some(row) = row {
        case.name = format!("{name}/{}", row.name);
        case.proves = row.proves;
        case.section = row.section.unwrap_or(case.section);
        case.rules = row.rules.unwrap_or(case.rules);
        case.option = row.option.or(case.option);
        case.level = row.level.unwrap_or(case.level);
        case.needs.extend(row.needs);
        case.variants.extend(row.variants);
        case.values.extend(row.values);
        (replace, expect, with) = (row.replace, row.expect, row.with);
    }
    let mut varied = false;
    for (step, varies) in steps {
        let mut step = step.clone();
        if let Some(varying) = varies {
            varied = true;
            if !with.is_empty() {
                step.action = varying.with(std::mem::take(&mut with), source)?;
            }
            step.expect.append(&mut expect);
            if !replace.is_empty() {
                let text = step
                    .action
                    .text_mut()
                    .ok_or("the step that varies sends no message")?;
                text.replace.append(&mut replace);
            }
        }
        case.steps.push(step);
    }
    if !varied && (!replace.is_empty() || !expect.is_empty() || !with.is_empty()) {
        return Err("a row has edits or expectations, and no step `varies = true`".to_owned());
    }
    if case.proves.is_empty() {
        return Err("`proves` is missing".to_owned());
    }
    let asserts = case.steps.iter().any(|step| !step.expect.is_empty());
    asserts
        .then_some(case)
        .ok_or_else(|| "no step expects anything".to_owned())
}

pub(super) type Steps = Vec<(Step, Option<Varying>)>;

pub(super) fn unfold(
    tables: &[toml::Table],
    beside: &Path,
    source: &dyn Fn(&Path) -> Result<String, String>,
    depth: usize,
    steps: &mut Steps,
) -> Result<(), String> {
    if depth > DEEPEST {
        return Err("parts within parts within parts".to_owned());
    }
    for table in tables {
        match table.get("part").and_then(toml::Value::as_str) {
            Some(part) => {
                let path = Path::new(part.trim_start_matches('/')).with_extension("toml");
                let text = source(&path)?;
                let read: Part =
                    toml::from_str(&text).map_err(|error| format!("{part}: {error}"))?;
                let inside = path.parent().unwrap_or(Path::new(""));
                unfold(&read.step, inside, source, depth + 1, steps)?;
            }
            None => steps.push(step(table.clone(), beside, source)?),
        }
    }
    Ok(())
}

fn step(
    mut table: toml::Table,
    beside: &Path,
    source: &dyn Fn(&Path) -> Result<String, String>,
) -> Result<(Step, Option<Varying>), String> {
    let kind = varying::kind(&table).to_owned();
    let title: Option<String> = taken(&mut table, "title")?;
    let expect: Option<Vec<Assertion>> = taken(&mut table, "expect")?;
    let keep: Option<BTreeMap<String, String>> = taken(&mut table, "keep")?;
    let varies: Option<bool> = taken(&mut table, "varies")?;
    let varying = varies.unwrap_or(false).then(|| Varying {
        table: table.clone(),
        beside: beside.to_owned(),
    });
    let step = Step {
        title: title.unwrap_or(kind),
        action: varying::action(table, beside, source)?,
        expect: expect.unwrap_or_default(),
        keep: keep.unwrap_or_default(),
    };
    Ok((step, varying))
}

fn taken<T: serde::de::DeserializeOwned>(
    table: &mut toml::Table,
    key: &str,
) -> Result<Option<T>, String> {
    let value = table.remove(key).map(toml::Value::try_into).transpose();
    value.map_err(|error: toml::de::Error| format!("{key}: {error}"))
}

pub(super) fn fault(path: &Path, what: String) -> Fault {
    Fault {
        file: path.display().to_string(),
        what,
    }
}
