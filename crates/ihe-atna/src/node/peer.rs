//! ITI-19 who is at the other end: handed to every actor, and into its audit records.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use tokio::net::TcpStream;

use crate::audit::Participant;
use crate::node::certificate::Certificate;

/// The other end of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its address.
    pub address: SocketAddr,
    /// Our address.
    pub local: SocketAddr,
    /// Its certificate, as it was judged; none on plain connections.
    pub certificate: Option<Arc<Certificate>>,
}

impl Peer {
    /// A peer of whom only the address is known, as on plain connections and in tests.
    pub fn unknown(address: SocketAddr) -> Peer {
        Peer {
            address,
            local: SocketAddr::from(([0, 0, 0, 0], 0)),
            certificate: None,
        }
    }

    pub(crate) fn of(
        stream: &TcpStream,
        certificates: Option<&[CertificateDer<'_>]>,
    ) -> io::Result<Peer> {
        let certificate = certificates.and_then(<[_]>::first);
        Ok(Peer {
            address: stream.peer_addr()?,
            local: stream.local_addr()?,
            certificate: certificate
                .and_then(|der| Certificate::parse(der))
                .map(Arc::new),
        })
    }

    /// This peer as one end of a transaction, by the name it gives itself there; its certificate
    /// becomes the AlternativeUserID, the identity it authenticated with (DICOM PS3.15 A.5.2.2).
    pub fn participant(&self, user_id: impl Into<String>, is_requestor: bool) -> Participant {
        Participant {
            authenticated_as: self.identity(),
            ..Participant::new(user_id, self.address.ip().to_string(), is_requestor)
        }
    }

    /// The certificate in one line: subject, serial number, SHA-256, healthcare roles; none on
    /// plain connections.
    pub fn identity(&self) -> Option<String> {
        let certificate = self.certificate.as_ref()?;
        Some(identity(certificate))
    }
}

/// A certificate in one line.
pub(crate) fn identity(certificate: &Certificate) -> String {
    let mut line = format!(
        "{}; serial={}; sha256={}",
        certificate.subject(),
        certificate.serial(),
        certificate.fingerprint()
    );
    let roles = certificate.roles().iter().take(4);
    for role in roles.filter_map(|role| role.name.as_ref().or(role.code.as_ref())) {
        line.push_str("; role=");
        line.push_str(role);
    }
    line
}
