//! ITI-20 events that are no transaction (ITI TF-2 3.20.4.1.1.1, DICOM PS3.15 A.5.3): one builder
//! for each trigger, successful and of now; [`AuditMessage::failed`] and its neighbours say the rest.
//! AuditSourceID stays empty until the node records it.

mod data;

pub use data::{
    Disclosure, begin_transferring, disclosure, export, import, instances_accessed,
    instances_transferred, order_record, patient_record, procedure_record, query, study_deleted,
};

use crate::audit::{
    Action, ActiveParticipant, AuditMessage, AuditSource, Coded, CodedRef, EventIdentification,
    Human, Outcome, Participant, ParticipantObject,
};
use crate::codes;

impl AuditMessage {
    /// An event of one kind, without participants and objects.
    pub fn of(event: CodedRef, action: Action) -> AuditMessage {
        AuditMessage {
            event: EventIdentification::new(event, action),
            participants: Vec::new(),
            source: AuditSource::default(),
            objects: Vec::new(),
        }
    }

    /// With one more EventTypeCode.
    #[must_use]
    pub fn typed(mut self, kind: impl Into<Coded>) -> AuditMessage {
        self.event.types.push(kind.into());
        self
    }

    /// With one more ActiveParticipant.
    #[must_use]
    pub fn by(mut self, participant: impl Into<ActiveParticipant>) -> AuditMessage {
        self.participants.push(participant.into());
        self
    }

    /// With these objects as well.
    #[must_use]
    pub fn about(mut self, objects: impl IntoIterator<Item = ParticipantObject>) -> AuditMessage {
        self.objects.extend(objects);
        self
    }

    /// With one more PurposeOfUse (ATNA-R-042).
    #[must_use]
    pub fn for_purpose(mut self, purpose: Coded) -> AuditMessage {
        self.event.purposes_of_use.push(purpose);
        self
    }

    /// As a failure; the reason in codes and places, never patient data (ATNA-R-043).
    #[must_use]
    pub fn failed(mut self, outcome: Outcome, reason: impl Into<String>) -> AuditMessage {
        self.event.outcome = outcome;
        self.event.outcome_description = Some(reason.into());
        self
    }
}

impl From<&Human> for ActiveParticipant {
    fn from(human: &Human) -> ActiveParticipant {
        human.active()
    }
}

/// This process, in the role of Application.
pub fn application(name: &str) -> ActiveParticipant {
    ActiveParticipant {
        user_id: name.to_owned(),
        alternative_user_id: Some(std::process::id().to_string()),
        roles: vec![codes::ROLE_APPLICATION.to_coded()],
        ..ActiveParticipant::default()
    }
}

/// Application Activity, Application Start (PS3.15 A.5.3.1). Add who launched it with
/// [`AuditMessage::by`] and role 110151.
pub fn application_started(name: &str) -> AuditMessage {
    application_activity(name, codes::TYPE_APPLICATION_START)
}

/// Application Activity, Application Stop (PS3.15 A.5.3.1).
pub fn application_stopped(name: &str) -> AuditMessage {
    application_activity(name, codes::TYPE_APPLICATION_STOP)
}

fn application_activity(name: &str, kind: CodedRef) -> AuditMessage {
    AuditMessage::of(codes::EVENT_APPLICATION_ACTIVITY, Action::Execute)
        .typed(kind)
        .by(application(name))
}

/// Audit Log Used (PS3.15 A.5.3.2, ATNA-R-028): who read the log at this URI.
pub fn audit_log_used(who: &Human, log: &str) -> AuditMessage {
    AuditMessage::of(codes::EVENT_AUDIT_LOG_USED, Action::Read)
        .by(who)
        .about([ParticipantObject::audit_log(log)])
}

/// How a session of a user begins or ends (PS3.15 A.5.3.12).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Session {
    /// 110122, requested by the user.
    Login,
    /// 110123, requested by the user.
    Logout,
    /// 110123 by the system after inactivity: the user is not the requestor (ITI TF-2 3.20.4.1.1.1).
    TimedOut,
}

