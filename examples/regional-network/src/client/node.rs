//! `node`: certificates as people read them, and a connection tried step by step (ITI-19).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use ihe_atna::{Certificate, Finding, Identity, SecureNode, TrustAnchors};

use crate::endpoints::Endpoints;
use crate::failure::{Context, Failure, Result};
use crate::pki::Pki;
use crate::shown::{pad, safe};

/// How long a server may take to refuse our certificate.
const PATIENCE: Duration = Duration::from_secs(2);

/// Whose certificates a try is made with
pub(crate) enum With {
    /// The client's, of a `serve` directory
    Data(PathBuf),
    /// Those in these files
    Files {
        certificate: PathBuf,
        key: PathBuf,
        authority: PathBuf,
        list: Option<PathBuf>,
    },
}

/// What is tried
pub(crate) struct Try {
    pub(crate) server: String,
    pub(crate) with: With,
    pub(crate) tls12: bool,
    pub(crate) check_name: bool,
}

/// Prints a certificate; exit code 1 when it is not valid today
pub(crate) fn show(path: &Path) -> Result<ExitCode> {
    let bytes = fs::read(path).context(path.display())?;
    let certificate = Certificate::from_pem(&bytes).context(path.display())?;
    let now = SystemTime::now().into();
    print!("{}", described(&certificate, now));
    let valid = certificate.not_before() <= now && now <= certificate.not_after();
    Ok(ExitCode::from(u8::from(!valid)))
}

/// A certificate in lines
pub(crate) fn described(certificate: &Certificate, now: DateTime<Utc>) -> String {
    let (kind, bits) = certificate.key();
    let listed = |items: Vec<String>| match items.is_empty() {
        true => "none".to_owned(),
        false => items.join(", "),
    };
    let names = certificate.names().iter().map(ToString::to_string);
    let roles = certificate.roles().iter().map(|role| {
        let name = role.name.as_deref().or(role.code.as_deref()).unwrap_or("?");
        format!("{name} (list {})", role.coding_scheme)
    });
    let authority = match certificate.is_authority() {
        true => "an authority: it may issue certificates",
        false => "a node or person",
    };
    let lines = [
        ("subject", certificate.subject().to_owned()),
        ("is", authority.to_owned()),
        ("names", listed(names.collect())),
        ("healthcare role", listed(roles.collect())),
        ("issued by", certificate.issuer().to_owned()),
        ("valid", validity(certificate, now)),
        ("key", format!("{kind} {bits} bits")),
        ("serial number", certificate.serial().to_owned()),
        ("sha256", certificate.fingerprint()),
    ];
    let line = |(name, text): &(&str, String)| format!("{} {}\n", pad(name, 16), safe(text));
    lines.iter().map(line).collect()
}

fn validity(certificate: &Certificate, now: DateTime<Utc>) -> String {
    let (begin, end) = (certificate.not_before(), certificate.not_after());
    let state = if now < begin {
        "NOT YET VALID".to_owned()
    } else if now > end {
        format!("EXPIRED {} days ago", (now - end).num_days())
    } else {
        format!("{} days left", (end - now).num_days())
    };
    format!(
        "{} to {} UTC, {state}",
        begin.format("%F %T"),
        end.format("%F %T")
    )
}

/// Tries a connection and prints each step; exit code 1 when one fails
pub(crate) async fn test(order: &Try) -> Result<ExitCode> {
    let (host, port) = split(&order.server)?;
    let mut node = node(&order.with)?;
    if order.tls12 {
        node = node.tls12_floor();
    }
    if order.check_name {
        node = node.fqdn_validation();
    }
    let findings = node.probe(host, port, PATIENCE).await;
    for finding in &findings {
        print!("{}", line(finding));
    }
    let failed = findings.iter().any(|finding| finding.remedy.is_some());
    println!("{}", if failed { "FAILED" } else { "good" });
    Ok(ExitCode::from(u8::from(failed)))
}

fn line(finding: &Finding) -> String {
    let step = pad(finding.step, 24);
    let said = safe(&finding.said);
    match &finding.remedy {
        None => format!("ok    {step}{said}\n"),
        Some(remedy) => format!(
            "FAIL  {step}{said}\n      to mend it:             {}\n",
            safe(remedy)
        ),
    }
}

fn node(with: &With) -> Result<SecureNode> {
    let (identity, anchors) = match with {
        With::Data(data) => {
            let pki = Endpoints::read(data).map(|found| found.pki);
            let pki = Pki::existing(&pki.unwrap_or_else(|_| data.join("pki")));
            (pki.client()?, pki.anchors()?)
        }
        With::Files {
            certificate,
            key,
            authority,
            list,
        } => {
            let identity = Identity::from_pem_files(certificate, key).context("our certificate")?;
            let mut anchors = TrustAnchors::from_pem_file(authority).context("whom we trust")?;
            if let Some(list) = list {
                anchors = anchors
                    .and_revocation_lists_file(list)
                    .context("revocation list")?;
            }
            (identity, anchors)
        }
    };
    // A try is no access: nobody's audit trail is told.
    let made = SecureNode::dangerous().without_audit(identity, anchors);
    made.context("becoming a secure node")
}

fn split(server: &str) -> Result<(&str, u16)> {
    let wrong = || Failure::new(format!("{server:?} is not HOST:PORT"));
    let (host, port) = server.rsplit_once(':').ok_or_else(wrong)?;
    match port.parse() {
        Ok(port) if !host.is_empty() => Ok((host, port)),
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_host_and_port() {
        assert_eq!(split("arr.example:6514").unwrap(), ("arr.example", 6514));
        assert_eq!(split("[::1]:6514").unwrap(), ("[::1]", 6514));
        for wrong in ["arr.example", ":6514", "arr:x", "arr:99999", ""] {
            assert!(split(wrong).is_err(), "{wrong}");
        }
    }
}
