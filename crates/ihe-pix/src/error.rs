//! What a client call can end with, sorted by who must act.

use hl7v2::ack::Refusal;

/// Why a call to another actor did not succeed. No text here carries patient data.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The partner could not be reached, or the connection broke: try again later.
    #[error("transport: {0}")]
    Transport(String),
    /// The partner's answer is not what the transaction defines: tell its maker.
    #[error("malformed answer: {0}")]
    Malformed(String),
    /// The partner understood and said no: codes and places of the ERR segments.
    #[error("refused: {0}")]
    Refused(Refusal),
    /// The audit record of this call could not be stored, so the call does not count as made.
    #[error("audit record not stored: {0}")]
    Audit(String),
    /// The caller asked for something that cannot be sent.
    #[error("misuse: {0}")]
    Misuse(String),
}
