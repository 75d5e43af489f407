//! A small authority for tests and first contacts: makes certificates of nodes and withdraws them.
//! Its key lies in a file, as no authority's should that people rely on.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use ihe_atna::{Certificate, HealthcareRole};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer,
    CustomExtension, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair,
    KeyUsagePurpose, RevocationReason, RevokedCertParams, SerialNumber, date_time_ymd,
};

use crate::failure::{Context, Failure, Result};
use crate::pki;

/// Certificates begin a little earlier than they are made: clocks differ.
const SKEW: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);
/// How long a revocation list counts.
const LIST_DAYS: u32 = 30;
/// subjectDirectoryAttributes.
const DIRECTORY_ATTRIBUTES: [u64; 4] = [2, 5, 29, 9];
/// Serial number and second of each certificate withdrawn, a line each.
const WITHDRAWN: &str = "revoked.txt";

/// What a certificate is to say
pub(crate) struct Wish {
    /// CN, and the names of the files
    pub(crate) name: String,
    /// subjectAltName: host names and addresses
    pub(crate) hosts: Vec<String>,
    /// Days it is valid
    pub(crate) days: u32,
    /// HPKI healthcare role
    pub(crate) role: Option<String>,
}

/// A directory with `ca.pem`, `ca.key`, `ca.crl`
pub(crate) struct Authority {
    folder: PathBuf,
    certificate: Certificate,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    /// A new one; a directory that has one already is left alone
    pub(crate) fn make(folder: &Path, name: &str, days: u32) -> Result<Authority> {
        fs::create_dir_all(folder).context(folder.display())?;
        let made = certificate_of_authority(name, days).context("making the authority")?;
        pki::write(
            folder,
            "ca.key",
            made.key().serialize_pem().as_bytes(),
            0o600,
        )?;
        pki::write(folder, "ca.pem", made.pem().as_bytes(), 0o644)?;
        let authority = Authority::open(folder)?;
        authority.publish(&[])?;
        Ok(authority)
    }

    /// The one in this directory
    pub(crate) fn open(folder: &Path) -> Result<Authority> {
        let text = |name: &str| {
            let path = folder.join(name);
            let doing = format!("{} (`node make-ca` makes one)", path.display());
            fs::read_to_string(&path).context(doing)
        };
        let (certificate, key) = (text("ca.pem")?, text("ca.key")?);
        let key = KeyPair::from_pem(&key).context("ca.key")?;
        Ok(Authority {
            folder: folder.to_owned(),
            certificate: Certificate::from_pem(certificate.as_bytes()).context("ca.pem")?,
            issuer: Issuer::from_ca_cert_pem(&certificate, key).context("ca.pem")?,
        })
    }

    /// Its own certificate
    pub(crate) fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// Makes a key and a certificate: `NAME.key`, `NAME.pem`
    pub(crate) fn issue(&self, wish: &Wish) -> Result<(PathBuf, Certificate)> {
        if !is_file_name(&wish.name) {
            let text = "--name becomes a file name: letters, digits, '.', '-' and '_' only";
            return Err(Failure::new(text));
        }
        let key = KeyPair::generate().context("making a key")?;
        let pem = params(wish)?
            .signed_by(&key, &self.issuer)
            .context("making a certificate")?
            .pem();
        let name = format!("{}.pem", wish.name);
        pki::write(&self.folder, &name, pem.as_bytes(), 0o644)?;
        let key_name = format!("{}.key", wish.name);
        pki::write(
            &self.folder,
            &key_name,
            key.serialize_pem().as_bytes(),
            0o600,
        )?;
        let read = Certificate::from_pem(pem.as_bytes()).context("the new certificate")?;
        Ok((self.folder.join(name), read))
    }

    /// Withdraws a certificate: `ca.crl` names it from now on
    pub(crate) fn revoke(&self, certificate: &Certificate) -> Result<()> {
        if certificate.issuer() != self.certificate.subject() {
            return Err(Failure::new(format!(
                "{} was issued by {}, not by {}",
                certificate.subject(),
                certificate.issuer(),
                self.certificate.subject()
            )));
        }
        let mut withdrawn = self.withdrawn()?;
        let serial = certificate.serial();
        if withdrawn.iter().any(|(known, _)| known == serial) {
            return Err(Failure::new(format!(
                "{} is withdrawn already",
                certificate.subject()
            )));
        }
        withdrawn.push((serial.to_owned(), seconds()));
        self.publish(&withdrawn)
    }

