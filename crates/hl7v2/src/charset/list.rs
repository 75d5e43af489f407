//! The sets one by one, and what MSH-18 and MSH-20 say of them.

use super::Charset;
use std::borrow::Cow;
use std::fmt;

impl Charset {
    /// Every set but the mixtures.
    pub const SINGLE: [Charset; 25] = [
        Charset::Ascii,
        Charset::Latin1,
        Charset::Latin2,
        Charset::Latin3,
        Charset::Latin4,
        Charset::Cyrillic,
        Charset::Arabic,
        Charset::Greek,
        Charset::Hebrew,
        Charset::Latin5,
        Charset::Latin9,
        Charset::Utf8,
        Charset::Utf16,
        Charset::Utf32,
        Charset::JisX0201,
        Charset::Iso2022Jp,
        Charset::Iso2022Jp1,
        Charset::ShiftJis,
        Charset::EucJp,
        Charset::Gb18030,
        Charset::KsX1001,
        Charset::Big5,
        Charset::Windows1250,
        Charset::Windows1251,
        Charset::Windows1252,
    ];

    /// The name of one set: as table 0211 writes it, or as it is usually written if that has none. A mixture goes by the
    /// name of its default.
    pub fn name(&self) -> &'static str {
        match self {
            Charset::Ascii => "ASCII",
            Charset::Latin1 => "8859/1",
            Charset::Latin2 => "8859/2",
            Charset::Latin3 => "8859/3",
            Charset::Latin4 => "8859/4",
            Charset::Cyrillic => "8859/5",
            Charset::Arabic => "8859/6",
            Charset::Greek => "8859/7",
            Charset::Hebrew => "8859/8",
            Charset::Latin5 => "8859/9",
            Charset::Latin9 => "8859/15",
            Charset::Utf8 => "UNICODE UTF-8",
            Charset::Utf16 => "UNICODE UTF-16",
            Charset::Utf32 => "UNICODE UTF-32",
            Charset::JisX0201 => "ISO IR14",
            Charset::Iso2022Jp => "ISO IR87",
            Charset::Iso2022Jp1 => "ISO IR159",
            Charset::ShiftJis => "SHIFT_JIS",
            Charset::EucJp => "EUC-JP",
            Charset::Gb18030 => "GB 18030-2000",
            Charset::KsX1001 => "KS X 1001",
            Charset::Big5 => "BIG-5",
            Charset::Windows1250 => "WINDOWS-1250",
            Charset::Windows1251 => "WINDOWS-1251",
            Charset::Windows1252 => "WINDOWS-1252",
            Charset::Mixture(mixture) => mixture.first().name(),
        }
    }

    /// MSH-18 as written, with `~` between repetitions; empty for ASCII.
    pub fn msh18(&self) -> Cow<'static, str> {
        match self {
            Charset::Ascii => "".into(),
            Charset::Iso2022Jp => "~ISO IR87".into(),
            Charset::Iso2022Jp1 => "~ISO IR87~ISO IR159".into(),
            Charset::Mixture(mixture) => mixture.msh18().into(),
            single => single.name().into(),
        }
    }

    /// MSH-20, how sets are switched (table 0356); empty unless they are.
    pub fn msh20(&self) -> &'static str {
        match self {
            Charset::Iso2022Jp | Charset::Iso2022Jp1 | Charset::Mixture(_) => "ISO 2022-1994",
            _ => "",
        }
    }
}

impl fmt::Display for Charset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Charset::Mixture(mixture) => f.write_str(&mixture.msh18()),
            single => f.write_str(single.name()),
        }
    }
}
