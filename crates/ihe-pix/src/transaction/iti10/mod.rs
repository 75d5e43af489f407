//! ITI-10 PIX Update Notification (ITI TF-2 3.10): ADT^A31^ADT_A05, HL7 v2.5
//!
//! The manager tells a consumer the ids of one person, as they are now, in the domains that the consumer wants to hear of.

mod audit;
mod decode;
mod encode;
#[cfg(test)]
mod tests;

use hl7v2::datatype::{Cx, Hd};

pub use audit::audit;
pub use decode::decode;
pub use encode::encode;

/// One cross-reference set as it is now. It replaces everything the consumer knew of each of these ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// PID-3, 1..n: ids with the full authority, those of one domain next to each other.
    pub ids: Vec<Cx>,
}

impl Notification {
    /// The ids of one domain: all of them are used, or none (ITI TF-2 3.10.4.1.3, V2-R-051).
    pub fn of_domain<'a>(&'a self, domain: &'a Hd) -> impl Iterator<Item = &'a Cx> + 'a {
        let of = |id: &&Cx| id.assigning_authority.same_authority(domain);
        self.ids.iter().filter(of)
    }

    /// The id of a domain for whoever cannot handle several: nothing if there are several (V2-R-051).
    pub fn only_id<'a>(&'a self, domain: &'a Hd) -> Option<&'a Cx> {
        let mut ids = self.of_domain(domain);
        ids.next().filter(|_| ids.next().is_none())
    }

    /// Without ids of domains that have several: for consumers that cannot handle them (V2-R-051).
    pub fn without_doubles(self) -> Notification {
        let alone = |id: &Cx| self.only_id(&id.assigning_authority).is_some();
        let ids = self.ids.iter().filter(|id| alone(id)).cloned().collect();
        Notification { ids }
    }
}