    /// Where the revocation list lies
    pub(crate) fn list(&self) -> PathBuf {
        self.folder.join("ca.crl")
    }

    fn withdrawn(&self) -> Result<Vec<(String, u64)>> {
        let path = self.folder.join(WITHDRAWN);
        let text = fs::read_to_string(&path).context(path.display())?;
        text.lines()
            .map(|line| {
                let (serial, since) = line.split_once(' ').context(path.display())?;
                Ok((serial.to_owned(), since.parse().context(path.display())?))
            })
            .collect()
    }

    /// Writes the list anew, first the record of what is on it.
    fn publish(&self, withdrawn: &[(String, u64)]) -> Result<()> {
        let lines = withdrawn
            .iter()
            .map(|(serial, since)| format!("{serial} {since}\n"));
        replace(&self.folder, WITHDRAWN, &lines.collect::<String>())?;
        let revoked_certs = withdrawn
            .iter()
            .map(|(serial, since)| revoked(serial, *since));
        let now = date_time_ymd(1970, 1, 1) + Duration::from_secs(seconds());
        let list = CertificateRevocationListParams {
            this_update: now,
            next_update: now + DAY * LIST_DAYS,
            crl_number: SerialNumber::from(seconds()),
            issuing_distribution_point: None,
            revoked_certs: revoked_certs.collect::<Result<_>>()?,
            key_identifier_method: KeyIdMethod::Sha256,
        };
        let list = list.signed_by(&self.issuer).context("signing the list")?;
        replace(&self.folder, "ca.crl", &list.pem().context("the list")?)
    }
}

fn revoked(serial: &str, since: u64) -> Result<RevokedCertParams> {
    let bytes = serial.split(':').map(|byte| u8::from_str_radix(byte, 16));
    let bytes: Vec<u8> = bytes
        .collect::<std::result::Result<_, _>>()
        .context(WITHDRAWN)?;
    Ok(RevokedCertParams {
        serial_number: SerialNumber::from_slice(&bytes),
        revocation_time: date_time_ymd(1970, 1, 1) + Duration::from_secs(since),
        reason_code: Some(RevocationReason::Unspecified),
        invalidity_date: None,
    })
}

fn certificate_of_authority(
    name: &str,
    days: u32,
) -> std::result::Result<CertifiedIssuer<'static, KeyPair>, rcgen::Error> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    valid_for(&mut params, days);
    CertifiedIssuer::self_signed(params, KeyPair::generate()?)
}

fn params(wish: &Wish) -> Result<CertificateParams> {
    let mut params = CertificateParams::new(wish.hosts.clone()).context("--dns")?;
    params
        .distinguished_name
        .push(DnType::CommonName, wish.name.as_str());
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![
        ExtendedKeyUsagePurpose::ServerAuth,
        ExtendedKeyUsagePurpose::ClientAuth,
    ];
    params.use_authority_key_identifier_extension = true;
    if let Some(role) = &wish.role {
        let role = HealthcareRole::japanese(role)
            .to_extension()
            .context("--role")?;
        params.custom_extensions = vec![CustomExtension::from_oid_content(
            &DIRECTORY_ATTRIBUTES,
            role,
        )];
    }
    valid_for(&mut params, wish.days);
    Ok(params)
}

fn valid_for(params: &mut CertificateParams, days: u32) {
    let now = date_time_ymd(1970, 1, 1) + Duration::from_secs(seconds());
    params.not_before = now - SKEW;
    params.not_after = now + DAY * days;
}

fn seconds() -> u64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    now.unwrap_or_default().as_secs()
}

fn is_file_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    !name.is_empty() && !name.starts_with('.') && name.chars().all(fits) && name != "ca"
}

/// A reader sees the old file or the new one.
fn replace(folder: &Path, name: &str, text: &str) -> Result<()> {
    let new = format!("{name}.new");
    let _ = fs::remove_file(folder.join(&new));
    pki::write(folder, &new, text.as_bytes(), 0o644)?;
    fs::rename(folder.join(&new), folder.join(name)).context(folder.join(name).display())
}
