//! The messages that the benches measure, built by code.

#![allow(dead_code, reason = "each bench uses some of them")]

use hl7v2::charset::Charset;
use std::fmt::Write;

/// An ADT^A01 of about 1 KB.
pub(crate) fn adt() -> String {
    let mut text = String::from(
        "MSH|^~\\&|HIS^1.2.3.4.5^ISO|WARD|PIX^1.2.3.4.6^ISO|HUB|20260315093012||ADT^A01^ADT_A01|PIX20260315000001|P|2.3.1\r\
         EVN|A01|20260315093000|||0001^CLERK^ANN\r\
         PID|1||0000123456^^^HOSP&1.2.3.4.1000&ISO^PI~99887766^^^REGION&1.2.3.4.2000&ISO^PI||DOE^JANE^Q^^^^L~ROE^JANE^^^^^M||19580312|F|||\
         12 LONG STREET^APT 3^SPRINGFIELD^IL^62701^USA^H||(217)555-0100^PRN^PH~(217)555-0101^ORN^CP|(217)555-0102|EN|M|CHR|A-4711^^^HOSP&1.2.3.4.1000&ISO^AN\r",
    );
    text.push_str("PV1|1|I|W2^204^1^HOSP^^^^3||||D001^DOCTOR^DAN^^^DR^MD|D002^REFER^RITA^^^DR^MD||SUR||||1|||D001^DOCTOR^DAN|IN|V100200\r");
    for n in 1..=4 {
        let _ = write!(
            text,
            "NK1|{n}|DOE^JOHN^^^^^L|SPO^SPOUSE^HL70063|12 LONG STREET^^SPRINGFIELD^IL^62701|(217)555-0103|||20200101\r"
        );
    }
    text
}

/// An ORU^R01 of about 8 KB.
pub(crate) fn oru() -> String {
    let mut text = adt().replace("ADT^A01^ADT_A01", "ORU^R01^ORU_R01");
    let mut n = 0;
    while text.len() < 8 * 1024 {
        n += 1;
        let _ = write!(
            text,
            "OBX|{n}|NM|3A010000002327101^Total protein^JC10^TP^TP^L||7.{n}|g/dL^grams per decilitre^UCUM|6.7-8.3|N|||F|||20260315101000||T01^TECH\r"
        );
    }
    text
}

/// An ORU^R01 of about 5 MB: one embedded document in base64 in OBX-5.
pub(crate) fn oru_with_document() -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = oru();
    text.push_str("OBX|999|ED|18842-5^Discharge summary^LN||HIS^Application^PDF^Base64^");
    let mut state = 1_u64;
    text.extend((0..5 << 20).map(|_| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        char::from(ALPHABET[(state >> 58) as usize])
    }));
    text.push_str("||||||F\r");
    text
}

/// The family name in [`adt_japanese`]: the second bytes of its characters are `|` and `^`.
pub(crate) const JAPANESE_NAME: &str = "骨袋";

/// An ADT^A08 of about 1 KB in ISO-2022-JP, as Japanese hospitals send them.
pub(crate) fn adt_japanese() -> Vec<u8> {
    let mut text = format!(
        "MSH|^~\\&|HIS|病院情報|GW|HUB|20260315093012.000||ADT^A08^ADT_A01|20260315000001|P|2.5||||||~ISO IR87||ISO 2022-1994\r\
         EVN||20260315093000|||0001^事務^花子^^^^^^^^^^^^^I\r\
         PID|0001||0000123456^^^^PI||{JAPANESE_NAME}^太郎^^^^^L^I~コツブクロ^タロウ^^^^^L^P||19580312|M|||\
         ^^^^422-8033^JPN^H^静岡県静岡市駿河区登呂一丁目三番五号||^PRN^PH^^^^^^^^^054-000-0000|||M\r\
         NK1|1|{JAPANESE_NAME}^一子^^^^^L^I|SPO^配偶者^HL70063|^^^^422-8033^JPN^H^静岡県静岡市駿河区登呂一丁目|^PRN^PH^^^^^^^^^054-000-0000\r\
         PV1|0001|I|32^201^1^^^N^^^^循環器内科病棟||||110^志岐^琢磨^^^^^^^L^^^^^I|||01||||||||||||||||||||||||||||||||||||20260301000000\r",
    );
    for n in 1..=3 {
        let _ = write!(
            text,
            "AL1|{n}|DA^薬剤アレルギー^HL70127|1^ペニシリン系抗生物質^99XYZ|SV^重症^HL70128|発疹と呼吸困難|20100909\r"
        );
    }
    Charset::Iso2022Jp
        .encode(&text)
        .expect("all of it is in JIS X 0208")
}

const HEADER: &str = "MSH|^~\\&|A|B|C|D|2026||ORU^R01|1|P|2.5\r";

/// One field of that many bytes without a delimiter.
pub(crate) fn one_long_field(bytes: usize) -> String {
    format!("{HEADER}OBX|1|TX|1||{}\r", "x".repeat(bytes))
}

/// One segment of that many bytes in which every second byte is a field separator.
pub(crate) fn many_fields(bytes: usize) -> String {
    format!("{HEADER}ZZZ{}\r", "|x".repeat(bytes / 2))
}

/// That many segments, MSH included.
pub(crate) fn many_segments(segments: usize) -> String {
    let mut text = String::from(HEADER);
    for n in 1..segments {
        let _ = write!(text, "OBX|{n}|NM|1||7\r");
    }
    text
}

/// One field with that many repetitions.
pub(crate) fn many_repetitions(repetitions: usize) -> String {
    let mut text = format!("{HEADER}PID|||0");
    for n in 1..repetitions {
        let _ = write!(text, "~{n}^^^A&1.2&ISO");
    }
    text.push('\r');
    text
}
