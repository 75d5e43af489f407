//! Where audit messages go: the spool, nowhere, or a sink of one's own.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::audit::AuditMessage;
use crate::error::AuditError;
use crate::spool::Handle;

/// The future of [`AuditSink::record`].
pub type BoxedRecord<'a> = Pin<Box<dyn Future<Output = Result<(), AuditError>> + Send + 'a>>;

/// Takes audit messages in place of the spool: the record repository's own node, tests.
pub trait AuditSink: Send + Sync {
    /// Keeps one message; `Ok` only when it is kept. AuditSourceID is filled in.
    fn record(&self, message: AuditMessage) -> BoxedRecord<'_>;
}

/// The node's choice of sink.
pub(crate) enum Sink {
    Spool(Handle),
    Nowhere,
    Own(Arc<dyn AuditSink>),
}

impl Sink {
    pub(crate) async fn record(&self, message: AuditMessage) -> Result<(), AuditError> {
        match self {
            Sink::Spool(spool) => spool.record(&message.source.id, message.to_xml()).await,
            Sink::Nowhere => Ok(()),
            Sink::Own(sink) => sink.record(message).await,
        }
    }
}
