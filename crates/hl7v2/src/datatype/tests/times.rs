//! Points in time.

use crate::Separators;
use crate::datatype::{Dt, Dtm, InvalidTime, Precision, Tm, Ts};
use chrono::{DateTime, FixedOffset, NaiveDate};
use proptest::prelude::*;
use std::cmp::Ordering;

fn dtm(text: &str) -> Dtm {
    text.parse().unwrap()
}

fn zone(hours: i32) -> FixedOffset {
    FixedOffset::east_opt(hours * 3600).unwrap()
}

#[test]
fn every_precision_is_read_and_written_as_given() {
    for (text, precision) in [
        ("1970", Precision::Year),
        ("197002", Precision::Month),
        ("20000229", Precision::Day),
        ("2026031509", Precision::Hour),
        ("202603150930", Precision::Minute),
        ("20260315093012", Precision::Second),
        ("20260315093012.0", Precision::Fraction(1)),
        ("20111220224447.3399", Precision::Fraction(4)),
        ("00010101", Precision::Day),
        ("2026+0900", Precision::Year),
        ("20260315093012.50-0330", Precision::Fraction(2)),
        ("2026031509-0000", Precision::Hour),
        ("2026031509+0000", Precision::Hour),
    ] {
        assert_eq!(dtm(text).precision(), precision);
        assert_eq!(dtm(text).to_string(), text);
    }
}

#[test]
fn what_is_no_time_is_refused_by_its_reason() {
    for text in [
        "",
        "\"\"",
        "197",
        "19700",
        "1970-01-01",
        "1970.5",
        "20260315093012.",
        "20260315093012.12345",
        "202603150930.5",
        "20260315T0930",
        " 1970",
        "１９７０",
        "1970+09:00",
        "1970+9",
        "1970+09000",
        "1970+",
        "+0900",
        "1970Z",
        "197a",
    ] {
        assert_eq!(text.parse::<Dtm>(), Err(InvalidTime::Form), "{text}");
    }
    for text in [
        "0000",
        "00000000",
        "197000",
        "197013",
        "19700231",
        "20260229",
        "2026031524",
        "202603150960",
        "20260315093060",
    ] {
        assert_eq!(text.parse::<Dtm>(), Err(InvalidTime::Calendar), "{text}");
    }
    for text in ["1970+1500", "1970-2400", "1970+0960"] {
        assert_eq!(text.parse::<Dtm>(), Err(InvalidTime::Zone), "{text}");
    }
}

#[test]
fn a_time_means_every_moment_of_its_precision() {
    let span = |text: &str| {
        let (from, to) = (dtm(text).earliest(zone(9)), dtm(text).latest(zone(9)));
        (from.to_rfc3339(), to.to_rfc3339())
    };
    let both = |from: &str, to: &str| (from.to_owned(), to.to_owned());
    assert_eq!(
        span("2024"),
        both(
            "2024-01-01T00:00:00+09:00",
            "2024-12-31T23:59:59.999999999+09:00"
        )
    );
    assert_eq!(
        span("202402"),
        both(
            "2024-02-01T00:00:00+09:00",
            "2024-02-29T23:59:59.999999999+09:00"
        )
    );
    assert_eq!(
        span("20240229235959.99-0500"),
        both(
            "2024-02-29T23:59:59.990-05:00",
            "2024-02-29T23:59:59.999999999-05:00"
        )
    );
    assert_eq!(
        span("9999"),
        both(
            "9999-01-01T00:00:00+09:00",
            "9999-12-31T23:59:59.999999999+09:00"
        )
    );
}

#[test]
fn order_is_said_only_where_it_is_certain() {
    let cases = [
        ("1970", "1971", Some(Ordering::Less)),
        ("19710101", "1970", Some(Ordering::Greater)),
        ("1970", "1970", Some(Ordering::Equal)),
        ("1970", "197001", None),
        ("20260315093012", "20260315093012.0", None),
        ("2026031509+0900", "2026031500+0000", Some(Ordering::Equal)),
        ("20260315+0900", "20260315+0000", None),
        ("20260315+0900", "20260316+0000", Some(Ordering::Less)),
        ("20260315", "20270315+0000", None),
    ];
    for (a, b, order) in cases {
        assert_eq!(dtm(a).compare(&dtm(b)), order, "{a} {b}");
        let other_way = order.map(Ordering::reverse);
        assert_eq!(dtm(b).compare(&dtm(a)), other_way, "{b} {a}");
    }
}

