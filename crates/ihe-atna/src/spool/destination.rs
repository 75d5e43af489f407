//! ITI-20 destinations (ITI TF-2 3.20.4.1.3): syslog over TLS (RFC 5425), and by opting in over
//! UDP (RFC 5426) and plain TCP (RFC 6587 3.4.1, octet counting).

use std::fmt;
use std::io;

/// How records travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Tls,
    Tcp,
    Udp,
}

/// A destination with its address taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Destination {
    pub(crate) way: Way,
    pub(crate) host: String,
    pub(crate) port: u16,
}

impl Destination {
    /// `host:port`, `[v6]:port`, `host`.
    fn parse(way: Way, text: &str) -> io::Result<Destination> {
        let wrong = || io::Error::new(io::ErrorKind::InvalidInput, "audit destination: host:port");
        let default = if way == Way::Tls { 6514 } else { 514 };
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if !host.contains(':') || host.starts_with('[') => {
                (host, port.parse().map_err(|_| wrong())?)
            }
            _ => (text, default),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        if host.is_empty() {
            return Err(wrong());
        }
        let host = host.to_owned();
        Ok(Destination { way, host, port })
    }

    /// The name of its cursor file, without the folder.
    pub(crate) fn file_name(&self) -> String {
        let safe = |c: char| match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '-' => c,
            _ => '_',
        };
        let host: String = self.host.chars().map(safe).collect();
        let way = match self.way {
            Way::Tls => "",
            Way::Tcp => "tcp-",
            Way::Udp => "udp-",
        };
        format!("cursor-{way}{host}-{}", self.port)
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {}:{}", self.way, self.host, self.port)
    }
}

macro_rules! destination {
    ($(#[$meta:meta])* $name:ident, $way:expr, $port:literal) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name {
            address: String,
        }

        impl $name {
            #[doc = concat!("`host:port`, `[v6]:port` or `host` with the default port ", $port, ".")]
            pub fn to(address: impl Into<String>) -> $name {
                let address = address.into();
                $name { address }
            }

            pub(crate) fn parsed(&self) -> io::Result<Destination> {
                Destination::parse($way, &self.address)
            }
        }
    };
}

destination!(
    /// An Audit Record Repository by syslog over TLS (RFC 5425).
    SyslogTls, Way::Tls, "6514"
);
destination!(
    /// An Audit Record Repository by syslog over plain TCP with octet counting (RFC 6587 3.4.1):
    /// nobody is authenticated and everybody on the way reads along.
    SyslogTcp, Way::Tcp, "514"
);
destination!(
    /// An Audit Record Repository by syslog over UDP (RFC 5426): as [`SyslogTcp`], and what is lost
    /// on the way is lost.
    SyslogUdp, Way::Udp, "514"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn atna_r_020_each_way_has_its_port_and_its_cursor() {
        let tls = SyslogTls::to("arr.example").parsed().expect("parsed");
        let tcp = SyslogTcp::to("arr.example").parsed().expect("parsed");
        let udp = SyslogUdp::to("[::1]:5514").parsed().expect("parsed");
        assert_eq!((tls.port, tcp.port, udp.port), (6514, 514, 5514));
        assert_eq!(udp.host, "::1");
        assert_eq!(tls.file_name(), "cursor-arr.example-6514");
        assert_eq!(tcp.file_name(), "cursor-tcp-arr.example-514");
        assert_eq!(udp.file_name(), "cursor-udp-__1-5514");
        for wrong in ["", ":514", "arr.example:door"] {
            assert!(SyslogUdp::to(wrong).parsed().is_err(), "{wrong}");
        }
    }
}
