//! The way in for any HTTP stack: a request with a body in, a response with a body out.

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use tokio::sync::Semaphore;

use super::Service;
use super::replies::Replies;
use crate::feed::{AnyBody, any_body};
use crate::limits::Limits;
use crate::outbody::OutBody;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// How one endpoint is served, whoever asks: path, limits, where replies may be sent. A clone is the same endpoint.
#[derive(Clone)]
pub struct Endpoint {
    pub(super) path: Option<Arc<str>>,
    pub(super) limits: Arc<Limits>,
    pub(super) gzip: bool,
    pub(super) replies: Option<Replies>,
    /// What comes in are replies: they need no message id and are not answered.
    pub(super) takes_replies: bool,
    pub(super) room: Arc<Semaphore>,
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint")
            .field("path", &self.path)
            .field("gzip", &self.gzip)
            .field("replies", &self.replies)
            .finish_non_exhaustive()
    }
}

impl Endpoint {
    /// An endpoint that answers every path, replies on the connection only, and knows no gzip.
    pub fn new(limits: Limits) -> Endpoint {
        Endpoint {
            path: None,
            room: Arc::new(Semaphore::new(limits.exchanges.min(Semaphore::MAX_PERMITS))),
            limits: Arc::new(limits),
            gzip: false,
            replies: None,
            takes_replies: false,
        }
    }

    /// Answers this path only; others are 404. A query string is ignored.
    pub fn at(mut self, path: &str) -> Endpoint {
        self.path = Some(path.into());
        self
    }

    /// Reads gzip, and writes it to those who accept it (simple messages of 1 KiB and more). Off by default:
    /// XDS knows no content coding, and reading it costs care.
    pub fn with_gzip(mut self) -> Endpoint {
        self.gzip = true;
        self
    }

    /// Sends replies to other addresses too (asynchronous WS-Addressing, ITI TF-2 V.5), through these.
    pub fn with_replies(mut self, replies: Replies) -> Endpoint {
        self.replies = Some(replies);
        self
    }

    /// The limits.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// What sends replies to other addresses, if anything does.
    pub fn replies(&self) -> Option<&Replies> {
        self.replies.as_ref()
    }

    pub(super) fn for_replies(mut self) -> Endpoint {
        self.takes_replies = true;
        self
    }

    /// The door of this endpoint to a service.
    pub fn door<S: Service>(&self, service: Arc<S>) -> Door<S> {
        Door {
            endpoint: self.clone(),
            service,
        }
    }
}

/// A service behind its endpoint, to be mounted: `hyper::service::Service` and `tower::Service`, or [`Door::answer`].
///
/// An actor's door is made for one peer; what is known of the peer is in the service.
///
/// ```
/// use ihe_soap::{Endpoint, Incoming, Limits, Outgoing, Reply, Service};
/// use std::sync::Arc;
///
/// struct Echo;
/// impl Service for Echo {
///     async fn handle(&self, request: Incoming) -> Reply {
///         Reply::Message(Outgoing::reply(&request.envelope, "urn:echoed", request.envelope.body.clone()))
///     }
/// }
///
/// let door = Endpoint::new(Limits::default()).door(Arc::new(Echo));
/// let router: axum::Router = axum::Router::new().route_service("/echo", door);
/// ```
pub struct Door<S> {
    pub(super) endpoint: Endpoint,
    pub(super) service: Arc<S>,
}

impl<S> Clone for Door<S> {
    fn clone(&self) -> Door<S> {
        Door {
            endpoint: self.endpoint.clone(),
            service: Arc::clone(&self.service),
        }
    }
}

impl<S> fmt::Debug for Door<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Door({:?})", self.endpoint)
    }
}

impl<S: Service> Door<S> {
    pub(super) fn limits(&self) -> &Limits {
        &self.endpoint.limits
    }

    /// Answers one HTTP request. Never fails: what is wrong is an HTTP status and, for a message, a SOAP fault.
    pub async fn answer<B>(&self, request: Request<B>) -> Response<OutBody>
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let (head, body) = request.into_parts();
        self.respond(&head, any_body(body)).await
    }
}

/// What the services of hyper and tower return.
type Answering = Pin<Box<dyn Future<Output = Result<Response<OutBody>, Infallible>> + Send>>;

fn answering<S: Service>(door: &Door<S>, request: Request<AnyBody>) -> Answering {
    let door = door.clone();
    Box::pin(async move {
        let (head, body) = request.into_parts();
        Ok(door.respond(&head, body).await)
    })
}

impl<S, B> hyper::service::Service<Request<B>> for Door<S>
where
    S: Service,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<OutBody>;
    type Error = Infallible;
    type Future = Answering;

    fn call(&self, request: Request<B>) -> Answering {
        answering(self, request.map(any_body))
    }
}

impl<S, B> tower_service::Service<Request<B>> for Door<S>
where
    S: Service,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<OutBody>;
    type Error = Infallible;
    type Future = Answering;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Answering {
        answering(self, request.map(any_body))
    }
}
