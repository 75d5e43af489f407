//! Extensions of a certificate that somebody here looks at (RFC 5280 4.2). All others are kept
//! out: a node's certificate is never refused for them (ITI TF-2 3.19.6.1.3).

use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{
    CRLDistributionPoint, DistributionPointName, GeneralName, ParsedExtension, X509Extension,
};

use super::role::{self, HealthcareRole};
use super::{SubjectName, shown};
use crate::node::trust::Constraints;

/// Most names that are read of one certificate.
const MOST_NAMES: usize = 256;
/// OID of subjectDirectoryAttributes.
const DIRECTORY_ATTRIBUTES: &str = "2.5.29.9";
/// Critical extensions of an issuer that we know or may pass over: key identifiers, policies.
const UNDERSTOOD: [&str; 9] = [
    "2.5.29.14",
    "2.5.29.15",
    "2.5.29.17",
    "2.5.29.19",
    "2.5.29.30",
    "2.5.29.31",
    "2.5.29.32",
    "2.5.29.35",
    "2.5.29.37",
];

/// What the extensions say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Extensions {
    /// basicConstraints cA; none: the extension is absent.
    pub(crate) authority: Option<bool>,
    pub(crate) path_length: Option<u32>,
    /// keyUsage: keyCertSign and cRLSign; none: absent.
    pub(crate) may_sign: Option<(bool, bool)>,
    pub(crate) names: Vec<SubjectName>,
    pub(crate) constraints: Option<Constraints>,
    pub(crate) crl_points: CrlPoints,
    pub(crate) roles: Vec<HealthcareRole>,
    /// A critical extension that we do not understand; counts in issuers only.
    pub(crate) not_understood: Option<String>,
    /// A v1 certificate has no extensions.
    pub(crate) version_1: bool,
}

/// URIs of the revocation lists; none: any list of the issuer will do.
pub(crate) type CrlPoints = Option<Vec<String>>;

impl Extensions {
    pub(crate) fn read(certificate: &X509Certificate<'_>) -> Option<Extensions> {
        let mut read = Extensions {
            version_1: certificate.version().0 == 0,
            ..Extensions::default()
        };
        for extension in certificate.extensions() {
            read.take(extension);
        }
        Some(read)
    }

    fn take(&mut self, extension: &X509Extension<'_>) {
        match extension.parsed_extension() {
            ParsedExtension::BasicConstraints(basic) => {
                self.authority = Some(basic.ca);
                self.path_length = basic.path_len_constraint;
            }
            ParsedExtension::KeyUsage(usage) => {
                self.may_sign = Some((usage.key_cert_sign(), usage.crl_sign()));
            }
            ParsedExtension::SubjectAlternativeName(names) => {
                let names = names.general_names.iter().take(MOST_NAMES);
                self.names = names.map(SubjectName::read).collect();
            }
            ParsedExtension::NameConstraints(constraints) => {
                self.constraints = Some(Constraints::read(constraints));
            }
            ParsedExtension::CRLDistributionPoints(points) => {
                let uris = points.iter().take(MOST_NAMES).flat_map(uris);
                self.crl_points = Some(uris.collect());
            }
            _ => self.take_other(extension),
        }
    }

    fn take_other(&mut self, extension: &X509Extension<'_>) {
        let oid = extension.oid.to_id_string();
        if oid == DIRECTORY_ATTRIBUTES {
            self.roles = role::roles(extension.value);
        }
        let unreadable = extension.parsed_extension().error().is_some();
        let understood = UNDERSTOOD.contains(&oid.as_str()) && !unreadable;
        if extension.critical && !understood {
            self.not_understood = Some(shown(&oid));
        }
    }
}

fn uris(point: &CRLDistributionPoint<'_>) -> Vec<String> {
    full_name(point.distribution_point.as_ref())
}

/// The URIs of a distribution point, in a certificate or in a list.
pub(crate) fn full_name(point: Option<&DistributionPointName<'_>>) -> Vec<String> {
    let Some(DistributionPointName::FullName(names)) = point else {
        return Vec::new();
    };
    let uri = |name: &GeneralName<'_>| match name {
        GeneralName::URI(uri) => Some((*uri).to_owned()),
        _ => None,
    };
    names.iter().filter_map(uri).take(MOST_NAMES).collect()
}
