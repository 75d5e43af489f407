//! Replacement of characters that JIS X 0208 does not have, by the rules the National Hospital Organization publishes for
//! SS-MIX2: half-width katakana widened, circled numbers and squared units spelled out, anything else `■`.

use super::iso2022jp::pair;

/// Text in which every character can be written in ISO-2022-JP.
///
/// ```
/// assert_eq!(hl7v2::charset::substitute("ﾔﾏﾀﾞ①㈱"), "ヤマダ(1)(株)");
/// ```
pub fn substitute(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        if let Some(wide) = wide_kana(character) {
            let marked = characters.peek().and_then(|&mark| voiced(wide, mark));
            if marked.is_some() {
                characters.next();
            }
            out.push(marked.unwrap_or(wide));
        } else if matches!(character, '\u{1b}' | '\u{e}' | '\u{f}') {
            out.push(' ');
        } else if character.is_ascii() || pair(character).is_some() {
            out.push(character);
        } else {
            spell(character, &mut out);
        }
    }
    out
}

const WIDE: &str = "。「」、・ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン゛゜";

fn wide_kana(character: char) -> Option<char> {
    let place = u32::from(character).checked_sub(0xFF61)?;
    WIDE.chars().nth(place as usize)
}

/// A katakana with the half-width (semi-)voiced mark after it.
fn voiced(wide: char, mark: char) -> Option<char> {
    let next = |steps: u32| char::from_u32(u32::from(wide) + steps);
    match (mark, wide) {
        ('\u{FF9E}', 'ウ') => Some('ヴ'),
        ('\u{FF9E}', 'カ'..='ト' | 'ハ'..='ホ') => next(1),
        ('\u{FF9F}', 'ハ'..='ホ') => next(2),
        _ => None,
    }
}

fn spell(character: char, out: &mut String) {
    let code = u32::from(character);
    match code {
        0x2460..=0x2473 => out.push_str(&format!("({})", code - 0x245F)),
        0x2160..=0x2169 => out.push_str(ROMAN[(code - 0x2160) as usize]),
        0x2170..=0x2179 => out.push_str(&ROMAN[(code - 0x2170) as usize].to_ascii_lowercase()),
        _ => out.push_str(
            SPELLED
                .iter()
                .find(|(squared, _)| *squared == character)
                .map_or("■", |(_, spelled)| spelled),
        ),
    }
}

const ROMAN: [&str; 10] = ["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X"];

const SPELLED: [(char, &str); 41] = [
    ('㍉', "ミリ"),
    ('㌔', "キロ"),
    ('㌢', "センチ"),
    ('㍍', "メートル"),
    ('㌘', "グラム"),
    ('㌧', "トン"),
    ('㌃', "アール"),
    ('㌶', "ヘクタール"),
    ('㍑', "リットル"),
    ('㍗', "ワット"),
    ('㌍', "カロリー"),
    ('㌦', "ドル"),
    ('㌣', "セント"),
    ('㌫', "パーセント"),
    ('㍊', "ミリバール"),
    ('㌻', "ページ"),
    ('㎜', "mm"),
    ('㎝', "cm"),
    ('㎞', "km"),
    ('㎎', "mg"),
    ('㎏', "kg"),
    ('㏄', "cc"),
    ('㎡', "m2"),
    ('№', "No."),
    ('㏍', "K.K."),
    ('℡', "Tel"),
    ('㊤', "(上)"),
    ('㊥', "(中)"),
    ('㊦', "(下)"),
    ('㊧', "(左)"),
    ('㊨', "(右)"),
    ('㈱', "(株)"),
    ('㈲', "(有)"),
    ('㈹', "(代)"),
    ('㍾', "明治"),
    ('㍽', "大正"),
    ('㍼', "昭和"),
    ('㍻', "平成"),
    ('㋿', "令和"),
    ('〝', "\""),
    ('〟', "\""),
];
