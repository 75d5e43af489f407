//! From an accepted connection to an actor's `handle`: what all server actors share (ITI TF-2 3.19, Appendix V).

pub(crate) use super::client::{record, record_in};
use super::connector::NodeConnector;
use crate::audit::{Ends, Subject, Verdict};
use crate::ebrim;
use crate::error::{Malformed, RegistryError};
use crate::registry_response::ResponseStatus;
use ihe_atna::{Outcome, Participant, Peer, SecureNode, ServeLimits, Stream, TransactionEvent};
use ihe_soap::{
    Client, Door, Endpoint, Envelope, Fault, FaultCode, Incoming, Limits, Replies, Reply,
    ReplyHosts, ReplyLimits, Service, serve_stream,
};
use std::future::Future;
use std::io;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Scheme of SubmissionSet.patientId (ITI TF-3 4.2.5).
const SET_PATIENT_ID: &str = "urn:uuid:6b5aea1a-874d-4603-a4bc-96a0a7b38446";
/// Scheme of SubmissionSet.uniqueId.
const SET_UNIQUE_ID: &str = "urn:uuid:96fdda7c-d067-4183-912e-bf5ee74998a8";
/// How long open connections may finish after the stop signal.
const FAREWELL: Duration = Duration::from_secs(30);

/// An actor behind one SOAP endpoint.
pub(crate) trait Resident: Send + Sync + 'static {
    fn answer(&self, peer: &Peer, request: Incoming) -> impl Future<Output = Reply> + Send;
    /// The transport refused a message before the actor saw it.
    fn transport_refused(&self, peer: &Peer, fault: &Fault) -> impl Future<Output = ()> + Send;
}

/// An actor as one peer meets it.
struct Session<A> {
    actor: Arc<A>,
    peer: Peer,
}

/// The door of an actor for one peer.
pub(crate) fn door<A: Resident>(
    endpoint: &Endpoint,
    actor: Arc<A>,
    peer: Peer,
) -> Door<impl Service + use<A>> {
    endpoint.door(Arc::new(Session { actor, peer }))
}

/// How an actor is reached by SOAP: made when first used, then the same for all connections.
#[derive(Default)]
pub(crate) struct Entrance {
    reply_hosts: Vec<String>,
    endpoint: OnceLock<Endpoint>,
}

impl Entrance {
    /// An entrance that also sends replies to these hosts (ITI TF-2 V.5).
    pub(crate) fn replying_to<H: Into<String>>(hosts: impl IntoIterator<Item = H>) -> Self {
        Self {
            reply_hosts: hosts.into_iter().map(Into::into).collect(),
            endpoint: OnceLock::new(),
        }
    }

    /// The endpoint; replies go by https, or by http if the node is plain.
    pub(crate) fn endpoint(&self, node: &SecureNode, limits: &Limits) -> &Endpoint {
        self.endpoint.get_or_init(|| {
            let endpoint = Endpoint::new(limits.clone());
            if self.reply_hosts.is_empty() {
                return endpoint;
            }
            let hosts = match node.is_plain() {
                true => ReplyHosts::http(&self.reply_hosts),
                false => ReplyHosts::https(&self.reply_hosts),
            };
            let client = Client::new(NodeConnector::new(node.clone()), limits.clone());
            endpoint.with_replies(Replies::new(client, hosts, ReplyLimits::default()))
        })
    }
}

impl<A: Resident> Service for Session<A> {
    /// In a task of its own: a client that hangs up must not stop a transaction between store and audit.
    async fn handle(&self, request: Incoming) -> Reply {
        let (actor, peer) = (Arc::clone(&self.actor), self.peer.clone());
        let answer = tokio::spawn(async move { actor.answer(&peer, request).await });
        answer
            .await
            .unwrap_or_else(|_| Reply::Fault(Fault::receiver("internal error")))
    }

    async fn refused(&self, fault: &Fault) {
        self.actor.transport_refused(&self.peer, fault).await;
    }
}

