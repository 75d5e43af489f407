//! ITI-64 link change to message (ITI TF-2 3.64.4.1.2).

use hl7v2::build::{self, HeaderFields, SegmentBuilder};
use hl7v2::charset::Charset;
use hl7v2::datatype::Cx;

use super::LinkChange;
use crate::error::Error;
use crate::iti8::Ends;
use crate::transaction::writing::{identified, ids, written};

/// The message in version 2.5, with a fresh MSH-10. MSH-3 of the ends is the OID of the manager's system.
pub fn encode(change: &LinkChange, ends: &Ends, charset: Charset) -> Result<Vec<u8>, Error> {
    let pid = [&change.new_xad_pid, &change.local];
    let mrg: Vec<&Cx> = std::iter::once(&change.previous_xad_pid)
        .chain(&change.subsumed_local)
        .collect();
    let whole = |id: &Cx| {
        let authority = &id.assigning_authority;
        !authority.universal_id.is_empty() && !authority.universal_id_type.is_empty()
    };
    if !pid.into_iter().chain(mrg.iter().copied()).all(whole) {
        let text = "an authority without universal id and type (V2-R-090)";
        return Err(Error::Misuse(text.into()));
    }
    let header = HeaderFields {
        profile: "ITI-64^IHE".into(),
        ..ends.header("ADT^A43^ADT_A43".into(), charset, "2.5")
    };
    let segments = [
        SegmentBuilder::new("EVN").raw(2, build::now()).build(),
        identified(pid, "").build(),
        format!("MRG|{}", ids(mrg)),
    ];
    written(&header, &segments)
}
