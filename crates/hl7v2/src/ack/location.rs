//! ERL, error location (HL7 v2.5 section 2A.28).

use std::fmt;

/// A place in the message that is answered. Numbers count from 1; 0 means absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Location {
    /// ERL.1, segment name.
    pub segment: String,
    /// ERL.2, which of the segments of that name.
    pub sequence: u16,
    /// ERL.3.
    pub field: u16,
    /// ERL.4.
    pub repetition: u16,
    /// ERL.5.
    pub component: u16,
    /// ERL.6.
    pub subcomponent: u16,
}

impl Location {
    /// A whole segment.
    pub fn segment(segment: &str, sequence: u16) -> Location {
        Location {
            segment: segment.to_owned(),
            sequence,
            ..Location::default()
        }
    }

    /// A whole field.
    ///
    /// ```
    /// use hl7v2::ack::Location;
    /// assert_eq!(Location::field("PID", 1, 3).repetition(1).component(4).to_string(), "PID^1^3^1^4");
    /// ```
    pub fn field(segment: &str, sequence: u16, field: u16) -> Location {
        Location {
            field,
            ..Location::segment(segment, sequence)
        }
    }

    /// One repetition of the field.
    pub fn repetition(self, repetition: u16) -> Location {
        Location { repetition, ..self }
    }

    /// One component; of the first repetition if none was said.
    pub fn component(self, component: u16) -> Location {
        Location {
            repetition: self.repetition.max(1),
            component,
            ..self
        }
    }

    /// One subcomponent; of the first component if none was said.
    pub fn subcomponent(self, subcomponent: u16) -> Location {
        Location {
            component: self.component.max(1),
            repetition: self.repetition.max(1),
            subcomponent,
            ..self
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crate::escape::escape(
            &self.segment,
            &crate::Separators::DEFAULT,
        ))?;
        let numbers = [
            self.sequence,
            self.field,
            self.repetition,
            self.component,
            self.subcomponent,
        ];
        let used = numbers
            .iter()
            .rposition(|&number| number > 0)
            .map_or(0, |last| last + 1);
        for number in &numbers[..used] {
            match number {
                0 => f.write_str("^")?,
                _ => write!(f, "^{number}")?,
            }
        }
        Ok(())
    }
}
