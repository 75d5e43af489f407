//! The rule ids in the name of a test: `v2_r_030_to_034_…`, `xds_t_053_073_…`, `xds_r_042_and_od_r_004_…`.

/// The ids a function's name bears, in their order.
pub(super) fn ids(name: &str) -> Vec<String> {
    let words: Vec<&str> = name.split('_').collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at + 2 < words.len() {
        match begins(&words[at..]) {
            Some((sheet, first)) => {
                found.push(id(&sheet, first));
                at += 3 + further(&words[at + 3..], &sheet, first, &mut found);
            }
            None => at += 1,
        }
    }
    found
}

/// Sheet and number of an id that begins here: letters, `r` or `t`, three digits.
fn begins(words: &[&str]) -> Option<(String, u16)> {
    let [sheet, letter @ ("r" | "t"), digits, ..] = words else {
        return None;
    };
    let number = number(digits)?;
    let known_form = sheet.starts_with(|first: char| first.is_ascii_alphabetic());
    known_form.then(|| (format!("{sheet}-{letter}").to_uppercase(), number))
}

/// Takes the numbers that go on in the same sheet (`_and_021`, `_to_034`, `_073`); how many words they are.
fn further(words: &[&str], sheet: &str, first: u16, found: &mut Vec<String>) -> usize {
    let mut last = first;
    let mut at = 0;
    loop {
        let (joined, skip) = match words.get(at) {
            Some(&join @ ("and" | "to")) => (Some(join), 1),
            _ => (None, 0),
        };
        let Some(next) = words.get(at + skip).and_then(|word| number(word)) else {
            return at;
        };
        let from = if joined == Some("to") { last + 1 } else { next };
        found.extend((from.min(next)..=next).map(|number| id(sheet, number)));
        last = next;
        at += skip + 1;
    }
}

fn number(word: &str) -> Option<u16> {
    let three_digits = word.len() == 3 && word.bytes().all(|byte| byte.is_ascii_digit());
    three_digits.then(|| word.parse().ok()).flatten()
}

fn id(sheet: &str, number: u16) -> String {
    format!("{sheet}-{number:03}")
}

#[cfg(test)]
mod tests {
    use super::ids;

    #[test]
    fn one_id_and_words_with_numbers_in_them() {
        assert_eq!(ids("xds_r_014_nothing_relates"), ["XDS-R-014"]);
        assert_eq!(ids("v2_r_040_32_pipelined_feeds"), ["V2-R-040"]);
        assert_eq!(
            ids("atna_r_006_rsa_of_2048_and_p_384_are_taken"),
            ["ATNA-R-006"]
        );
        assert_eq!(ids("v2_r_081_an_id_becomes_205_when_taken"), ["V2-R-081"]);
        assert_eq!(ids("jis_x_0208_and_jis_x_020"), Vec::<String>::new());
        assert_eq!(ids("what_holds_for_p_384"), Vec::<String>::new());
    }

    #[test]
    fn lists_with_and_without_and() {
        assert_eq!(ids("xds_t_071_072_unknown"), ["XDS-T-071", "XDS-T-072"]);
        assert_eq!(ids("v2_r_090_and_103_told"), ["V2-R-090", "V2-R-103"]);
        let three = ["CT-R-002", "CT-R-004", "CT-R-008"];
        assert_eq!(ids("ct_r_002_004_and_008_our_server"), three);
    }

    #[test]
    fn ranges_include_both_ends_and_go_on() {
        let five = ["V2-R-030", "V2-R-031", "V2-R-032", "V2-R-033", "V2-R-034"];
        assert_eq!(ids("v2_r_030_to_034_the_first_five"), five);
        let four = ["V2-R-001", "V2-R-002", "V2-R-003", "V2-R-007"];
        assert_eq!(ids("v2_r_001_to_003_and_007_refused"), four);
        assert_eq!(ids("v2_r_034_to_030_backwards"), ["V2-R-034", "V2-R-030"]);
    }

    #[test]
    fn several_sheets_in_one_name() {
        let name = "v2_r_016_017_xds_r_032_merges_patients";
        assert_eq!(ids(name), ["V2-R-016", "V2-R-017", "XDS-R-032"]);
        let name = "xds_r_042_and_od_r_004_creation_time";
        assert_eq!(ids(name), ["XDS-R-042", "OD-R-004"]);
    }
}
