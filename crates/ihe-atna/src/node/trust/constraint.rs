//! Name constraints of an authority (RFC 5280 4.2.1.10): which names it may certify.

use std::net::IpAddr;

use x509_parser::extensions::{GeneralName, GeneralSubtree, NameConstraints};

use crate::node::certificate::{Certificate, SubjectName, address, der};

/// Most subtrees that are read; more: nothing fits.
const MOST: usize = 256;

/// Names an authority may certify, and names it may not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Constraints {
    permitted: Vec<Subtree>,
    excluded: Vec<Subtree>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Subtree {
    Dns(String),
    /// Address and mask.
    Ip(IpAddr, IpAddr),
    /// The RDNs, each as DER.
    Directory(Vec<Vec<u8>>),
    Email,
    Uri,
    Other,
}

impl Constraints {
    pub(crate) fn read(constraints: &NameConstraints<'_>) -> Constraints {
        Constraints {
            permitted: subtrees(constraints.permitted_subtrees.as_deref()),
            excluded: subtrees(constraints.excluded_subtrees.as_deref()),
        }
    }

    /// Whether every name of the certificate is permitted and none excluded. Kinds of names that
    /// are not compared here (mail, URI) are refused as soon as a constraint speaks of them.
    pub(crate) fn permit(&self, certificate: &Certificate) -> bool {
        let subject = rdns(&certificate.pieces.subject);
        let subject_fits = subject.is_empty() || self.permits(&Named::Directory(&subject));
        let fits = |name: &SubjectName| self.permits(&Named::from(name));
        subject_fits && certificate.names().iter().all(fits)
    }

    fn permits(&self, name: &Named<'_>) -> bool {
        if self.permitted.len() + self.excluded.len() > MOST {
            return false;
        }
        let of_kind = |tree: &&Subtree| name.is_kind(tree);
        let mut permitted = self.permitted.iter().filter(of_kind).peekable();
        let allowed = permitted.peek().is_none() || permitted.any(|tree| name.within(tree));
        let mut excluded = self.excluded.iter().filter(of_kind);
        allowed && !excluded.any(|tree| name.touches(tree) || !name.comparable())
    }
}

fn subtrees(found: Option<&[GeneralSubtree<'_>]>) -> Vec<Subtree> {
    let found = found.unwrap_or_default().iter().take(MOST + 1);
    found
        .map(|subtree| match &subtree.base {
            GeneralName::DNSName(name) => Subtree::Dns(name.trim_start_matches('.').to_owned()),
            GeneralName::IPAddress(bytes) => network(bytes).unwrap_or(Subtree::Other),
            GeneralName::DirectoryName(name) => Subtree::Directory(rdns(name.as_raw())),
            GeneralName::RFC822Name(_) => Subtree::Email,
            GeneralName::URI(_) => Subtree::Uri,
            _ => Subtree::Other,
        })
        .collect()
}

fn network(bytes: &[u8]) -> Option<Subtree> {
    let (base, mask) = bytes.split_at_checked(bytes.len() / 2)?;
    Some(Subtree::Ip(address(base)?, address(mask)?))
}

/// A Name cut into its RDNs.
fn rdns(name: &[u8]) -> Vec<Vec<u8>> {
    let sequence = der::expect(&mut &name[..], der::SEQUENCE);
    let mut input = sequence.map_or(&[][..], |sequence| sequence.content);
    std::iter::from_fn(|| der::next(&mut input))
        .take(MOST)
        .map(|rdn| rdn.whole.to_vec())
        .collect()
}

/// A name that is held against the subtrees.
enum Named<'a> {
    Dns(&'a str),
    Ip(IpAddr),
    Directory(&'a [Vec<u8>]),
    Email,
    Uri,
    Other,
}

impl<'a> From<&'a SubjectName> for Named<'a> {
    fn from(name: &'a SubjectName) -> Named<'a> {
        match name {
            SubjectName::Dns(name) => Named::Dns(name),
            SubjectName::Ip(address) => Named::Ip(*address),
            SubjectName::Email(_) => Named::Email,
            SubjectName::Uri(_) => Named::Uri,
            SubjectName::Directory(_) | SubjectName::Other => Named::Other,
        }
    }
}

impl Named<'_> {
    fn is_kind(&self, tree: &Subtree) -> bool {
        matches!(
            (self, tree),
            (Named::Dns(_), Subtree::Dns(_))
                | (Named::Ip(_), Subtree::Ip(..))
                | (Named::Directory(_), Subtree::Directory(_))
                | (Named::Email, Subtree::Email)
                | (Named::Uri, Subtree::Uri)
                | (Named::Other, Subtree::Other | Subtree::Directory(_))
        )
    }

    fn comparable(&self) -> bool {
        matches!(self, Named::Dns(_) | Named::Ip(_) | Named::Directory(_))
    }

    fn within(&self, tree: &Subtree) -> bool {
        match (self, tree) {
            (Named::Dns(name), Subtree::Dns(base)) => under(name, base),
            (Named::Ip(address), Subtree::Ip(base, mask)) => in_network(*address, *base, *mask),
            (Named::Directory(name), Subtree::Directory(base)) => name.starts_with(base),
            _ => false,
        }
    }

    /// Within, or a wildcard that could stand for a name within.
    fn touches(&self, tree: &Subtree) -> bool {
        let wild = match (self, tree) {
            (Named::Dns(name), Subtree::Dns(base)) => name
                .strip_prefix("*.")
                .is_some_and(|parent| under(base, parent)),
            _ => false,
        };
        wild || self.within(tree)
    }
}

fn under(name: &str, base: &str) -> bool {
    let name = name.strip_prefix("*.").unwrap_or(name).to_ascii_lowercase();
    let base = base.to_ascii_lowercase();
    base.is_empty()
        || name == base
        || name
            .strip_suffix(&base)
            .is_some_and(|front| front.ends_with('.'))
}

fn in_network(address: IpAddr, base: IpAddr, mask: IpAddr) -> bool {
    match (address, base, mask) {
        (IpAddr::V4(address), IpAddr::V4(base), IpAddr::V4(mask)) => address & mask == base & mask,
        (IpAddr::V6(address), IpAddr::V6(base), IpAddr::V6(mask)) => address & mask == base & mask,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subtree_of_hosts_ends_at_a_label() {
        assert!(under("arr.hospital.example", "hospital.example"));
        assert!(under("hospital.example", "Hospital.Example"));
        assert!(under("*.hospital.example", "hospital.example"));
        assert!(!under("evilhospital.example", "hospital.example"));
        assert!(!under("example", "hospital.example"));
    }
}
