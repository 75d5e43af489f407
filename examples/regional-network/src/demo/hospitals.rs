//! The three places of the story, as data. All invented; the domains lie under Japan's test institution numbers.

/// A place with its own patient ids
#[derive(Debug)]
pub(crate) struct Hospital {
    /// Its name in `[patient_domains]`
    pub(crate) key: &'static str,
    /// Its name
    pub(crate) name: &'static str,
    /// Its name in kanji
    pub(crate) japanese: &'static str,
    /// The assigning authority of its ids
    pub(crate) domain: &'static str,
    /// MSH-3
    pub(crate) application: &'static str,
    /// MSH-4
    pub(crate) facility: &'static str,
    /// MSH-18 of its messages
    pub(crate) charset: Charset,
}

/// What a hospital's system writes
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Charset {
    /// `~ISO IR87` (ISO-2022-JP)
    Iso2022Jp,
    /// `UNICODE UTF-8`
    Utf8,
}

/// An older system: ISO-2022-JP
pub(crate) const KITA: Hospital = Hospital {
    key: "kita",
    name: "Kita Hospital",
    japanese: "北総合病院",
    domain: "1.2.392.100495.20.3.51.11319999999",
    application: "HIS001",
    facility: "1319999999",
    charset: Charset::Iso2022Jp,
};

/// A newer system: UTF-8
pub(crate) const MIDORI: Hospital = Hospital {
    key: "midori",
    name: "Midori Hospital",
    japanese: "みどり病院",
    domain: "1.2.392.100495.20.3.51.11319999998",
    application: "EHR-M",
    facility: "1319999998",
    charset: Charset::Utf8,
};

/// A clinic: UTF-8
pub(crate) const MINATO: Hospital = Hospital {
    key: "minato",
    name: "Minato Clinic",
    japanese: "みなと診療所",
    domain: "1.2.392.100495.20.3.51.11319999997",
    application: "CLINIC",
    facility: "1319999997",
    charset: Charset::Utf8,
};

/// In the order of the columns of the patients' table
pub(crate) const ALL: [&Hospital; 3] = [&KITA, &MIDORI, &MINATO];
