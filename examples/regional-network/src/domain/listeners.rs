//! All sockets of the domain, bound before any actor starts.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::net::{TcpListener, UdpSocket};

use crate::failure::{Context, Result};
use crate::ports::{self, Listener};

/// Every socket, by its key in `endpoints.json`
pub(crate) struct Listeners {
    pub(crate) pix_v2: TcpListener,
    pub(crate) registry_feed: TcpListener,
    pub(crate) registry: TcpListener,
    pub(crate) repository: TcpListener,
    pub(crate) audit_tls: TcpListener,
    pub(crate) audit_udp: UdpSocket,
    pub(crate) ntp: UdpSocket,
}

/// The address and port of every socket, in the order of the port table
pub(crate) struct Addresses {
    host: IpAddr,
    ports: Vec<(Listener, u16)>,
}

impl Listeners {
    /// Binds all of them, or says which could not be
    pub(crate) async fn bind(bind: IpAddr, base: u16) -> Result<Listeners> {
        Ok(Listeners {
            pix_v2: tcp(bind, base, &ports::PIX_V2).await?,
            registry_feed: tcp(bind, base, &ports::REGISTRY_FEED).await?,
            registry: tcp(bind, base, &ports::REGISTRY).await?,
            repository: tcp(bind, base, &ports::REPOSITORY).await?,
            audit_tls: tcp(bind, base, &ports::AUDIT_TLS).await?,
            audit_udp: udp(bind, base, &ports::AUDIT_UDP).await?,
            ntp: udp(bind, base, &ports::NTP).await?,
        })
    }

    /// Where they listen
    pub(crate) fn addresses(&self) -> Result<Addresses> {
        let local = [
            self.pix_v2.local_addr(),
            self.registry_feed.local_addr(),
            self.registry.local_addr(),
            self.repository.local_addr(),
            self.audit_tls.local_addr(),
            self.audit_udp.local_addr(),
            self.ntp.local_addr(),
        ];
        let mut host = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let mut numbers = Vec::new();
        for (listener, address) in ports::TABLE.into_iter().zip(local) {
            let address: SocketAddr = address.context(listener.key)?;
            host = reachable(address.ip());
            numbers.push((listener, address.port()));
        }
        Ok(Addresses {
            host,
            ports: numbers,
        })
    }
}

impl Addresses {
    /// Each listener and its port
    pub(crate) fn iter(&self) -> impl Iterator<Item = &(Listener, u16)> {
        self.ports.iter()
    }

    /// `host:port` of a listener, for a peer that reaches us by `host`
    pub(crate) fn authority(&self, host: &str, listener: &Listener) -> String {
        let port = self
            .ports
            .iter()
            .find(|(l, _)| l.key == listener.key)
            .map_or(0, |(_, port)| *port);
        if host.contains(':') {
            format!("[{host}]:{port}")
        } else {
            format!("{host}:{port}")
        }
    }

    /// The URL of a listener that speaks HTTP
    pub(crate) fn url(&self, plain: bool, host: &str, listener: &Listener) -> String {
        let scheme = if plain { "http" } else { "https" };
        format!(
            "{scheme}://{}{}",
            self.authority(host, listener),
            listener.path.unwrap_or("/")
        )
    }

    /// How our own actors reach each other
    pub(crate) fn own_host(&self) -> String {
        self.host.to_string()
    }
}

/// The address that reaches a socket bound to `address` from this machine
pub(crate) fn reachable(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(v4) if v4.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(v6) if v6.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        other => other,
    }
}

async fn tcp(bind: IpAddr, base: u16, listener: &Listener) -> Result<TcpListener> {
    let port = port(base, listener)?;
    TcpListener::bind((bind, port))
        .await
        .context(place(bind, port, listener))
}

async fn udp(bind: IpAddr, base: u16, listener: &Listener) -> Result<UdpSocket> {
    let port = port(base, listener)?;
    UdpSocket::bind((bind, port))
        .await
        .context(place(bind, port, listener))
}

fn port(base: u16, listener: &Listener) -> Result<u16> {
    let offset = listener.offset;
    listener.port(base).context(format!(
        "--port-base {base} + {offset} ({}) is no port",
        listener.key
    ))
}

fn place(bind: IpAddr, port: u16, listener: &Listener) -> String {
    format!("listening on {bind} port {port} for {}", listener.key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn ephemeral_ports_are_all_different_and_known() {
        let listeners = Listeners::bind(IpAddr::V4(Ipv4Addr::LOCALHOST), 0)
            .await
            .unwrap();
        let addresses = listeners.addresses().unwrap();
        assert!(addresses.iter().all(|(_, port)| *port != 0));
        let url = addresses.url(true, "::1", &ports::REGISTRY);
        assert!(
            url.starts_with("http://[::1]:") && url.ends_with("/registry"),
            "{url}"
        );
    }

    #[tokio::test]
    async fn a_taken_port_is_an_error_that_names_the_listener() {
        let any = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let taken = std::net::TcpListener::bind((any, 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        let base = port - ports::PIX_V2.offset;
        let error = Listeners::bind(any, base).await.err().unwrap().to_string();
        assert!(
            error.contains("pix_v2") && error.contains(&port.to_string()),
            "{error}"
        );
    }
}
