//! Just enough of HL7 v2 to judge an answer: segments by carriage return, fields by `|`, and the usual `^~\&`.
//!
//! `MSA-1` the field of every MSA; `ERR[2]-3` of the second; `PID-3~` each repetition; `PID-3~.4.2` the second
//! subcomponent of the fourth component of each; `PID-3~2.1` the first component of the second repetition.

/// A place in a message.
#[derive(Debug, PartialEq, Eq)]
struct Place<'a> {
    segment: &'a str,
    occurrence: Option<usize>,
    field: usize,
    /// `Some(None)`: each repetition.
    repetition: Option<Option<usize>>,
    component: Option<usize>,
    subcomponent: Option<usize>,
}

/// The values at a place; `segments` gives the names of all segments.
///
/// # Errors
/// The place is none.
pub fn values(message: &[u8], place: &str) -> Result<Vec<String>, String> {
    let text = String::from_utf8_lossy(message);
    let segments = || text.split(['\r', '\n']).filter(|line| !line.is_empty());
    let name_of = |line: &'_ str| line.get(..3).unwrap_or(line).to_owned();
    if place == "segments" {
        return Ok(segments().map(name_of).collect());
    }
    let place =
        parse(place).ok_or_else(|| format!("{place:?} is no place in an HL7 v2 message"))?;
    let lines = segments().filter(|line| name_of(line) == place.segment);
    let lines = lines
        .enumerate()
        .filter(|(at, _)| place.occurrence.is_none_or(|n| n == at + 1));
    Ok(lines.flat_map(|(_, line)| of_field(line, &place)).collect())
}

fn of_field(line: &str, place: &Place<'_>) -> Vec<String> {
    // MSH-1 is the separator itself.
    let at = match place.segment {
        "MSH" => place.field.wrapping_sub(1),
        _ => place.field,
    };
    if (place.segment, place.field) == ("MSH", 1) {
        return line.get(3..4).map(str::to_owned).into_iter().collect();
    }
    let Some(field) = line.split('|').nth(at) else {
        return Vec::new();
    };
    let part = |text: &str| -> Option<String> {
        let component = match place.component {
            Some(n) => text.split('^').nth(n - 1)?,
            None => text,
        };
        let part = match place.subcomponent {
            Some(n) => component.split('&').nth(n - 1)?,
            None => component,
        };
        Some(part.to_owned())
    };
    match place.repetition {
        None if place.component.is_none() => vec![field.to_owned()],
        None => field.split('~').next().and_then(part).into_iter().collect(),
        Some(None) => field.split('~').filter_map(part).collect(),
        Some(Some(n)) => field
            .split('~')
            .nth(n - 1)
            .and_then(part)
            .into_iter()
            .collect(),
    }
}

fn parse(place: &str) -> Option<Place<'_>> {
    let (segment, field) = place.split_once('-')?;
    let (segment, occurrence) = match segment.split_once('[') {
        Some((segment, n)) => (segment, Some(number(n.strip_suffix(']')?)?)),
        None => (segment, None),
    };
    let mut parts = field.split('.');
    let (field, repetition) = match parts.next()?.split_once('~') {
        Some((field, "")) => (field, Some(None)),
        Some((field, n)) => (field, Some(Some(number(n)?))),
        None => (field.split('.').next()?, None),
    };
    let component = parts.next().map(number);
    let subcomponent = parts.next().map(number);
    let known = segment.len() == 3 && parts.next().is_none();
    known.then_some(Place {
        segment,
        occurrence,
        field: number(field)?,
        repetition,
        component: transpose(component)?,
        subcomponent: transpose(subcomponent)?,
    })
}

/// A wrong number is no place; none is.
fn transpose(number: Option<Option<usize>>) -> Option<Option<usize>> {
    match number {
        None => Some(None),
        Some(None) => None,
        Some(number) => Some(number),
    }
}

fn number(text: &str) -> Option<usize> {
    text.parse().ok().filter(|n| *n > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &[u8] = b"MSH|^~\\&|A|B|C|D|2026||ACK^A04^ACK|1|P|2.5\rMSA|AE|42\rERR||PID^1^3^1^4|204^Unknown^HL70357|E\rERR||PID^1^3^2^4|101|E\rPID|||1^^^N&1.2&ISO~2^^^S&1.3&ISO\r";

    fn found(place: &str) -> Vec<String> {
        values(ANSWER, place).expect("a place")
    }

    #[test]
    fn fields_components_and_repetitions_are_found() {
        assert_eq!(found("MSH-1"), ["|"]);
        assert_eq!(found("MSH-3"), ["A"]);
        assert_eq!(found("MSH-12"), ["2.5"]);
        assert_eq!(found("ERR-3.1"), ["204", "101"]);
        assert_eq!(found("ERR[2]-2"), ["PID^1^3^2^4"]);
        assert_eq!(found("PID-3~.4.2"), ["1.2", "1.3"]);
        assert_eq!(found("PID-3~2.1"), ["2"]);
        assert_eq!(found("PID-3.1"), ["1"]);
        assert_eq!(found("QAK-2"), Vec::<String>::new());
        assert_eq!(found("segments"), ["MSH", "MSA", "ERR", "ERR", "PID"]);
    }

    #[test]
    fn what_is_no_place_is_an_error() {
        for wrong in [
            "PID",
            "PID-",
            "PID-x",
            "PID-0",
            "PID-3.x",
            "PIDX-3",
            "PID[0]-3",
            "PID-3.1.1.1",
        ] {
            assert!(values(ANSWER, wrong).is_err(), "{wrong}");
        }
    }
}
