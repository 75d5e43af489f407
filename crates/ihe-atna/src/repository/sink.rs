//! ITI-20 the repository's own records: straight into its own trail.

use chrono::Utc;

use crate::audit::AuditMessage;
use crate::error::AuditError;
use crate::node::{AuditSink, BoxedRecord};
use crate::store::ReceivedRecord;
use crate::syslog;
use crate::trail::Trail;

/// An audit sink that appends to a trail: for the repository's own node.
#[derive(Debug)]
pub struct TrailSink {
    trail: Trail,
}

impl TrailSink {
    /// A sink into a trail.
    pub fn new(trail: Trail) -> TrailSink {
        TrailSink { trail }
    }
}

impl AuditSink for TrailSink {
    fn record(&self, message: AuditMessage) -> BoxedRecord<'_> {
        Box::pin(async move {
            let header = syslog::Header {
                timestamp: Utc::now(),
                host_name: String::new(),
                app_name: message.source.id.clone(),
                process_id: std::process::id().to_string(),
            };
            let raw = syslog::message(&header, &message.to_xml());
            let record = ReceivedRecord::new("local", raw);
            let kept = self.trail.append(vec![record]).await;
            kept.map(drop)
                .map_err(|error| AuditError::Sink(error.to_string()))
        })
    }
}
