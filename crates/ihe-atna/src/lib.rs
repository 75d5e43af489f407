//! ATNA, Audit Trail and Node Authentication (ITI TF-1 9): ITI-19 Authenticate Node
//! (ITI TF-2 3.19), ITI-20 Record Audit Event (ITI TF-2 3.20).
//!
//! The door of every actor: [`SecureNode`] says who we are (TLS with certificates on both sides)
//! and keeps what we did (audit messages through a durable [`Spool`] to an Audit Record
//! Repository). The repository itself, `AuditRecordRepository`, is behind the feature `server`.

mod audit;
pub mod codes;
mod error;
mod node;
#[cfg(feature = "server")]
mod repository;
mod spool;
#[cfg(feature = "server")]
mod store;
pub mod syslog;
#[cfg(feature = "server")]
mod trail;

pub use audit::{
    About, Action, ActiveParticipant, As, AuditMessage, AuditSource, Coded, CodedRef, DetailValue,
    EventIdentification, Human, ObjectDescription, Outcome, Participant, ParticipantObject,
    ReadError, ReadLimits, Recorded, Side, SopClass, Transaction, TransactionEvent, transactions,
    triggers,
};
pub use error::{AcceptError, AuditError, ConnectError, Error};
pub use node::{
    AuditSink, BoxedRecord, Certificate, CertificateStatus, ClientStream, ClockState, ClockStatus,
    DangerousBuilder, Expiring, Finding, HealthcareRole, Hello, Identity, Limits, Peer, Preset,
    Remaining, Reservation, SecureNode, ServeLimits, Stream, SubjectName, TrustAnchors, Untrusted,
    application_start, application_stop,
};
#[cfg(feature = "server")]
pub use repository::{
    AuditReader, AuditRecordRepository, Forward, Lag, Limits as RepositoryLimits, TrailSink,
};
pub use spool::{
    Limits as SpoolLimits, Spool, SpoolStatus, SpoolSync, SyslogTcp, SyslogTls, SyslogUdp, WhenFull,
};
#[cfg(feature = "postgres")]
pub use store::PostgresStore;
#[cfg(feature = "server")]
pub use store::{
    Cursor, ExportFormat, MemoryStore, Order, ReceivedRecord, RecordStore, RecordSummary, Search,
    StoreError, StoredRecord,
};
#[cfg(feature = "sqlite")]
pub use store::{SqliteStore, import_version_1};
#[cfg(feature = "server")]
pub use trail::{
    Checkpoint, CutEnd, Filed, Finding as TrailFinding, FindingKind, KeptRecord, Proof,
    RecordFlags, RetentionPolicy, Stub, Trail, TrailError, TrailHash, TrailKey, TrailLimits,
    TrailSigner, VerifyReport, last_checkpoint, prove, verify,
};