/// Serves an actor's SOAP endpoint until `stop`; then the exchanges in hand are finished, and the replies that
/// wait to be sent elsewhere have as long.
pub(crate) async fn soap<A: Resident>(
    actor: Arc<A>,
    node: &SecureNode,
    listener: TcpListener,
    endpoint: Endpoint,
    stop: &CancellationToken,
) -> io::Result<()> {
    let limits = ServeLimits {
        connections: endpoint.limits().connections,
        grace: FAREWELL,
        ..ServeLimits::default()
    };
    let (entered, ending) = (endpoint.clone(), stop.clone());
    let session = move |stream: Stream, peer: Peer| {
        let (door, stop) = (door(&entered, Arc::clone(&actor), peer), ending.clone());
        async move {
            if let Err(error) = serve_stream(stream, door, &stop).await {
                tracing::debug!(%error, "connection ended");
            }
        }
    };
    node.serve(listener, &limits, stop, session).await;
    if let Some(replies) = endpoint.replies() {
        let _ = tokio::time::timeout(FAREWELL, replies.finish()).await;
    }
    Ok(())
}

/// Who speaks with whom in a transaction we answer.
pub(crate) fn ends(peer: &Peer, envelope: Option<&Envelope>) -> Ends {
    let caller = envelope.map_or(ihe_soap::ANONYMOUS, Envelope::reply_address);
    let to = envelope.and_then(|envelope| envelope.to.clone());
    Ends {
        source: peer.participant(caller, true),
        destination: Participant::new(
            to.unwrap_or_else(|| peer.local.to_string()),
            peer.local.ip().to_string(),
            false,
        ),
        initiator_is_us: false,
        human: None,
        purpose_of_use: None,
    }
}

/// Records a fault and returns it; a fault that cannot be recorded is the receiver's.
pub(crate) async fn faulted(
    node: &SecureNode,
    events: Vec<TransactionEvent>,
    fault: Fault,
) -> Reply {
    match record(node, events).await {
        Ok(()) => Reply::Fault(fault),
        Err(_) => Reply::Fault(Fault::receiver("audit not recorded")),
    }
}

/// The audit's view of a submission's or query's answer.
pub(crate) fn verdict(errors: &[RegistryError]) -> Verdict {
    Verdict::of(ResponseStatus::of(errors), errors)
}

/// The audit's view of a fault.
pub(crate) fn fault_verdict(fault: &Fault) -> Verdict {
    let outcome = match fault.code {
        FaultCode::Receiver => Outcome::SeriousFailure,
        _ => Outcome::MinorFailure,
    };
    Verdict::failure(outcome, format!("SOAP fault {}", fault.code.as_str()))
}

/// What the audit names of a submission that was refused before it was understood: as far as it can be read.
pub(crate) fn subject_of(body: &str, limits: &ebrim::Limits) -> Subject {
    let Ok(packed) = packed(body, limits) else {
        return Subject::default();
    };
    let value = |scheme: &str| {
        let identifiers = packed.objects.iter().flat_map(|object| &object.identifiers);
        let mut ours = identifiers.filter(|one| one.scheme.as_deref() == Some(scheme));
        ours.find_map(|one| one.value.clone())
    };
    Subject {
        patient_id: value(SET_PATIENT_ID),
        submission_set: value(SET_UNIQUE_ID),
    }
}

/// The body of ITI-42, or the one inside ITI-41.
fn packed(body: &str, limits: &ebrim::Limits) -> Result<ebrim::Packed, Malformed> {
    if let Ok(packed) = ebrim::submit_objects_request(body, limits) {
        return Ok(packed);
    }
    let mut reader = ebrim::xml::reader(body, limits)?;
    reader.root(ebrim::ns::XDS, "ProvideAndRegisterDocumentSetRequest")?;
    while let Some(child) = reader.child()? {
        if child.is(ebrim::ns::LCM, "SubmitObjectsRequest") {
            return ebrim::read::submit_objects(&mut reader, limits);
        }
        reader.skip()?;
    }
    Err(Malformed("no SubmitObjectsRequest".into()))
}
