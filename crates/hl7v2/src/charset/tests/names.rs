use super::JIS;
use crate::charset::{Charset, UnknownCharset, table};

#[test]
fn msh_18_spellings_of_real_systems_are_known() {
    for (field, charset) in [
        ("~ISO IR87", JIS),
        ("~ISOIR87", JIS),
        ("~iso ir 87", JIS),
        ("ISO IR87", JIS),
        ("ASCII~ISO IR87", JIS),
        ("ISO IR6~ISO IR87", JIS),
        ("~ISO IR87~ISO IR159", Charset::Iso2022Jp1),
        ("UNICODE UTF-8", Charset::Utf8),
        ("unicode utf-8", Charset::Utf8),
        ("ASCII~UNICODE UTF-8", Charset::Utf8),
        ("UNICODE", Charset::Utf8),
        ("8859/1", Charset::Latin1),
        ("8859/15", Charset::Latin9),
        ("ISO_IR 144", Charset::Cyrillic),
        ("Shift_JIS", Charset::ShiftJis),
        ("~CP932", Charset::ShiftJis),
        ("GB 18030-2000", Charset::Gb18030),
        ("BIG-5", Charset::Big5),
        ("KS X 1001", Charset::KsX1001),
        ("ASCII", Charset::Ascii),
        (" ", Charset::Ascii),
        ("", Charset::Ascii),
    ] {
        assert_eq!(Charset::from_msh18(field), Ok(charset), "{field}");
    }
    for field in [
        "UNICODE UTF-8~ISO IR87",
        "CNS 11643-1992",
        "KLINGON",
        "ISO IR87~GB 18030-2000",
    ] {
        assert_eq!(Charset::from_msh18(field), Err(UnknownCharset), "{field}");
    }
}

#[test]
fn every_set_is_in_the_table_and_reads_its_own_msh_18() {
    for charset in Charset::SINGLE {
        assert_eq!(Charset::from_msh18(&charset.msh18()), Ok(charset));
        assert!(
            table().iter().any(|row| row.charset == Some(charset)),
            "{charset}"
        );
    }
    for field in [
        "8859/1~8859/5",
        "~8859/1~8859/5",
        "ISO IR14~ISO IR87",
        "~8859/7~ISO IR87~KS X 1001",
    ] {
        let charset = Charset::from_msh18(field).unwrap();
        assert!(matches!(charset, Charset::Mixture(_)));
        assert_eq!(charset.msh18(), field);
        assert_eq!(charset.msh20(), "ISO 2022-1994");
    }
}

#[test]
fn names_that_are_not_those_of_table_0211_are_told_apart() {
    for field in ["~ISO IR87", "8859/2", "UNICODE", ""] {
        let names: Vec<_> = field.split('~').collect();
        assert!(Charset::declared(&names).unwrap().standard, "{field}");
    }
    for field in ["~ISOIR87", "UTF-8", "SHIFT_JIS", "latin1"] {
        let names: Vec<_> = field.split('~').collect();
        assert!(!Charset::declared(&names).unwrap().standard, "{field}");
    }
}
