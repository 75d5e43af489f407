//! From an accepted connection to an actor's `handle`: what all server actors share (ITI TF-2 3.19, Appendix V).

pub(crate) use super::client::{record, record_in};
use crate::audit::{Ends, Subject, Verdict};
use crate::ebrim;
use crate::error::{Malformed, RegistryError};
use crate::registry_response::ResponseStatus;
use ihe_atna::{Outcome, Participant, Peer, SecureNode, Stream, TransactionEvent};
use ihe_soap::{Envelope, Fault, FaultCode, Incoming, Limits, Reply, Service, serve_stream};
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Scheme of SubmissionSet.patientId (ITI TF-3 4.2.5).
const SET_PATIENT_ID: &str = "urn:uuid:6b5aea1a-874d-4603-a4bc-96a0a7b38446";
/// Scheme of SubmissionSet.uniqueId.
const SET_UNIQUE_ID: &str = "urn:uuid:96fdda7c-d067-4183-912e-bf5ee74998a8";
/// How long open connections may finish after the stop signal.
const FAREWELL: Duration = Duration::from_secs(30);
/// Pause after a failed `accept` (out of file descriptors, most often).
const RECOVER: Duration = Duration::from_millis(100);

/// An actor behind one SOAP endpoint.
pub(crate) trait Resident: Send + Sync + 'static {
    fn answer(&self, peer: &Peer, request: Incoming) -> impl Future<Output = Reply> + Send;
    /// The transport refused a message before the actor saw it.
    fn transport_refused(&self, peer: &Peer, fault: &Fault) -> impl Future<Output = ()> + Send;
}

struct Session<A> {
    actor: Arc<A>,
    peer: Peer,
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

/// Serves an actor's SOAP endpoint until `stop`.
pub(crate) async fn soap<A: Resident>(
    actor: Arc<A>,
    node: &SecureNode,
    listener: TcpListener,
    path: &str,
    limits: &Limits,
    stop: &CancellationToken,
) -> io::Result<()> {
    let (path, limits): (Arc<str>, Limits) = (path.into(), limits.clone());
    let connections = limits.connections;
    let serve = |stream: Stream, peer: Peer| {
        let session = Arc::new(Session {
            actor: Arc::clone(&actor),
            peer,
        });
        let (path, limits, stop) = (Arc::clone(&path), limits.clone(), stop.clone());
        async move {
            if let Err(error) = serve_stream(stream, &path, session, &limits, &stop).await {
                tracing::debug!(%error, "connection ended");
            }
        }
    };
    accept(node, listener, connections, stop, serve).await
}

/// Accepts connections until `stop`, `connections` of them at a time, then lets them finish.
pub(crate) async fn accept<F, Fut>(
    node: &SecureNode,
    listener: TcpListener,
    connections: usize,
    stop: &CancellationToken,
    serve: F,
) -> io::Result<()>
where
    F: Fn(Stream, Peer) -> Fut,
    Fut: Future<Output = ()> + Send + 'static,
{
    let room = Arc::new(Semaphore::new(connections));
    let tasks = TaskTracker::new();
    let (accepted, mut arrivals) = tokio::sync::mpsc::channel(16);
    loop {
        let stream = tokio::select! {
            () = stop.cancelled() => break,
            Some((stream, peer, place)) = arrivals.recv() => {
                let session = serve(stream, peer);
                tasks.spawn(async move {
                    session.await;
                    drop(place);
                });
                continue;
            }
            incoming = listener.accept() => incoming,
        };
        let Ok((stream, _)) = stream else {
            tokio::time::sleep(RECOVER).await;
            continue;
        };
        let Ok(place) = Arc::clone(&room).try_acquire_owned() else {
            tracing::warn!("too many connections: one refused");
            continue;
        };
        let (node, accepted) = (node.clone(), accepted.clone());
        tasks.spawn(async move {
            if let Ok((stream, peer)) = node.accept(stream).await {
                let _ = accepted.send((stream, peer, place)).await;
            }
        });
    }
    drop(arrivals);
    tasks.close();
    let _ = tokio::time::timeout(FAREWELL, tasks.wait()).await;
    Ok(())
}

/// Who speaks with whom in a transaction we answer.
pub(crate) fn ends(peer: &Peer, envelope: Option<&Envelope>) -> Ends {
    let reply_to = envelope.and_then(|envelope| envelope.reply_to.clone());
    let to = envelope.and_then(|envelope| envelope.to.clone());
    let caller = reply_to.unwrap_or_else(|| ihe_soap::ANONYMOUS.to_owned());
    Ends {
        source: Participant::new(caller, peer.address.ip().to_string(), true),
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
    let mut reader = ebrim::xml::Reader::new(body, limits)?;
    reader.root(ebrim::ns::XDS, "ProvideAndRegisterDocumentSetRequest")?;
    while let Some(child) = reader.child()? {
        if child.is(ebrim::ns::LCM, "SubmitObjectsRequest") {
            return ebrim::read::submit_objects(&mut reader, limits);
        }
        reader.skip()?;
    }
    Err(Malformed("no SubmitObjectsRequest".into()))
}
