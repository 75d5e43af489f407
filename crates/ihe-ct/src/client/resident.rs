//! The Time Client over UDP: what the protocol wants done is done here.

use super::action::{Action, Event, ServerIndex, Timer};
use super::machine::Machine;
use super::options::ClientOptions;
use super::report::ServerReport;
use super::session::Session;
use crate::health::TimeHealth;
use crate::moment::Moment;
use crate::sntp::unguessable;
use std::collections::HashMap;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{UdpSocket, lookup_host};
use tokio::sync::{mpsc, watch};
use tokio::task::AbortHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// A clock that can be run faster or slower.
pub trait Steer: Send {
    /// Runs the clock by so many seconds per second faster than when it was taken over; negative: slower.
    fn run_faster_by(&mut self, rate: f64) -> std::io::Result<()>;
}

/// The Time Client actor. It observes; it moves the clock only [with a steering clock](TimeClient::adjusting).
///
/// ```no_run
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> std::io::Result<()> {
/// use ihe_ct::{TimeClient, TimeHealth};
/// use std::sync::Arc;
/// use tokio_util::sync::CancellationToken;
///
/// let health = Arc::new(TimeHealth::default().on_notice(|notice| {
///     if notice.enters_bad() {
///         eprintln!("the clock is not to be trusted: {notice:?}");
///     }
/// }));
/// let servers = ["ntp1.hospital.example:123", "ntp2.hospital.example:123", "192.0.2.3"];
/// TimeClient::new(servers, health).run(CancellationToken::new()).await
/// # }
/// ```
pub struct TimeClient {
    servers: Vec<String>,
    options: ClientOptions,
    health: Arc<TimeHealth>,
    steer: Option<Box<dyn Steer>>,
    #[cfg(feature = "nts")]
    secured: HashMap<ServerIndex, Establish>,
    reports: watch::Sender<Vec<ServerReport>>,
}

/// How often the age of the last answer and the clocks are looked at.
const LOOK: Duration = Duration::from_secs(5);

/// Longest datagram that is looked at.
const DATAGRAM: usize = 1024;

/// Datagrams that wait to be looked at; a flood beyond it is dropped.
const QUEUE: usize = 64;

impl TimeClient {
    /// A client of these servers (CT-R-003): `name:port`, or an address with or without a port. There is no
    /// built-in list (CT-R-007).
    pub fn new(
        servers: impl IntoIterator<Item = impl Into<String>>,
        health: Arc<TimeHealth>,
    ) -> TimeClient {
        TimeClient {
            servers: servers.into_iter().map(Into::into).collect(),
            options: ClientOptions::default(),
            health,
            steer: None,
            #[cfg(feature = "nts")]
            secured: HashMap::new(),
            reports: watch::Sender::new(Vec::new()),
        }
    }

    /// Asks otherwise.
    #[must_use]
    pub fn with_options(mut self, options: ClientOptions) -> TimeClient {
        self.options = options;
        self
    }

    /// Also slews this clock (CT-R-005).
    #[must_use]
    pub fn adjusting(mut self, clock: impl Steer + 'static) -> TimeClient {
        self.steer = Some(Box::new(clock));
        self
    }

    /// One more server, of which only protected answers are believed (RFC 8915). `establish` connects to its key
    /// establishment by TLS and calls [`crate::nts::establish`]; the Time Server is `host` unless that names another.
    #[cfg(feature = "nts")]
    #[must_use]
    pub fn with_secured(
        mut self,
        host: &str,
        establish: impl Fn() -> Establishing + Send + Sync + 'static,
    ) -> TimeClient {
        self.secured.insert(self.servers.len(), Arc::new(establish));
        self.servers.push(host.to_owned());
        self
    }

    /// One line for each server, renewed after each answer.
    pub fn reports(&self) -> watch::Receiver<Vec<ServerReport>> {
        self.reports.subscribe()
    }

    /// Asks until stopped. An error: the clock cannot be moved.
    pub async fn run(self, stop: CancellationToken) -> std::io::Result<()> {
        let mut machine = Machine::new(&self.servers, self.options, unguessable);
        if self.steer.is_some() {
            machine = machine.adjusting();
        }
        #[cfg(feature = "nts")]
        for server in self.secured.keys() {
            machine = machine.secured(*server);
        }
        let (heard, hears) = mpsc::channel(QUEUE);
        let mut running = Running {
            client: self,
            machine,
            heard,
            timers: HashMap::new(),
            sockets: HashMap::new(),
        };
        let ended = running.run(hears, &stop).await;
        running.sockets.values().for_each(AbortHandle::abort);
        ended
    }
}

impl std::fmt::Debug for TimeClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TimeClient")
            .field("servers", &self.servers)
            .field("options", &self.options)
            .field("adjusts", &self.steer.is_some())
            .finish_non_exhaustive()
    }
}