#[test]
fn moments_of_chrono_are_cut_to_the_precision() {
    let at = DateTime::parse_from_rfc3339("2011-12-20T22:44:47.33999+09:00").unwrap();
    let cut = |precision| Dtm::new(at, precision).unwrap().to_string();
    assert_eq!(cut(Precision::Fraction(4)), "20111220224447.3399+0900");
    assert_eq!(cut(Precision::Fraction(200)), "20111220224447.3399+0900");
    assert_eq!(cut(Precision::Year), "2011+0900");
    assert_eq!(
        dtm("2011+0900").earliest(zone(0)).to_rfc3339(),
        "2011-01-01T00:00:00+09:00"
    );
    let far = NaiveDate::from_ymd_opt(10_000, 1, 1)
        .unwrap()
        .and_hms_opt(0, 0, 0)
        .unwrap();
    assert_eq!(Dtm::local(far, Precision::Day), None);
    let odd = FixedOffset::east_opt(33_539).unwrap();
    assert_eq!(Dtm::new(at.with_timezone(&odd), Precision::Second), None);
}

#[test]
fn the_degree_of_precision_of_older_senders_counts() {
    let ts = |text: &str| Ts::parse(text, &Separators::DEFAULT);
    for (text, means) in [
        ("19700215101112^Y", "1970"),
        ("19700215101112^L", "197002"),
        ("19700215101112^D", "19700215"),
        ("19700215101112^M", "197002151011"),
        ("1970^S", "1970"),
        ("19700215101112^?", "19700215101112"),
    ] {
        assert_eq!(ts(text).dtm().unwrap().to_string(), means);
        assert_eq!(ts(text).to_string(), text);
    }
    assert_eq!(ts("\"\"").dtm(), Err(InvalidTime::Form));
    assert_eq!(Ts::from(dtm("1970")).to_string(), "1970");
}

#[test]
fn dates_have_no_hours_and_times_have_no_date() {
    for text in ["1970", "197002", "19700228"] {
        assert_eq!(text.parse::<Dt>().unwrap().to_string(), text);
    }
    for text in ["1970022810", "1970+0900", "19700229", ""] {
        assert!(text.parse::<Dt>().is_err(), "{text}");
    }
    for text in ["09", "0930", "093012", "093012.1234", "09-0500"] {
        assert_eq!(text.parse::<Tm>().unwrap().to_string(), text);
    }
    for text in ["", "9", "24", "0960", "09.5", "+0900", "\"\""] {
        assert!(text.parse::<Tm>().is_err(), "{text}");
    }
}

#[test]
fn debug_hides_the_date_of_birth() {
    let shown = format!(
        "{:?} {:?} {:?}",
        dtm("19700215"),
        "19700215".parse::<Dt>(),
        Ts::from(dtm("19700215"))
    );
    assert!(!shown.contains("1970"), "{shown}");
}

proptest! {
    #[test]
    fn what_was_accepted_is_written_as_it_came(text in r"[0-9]{4}([01][0-9]){0,5}(\.[0-9]{1,5})?([+-][01][0-9]{3})?") {
        if let Ok(read) = text.parse::<Dtm>() {
            prop_assert_eq!(read.to_string(), text);
            prop_assert!(read.earliest(zone(9)) <= read.latest(zone(9)));
        }
    }

    #[test]
    fn any_text_is_judged_without_a_panic(text in any::<String>(), digits in r"[0-9.+-]{0,24}") {
        for text in [text, digits] {
            let _ = (text.parse::<Dtm>(), text.parse::<Dt>(), text.parse::<Tm>());
        }
    }

    #[test]
    fn any_moment_survives_to_the_tenth_of_a_millisecond(seconds in -62_000_000_000_i64..253_000_000_000, tenths in 0_u32..10_000, hours in -12..=14) {
        let at = DateTime::from_timestamp(seconds, tenths * 100_000).unwrap().with_timezone(&zone(hours));
        let written = Dtm::new(at, Precision::Fraction(4)).unwrap().to_string();
        prop_assert_eq!(dtm(&written).earliest(zone(0)), at);
    }
}
