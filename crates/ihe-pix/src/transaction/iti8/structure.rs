//! Which segments a feed has and in which order (ITI TF-2 Tables 3.8-1 and 3.8-3).

use hl7v2::Message;

use super::Event;
use crate::FeedPolicy;
use crate::transaction::Problems;
use crate::transaction::reading::{absent, order, required_field, single};

/// The segments judged, in the order they must come.
const ORDER: [&str; 6] = ["MSH", "EVN", "PID", "PD1", "MRG", "PV1"];

/// Checks segments, their order and the required fields that are no part of the patient record.
pub(crate) fn check(message: &Message, event: Event, policy: &FeedPolicy, found: &mut Problems) {
    order(message, &ORDER, found);
    // One patient, and one pair for A40, per message (V2-R-014).
    single(message, "PID", found);
    required_field(message, "EVN", 2, found);
    if event == Event::Merge {
        single(message, "MRG", found);
        required_field(message, "MRG", 1, found);
    } else if policy.require_visit {
        required_field(message, "PV1", 2, found);
    }
    if message.segment("PID").is_none() {
        found.push(absent("PID"));
    }
}
