//! Certificates of every kind for tests, made at run time.

use std::time::{Duration, SystemTime};

use ihe_atna::{Identity, TrustAnchors};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams,
    CrlIssuingDistributionPoint, DnType, IsCa, Issuer, KeyIdMethod, KeyPair, RevocationReason,
    RevokedCertParams, SerialNumber, date_time_ymd,
};

/// A certificate authority.
pub(crate) struct Domain {
    issuer: Issuer<'static, KeyPair>,
    /// Its certificate.
    pub(crate) pem: String,
    /// The certificates between its members and the root, as members present them.
    pub(crate) above: String,
}

/// A certificate and its key.
#[derive(Clone)]
pub(crate) struct Member {
    pub(crate) pem: String,
    pub(crate) key: String,
    above: String,
}

impl Member {
    pub(crate) fn identity(&self) -> Identity {
        let chain = format!("{}{}", self.pem, self.above);
        Identity::from_pem(&chain, &self.key).expect("identity")
    }
}

#[allow(dead_code)]
impl Domain {
    /// A new root.
    pub(crate) fn new(name: &str) -> Domain {
        Domain::with(name, |_| {})
    }

    /// A root with something special.
    pub(crate) fn with(name: &str, change: impl FnOnce(&mut CertificateParams)) -> Domain {
        let mut params = authority(name);
        change(&mut params);
        let key = KeyPair::generate().expect("key");
        let pem = params.self_signed(&key).expect("certificate").pem();
        Domain {
            issuer: Issuer::new(params, key),
            pem,
            above: String::new(),
        }
    }

    /// An authority below this one.
    pub(crate) fn below(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) -> Domain {
        let mut params = authority(name);
        change(&mut params);
        let key = KeyPair::generate().expect("key");
        let signed = params.signed_by(&key, &self.issuer).expect("certificate");
        Domain {
            pem: signed.pem(),
            above: format!("{}{}", signed.pem(), self.above),
            issuer: Issuer::new(params, key),
        }
    }

    /// A member with something special.
    pub(crate) fn issue(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) -> Member {
        let mut params = CertificateParams::new(vec![name.to_owned()]).expect("parameters");
        params.distinguished_name.push(DnType::CommonName, name);
        change(&mut params);
        let key = KeyPair::generate().expect("key");
        self.sign(&params, &key)
    }

    pub(crate) fn sign(&self, params: &CertificateParams, key: &KeyPair) -> Member {
        Member {
            pem: params
                .signed_by(key, &self.issuer)
                .expect("certificate")
                .pem(),
            key: key.serialize_pem(),
            above: self.above.clone(),
        }
    }

    /// Certificate and key of a member, as PEM.
    pub(crate) fn member_pem(&self, name: &str) -> (String, String) {
        let member = self.issue(name, |_| {});
        (member.pem, member.key)
    }

    /// A member's identity.
    pub(crate) fn member(&self, name: &str) -> Identity {
        self.issue(name, |_| {}).identity()
    }

    /// Trust in this authority.
    pub(crate) fn anchors(&self) -> TrustAnchors {
        TrustAnchors::from_pem(&self.pem).expect("anchors")
    }

    /// A revocation list that names these serial numbers, of the year 2026, due on the first of a
    /// month of 2027.
    pub(crate) fn revoking(&self, serials: &[u64], next_month: u8) -> String {
        self.revoking_within(serials, next_month, None)
    }

    /// The same for a part of its certificates.
    pub(crate) fn revoking_within(
        &self,
        serials: &[u64],
        next_month: u8,
        part: Option<CrlIssuingDistributionPoint>,
    ) -> String {
        let revoked = serials.iter().map(|serial| RevokedCertParams {
            serial_number: SerialNumber::from(*serial),
            revocation_time: date_time_ymd(2026, 3, 1),
            reason_code: Some(RevocationReason::KeyCompromise),
            invalidity_date: None,
        });
        CertificateRevocationListParams {
            this_update: date_time_ymd(2026, 1, 1) + Duration::from_secs(u64::from(next_month)),
            next_update: date_time_ymd(2027, next_month, 1),
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: part,
            revoked_certs: revoked.collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        }
        .signed_by(&self.issuer)
        .expect("list")
        .pem()
        .expect("pem")
    }
}

fn authority(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(Vec::new()).expect("parameters");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

/// A self-signed certificate.
#[allow(dead_code)]
pub(crate) fn self_signed(name: &str, change: impl FnOnce(&mut CertificateParams)) -> Member {
    let mut params = CertificateParams::new(vec![name.to_owned()]).expect("parameters");
    params.distinguished_name.push(DnType::CommonName, name);
    change(&mut params);
    let key = KeyPair::generate().expect("key");
    Member {
        pem: params.self_signed(&key).expect("certificate").pem(),
        key: key.serialize_pem(),
        above: String::new(),
    }
}

/// Midnight of the first of a month.
#[allow(dead_code)]
pub(crate) fn first_of(year: i32, month: u8) -> SystemTime {
    date_time_ymd(year, month, 1).into()
}

/// Valid in 2026 only.
#[allow(dead_code)]
pub(crate) fn in_2026(params: &mut CertificateParams) {
    params.not_before = date_time_ymd(2026, 1, 1);
    params.not_after = date_time_ymd(2026, 12, 31);
}
