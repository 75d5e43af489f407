//! One exchange: the message read and judged, the service asked, the answer sent by the way it is wanted.

use std::sync::Arc;

use http::header::{
    ACCEPT_ENCODING, ALLOW, CONTENT_ENCODING, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER,
    VARY,
};
use http::request::Parts;
use http::{Method, Response, StatusCode};
use tokio::sync::OwnedSemaphorePermit;

use super::Service;
use super::door::{Door, Endpoint};
use super::head::{Head, text};
use super::replies::Place;
use super::route::{Route, Way};
use crate::envelope::Refused;
use crate::fault::Fault;
use crate::feed::{self, AnyBody, Feed, Home};
use crate::message::{Envelope, Incoming, Outgoing, Packaging, Reply};
use crate::outbody::{OutBody, Packed};
use crate::receive;

/// What goes back over HTTP.
struct Answer {
    status: u16,
    packed: Packed,
}

/// What of a request is needed to answer it.
struct Asked {
    message_id: Option<String>,
    packaging: Packaging,
}

impl<S: Service> Door<S> {
    pub(super) async fn respond(&self, parts: &Parts, body: AnyBody) -> Response<OutBody> {
        let endpoint = &self.endpoint;
        if endpoint
            .path
            .as_deref()
            .is_some_and(|path| path != parts.uri.path())
        {
            return respond(Answer::text(404, "no such path\n"), &[]).await;
        }
        if parts.method != Method::POST {
            let answer = Answer::text(405, "a SOAP message is sent by POST\n");
            return respond(answer, &[(ALLOW, "POST")]).await;
        }
        let Ok(room) = Arc::clone(&endpoint.room).try_acquire_owned() else {
            tracing::warn!("too many exchanges: one refused");
            let refused = Refused::from(Fault::unavailable("too many exchanges")).under(503);
            return respond(
                Answer::of(&refused, Packaging::Simple),
                &[(RETRY_AFTER, "5")],
            )
            .await;
        };
        let (head, condemned) = Head::read(parts, endpoint);
        let answer = match condemned {
            Some(refused) => self.condemn(&head, refused, body).await,
            None => self.exchange(&head, body, room).await,
        };
        self.finish(answer, parts).await
    }

    /// Refuses by the head alone. A peer that waits for 100 Continue is not told to go on.
    async fn condemn(&self, head: &Head, refused: Refused, mut body: AnyBody) -> Answer {
        let answer = self.refuse(refused, head).await;
        if head.worth_draining(&self.endpoint) {
            let limits = self.limits();
            feed::forget(&mut body, limits.drain, limits).await;
        }
        answer
    }

    async fn refuse(&self, refused: Refused, head: &Head) -> Answer {
        tracing::debug!(fault = %refused.fault, "message refused");
        self.service.refused(&refused.fault).await;
        Answer::of(&refused, head.packaging.unwrap_or(Packaging::Simple))
    }

    async fn exchange(&self, head: &Head, body: AnyBody, room: OwnedSemaphorePermit) -> Answer {
        let (home, limits) = (Home::default(), self.limits());
        let mut feed = Feed::http(body, Some(home.clone()), limits);
        if head.gzip {
            feed = feed.gunzip(limits);
        }
        let answer = match self.admit(head, feed).await {
            Ok((message, route)) if route.is_here() => self.handle(message, &home).await,
            Ok((message, route)) => self.route(message, route, &home, room).await,
            Err(refused) => self.refuse(refused, head).await,
        };
        feed::drain(&home, limits).await;
        answer
    }

    /// The message, if it may be processed here, and where its answer goes.
    async fn admit(&self, head: &Head, feed: Feed) -> Result<(Incoming, Route), Refused> {
        let endpoint = &self.endpoint;
        let received = receive::read(&head.content_type, feed, &endpoint.limits).await?;
        let message = received.demand(!endpoint.takes_replies)?;
        match Route::of(&message.envelope, endpoint.replies.as_ref()) {
            Ok(route) => Ok((message, route)),
            Err(fault) => Err(Refused {
                message_id: message.envelope.message_id,
                ..Refused::from(fault)
            }),
        }
    }

    /// The ordinary exchange: the answer goes back on the connection.
    async fn handle(&self, message: Incoming, home: &Home) -> Answer {
        let asked = Asked::of(&message);
        match self.service.handle(message).await {
            Reply::Message(outgoing) => asked.message(&outgoing),
            Reply::Fault(fault) => asked.fault(fault),
            Reply::Accepted => {
                // whoever took the message may still be reading its attachments
                let _ = tokio::time::timeout(self.limits().total, home.returned()).await;
                Answer::accepted()
            }
        }
    }

    /// The asynchronous exchange (ITI TF-2 V.5): HTTP 202 as soon as the request is read, unless something of the
    /// answer belongs on the connection. The service goes on even if the peer hangs up.
    async fn route(
        &self,
        message: Incoming,
        route: Route,
        home: &Home,
        room: OwnedSemaphorePermit,
    ) -> Answer {
        let asked = Asked::of(&message);
        let Ok(place) = self.place(&route) else {
            return asked.fault(Fault::unavailable("too many replies wait to be sent"));
        };
        let stays = route.may_be_here();
        let (service, envelope) = (Arc::clone(&self.service), message.envelope.addresses());
        let mut task = tokio::spawn(async move {
            let packaging = message.packaging;
            let reply = service.handle(message).await;
            // the exchange is in hand until here, whether or not the peer has its 202
            drop(room);
            send_away(reply, route, &envelope, packaging, place)
        });
        if !stays {
            tokio::select! {
                biased;
                () = home.returned() => return Answer::accepted(),
                _ = &mut task => return Answer::accepted(),
            }
        }
        match task.await {
            Ok(Some(Reply::Message(outgoing))) => asked.message(&outgoing),
            Ok(Some(Reply::Fault(fault))) => asked.fault(fault),
            Ok(Some(Reply::Accepted) | None) => Answer::accepted(),
            Err(_) => asked.fault(Fault::receiver("internal error")),
        }
    }

