//! Where audit messages go: the spool, nowhere, or a sink of one's own.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::audit::AuditMessage;
use crate::error::AuditError;
use crate::spool::{Handle, Reserved};

/// The future of [`AuditSink::record`].
pub type BoxedRecord<'a> = Pin<Box<dyn Future<Output = Result<(), AuditError>> + Send + 'a>>;

/// Takes audit messages in place of the spool: the record repository's own node, tests.
pub trait AuditSink: Send + Sync {
    /// Keeps one message; `Ok` only when it is kept. AuditSourceID is filled in.
    fn record(&self, message: AuditMessage) -> BoxedRecord<'_>;

    /// Whether so many records would be kept now: asked before a transaction changes anything.
    fn reserve(&self, records: usize) -> Result<(), AuditError> {
        let _ = records;
        Ok(())
    }
}

/// The node's choice of sink.
pub(crate) enum Sink {
    Spool(Handle),
    Nowhere,
    Own(Arc<dyn AuditSink>),
}

impl Sink {
    /// `reserved`: room was promised to this record.
    pub(crate) async fn record(
        &self,
        message: AuditMessage,
        reserved: bool,
    ) -> Result<(), AuditError> {
        match self {
            Sink::Spool(spool) => {
                let (id, xml) = (&message.source.id, message.to_xml());
                spool.record(id, xml, reserved).await
            }
            Sink::Nowhere => Ok(()),
            Sink::Own(sink) => sink.record(message).await,
        }
    }

    pub(crate) fn reserve(&self, records: usize) -> Result<Option<Reserved>, AuditError> {
        match self {
            Sink::Spool(spool) => spool.reserve(records),
            Sink::Nowhere => Ok(None),
            Sink::Own(sink) => sink.reserve(records).map(|()| None),
        }
    }
}
