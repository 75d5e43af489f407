//! `make-ca`: a test authority with every kind of certificate that the cases present. For tests only: its keys lie in files.

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyIdMethod, KeyPair, KeyUsagePurpose, RevocationReason,
    RevokedCertParams, SerialNumber,
};
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::time::{Duration, SystemTime};

const DAY: Duration = Duration::from_secs(86_400);
/// The serial number of the certificate that is revoked.
const REVOKED: u64 = 7001;

/// What a certificate is for.
struct Kind {
    file: &'static str,
    title: &'static str,
    /// Days from now: begins, ends.
    valid: (i64, i64),
    serial: u64,
}

/// Of the good authority.
const KINDS: [Kind; 4] = [
    Kind {
        file: "node",
        title: "conformance node",
        valid: (-1, 365),
        serial: 7101,
    },
    Kind {
        file: "client",
        title: "conformance client",
        valid: (-1, 365),
        serial: 7102,
    },
    Kind {
        file: "expired",
        title: "conformance expired",
        valid: (-30, -1),
        serial: 7103,
    },
    Kind {
        file: "revoked",
        title: "conformance revoked",
        valid: (-1, 365),
        serial: REVOKED,
    },
];

/// Of another authority that nobody trusts.
const STRANGER: Kind = Kind {
    file: "stranger",
    title: "conformance stranger",
    valid: (-1, 365),
    serial: 7201,
};

/// Makes `ca.pem`, `ca.key`, `ca.crl`, and of `node`, `client`, `expired`, `revoked`, `stranger` a `.pem` and a `.key`.
/// `names` are the host names and addresses in them. Returns the files' names.
///
/// # Errors
/// The folder has one of the files already, or cannot be written.
pub fn make(folder: &Path, names: &[String]) -> io::Result<Vec<String>> {
    fs::create_dir_all(folder)?;
    let authority = issuer("Renkei conformance test authority")?;
    let stranger = issuer("Nobody's authority")?;
    let mut written = Vec::new();
    let mut put = |name: String, text: &str| {
        write(&folder.join(&name), text.as_bytes(), name.ends_with(".key"))?;
        written.push(name);
        io::Result::Ok(())
    };
    put("ca.pem".to_owned(), &authority.pem())?;
    put("ca.key".to_owned(), &authority.key().serialize_pem())?;
    put("ca.crl".to_owned(), &list(&authority)?)?;
    let of_stranger = std::iter::once((&stranger, &STRANGER));
    for (issuer, kind) in KINDS
        .iter()
        .map(|kind| (&authority, kind))
        .chain(of_stranger)
    {
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let certificate = leaf(kind, names)?
            .signed_by(&key, issuer)
            .map_err(io::Error::other)?;
        put(format!("{}.pem", kind.file), &certificate.pem())?;
        put(format!("{}.key", kind.file), &key.serialize_pem())?;
    }
    Ok(written)
}

fn issuer(name: &str) -> io::Result<CertifiedIssuer<'static, KeyPair>> {
    let mut params = CertificateParams::new(Vec::new()).map_err(io::Error::other)?;
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let key = KeyPair::generate().map_err(io::Error::other)?;
    CertifiedIssuer::self_signed(params, key).map_err(io::Error::other)
}

fn leaf(kind: &Kind, names: &[String]) -> io::Result<CertificateParams> {
    let mut params = CertificateParams::new(names.to_vec()).map_err(io::Error::other)?;
    params
        .distinguished_name
        .push(DnType::CommonName, kind.title);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![
        ExtendedKeyUsagePurpose::ServerAuth,
        ExtendedKeyUsagePurpose::ClientAuth,
    ];
    params.use_authority_key_identifier_extension = true;
    params.serial_number = Some(SerialNumber::from(kind.serial));
    params.not_before = in_days(kind.valid.0).into();
    params.not_after = in_days(kind.valid.1).into();
    Ok(params)
}

fn list(authority: &CertifiedIssuer<'static, KeyPair>) -> io::Result<String> {
    let revoked = RevokedCertParams {
        serial_number: SerialNumber::from(REVOKED),
        revocation_time: in_days(0).into(),
        reason_code: Some(RevocationReason::KeyCompromise),
        invalidity_date: None,
    };
    let params = CertificateRevocationListParams {
        this_update: in_days(-1).into(),
        next_update: in_days(365).into(),
        crl_number: SerialNumber::from(1u64),
        issuing_distribution_point: None,
        revoked_certs: vec![revoked],
        key_identifier_method: KeyIdMethod::Sha256,
    };
    let list = params.signed_by(authority).map_err(io::Error::other)?;
    list.pem().map_err(io::Error::other)
}

fn in_days(days: i64) -> SystemTime {
    let distance = DAY * u32::try_from(days.unsigned_abs()).unwrap_or_default();
    match days < 0 {
        true => SystemTime::now() - distance,
        false => SystemTime::now() + distance,
    }
}

fn write(path: &Path, bytes: &[u8], secret: bool) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if secret {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    #[cfg(not(unix))]
    let _ = secret;
    let named =
        |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    let mut file = options.open(path).map_err(named)?;
    file.write_all(bytes).map_err(named)
}
