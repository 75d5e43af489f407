//! ITI-20 everything the actors of these tests record, judged by the schema of DICOM audit messages.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

const FOLDER: &str = "IHE_PIX_TEST_RECORDS";

/// Files a record for the judge below, while it runs these tests.
pub(crate) fn file(xml: &str) {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    if let Some(folder) = std::env::var_os(FOLDER) {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}-{number}", std::process::id());
        // Some of these tests kill their process: what was half written is no record.
        let part = Path::new(&folder).join(name);
        std::fs::write(&part, xml).expect("filed");
        std::fs::rename(&part, part.with_extension("xml")).expect("filed");
    }
}

/// Fails, with the words of xmllint, unless all these files are valid.
fn judge(files: &[PathBuf]) {
    let root =
        std::env::var("RENKEI_SHARED").expect("RENKEI_SHARED: the folder of shared material");
    let judged = Command::new("xmllint")
        .args(["--noout", "--nonet", "--schema"])
        .arg(Path::new(&root).join("checks/schema/dicom2017c.xsd"))
        .args(files)
        .output()
        .expect("xmllint (libxml2-utils)");
    let words = String::from_utf8_lossy(&judged.stderr).into_owned();
    let lines = words.lines();
    let wrong: Vec<&str> = lines.filter(|line| !line.ends_with(" validates")).collect();
    assert!(judged.status.success() && wrong.is_empty(), "{wrong:#?}");
}

#[test]
#[ignore = "needs RENKEI_SHARED and xmllint"]
fn shared_every_record_of_these_tests_is_valid_by_the_schema() {
    let folder = tempfile::tempdir().expect("a folder");
    let these = std::env::current_exe().expect("these tests");
    let run = Command::new(these).env(FOLDER, folder.path()).output();
    let run = run.expect("these tests ran");
    assert!(
        run.status.success(),
        "{}",
        String::from_utf8_lossy(&run.stdout)
    );
    let entries = std::fs::read_dir(folder.path()).expect("records");
    let files = entries.map(|entry| entry.expect("a file").path());
    let is_whole = |file: &PathBuf| file.extension().is_some();
    let files: Vec<PathBuf> = files.filter(is_whole).collect();
    println!("{} records", files.len());
    assert!(files.len() > 100, "{} records", files.len());
    files.chunks(500).for_each(judge);
    for number in ["ITI-8", "ITI-9", "ITI-10", "ITI-21", "ITI-30", "ITI-64"] {
        let kind = format!("csd-code=\"{number}\"");
        let holds =
            |file: &PathBuf| std::fs::read_to_string(file).is_ok_and(|xml| xml.contains(&kind));
        assert!(files.iter().any(holds), "no {number}");
    }
}
