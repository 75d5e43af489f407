//! Endpoint references (WS-Addressing 1.0 Core 2) and where an answer goes (Core 3.4).

use std::fmt;

/// The address that means "answer on this connection" (WS-Addressing 1.0 Core 2.1).
pub const ANONYMOUS: &str = "http://www.w3.org/2005/08/addressing/anonymous";
/// The address that means "do not answer" (WS-Addressing 1.0 Core 2.1).
pub const NONE: &str = "http://www.w3.org/2005/08/addressing/none";

/// An address and what its owner wants back as headers of every message sent there.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct EndpointReference {
    /// `wsa:Address`, an absolute IRI.
    pub address: String,
    /// The children of `wsa:ReferenceParameters`, 0..n: raw XML, each self-contained and already marked
    /// with `wsa:IsReferenceParameter` (WS-Addressing 1.0 SOAP Binding 3.3).
    pub parameters: Vec<String>,
}

impl EndpointReference {
    /// An address without parameters.
    ///
    /// ```
    /// assert!(ihe_soap::EndpointReference::to(ihe_soap::ANONYMOUS).is_anonymous());
    /// ```
    pub fn to(address: impl Into<String>) -> EndpointReference {
        EndpointReference {
            address: address.into(),
            parameters: Vec::new(),
        }
    }

    /// Whether the answer is wanted on this connection.
    pub fn is_anonymous(&self) -> bool {
        self.address == ANONYMOUS
    }

    /// Whether no answer is wanted.
    pub fn is_none(&self) -> bool {
        self.address == NONE
    }
}

impl fmt::Debug for EndpointReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EndpointReference")
            .field("address", &self.address)
            .field("parameters", &self.parameters.len())
            .finish()
    }
}

/// Which hosts answers may be sent to (ITI TF-2 V.5): one scheme, exact names, exact ports.
///
/// A server that sends wherever a request asks can be made to knock at doors behind the firewall.
///
/// ```
/// let hosts = ihe_soap::ReplyHosts::https(["consumer.example", "lab.example:8443"]);
/// assert!(hosts.allow("https://consumer.example/replies"));
/// assert!(!hosts.allow("https://consumer.example:8443/replies"));
/// assert!(!hosts.allow("http://consumer.example/replies"));
/// ```
#[derive(Clone, Debug)]
pub struct ReplyHosts {
    scheme: &'static str,
    standard: u16,
    hosts: Vec<(String, u16)>,
}

impl ReplyHosts {
    /// Replies by https to these hosts: a name or address (IPv6 in brackets), with a port unless it is 443.
    pub fn https<H: AsRef<str>>(hosts: impl IntoIterator<Item = H>) -> ReplyHosts {
        ReplyHosts::of("https", 443, hosts)
    }

    /// Replies by http to these hosts, for a node without TLS; with a port unless it is 80.
    pub fn http<H: AsRef<str>>(hosts: impl IntoIterator<Item = H>) -> ReplyHosts {
        ReplyHosts::of("http", 80, hosts)
    }

    fn of<H: AsRef<str>>(
        scheme: &'static str,
        standard: u16,
        hosts: impl IntoIterator<Item = H>,
    ) -> ReplyHosts {
        let hosts = hosts.into_iter();
        let hosts = hosts.filter_map(|host| split(host.as_ref(), standard));
        ReplyHosts {
            scheme,
            standard,
            hosts: hosts.collect(),
        }
    }

    /// Whether an answer may be sent to this URL: scheme, host and port as listed, no user information.
    pub fn allow(&self, url: &str) -> bool {
        let Ok(uri) = url.parse::<http::Uri>() else {
            return false;
        };
        let Some(authority) = uri.authority() else {
            return false;
        };
        if uri.scheme_str() != Some(self.scheme) || authority.as_str().contains('@') {
            return false;
        }
        split(authority.as_str(), self.standard).is_some_and(|asked| self.hosts.contains(&asked))
    }
}

/// Host in lower case and port; `None` if the port is no number or the host is empty.
fn split(host: &str, standard: u16) -> Option<(String, u16)> {
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => (name, port.parse().ok()?),
        _ => (host, standard),
    };
    (!name.is_empty()).then(|| (name.to_ascii_lowercase(), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xds_t_011_only_the_listed_scheme_host_and_port_may_be_answered() {
        let hosts =
            ReplyHosts::https(["Good.example", "ports.example:8443", "[::1]", "10.0.0.1:1"]);
        for url in [
            "https://good.example/x?y=1",
            "https://GOOD.example:443",
            "https://ports.example:8443/",
            "https://[::1]/a",
            "https://10.0.0.1:1/",
        ] {
            assert!(hosts.allow(url), "{url}");
        }
        for url in [
            "http://good.example/",
            "https://good.example:444/",
            "https://good.example.evil.example/",
            "https://evil.example/?good.example",
            "https://good.example@evil.example/",
            "https://evil.example@good.example/",
            "https://ports.example/",
            "https://good.example:/",
            "https://good.example:99999/",
            "https://[::2]/",
            "https://10.0.0.1/",
            "https:///x",
            "/replies",
            "file:///etc/passwd",
            "gopher://good.example/",
            "https://good.example\\@evil.example/",
            "",
        ] {
            assert!(!hosts.allow(url), "{url}");
        }
        assert!(ReplyHosts::http(["good.example"]).allow("http://good.example:80/"));
        assert!(!ReplyHosts::https::<&str>([]).allow("https://good.example/"));
    }
}
