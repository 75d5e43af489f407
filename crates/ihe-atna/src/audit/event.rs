//! ITI-20 audit event of a transaction (ITI TF-2 3.20.7 and the "Security Audit Considerations"
//! of each transaction): what a profile crate hands to the node.

use std::fmt;
use std::net::IpAddr;

use crate::audit::{
    Action, ActiveParticipant, AuditMessage, AuditSource, Coded, CodedRef, EventIdentification,
    Outcome, ParticipantObject, Side, Transaction,
};
use crate::codes;

/// On whose behalf a client acts: every client call takes one, and it reaches the audit record.
#[derive(Clone, PartialEq, Eq)]
pub struct As {
    /// The user's identifier, or the system's name.
    pub user: String,
    /// Role for access control, 0..1.
    pub role: Option<Coded>,
    /// Purpose of use, 0..1.
    pub purpose_of_use: Option<Coded>,
}

impl As {
    /// No human: the system acts on its own.
    pub fn system(name: &str) -> As {
        As {
            user: name.to_owned(),
            role: None,
            purpose_of_use: None,
        }
    }

    /// A human user.
    pub fn user(user: &str) -> As {
        As::system(user)
    }

    /// With a role.
    #[must_use]
    pub fn with_role(mut self, role: Coded) -> As {
        self.role = Some(role);
        self
    }

    /// With a purpose of use.
    #[must_use]
    pub fn for_purpose(mut self, purpose: Coded) -> As {
        self.purpose_of_use = Some(purpose);
        self
    }

    /// The human requestor of the audit record.
    pub fn human(&self) -> Human {
        Human {
            user_id: self.user.clone(),
            user_name: None,
            role: self.role.clone(),
        }
    }
}

impl fmt::Debug for As {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("As")
            .field("role", &self.role)
            .field("purpose_of_use", &self.purpose_of_use)
            .finish_non_exhaustive()
    }
}

/// One end of a transaction: source (110153) or destination (110152).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Participant {
    /// `facility|application` for HL7 v2, the endpoint or reply-to URI for web services.
    pub user_id: String,
    /// IP address or host name.
    pub network_address: String,
    /// UserIsRequestor.
    pub is_requestor: bool,
    /// AlternativeUserID, 0..1: the certificate it authenticated with; see `Peer::participant`.
    /// Our own end has the process id there.
    pub authenticated_as: Option<String>,
}

impl Participant {
    /// An end of a transaction.
    pub fn new(
        user_id: impl Into<String>,
        network_address: impl Into<String>,
        is_requestor: bool,
    ) -> Participant {
        Participant {
            user_id: user_id.into(),
            network_address: network_address.into(),
            is_requestor,
            authenticated_as: None,
        }
    }

    pub(crate) fn active(&self, role: CodedRef, ours: bool) -> ActiveParticipant {
        let process = ours.then(|| std::process::id().to_string());
        ActiveParticipant {
            user_id: self.user_id.clone(),
            alternative_user_id: process.or_else(|| self.authenticated_as.clone()),
            is_requestor: self.is_requestor,
            roles: vec![role.to_coded()],
            ..located(&self.network_address)
        }
    }
}

/// A participant that has only a place: 2 for an IP address, 1 for a name.
pub(crate) fn located(address: &str) -> ActiveParticipant {
    if address.is_empty() {
        return ActiveParticipant::default();
    }
    let is_ip = address.parse::<IpAddr>().is_ok();
    ActiveParticipant {
        network_access_point: Some(address.to_owned()),
        network_access_point_type: Some(if is_ip {
            codes::NETWORK_IP
        } else {
            codes::NETWORK_NAME
        }),
        ..ActiveParticipant::default()
    }
}

/// The human requestor. `Debug` hides who.
#[derive(Clone, PartialEq, Eq)]
pub struct Human {
    /// UserID, one.
    pub user_id: String,
    /// UserName, 0..1; with user assertions `alias<user@issuer>`.
    pub user_name: Option<String>,
    /// Role for access control, 0..1.
    pub role: Option<Coded>,
}

impl Human {
    pub(crate) fn active(&self) -> ActiveParticipant {
        ActiveParticipant {
            user_id: self.user_id.clone(),
            user_name: self.user_name.clone(),
            is_requestor: true,
            roles: self.role.iter().cloned().collect(),
            ..ActiveParticipant::default()
        }
    }
}

