//! PDQ at the size of a city:
//! `PEOPLE=1000000 cargo test --release -p ihe-pix --test pdq_city -- --ignored --nocapture`; a village otherwise.

use std::time::{Duration, Instant};

use hl7v2::datatype::{Cx, Hd, Xpn};
use ihe_pix::identity::{Action, By, NamePattern, Page, PatientQuery};
use ihe_pix::{IdentityStore, PatientRecord, SqliteStore};

const KANA: [char; 40] = [
    'ア', 'イ', 'ウ', 'エ', 'オ', 'カ', 'キ', 'ク', 'ケ', 'コ', 'サ', 'シ', 'ス', 'セ', 'ソ', 'タ',
    'チ', 'ツ', 'テ', 'ト', 'ナ', 'ニ', 'ヌ', 'ネ', 'ノ', 'ハ', 'ヒ', 'フ', 'ヘ', 'ホ', 'マ', 'ミ',
    'ム', 'メ', 'モ', 'ヤ', 'ユ', 'ヨ', 'ワ', 'リ',
];

/// Numbers without a pattern that matters here.
fn mixed(number: usize) -> usize {
    let mut x = number as u64;
    x = (x ^ (x >> 31)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    x = (x ^ (x >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (x ^ (x >> 32)) as usize
}

/// Few beginnings are common, as with real names: the kana are drawn with falling weights.
fn name(seed: usize, length: usize) -> String {
    let kana = |place| {
        let draw = mixed(seed * 7 + place) % 1600;
        KANA[(draw as f64).sqrt() as usize % KANA.len()]
    };
    (0..length).map(kana).collect()
}

fn person(number: usize) -> PatientRecord {
    let seed = mixed(number);
    let born = format!(
        "{}{:02}{:02}",
        1930 + seed % 95,
        1 + seed / 95 % 12,
        1 + seed / 1140 % 28
    );
    PatientRecord {
        names: vec![Xpn::new(name(seed % 30_000, 4), name(seed / 7 % 5_000, 3))],
        birth_date: born,
        sex: if seed.is_multiple_of(2) { "F" } else { "M" }.into(),
        address: format!("{}-{}^^中央区^東京都", seed % 50, seed % 30),
        phone_home: format!("03{:08}", seed % 100_000_000),
        ..PatientRecord::identified(Cx::new(format!("{number:08}"), Hd::oid("1.2.3.4.1000")))
    }
}

fn percentile(times: &mut [Duration], percent: usize) -> Duration {
    times.sort_unstable();
    times[(times.len() * percent / 100).min(times.len() - 1)]
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "measures: a million people take minutes"]
async fn kana_prefix_and_birth_year_are_found_without_looking_at_everybody() {
    let people: usize = std::env::var("PEOPLE").map_or(20_000, |n| n.parse().expect("a number"));
    let folder = tempfile::tempdir().expect("a folder");
    let store = SqliteStore::open(folder.path().join("city.db"))
        .await
        .expect("opens");
    let start = Instant::now();
    for first in (0..people).step_by(256) {
        let feeds = (first..people.min(first + 256)).map(|number| {
            let store = store.clone();
            let patient = person(number);
            tokio::spawn(async move {
                let fed = store
                    .apply(Action::Register { patient }, By::default())
                    .await;
                fed.expect("applied");
            })
        });
        for feed in feeds.collect::<Vec<_>>() {
            feed.await.expect("ends");
        }
    }
    println!("{people} people fed in {:.1?}", start.elapsed());
    let mut times = Vec::new();
    let mut found = 0;
    for number in 0..2000 {
        let wanted = person(mixed(number) % people);
        let start: String = wanted.names[0].family.chars().take(2).collect();
        let query = PatientQuery {
            family: Some(NamePattern::prefix(start)),
            birth_date: wanted.birth_date[..4].into(),
            ..PatientQuery::default()
        };
        let begun = Instant::now();
        let answer = store.find(&query, Page::first(500)).await.expect("answers");
        times.push(begun.elapsed());
        assert!(
            !answer.people.is_empty(),
            "{number}: at least the one meant"
        );
        found += answer.people.len();
    }
    let (median, high) = (percentile(&mut times, 50), percentile(&mut times, 99));
    println!("2000 queries, {found} patients found: p50 {median:.2?}, p99 {high:.2?}");
    let begun = Instant::now();
    let given = PatientQuery {
        given: Some(NamePattern::exact("ゾゾゾ")),
        ..PatientQuery::default()
    };
    let mut next = Some(0);
    while let Some(after) = next {
        let page = Page {
            after,
            ..Page::first(500)
        };
        next = store.find(&given, page).await.expect("answers").next;
    }
    let everybody = begun.elapsed();
    println!("a search through everybody: {everybody:.1?}");
    assert!(median * 4 < everybody, "p50 {median:?}");
}
