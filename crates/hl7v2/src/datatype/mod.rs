//! The data types of HL7 (v2.5 chapter 2A), owned and without their escapes, and the check of any repetition against them.
//!
//! Fields carry HL7's names. A value that is absent is empty; the HL7 null, which asks to delete, stays `""` (see
//! [`is_null`]). Shorter forms of older versions are read as they are: every later component is simply absent. What a
//! type does not name is kept in its [`Rest`], so that what was parsed is written as it came, but for delimiters at the
//! end of a field or component.
//!
//! Reading never fails and never judges; [`check`] judges.
//!
//! ```
//! use hl7v2::{Message, datatype};
//! let message = Message::parse(b"MSH|^~\\&|A|B|C|D|20260315||ADT^A08|1|P|2.5\rPID|||7^^^&1.2.x&ISO||DOE||19700231\r")?;
//! let pid = message.segment("PID").unwrap();
//! let faults = datatype::check("CX", pid.field(3).repetition(1).unwrap());
//! assert_eq!((faults[0].component, faults[0].subcomponent), (Some(4), Some(2)));
//! let faults = datatype::check("TS", pid.field(7).repetition(1).unwrap());
//! assert_eq!(faults[0].code, hl7v2::ack::ErrorCode::DATA_TYPE);
//! # Ok::<(), hl7v2::ParseError>(())
//! ```

mod check;
mod check_digit;
mod coded;
mod composite;
mod cx;
mod ei;
mod hd;
mod header;
mod person;
mod pl;
mod primitive;
mod rest;
mod table;
#[cfg(test)]
mod tests;
mod time;
mod xad;
mod xcn;
mod xon;
mod xpn;
mod xtn;

pub use check::{Fault, check};
pub use check_digit::check_digit_agrees;
pub use coded::{Ce, Cne, Cwe};
pub use cx::{Cx, InvalidCx};
pub use ei::Ei;
pub use hd::Hd;
pub use header::{Msg, Pt, Vid};
pub use person::{Dr, FamilyParts};
pub use pl::Pl;
pub use primitive::{is_oid, is_uuid};
pub use rest::Rest;
pub use table::{Element, Optionality, elements};
pub use time::{Dt, Dtm, InvalidTime, Precision, Tm, Ts};
pub use xad::{Sad, Xad};
pub use xcn::Xcn;
pub use xon::Xon;
pub use xpn::Xpn;
pub use xtn::Xtn;

use crate::{Separators, escape};

/// The HL7 null (v2.5 section 2.5.3): delete what is stored. Nothing at all leaves it as it is.
pub const NULL: &str = "\"\"";

/// Whether the value is the HL7 null.
///
/// ```
/// assert!(hl7v2::datatype::is_null("\"\"") && !hl7v2::datatype::is_null(""));
/// ```
pub fn is_null(value: &str) -> bool {
    value == NULL
}

fn escaped(value: &str) -> std::borrow::Cow<'_, str> {
    escape::escape(value, &Separators::DEFAULT)
}