impl fmt::Debug for Human {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Human")
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

/// An audit event of one transaction as one actor saw it.
#[derive(Clone, Debug, PartialEq)]
pub struct TransactionEvent {
    /// EventID, see [`crate::codes`].
    pub event_id: CodedRef,
    /// EventActionCode.
    pub action: Action,
    /// EventTypeCode: number and name, `("ITI-9", "PIX Query")`.
    pub transaction: (&'static str, &'static str),
    /// EventOutcomeIndicator.
    pub outcome: Outcome,
    /// EventOutcomeDescription, 0..1: codes and places, never patient data.
    pub outcome_description: Option<String>,
    /// Whether the logging actor is the source: it then carries our process id.
    pub initiator_is_us: bool,
    /// The source, role 110153.
    pub source: Participant,
    /// The destination, role 110152.
    pub destination: Participant,
    /// The human requestor, 0..1.
    pub human: Option<Human>,
    /// PurposeOfUse, 0..1.
    pub purpose_of_use: Option<Coded>,
    /// ParticipantObjectIdentification, 0..n.
    pub objects: Vec<ParticipantObject>,
}

impl TransactionEvent {
    /// What this side of a transaction records when it went well; who and about what is filled in
    /// by the caller.
    ///
    /// ```
    /// use ihe_atna::{Participant, Side, TransactionEvent, transactions};
    /// let row = &transactions::ITI_55;
    /// let event = TransactionEvent {
    ///     destination: Participant::new("https://gateway.example/xcpd", "10.0.0.2", false),
    ///     objects: vec![row.query("1.2.3.4", b"<queryByParameter/>")],
    ///     ..TransactionEvent::of(row, Side::Source)
    /// };
    /// assert_eq!(event.to_message().event_type(), Some("ITI-55"));
    /// ```
    pub fn of(transaction: &Transaction, ours: Side) -> TransactionEvent {
        let recorded = transaction.recorded(ours);
        let end = |side| Participant {
            is_requestor: transaction.requestor == side,
            ..Participant::default()
        };
        TransactionEvent {
            event_id: recorded.event,
            action: recorded.action,
            transaction: transaction.label(),
            outcome: Outcome::Success,
            outcome_description: None,
            initiator_is_us: ours == Side::Source,
            source: end(Side::Source),
            destination: end(Side::Destination),
            human: None,
            purpose_of_use: None,
            objects: Vec::new(),
        }
    }

    /// The same event as a failure; the reason in codes and places, never patient data
    /// (ATNA-R-043).
    #[must_use]
    pub fn failed(self, outcome: Outcome, reason: impl Into<String>) -> TransactionEvent {
        TransactionEvent {
            outcome,
            outcome_description: Some(reason.into()),
            ..self
        }
    }

    /// A partial success: recorded once as a success and once as a failure (ITI TF-2 3.18.5.1,
    /// ATNA-R-040).
    pub fn partly_failed(
        self,
        outcome: Outcome,
        reason: impl Into<String>,
    ) -> [TransactionEvent; 2] {
        [self.clone(), self.failed(outcome, reason)]
    }

    /// One event for each patient, each with all the other objects (ITI TF-2 3.20.7.1,
    /// ATNA-R-027). A query stays one event, whatever patients it names.
    pub fn one_per_patient(self) -> Vec<TransactionEvent> {
        let objects = &self.objects;
        let several = objects.iter().filter(|one| one.is_patient()).count() > 1;
        if !several || self.event_id == codes::EVENT_QUERY {
            return vec![self];
        }
        let (patients, others): (Vec<_>, Vec<_>) = objects
            .iter()
            .cloned()
            .partition(ParticipantObject::is_patient);
        let event = |patient| TransactionEvent {
            objects: [vec![patient], others.clone()].concat(),
            ..self.clone()
        };
        patients.into_iter().map(event).collect()
    }

    /// The message: source, human, destination, objects. AuditSourceID stays empty until the
    /// node records it.
    pub fn to_message(&self) -> AuditMessage {
        let (number, name) = self.transaction;
        let mut participants = vec![self.source.active(codes::ROLE_SOURCE, self.initiator_is_us)];
        participants.extend(self.human.as_ref().map(Human::active));
        participants.push(
            self.destination
                .active(codes::ROLE_DESTINATION, !self.initiator_is_us),
        );
        AuditMessage {
            event: EventIdentification {
                outcome: self.outcome,
                types: vec![Coded::new(number, codes::IHE_TRANSACTIONS, name)],
                outcome_description: self.outcome_description.clone(),
                purposes_of_use: self.purpose_of_use.iter().cloned().collect(),
                ..EventIdentification::new(self.event_id, self.action)
            },
            participants,
            source: AuditSource::default(),
            objects: self.objects.clone(),
        }
    }

    /// As [`TransactionEvent::to_message`], by value.
    pub fn into_message(self) -> AuditMessage {
        self.to_message()
    }
}

impl From<TransactionEvent> for AuditMessage {
    fn from(event: TransactionEvent) -> AuditMessage {
        event.to_message()
    }
}
