//! Where a request goes: an http or https URL, taken apart (RFC 9110 4.2).

use http::header::{CONTENT_TYPE, HOST, HeaderValue};
use http::{Request, Uri};

use crate::error::Error;
use crate::outbody::OutBody;

/// Host, port, and what the request line and the Host header say.
pub(super) struct Target {
    pub(super) host: String,
    pub(super) port: u16,
    authority: HeaderValue,
    path: Uri,
}

impl Target {
    pub(super) fn parse(url: &str) -> Result<Target, Error> {
        let misuse = |what: &str| Error::Misuse(format!("url: {what}"));
        let uri: Uri = url.parse().map_err(|_| misuse("syntax"))?;
        let standard = match uri.scheme_str() {
            Some("http") => 80,
            Some("https") => 443,
            _ => return Err(misuse("neither http nor https")),
        };
        let authority = uri.authority().ok_or_else(|| misuse("no host"))?;
        if authority.as_str().contains('@') {
            return Err(misuse("user information"));
        }
        let host = authority
            .host()
            .trim_start_matches('[')
            .trim_end_matches(']')
            .to_owned();
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        Ok(Target {
            host,
            port: authority.port_u16().unwrap_or(standard),
            authority: HeaderValue::from_str(authority.as_str()).map_err(|_| misuse("host"))?,
            path: path.parse().map_err(|_| misuse("path"))?,
        })
    }

    pub(super) fn key(&self) -> (String, u16) {
        (self.host.clone(), self.port)
    }

    pub(super) fn request(
        &self,
        content_type: &str,
        body: OutBody,
    ) -> Result<Request<OutBody>, Error> {
        Request::post(self.path.clone())
            .header(HOST, self.authority.clone())
            .header(CONTENT_TYPE, content_type)
            .body(body)
            .map_err(|_| Error::Misuse("action".into()))
    }
}
