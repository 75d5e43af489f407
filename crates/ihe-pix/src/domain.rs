//! Patient identification domains and who may feed them (ITI TF-1 5.4, ITI TF-2 3.8.4.1.3).

use hl7v2::datatype::Hd;

use crate::iti30;

/// One patient identification domain of the cross-reference (ITI TF-1 5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Domain {
    /// The assigning authority as every answer writes it: namespace, universal id and type.
    pub authority: Hd,
    /// The only Source (MSH-3, MSH-4) that may feed this domain; `None`: any (V2-R-012).
    pub bound_to: Option<(String, String)>,
}

/// Which authority an id has when PID-3.4 is empty, by sending Source (V2-R-011).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceRule {
    /// MSH-3 of the Source, the whole field or its first component.
    pub application: String,
    /// MSH-4 of the Source, the whole field or its first component.
    pub facility: String,
    /// The authority filled in.
    pub authority: Hd,
}

/// How much of one message is taken in; more is a data type error (102).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Characters of one identifier (Table 3.8-2 extends most fields to 250: V2-R-010).
    pub id_length: usize,
    /// Repetitions of PID-3, MRG-1 and QPD-4.
    pub ids: usize,
    /// Repetitions of PID-5.
    pub names: usize,
    /// Characters of any other field kept (PID-5, 6, 11, 13, 14, 18, 19, 20), and of an identifier with all that comes
    /// with it.
    pub field_length: usize,
    /// Problems listed in one refusal.
    pub problems: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            id_length: 250,
            ids: 100,
            names: 20,
            field_length: 4000,
            problems: 50,
        }
    }
}

/// What a receiver of identity feeds and queries knows before the message arrives.
#[derive(Clone, Debug)]
pub struct FeedPolicy {
    /// The domains cross-referenced.
    pub domains: Vec<Domain>,
    /// Authorities for Sources that send ids without one (V2-R-011).
    pub sources: Vec<SourceRule>,
    /// The authority of an id without one when no source rule applies: the affinity domain at a
    /// Document Registry (V2-R-011), nothing at a PIX Manager.
    pub fallback_authority: Option<Hd>,
    /// Ids of other domains are left out (Document Registry, V2-R-015) instead of refusing the
    /// message (PIX Manager, V2-R-019).
    pub ignore_unknown_domains: bool,
    /// PV1 with PV1-2 must be there (all events but A40).
    pub require_visit: bool,
    /// MSH-12 values taken.
    pub versions: Vec<String>,
    /// MSH-11.1 values taken.
    pub processing_ids: Vec<String>,
    /// Options of ITI-30.
    pub management: iti30::Options,
    /// Sizes and counts.
    pub limits: Limits,
}

impl FeedPolicy {
    /// A PIX Manager's policy: these domains, any Source, unknown domains refused.
    pub fn new(domains: impl IntoIterator<Item = Hd>) -> FeedPolicy {
        let unbound = |authority| Domain {
            authority,
            bound_to: None,
        };
        FeedPolicy {
            domains: domains.into_iter().map(unbound).collect(),
            sources: Vec::new(),
            fallback_authority: None,
            ignore_unknown_domains: false,
            require_visit: true,
            versions: ["2.3.1", "2.4", "2.5", "2.5.1"].map(String::from).to_vec(),
            processing_ids: ["P", "T", "D"].map(String::from).to_vec(),
            management: iti30::Options::default(),
            limits: Limits::default(),
        }
    }

    /// A Document Registry's policy: the affinity domain only, ids of others left out (V2-R-015).
    pub fn affinity_domain(authority: Hd) -> FeedPolicy {
        let mut policy = FeedPolicy::new([authority.clone()]);
        policy.fallback_authority = Some(authority);
        policy.ignore_unknown_domains = true;
        policy
    }

    /// The domain an authority names: by namespace only, universal id only, or all three, which
    /// must then agree (V2-R-037).
    pub fn resolve(&self, authority: &Hd) -> Option<&Domain> {
        self.domains
            .iter()
            .find(|domain| domain.authority.is_named_by(authority))
    }

    /// The authority of an id that came without one from this Source (V2-R-011).
    pub fn authority_of_source(&self, application: &str, facility: &str) -> Option<&Hd> {
        self.sources
            .iter()
            .find(|rule| names(&rule.application, application) && names(&rule.facility, facility))
            .map(|rule| &rule.authority)
            .or(self.fallback_authority.as_ref())
    }
}

impl Domain {
    /// Whether this Source may feed the domain (V2-R-012).
    pub fn admits(&self, application: &str, facility: &str) -> bool {
        match &self.bound_to {
            None => true,
            Some((app, fac)) => names(app, application) && names(fac, facility),
        }
    }
}

/// A configured name is the whole field or its first component.
fn names(configured: &str, field: &str) -> bool {
    configured == field || field.split('^').next() == Some(configured)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hd(namespace: &str, universal: &str, kind: &str) -> Hd {
        Hd {
            namespace_id: namespace.into(),
            universal_id: universal.into(),
            universal_id_type: kind.into(),
            ..Hd::default()
        }
    }

    #[test]
    fn v2_r_037_authority_is_found_by_namespace_or_universal_id_or_all_three() {
        let policy = FeedPolicy::new([hd("EAST", "1.2.3", "ISO"), hd("WEST", "1.2.4", "ISO")]);
        for said in [
            hd("EAST", "", ""),
            hd("", "1.2.3", "ISO"),
            hd("EAST", "1.2.3", "ISO"),
        ] {
            assert_eq!(
                policy.resolve(&said).map(|d| &*d.authority.universal_id),
                Some("1.2.3")
            );
        }
        assert!(
            policy.resolve(&hd("EAST", "1.2.4", "ISO")).is_none(),
            "the three must agree"
        );
        assert!(policy.resolve(&hd("", "1.2.3", "DNS")).is_none());
        assert!(policy.resolve(&hd("", "", "")).is_none());
    }

    #[test]
    fn v2_r_012_a_bound_domain_admits_its_source_only() {
        let bound_to = Some(("HIS".to_owned(), "EAST".to_owned()));
        let domain = Domain {
            authority: Hd::oid("1.2.3"),
            bound_to,
        };
        assert!(domain.admits("HIS", "EAST"));
        assert!(domain.admits("HIS^1.2.9^ISO", "EAST"));
        assert!(!domain.admits("HIS2", "EAST"));
        assert!(!domain.admits("HIS", "WEST"));
    }
}
