//! The server's side of one connection: HTTP/1.1, one path, one service (SOAP 1.2 Part 2, 7; ITI TF-2 V.3).

use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;

use http::header::{ALLOW, CONTENT_ENCODING, CONTENT_TYPE, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming as HttpBody;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::sync::CancellationToken;

use crate::ANONYMOUS;
use crate::content_type::ContentType;
use crate::envelope::Refused;
use crate::error::Error;
use crate::fault::Fault;
use crate::feed::{self, Feed, Home};
use crate::limits::Limits;
use crate::message::{Incoming, Packaging, Reply};
use crate::outbody::{OutBody, Packed};
use crate::receive::{self, Received, packaging_of};
use crate::timed::{Activity, Timed};

/// What answers the messages of one path.
pub trait Service: Send + Sync + 'static {
    /// Answers one message. A failure is a fault or an error of the profile, never a broken connection.
    fn handle(&self, request: Incoming) -> impl Future<Output = Reply> + Send;

    /// Told before this fault is sent because the message never became one: not XML, SOAP 1.1, no action,
    /// a mandatory header not understood, multipart cut short. For the actor's audit record.
    fn refused(&self, fault: &Fault) -> impl Future<Output = ()> + Send {
        let _ = fault;
        async {}
    }
}

/// Serves one accepted stream until the peer closes it, or until `stop` and the exchange in hand is finished.
///
/// Only `path` is answered (others 404, methods but POST 405); a query string is ignored. Bytes of an
/// attachment are taken from the stream as the service asks for them.
pub async fn serve_stream<IO, S>(
    io: IO,
    path: &str,
    service: Arc<S>,
    limits: &Limits,
    stop: &CancellationToken,
) -> Result<(), Error>
where
    IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    S: Service,
{
    let door = Arc::new(Door {
        path: path.to_owned(),
        service,
        limits: limits.clone(),
    });
    let answer = service_fn(move |request| {
        let door = door.clone();
        async move { Ok::<_, Infallible>(door.answer(request).await) }
    });
    let io = TokioIo::new(Timed::new(io, limits.idle, Activity::new()));
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_read);
    let mut connection = std::pin::pin!(builder.serve_connection(io, answer));
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    ended.map_err(|error| connection_error(&error))
}

fn connection_error(error: &hyper::Error) -> Error {
    if error.is_timeout() {
        Error::Timeout("the request head".into())
    } else {
        Error::Transport(format!("http: {error}"))
    }
}

struct Door<S> {
    path: String,
    service: Arc<S>,
    limits: Limits,
}

/// How to answer a refused message over HTTP.
struct Answer {
    status: u16,
    packed: Packed,
}

impl<S: Service> Door<S> {
    async fn answer(&self, request: Request<HttpBody>) -> Response<OutBody> {
        if request.uri().path() != self.path {
            return respond(
                404,
                Packed::plain("text/plain; charset=UTF-8", "no such path\n".into()),
            )
            .await;
        }
        if request.method() != Method::POST {
            let text = "a SOAP message is sent by POST\n".to_owned();
            let mut response = respond(405, Packed::plain("text/plain; charset=UTF-8", text)).await;
            response
                .headers_mut()
                .insert(ALLOW, HeaderValue::from_static("POST"));
            return response;
        }
        let home = Home::default();
        let answer = self.exchange(request, home.clone()).await;
        feed::drain(&home, self.limits.drain, self.limits.idle).await;
        respond(answer.status, answer.packed).await
    }

    async fn exchange(&self, request: Request<HttpBody>, home: Home) -> Answer {
        let (head, body) = request.into_parts();
        let content_type = text_of(head.headers.get(CONTENT_TYPE));
        let packaging = packaging_of(&ContentType::parse(&content_type));
        let unsupported = packaging.is_none() || is_encoded(head.headers.get(CONTENT_ENCODING));
        let feed = Feed::http(body, Some(home), self.limits.idle);
        let received = match unsupported {
            true => Err(Fault::sender("unsupported Content-Type or Content-Encoding").into()),
            false => receive::read(&content_type, feed, &self.limits)
                .await
                .and_then(accept),
        };
        let packaging = packaging.unwrap_or(Packaging::Simple);
        match received {
            Ok(message) => self.handle(message).await,
            Err(refused) => {
                tracing::debug!(fault = %refused.fault, "message refused");
                self.service.refused(&refused.fault).await;
                let mut answer = fault_answer(&refused, packaging);
                if unsupported {
                    answer.status = 415;
                }
                answer
            }
        }
    }

    async fn handle(&self, message: Incoming) -> Answer {
        let packaging = message.packaging;
        let message_id = message.envelope.message_id.clone();
        match self.service.handle(message).await {
            Reply::Message(outgoing) => match Packed::new(&outgoing) {
                Ok(packed) => Answer {
                    status: 200,
                    packed,
                },
                Err(error) => {
                    tracing::error!(%error, "a reply could not be written");
                    let refused = Refused {
                        message_id,
                        ..Refused::from(Fault::receiver("internal error"))
                    };
                    fault_answer(&refused, packaging)
                }
            },
            Reply::Fault(fault) => fault_answer(
                &Refused {
                    message_id,
                    ..Refused::from(fault)
                },
                packaging,
            ),
        }
    }
}

/// The message, if it may be processed here: also that its answer is wanted on this connection.
fn accept(received: Received) -> Result<Incoming, Refused> {
    let message = received.demand()?;
    match message.envelope.reply_to.as_deref() {
        None | Some(ANONYMOUS) => Ok(message),
        Some(_) => {
            let fault = Fault::sender("only the anonymous reply address is supported")
                .with_subcode("wsa:OnlyAnonymousAddressSupported");
            Err(Refused {
                message_id: message.envelope.message_id,
                ..Refused::from(fault)
            })
        }
    }
}

fn fault_answer(refused: &Refused, packaging: Packaging) -> Answer {
    let xml = refused.to_xml();
    let status = refused.fault.http_status();
    if refused.soap11 {
        return Answer {
            status,
            packed: Packed::plain(refused.content_type(), xml),
        };
    }
    let packed = Packed::from_xml(xml, refused.fault.action(), packaging);
    Answer { status, packed }
}

fn text_of(value: Option<&HeaderValue>) -> String {
    value
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_owned()
}

fn is_encoded(value: Option<&HeaderValue>) -> bool {
    value.is_some_and(|value| !value.as_bytes().eq_ignore_ascii_case(b"identity"))
}

async fn respond(status: u16, packed: Packed) -> Response<OutBody> {
    match packed.open().await {
        Ok(body) => response(status, &packed.content_type, body),
        Err(error) => {
            tracing::error!(kind = %error.kind(), "a file to attach could not be opened");
            let fault = fault_answer(&Fault::receiver("internal error").into(), Packaging::Simple);
            response(
                fault.status,
                &fault.packed.content_type,
                fault.packed.in_memory(),
            )
        }
    }
}

fn response(status: u16, content_type: &str, body: OutBody) -> Response<OutBody> {
    let mut response = Response::new(body);
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if let Ok(value) = HeaderValue::from_str(content_type) {
        response.headers_mut().insert(CONTENT_TYPE, value);
    }
    response
}