    /// A place among the replies to be sent, if one may be needed.
    fn place(&self, route: &Route) -> Result<Option<Place>, ()> {
        match &self.endpoint.replies {
            Some(replies) if route.may_be_there() => replies.place().map(Some).ok_or(()),
            _ => Ok(None),
        }
    }

    async fn finish(&self, mut answer: Answer, parts: &Parts) -> Response<OutBody> {
        let endpoint = &self.endpoint;
        let mut headers = Vec::new();
        if endpoint.gzip {
            headers.push((VARY, "Accept-Encoding"));
            if accepts_gzip(text(&parts.headers, ACCEPT_ENCODING)) {
                answer.packed = answer.packed.deflated().await;
            }
        }
        if answer.status == 415 {
            headers.push((ACCEPT_ENCODING, codings(endpoint)));
        }
        respond(answer, &headers).await
    }
}

/// Sends the answer by its way; gives back what belongs on the connection.
fn send_away(
    reply: Reply,
    route: Route,
    envelope: &Envelope,
    packaging: Packaging,
    place: Option<Place>,
) -> Option<Reply> {
    let way = match reply {
        Reply::Message(_) => route.reply,
        Reply::Fault(_) => route.fault,
        Reply::Accepted => Way::Nowhere,
    };
    match way {
        Way::Here => return Some(reply),
        Way::Nowhere => {}
        Way::There(to) => {
            let message = match reply {
                Reply::Message(outgoing) => outgoing,
                Reply::Fault(fault) => Outgoing::fault(envelope, &fault).packed(packaging),
                Reply::Accepted => return None,
            };
            if let Some(place) = place {
                place.send(to, message);
            }
        }
    }
    None
}

impl Asked {
    fn of(message: &Incoming) -> Asked {
        Asked {
            message_id: message.envelope.message_id.clone(),
            packaging: message.packaging,
        }
    }

    fn message(self, outgoing: &Outgoing) -> Answer {
        match Packed::new(outgoing) {
            Ok(packed) => Answer {
                status: 200,
                packed,
            },
            Err(error) => {
                tracing::error!(%error, "a reply could not be written");
                self.fault(Fault::receiver("internal error"))
            }
        }
    }

    fn fault(self, fault: Fault) -> Answer {
        let refused = Refused {
            message_id: self.message_id,
            ..Refused::from(fault)
        };
        Answer::of(&refused, self.packaging)
    }
}

impl Answer {
    fn of(refused: &Refused, packaging: Packaging) -> Answer {
        let xml = refused.to_xml();
        let packed = match refused.soap11 {
            true => Packed::plain(refused.content_type(), xml),
            false => Packed::from_xml(xml, refused.fault.action(), packaging),
        };
        Answer {
            status: refused.http_status(),
            packed,
        }
    }

    fn text(status: u16, text: &str) -> Answer {
        Answer {
            status,
            packed: Packed::plain("text/plain; charset=UTF-8", text.to_owned()),
        }
    }

    fn accepted() -> Answer {
        Answer {
            status: 202,
            packed: Packed::empty(),
        }
    }
}

/// Whether an Accept-Encoding names gzip and does not forbid it (RFC 9110 12.5.3).
fn accepts_gzip(accept: &str) -> bool {
    accept.split(',').any(|one| {
        let (coding, weight) = one.split_once(';').unwrap_or((one, ""));
        let weight = weight.trim().trim_start_matches("q=").parse::<f32>();
        coding.trim().eq_ignore_ascii_case("gzip") && weight != Ok(0.0)
    })
}

fn codings(endpoint: &Endpoint) -> &'static str {
    match endpoint.gzip {
        true => "gzip, identity",
        false => "identity",
    }
}

async fn respond(answer: Answer, headers: &[(HeaderName, &'static str)]) -> Response<OutBody> {
    let mut response = match answer.packed.open().await {
        Ok(body) => response(answer.status, &answer.packed, body),
        Err(error) => {
            tracing::error!(kind = %error.kind(), "a file to attach could not be opened");
            let refused = Refused::from(Fault::receiver("internal error"));
            let answer = Answer::of(&refused, Packaging::Simple);
            let body = answer.packed.in_memory();
            response(answer.status, &answer.packed, body)
        }
    };
    for (name, value) in headers {
        let value = HeaderValue::from_static(value);
        response.headers_mut().insert(name, value);
    }
    response
}

fn response(status: u16, packed: &Packed, body: OutBody) -> Response<OutBody> {
    let mut response = Response::new(body);
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if let (Ok(value), false) = (
        HeaderValue::from_str(&packed.content_type),
        packed.content_type.is_empty(),
    ) {
        response.headers_mut().insert(CONTENT_TYPE, value);
    }
    if packed.gzip {
        let gzip = HeaderValue::from_static("gzip");
        response.headers_mut().insert(CONTENT_ENCODING, gzip);
    }
    response
}
