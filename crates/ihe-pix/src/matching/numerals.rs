//! Kanji numerals as digits.

/// The value of a digit; 元 is the first year of an era.
fn digit(letter: char) -> Option<u32> {
    let value = "〇一二三四五六七八九".chars().position(|one| one == letter);
    match letter {
        '零' => Some(0),
        '元' | '壱' => Some(1),
        '弐' => Some(2),
        '参' => Some(3),
        _ => value.map(|value| value as u32),
    }
}

fn power(letter: char) -> Option<u32> {
    match letter {
        '十' | '拾' => Some(10),
        '百' => Some(100),
        '千' => Some(1000),
        _ => None,
    }
}

/// Whether this letter can be part of a number.
pub(super) fn is_numeral(letter: char) -> bool {
    digit(letter).is_some() || power(letter).is_some()
}

/// The number these letters write, up to four digits long; `None` if they do not.
pub(super) fn value(letters: &[char]) -> Option<u32> {
    let (mut sum, mut last) = (0_u32, None);
    for letter in letters.iter().copied() {
        if let Some(power) = power(letter) {
            sum = sum.checked_add(last.take().unwrap_or(1) * power)?;
        } else {
            let digit = letter.to_digit(10).or_else(|| digit(letter))?;
            last = Some(last.unwrap_or(0) * 10 + digit);
        }
        if last.is_some_and(|last| last > 9999) {
            return None;
        }
    }
    (!letters.is_empty()).then_some(sum.checked_add(last.unwrap_or(0))?)
}

#[cfg(test)]
mod tests {
    use super::value;

    #[test]
    fn both_ways_of_writing() {
        let number = |text: &str| value(&text.chars().collect::<Vec<_>>());
        for (text, expected) in [
            ("三", 3),
            ("十", 10),
            ("十二", 12),
            ("二十三", 23),
            ("二三", 23),
            ("百五", 105),
            ("一二〇", 120),
            ("千二百三十四", 1234),
            ("元", 1),
            ("12", 12),
        ] {
            assert_eq!(number(text), Some(expected), "{text}");
        }
        for text in ["", "三田", "九九九九九九九九九九九"] {
            assert_eq!(number(text), None, "{text}");
        }
    }
}