/// Keys being established with one server.
#[cfg(feature = "nts")]
pub type Establishing =
    std::pin::Pin<Box<dyn Future<Output = Result<Session, crate::nts::NtsError>> + Send>>;

#[cfg(feature = "nts")]
type Establish = Arc<dyn Fn() -> Establishing + Send + Sync>;

/// What the tasks beside the loop have to tell.
enum Heard {
    Resolved(ServerIndex, Vec<SocketAddr>),
    #[cfg_attr(
        not(feature = "nts"),
        expect(dead_code, reason = "nothing is protected")
    )]
    Established(ServerIndex, Option<Box<Session>>, Vec<SocketAddr>),
    Datagram(ServerIndex, Vec<u8>, Moment),
}

struct Running {
    client: TimeClient,
    machine: Machine,
    heard: mpsc::Sender<Heard>,
    timers: HashMap<Timer, Instant>,
    sockets: HashMap<ServerIndex, AbortHandle>,
}

impl Running {
    async fn run(
        &mut self,
        mut hears: mpsc::Receiver<Heard>,
        stop: &CancellationToken,
    ) -> std::io::Result<()> {
        self.happened(Event::Start, Moment::now()).await?;
        let mut look = tokio::time::interval(LOOK);
        loop {
            let next = self.timers.iter().min_by_key(|(_, at)| **at);
            let next = next.map(|(timer, at)| (*timer, *at));
            tokio::select! {
                () = stop.cancelled() => return self.let_go().await,
                Some(heard) = hears.recv() => self.hear(heard).await?,
                timer = due(next) => {
                    self.timers.remove(&timer);
                    self.happened(Event::Timer(timer), Moment::now()).await?;
                }
                _ = look.tick() => self.look(),
            }
        }
    }

    async fn hear(&mut self, heard: Heard) -> std::io::Result<()> {
        match heard {
            Heard::Resolved(server, addresses) => {
                let addresses = &addresses;
                let event = Event::Resolved { server, addresses };
                self.happened(event, Moment::now()).await
            }
            Heard::Established(server, session, addresses) => {
                let addresses = &addresses;
                let event = Event::Established {
                    server,
                    session,
                    addresses,
                };
                self.happened(event, Moment::now()).await
            }
            Heard::Datagram(server, datagram, at) => {
                let datagram = &datagram;
                self.happened(Event::Received { server, datagram }, at)
                    .await
            }
        }
    }

    async fn happened(&mut self, event: Event<'_>, at: Moment) -> std::io::Result<()> {
        for action in self.machine.handle(event, at) {
            self.act(action).await?;
        }
        self.report();
        Ok(())
    }

    async fn act(&mut self, action: Action) -> std::io::Result<()> {
        match action {
            Action::Resolve(server) => self.resolve(server),
            Action::Establish(server) => self.establish(server),
            Action::Send { server, to, packet } => {
                if let Err(error) = self.send(server, to, &packet).await {
                    tracing::debug!(%error, server, "question not sent");
                }
            }
            Action::SetTimer(timer, after) => _ = self.timers.insert(timer, Instant::now() + after),
            Action::Adjust(rate) => {
                if let Some(steer) = &mut self.client.steer {
                    steer.run_faster_by(rate)?;
                }
            }
            Action::Read(reading) => self.client.health.read(reading),
            Action::Alarm(alarm) => tracing::warn!(?alarm, "time"),
        }
        Ok(())
    }