/// User Authentication (PS3.15 A.5.3.12): the user, and the node that judged, 0..1. A refused login
/// is the same message [`AuditMessage::failed`].
pub fn user_authentication(user: &Human, node: Option<&Participant>, how: Session) -> AuditMessage {
    let kind = match how {
        Session::Login => codes::TYPE_LOGIN,
        Session::Logout | Session::TimedOut => codes::TYPE_LOGOUT,
    };
    let user = ActiveParticipant {
        is_requestor: how != Session::TimedOut,
        ..user.into()
    };
    let mut message = AuditMessage::of(codes::EVENT_USER_AUTHENTICATION, Action::Execute)
        .typed(kind)
        .by(user);
    let judge = node.map(|node| ActiveParticipant {
        is_requestor: false,
        ..node.active(codes::ROLE_APPLICATION, true)
    });
    message.participants.extend(judge);
    message
}

/// The EventTypeCodes of a security alert (PS3.15 A.5.3.11).
pub const ALERTS: &[CodedRef] = &[
    codes::TYPE_NODE_AUTHENTICATION,
    codes::TYPE_EMERGENCY_OVERRIDE_STARTED,
    codes::TYPE_EMERGENCY_OVERRIDE_STOPPED,
    codes::TYPE_NETWORK_CONFIGURATION,
    codes::TYPE_SECURITY_CONFIGURATION,
    codes::TYPE_HARDWARE_CONFIGURATION,
    codes::TYPE_SOFTWARE_CONFIGURATION,
    codes::TYPE_USE_OF_RESTRICTED_FUNCTION,
    codes::TYPE_AUDIT_RECORDING_STOPPED,
    codes::TYPE_AUDIT_RECORDING_STARTED,
    codes::TYPE_OBJECT_SECURITY_CHANGED,
    codes::TYPE_SECURITY_ROLES_CHANGED,
    codes::TYPE_USER_SECURITY_CHANGED,
    codes::TYPE_AUTHENTICATION_DECISION,
    codes::TYPE_AUTHORIZATION_DECISION,
    codes::TYPE_ACCESS_CONTROL_DECISION,
];

/// Security Alert (PS3.15 A.5.3.11) of one of the [`ALERTS`]: who reports it (the requestor), about which node or user
/// ([`ParticipantObject::node`], [`ParticipantObject::user`]), and what happened, in plain words.
/// Add who did it with [`AuditMessage::by`].
pub fn security_alert(
    kind: CodedRef,
    reporter: impl Into<ActiveParticipant>,
    subject: ParticipantObject,
    description: &str,
) -> AuditMessage {
    let reporter = ActiveParticipant {
        is_requestor: true,
        ..reporter.into()
    };
    AuditMessage::of(codes::EVENT_SECURITY_ALERT, Action::Execute)
        .typed(kind)
        .by(reporter)
        .about([subject.detail("Alert Description", description.as_bytes())])
}

/// Emergency override ("break glass") started (110127): who claims it, over whose data, and why.
/// Security Alert; the patient is named beside the user.
pub fn emergency_override_started(user: &Human, patient: &str, reason: &str) -> AuditMessage {
    emergency(
        codes::TYPE_EMERGENCY_OVERRIDE_STARTED,
        user,
        patient,
        reason,
    )
}

/// The emergency override ended (110138).
pub fn emergency_override_stopped(user: &Human, patient: &str, reason: &str) -> AuditMessage {
    emergency(
        codes::TYPE_EMERGENCY_OVERRIDE_STOPPED,
        user,
        patient,
        reason,
    )
}

fn emergency(kind: CodedRef, user: &Human, patient: &str, reason: &str) -> AuditMessage {
    let subject = ParticipantObject::user(&user.user_id);
    security_alert(kind, user, subject, reason).about([ParticipantObject::patient(patient)])
}

/// Network Entry (PS3.15 A.5.3.9): a mobile machine joined (`true`) or left the network.
pub fn network_entry(node: &Participant, attached: bool) -> AuditMessage {
    let kind = match attached {
        true => codes::TYPE_ATTACH,
        false => codes::TYPE_DETACH,
    };
    let node = ActiveParticipant {
        is_requestor: false,
        roles: Vec::new(),
        ..node.active(codes::ROLE_APPLICATION, true)
    };
    AuditMessage::of(codes::EVENT_NETWORK_ENTRY, Action::Execute)
        .typed(kind)
        .by(node)
}
