//! `make-ca`: a test authority with every kind of certificate that the cases present. For tests only: its keys lie in files.

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer,
    CustomExtension, DnType, ExtendedKeyUsagePurpose, IsCa, KeyIdMethod, KeyPair, KeyUsagePurpose,
    PKCS_RSA_SHA256, RevocationReason, RevokedCertParams, RsaKeySize, SerialNumber,
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
const KINDS: [Kind; 9] = [
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
    Kind {
        file: "not-yet-valid",
        title: "conformance not yet valid",
        valid: (300, 600),
        serial: 7105,
    },
    Kind {
        file: ODD_EXTENSION,
        title: "conformance odd extension",
        valid: (-1, 365),
        serial: 7106,
    },
    Kind {
        file: ODD_NAME,
        title: "Ward 3, second floor",
        valid: (-1, 365),
        serial: 7107,
    },
    Kind {
        file: "rsa-2048",
        title: "conformance RSA 2048",
        valid: (-1, 365),
        serial: 7108,
    },
    Kind {
        file: "rsa-4096",
        title: "conformance RSA 4096",
        valid: (-1, 365),
        serial: 7109,
    },
];
/// Has an extension that nobody knows.
const ODD_EXTENSION: &str = "odd-extension";
/// Names no host.
const ODD_NAME: &str = "odd-name";

/// Of an authority below the good one; its certificate follows in the file.
const INTERMEDIATE: Kind = Kind {
    file: "intermediate",
    title: "conformance below",
    valid: (-1, 365),
    serial: 7301,
};

/// Of nobody but itself.
const SELF_SIGNED: Kind = Kind {
    file: "self-signed",
    title: "conformance self-signed",
    valid: (-1, 365),
    serial: 7401,
};

/// Of another authority that nobody trusts.
const STRANGER: Kind = Kind {
    file: "stranger",
    title: "conformance stranger",
    valid: (-1, 365),
    serial: 7201,
};

/// Makes `ca.pem`, `ca.key`, `ca.crl`, and of `node`, `client`, `expired`, `revoked`, `stranger` and the names of
/// `[tls.others]` a `.pem` and a `.key`.
/// `names` are the host names and addresses in them. Returns the files' names.
///
/// # Errors
/// The folder has one of the files already, or cannot be written.
pub fn make(folder: &Path, names: &[String]) -> io::Result<Vec<String>> {
    fs::create_dir_all(folder)?;
    let authority = issuer("Renkei conformance test authority", 1)?;
    let stranger = issuer("Nobody's authority", 0)?;
    let below = below(&authority)?;
    let mut written = Vec::new();
    let mut put = |name: String, text: &str| {
        write(&folder.join(&name), text.as_bytes(), name.ends_with(".key"))?;
        written.push(name);
        io::Result::Ok(())
    };
    put("ca.pem".to_owned(), &authority.pem())?;
    put("ca.key".to_owned(), &authority.key().serialize_pem())?;
    let lists = [list(&authority)?, list(&below)?].concat();
    put("ca.crl".to_owned(), &lists)?;
    let of_stranger = std::iter::once((&stranger, &STRANGER));
    for (issuer, kind) in KINDS
        .iter()
        .map(|kind| (&authority, kind))
        .chain(of_stranger)
    {
        let key = key(kind)?;
        let certificate = leaf(kind, names)?
            .signed_by(&key, issuer)
            .map_err(io::Error::other)?;
        put(format!("{}.pem", kind.file), &certificate.pem())?;
        put(format!("{}.key", kind.file), &key.serialize_pem())?;
    }
    let key = key(&INTERMEDIATE)?;
    let certificate = leaf(&INTERMEDIATE, names)?
        .signed_by(&key, &below)
        .map_err(io::Error::other)?;
    put(
        "intermediate.pem".to_owned(),
        &[certificate.pem(), below.pem()].concat(),
    )?;
    put("intermediate.key".to_owned(), &key.serialize_pem())?;
    let certificate = leaf(&SELF_SIGNED, names)?
        .self_signed(&key)
        .map_err(io::Error::other)?;
    put("self-signed.pem".to_owned(), &certificate.pem())?;
    put("self-signed.key".to_owned(), &key.serialize_pem())?;
    Ok(written)
}

fn key(kind: &Kind) -> io::Result<KeyPair> {
    let made = match kind.file {
        "rsa-2048" => KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048),
        "rsa-4096" => KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_4096),
        _ => KeyPair::generate(),
    };
    made.map_err(io::Error::other)
}

fn issuing(name: &str, below: u8) -> io::Result<CertificateParams> {
    let mut params = CertificateParams::new(Vec::new()).map_err(io::Error::other)?;
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(below));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(params)
}

/// An authority with so many authorities below it.
fn issuer(name: &str, below: u8) -> io::Result<CertifiedIssuer<'static, KeyPair>> {
    let key = KeyPair::generate().map_err(io::Error::other)?;
    CertifiedIssuer::self_signed(issuing(name, below)?, key).map_err(io::Error::other)
}

fn below(
    authority: &CertifiedIssuer<'static, KeyPair>,
) -> io::Result<CertifiedIssuer<'static, KeyPair>> {
    let key = KeyPair::generate().map_err(io::Error::other)?;
    let params = issuing("Renkei conformance authority below", 0)?;
    CertifiedIssuer::signed_by(params, key, authority).map_err(io::Error::other)
}

fn leaf(kind: &Kind, names: &[String]) -> io::Result<CertificateParams> {
    let names = match kind.file {
        ODD_NAME => Vec::new(),
        _ => names.to_vec(),
    };
    let mut params = CertificateParams::new(names).map_err(io::Error::other)?;
    if kind.file == ODD_EXTENSION {
        // UTF8String "odd"
        let content = vec![0x0c, 3, b'o', b'd', b'd'];
        let odd = CustomExtension::from_oid_content(&[1, 2, 392, 100_495, 99], content);
        params.custom_extensions.push(odd);
    }
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
