//! The table of listeners: which actor answers on which port.

/// How a listener's traffic is protected
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Protection {
    /// TLS, or plain with `--plain`
    Node,
    /// TLS even with `--plain`
    AlwaysTls,
    /// UDP, never TLS
    Datagram,
}

/// One listener of the domain
#[derive(Clone, Copy, Debug)]
pub(crate) struct Listener {
    /// Its key in `endpoints.json`
    pub(crate) key: &'static str,
    /// Added to `--port-base`; offsets are never given to another listener later
    pub(crate) offset: u16,
    /// How its traffic is protected
    pub(crate) protection: Protection,
    /// What a person calls it
    pub(crate) title: &'static str,
    /// The path of its one URL, or nothing when it is not an HTTP listener
    pub(crate) path: Option<&'static str>,
}

/// The port base when `--port-base` is not given
pub(crate) const DEFAULT_BASE: u16 = 20_000;

/// PIX Manager
pub(crate) const PIX_V2: Listener = Listener {
    key: "pix_v2",
    offset: 0,
    protection: Protection::Node,
    title: "PIX Manager: ITI-8, ITI-9, ITI-30; PDQ Supplier: ITI-21, ITI-22; over MLLP",
    path: None,
};
/// Document Registry, patient feed
pub(crate) const REGISTRY_FEED: Listener = Listener {
    key: "registry_feed",
    offset: 1,
    protection: Protection::Node,
    title: "Document Registry: ITI-8 over MLLP",
    path: None,
};
/// Document Registry
pub(crate) const REGISTRY: Listener = Listener {
    key: "registry",
    offset: 2,
    protection: Protection::Node,
    title: "Document Registry: ITI-18, ITI-42, ITI-61",
    path: Some("/registry"),
};
/// Document Repository
pub(crate) const REPOSITORY: Listener = Listener {
    key: "repository",
    offset: 3,
    protection: Protection::Node,
    title: "Document Repository: ITI-41, ITI-43",
    path: Some("/repository"),
};
/// Audit Record Repository over TLS
pub(crate) const AUDIT_TLS: Listener = Listener {
    key: "audit_tls",
    offset: 4,
    protection: Protection::AlwaysTls,
    title: "Audit Record Repository: ITI-20, syslog over TLS",
    path: None,
};
/// Audit Record Repository over UDP
pub(crate) const AUDIT_UDP: Listener = Listener {
    key: "audit_udp",
    offset: 5,
    protection: Protection::Datagram,
    title: "Audit Record Repository: ITI-20, syslog over UDP",
    path: None,
};
/// Time Server
pub(crate) const NTP: Listener = Listener {
    key: "ntp",
    offset: 6,
    protection: Protection::Datagram,
    title: "Time Server: ITI-1, NTP",
    path: None,
};

/// All listeners, by offset
pub(crate) const TABLE: [Listener; 7] = [
    PIX_V2,
    REGISTRY_FEED,
    REGISTRY,
    REPOSITORY,
    AUDIT_TLS,
    AUDIT_UDP,
    NTP,
];

impl Listener {
    /// The port to bind: 0 (the system chooses) when the base is 0
    pub(crate) fn port(&self, base: u16) -> Option<u16> {
        if base == 0 {
            Some(0)
        } else {
            base.checked_add(self.offset)
        }
    }
}

/// The table as text, for `serve --help`
pub(crate) fn help() -> String {
    let mut text = String::from("Ports (offset from --port-base, key in endpoints.json):\n");
    for listener in TABLE {
        text.push_str(&format!(
            "  +{}  {:<14} {}\n",
            listener.offset, listener.key, listener.title
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_offset_is_given_once_and_in_order() {
        for (index, listener) in TABLE.iter().enumerate() {
            assert_eq!(usize::from(listener.offset), index, "{}", listener.key);
        }
    }

    #[test]
    fn base_zero_makes_every_port_ephemeral_and_an_overflow_is_no_port() {
        assert!(TABLE.iter().all(|listener| listener.port(0) == Some(0)));
        assert_eq!(NTP.port(DEFAULT_BASE), Some(20_006));
        assert_eq!(NTP.port(65_530), None);
    }
}