    fn resolve(&self, server: ServerIndex) {
        let Some(name) = self.client.servers.get(server).cloned() else {
            return;
        };
        let heard = self.heard.clone();
        tokio::spawn(async move {
            let found = match name.rsplit_once(':') {
                Some(_) => lookup_host(&name).await.map(Iterator::collect),
                None => lookup_host((name.as_str(), crate::PORT))
                    .await
                    .map(Iterator::collect),
            };
            let addresses = found.unwrap_or_else(|error| {
                tracing::debug!(%error, server, "name not found");
                Vec::new()
            });
            _ = heard.send(Heard::Resolved(server, addresses)).await;
        });
    }

    #[cfg(not(feature = "nts"))]
    fn establish(&self, _server: ServerIndex) {}

    #[cfg(feature = "nts")]
    fn establish(&self, server: ServerIndex) {
        let host = self.client.servers.get(server).cloned();
        let establish = self.client.secured.get(&server).cloned();
        let (Some(host), Some(establish)) = (host, establish) else {
            return;
        };
        let heard = self.heard.clone();
        tokio::spawn(async move {
            let (session, addresses) = match secured(&host, establish().await).await {
                Ok((session, addresses)) => (Some(Box::new(session)), addresses),
                Err(error) => {
                    tracing::debug!(%error, server, "no keys");
                    (None, Vec::new())
                }
            };
            let happened = Heard::Established(server, session, addresses);
            _ = heard.send(happened).await;
        });
    }

    /// A fresh port each time, connected: datagrams from other addresses never reach us.
    async fn send(
        &mut self,
        server: ServerIndex,
        to: SocketAddr,
        packet: &[u8],
    ) -> std::io::Result<()> {
        let socket = bound_for(to).await?;
        socket.writable().await?;
        let at = Moment::now();
        socket.try_send(packet)?;
        let from = socket.local_addr().map(|local| local.ip()).ok();
        self.machine.handle(Event::Sent { server, from }, at);
        let task = tokio::spawn(receive(socket, server, self.heard.clone()));
        if let Some(last) = self.sockets.insert(server, task.abort_handle()) {
            last.abort();
        }
        Ok(())
    }

    fn look(&self) {
        self.client.health.look(Moment::now());
        self.report();
    }

    fn report(&self) {
        let report = self.machine.report(Moment::now());
        self.client.reports.send_replace(report);
    }

    /// At the end the drift goes on being held, the offset is no longer slewed.
    async fn let_go(&mut self) -> std::io::Result<()> {
        let event = Event::Timer(Timer::Slew);
        self.happened(event, Moment::now()).await
    }
}

/// The session and where its Time Server is.
#[cfg(feature = "nts")]
async fn secured(
    host: &str,
    established: Result<Session, crate::nts::NtsError>,
) -> Result<(Session, Vec<SocketAddr>), crate::nts::NtsError> {
    let session = established?;
    let server = session.server().unwrap_or(host).to_owned();
    let addresses = lookup_host((server.as_str(), session.port())).await?;
    Ok((session, addresses.collect()))
}

async fn due(next: Option<(Timer, Instant)>) -> Timer {
    match next {
        Some((timer, at)) => {
            tokio::time::sleep_until(at).await;
            timer
        }
        None => std::future::pending().await,
    }
}

pub(crate) async fn bound_for(to: SocketAddr) -> std::io::Result<UdpSocket> {
    let local = match to {
        SocketAddr::V4(_) => SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
        SocketAddr::V6(_) => SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)),
    };
    let socket = UdpSocket::bind(local).await?;
    socket.connect(to).await?;
    Ok(socket)
}

async fn receive(socket: UdpSocket, server: ServerIndex, heard: mpsc::Sender<Heard>) {
    let mut buffer = [0; DATAGRAM];
    loop {
        let received = socket.recv(&mut buffer).await;
        let at = Moment::now();
        // An ICMP error: nobody listens there. The protocol learns it from the silence.
        let Ok(length) = received else { return };
        let datagram = buffer.get(..length).unwrap_or_default().to_vec();
        _ = heard.try_send(Heard::Datagram(server, datagram, at));
    }
}
