//! The test certificates of a domain: one authority, one server identity, one client identity.
//! Made on first start, never committed; the authority's own key is not kept.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use ihe_atna::{Identity, TrustAnchors};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};

use crate::failure::{Context, Failure, Result};

const NAMES: &str = "node.names";

/// A directory with the domain's certificates
#[derive(Clone, Debug)]
pub(crate) struct Pki {
    folder: PathBuf,
}

impl Pki {
    /// The certificates in `DIR/pki`, made when there are none
    pub(crate) fn open_or_mint(data: &Path, advertise: &str) -> Result<Pki> {
        let folder = data.join("pki");
        if !folder.exists() {
            let half_made = data.join("pki.new");
            if half_made.exists() {
                fs::remove_dir_all(&half_made).context(half_made.display())?;
            }
            fs::create_dir_all(&half_made).context(half_made.display())?;
            mint(&half_made, advertise)?;
            fs::rename(&half_made, &folder).context(folder.display())?;
        }
        let pki = Pki {
            folder: fs::canonicalize(&folder).context(folder.display())?,
        };
        pki.check_name(advertise)?;
        Ok(pki)
    }

    /// The certificates of a domain that runs already
    pub(crate) fn existing(folder: &Path) -> Pki {
        Pki {
            folder: folder.to_owned(),
        }
    }

    /// The directory
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The server actors' identity
    pub(crate) fn node(&self) -> Result<Identity> {
        self.identity("node")
    }

    /// The client commands' identity
    pub(crate) fn client(&self) -> Result<Identity> {
        self.identity("client")
    }

    /// The authority that everybody here trusts, with its revocation list `ca.crl` if there is one
    pub(crate) fn anchors(&self) -> Result<TrustAnchors> {
        let path = self.folder.join("ca.pem");
        let anchors = TrustAnchors::from_pem_file(&path).context(path.display())?;
        let list = self.folder.join("ca.crl");
        match list.exists() {
            true => anchors
                .and_revocation_lists_file(&list)
                .context(list.display()),
            false => Ok(anchors),
        }
    }

    fn identity(&self, name: &str) -> Result<Identity> {
        let certificate = self.folder.join(format!("{name}.pem"));
        let key = self.folder.join(format!("{name}.key"));
        Identity::from_pem_files(&certificate, &key).context(certificate.display())
    }

    fn check_name(&self, advertise: &str) -> Result<()> {
        let path = self.folder.join(NAMES);
        // A directory that the operator filled has no list of names: its certificates are taken as they are.
        let Ok(names) = fs::read_to_string(&path) else {
            return Ok(());
        };
        if names.lines().any(|name| name == advertise) {
            return Ok(());
        }
        Err(Failure::new(format!(
            "the certificate in {} does not name {advertise:?}: remove that directory to have new ones made",
            self.folder.display()
        )))
    }
}

fn mint(folder: &Path, advertise: &str) -> Result<()> {
    let names = subject_names(advertise);
    let authority = authority().context("making the test authority")?;
    write(folder, "ca.pem", authority.pem().as_bytes(), 0o644)?;
    for (name, title) in [
        ("node", "regional network node"),
        ("client", "regional network client"),
    ] {
        let key = KeyPair::generate().context("making a key")?;
        let certificate = leaf(title, &names)
            .and_then(|params| params.signed_by(&key, &authority))
            .context("making a certificate")?;
        write(
            folder,
            &format!("{name}.pem"),
            certificate.pem().as_bytes(),
            0o644,
        )?;
        write(
            folder,
            &format!("{name}.key"),
            key.serialize_pem().as_bytes(),
            0o600,
        )?;
    }
    write(folder, NAMES, names.join("\n").as_bytes(), 0o644)
}

fn subject_names(advertise: &str) -> Vec<String> {
    let mut names = vec![
        "localhost".to_owned(),
        "127.0.0.1".to_owned(),
        "::1".to_owned(),
    ];
    if !names.iter().any(|name| name == advertise) {
        names.push(advertise.to_owned());
    }
    names
}

fn authority() -> std::result::Result<CertifiedIssuer<'static, KeyPair>, rcgen::Error> {
    let mut params = CertificateParams::new(Vec::new())?;
    params
        .distinguished_name
        .push(DnType::CommonName, "regional network test authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    CertifiedIssuer::self_signed(params, KeyPair::generate()?)
}

fn leaf(title: &str, names: &[String]) -> std::result::Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(names.to_vec())?;
    params.distinguished_name.push(DnType::CommonName, title);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![
        ExtendedKeyUsagePurpose::ServerAuth,
        ExtendedKeyUsagePurpose::ClientAuth,
    ];
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

/// Writes a new file, on disk when this returns
pub(crate) fn write(folder: &Path, name: &str, bytes: &[u8], mode: u32) -> Result<()> {
    let path = folder.join(name);
    create(&path, mode)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .context(path.display())
}

#[cfg(unix)]
fn create(path: &Path, mode: u32) -> io::Result<fs::File> {
    use std::os::unix::fs::OpenOptionsExt;
    fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)
}

#[cfg(not(unix))]
fn create(path: &Path, _: u32) -> io::Result<fs::File> {
    fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minted_files_are_loadable_and_kept_on_the_second_start() {
        let data = tempfile::tempdir().unwrap();
        let pki = Pki::open_or_mint(data.path(), "127.0.0.1").unwrap();
        pki.node().unwrap();
        pki.client().unwrap();
        pki.anchors().unwrap();
        let before = fs::read(pki.folder().join("node.pem")).unwrap();
        let again = Pki::open_or_mint(data.path(), "127.0.0.1").unwrap();
        assert_eq!(fs::read(again.folder().join("node.pem")).unwrap(), before);
    }

    #[test]
    fn another_advertised_name_is_refused_in_one_line() {
        let data = tempfile::tempdir().unwrap();
        Pki::open_or_mint(data.path(), "127.0.0.1").unwrap();
        let error = Pki::open_or_mint(data.path(), "arr.example")
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("arr.example") && !error.contains('\n'),
            "{error}"
        );
    }

    #[cfg(unix)]
    #[test]
    fn keys_are_readable_by_their_owner_only() {
        use std::os::unix::fs::PermissionsExt;
        let data = tempfile::tempdir().unwrap();
        let pki = Pki::open_or_mint(data.path(), "localhost").unwrap();
        for key in ["node.key", "client.key"] {
            let mode = fs::metadata(pki.folder().join(key))
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o600, "{key}");
        }
        assert!(!pki.folder().join("ca.key").exists());
    }
}
