//! Registrations whose end the repository does not see, and what it makes of them.

use crate::scripted::{Act, Script};
use crate::support::{REPOSITORY, World, codes, entry, me, source_of, submission, wanted};
use ihe_xds::error::{ErrorCode, RegistryError};
use ihe_xds::metadata::{DocumentEntry, Submission};
use ihe_xds::registry_response::{self, ResponseStatus};
use ihe_xds::store::State;
use ihe_xds::{Reconciliation, RepositoryLimits};
use std::sync::Arc;
use std::time::Duration;

const LOST: [ErrorCode; 1] = [ErrorCode::XdsRegistryNotAvailable];

pub(crate) fn soon() -> Reconciliation {
    Reconciliation {
        patience: Duration::from_secs(60),
        first: Duration::from_millis(50),
        longest: Duration::from_millis(200),
        quiet: Duration::from_secs(3),
    }
}

async fn world(script: &Arc<Script>, when: Reconciliation) -> World {
    let world = World::start_with(
        true,
        |url| script.stand_before(&url),
        |repository| repository.with_reconciliation(when),
    );
    let world = world.await;
    world.admit("P1").await;
    world
}

/// Submits one document; what it was, and what the source was told.
async fn submit(world: &World) -> (DocumentEntry, Submission, Vec<ErrorCode>) {
    let one = entry("P1");
    let sent = submission("P1", vec![one.clone()]);
    let documents = vec![source_of(&one, b"hello")];
    let told = world.source().submit(&me(), sent.clone(), documents).await;
    (one, sent, codes(told))
}

#[tokio::test(flavor = "multi_thread")]
async fn xds_t_055_when_the_answer_is_lost_the_registry_is_asked_and_the_document_kept() {
    let script = Script::new(vec![Act::Lose], vec![]);
    let world = world(&script, soon()).await;
    let (one, _, told) = submit(&world).await;
    assert_eq!(told, LOST);
    world.comes_to(&one, Some(State::Kept)).await;
    let found = world
        .retrieve(vec![wanted(REPOSITORY, &one.unique_id)])
        .await;
    assert!(found.is_ok());
    let asked = world.audit.count("ITI-18", true);
    assert!(
        asked >= 2 && asked % 2 == 0,
        "the repository and the registry record it: {asked}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn xds_t_055_a_registration_that_is_done_after_we_gave_up_keeps_the_document() {
    let script = Script::new(vec![Act::Delay(Duration::from_millis(1500))], vec![]);
    let patience = Duration::from_millis(300);
    let world = world(&script, Reconciliation { patience, ..soon() }).await;
    let (one, _, told) = submit(&world).await;
    assert_eq!(told, LOST);
    assert_eq!(world.state(&one).await, Some(State::Pending));
    world.comes_to(&one, Some(State::Kept)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_registry_may_take_longer_than_a_sender_may_be_silent() {
    let script = Script::new(vec![Act::Delay(Duration::from_millis(2500))], vec![]);
    let short = RepositoryLimits {
        idle: Duration::from_secs(1),
        ..RepositoryLimits::default()
    };
    let world = World::start_with(
        true,
        |url| script.stand_before(&url),
        |repository| {
            repository
                .with_limits(short)
                .with_registry_limits(RepositoryLimits::default())
        },
    );
    let world = world.await;
    world.admit("P1").await;
    let one = entry("P1");
    let documents = vec![source_of(&one, b"hello")];
    let sent = submission("P1", vec![one.clone()]);
    world.source().submit(&me(), sent, documents).await.unwrap();
    assert_eq!(world.state(&one).await, Some(State::Kept));
}

#[tokio::test(flavor = "multi_thread")]
async fn xds_t_055_what_never_came_to_the_registry_is_removed_after_the_quiet_time() {
    let script = Script::new(vec![Act::Swallow], vec![]);
    let world = world(&script, soon()).await;
    let began = std::time::Instant::now();
    let (one, _, told) = submit(&world).await;
    assert_eq!(told, LOST);
    assert_eq!(world.state(&one).await, Some(State::Pending));
    world.comes_to(&one, None).await;
    assert!(began.elapsed() >= soon().quiet);
    assert!(world.is_empty().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn xds_t_055_while_the_registry_is_down_nothing_is_decided() {
    let script = Script::new(vec![Act::Swallow], vec![Act::Swallow]);
    let when = Reconciliation {
        quiet: Duration::from_millis(100),
        ..soon()
    };
    let world = world(&script, when).await;
    let (one, _, told) = submit(&world).await;
    assert_eq!(told, LOST);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(world.state(&one).await, Some(State::Pending));
    assert!(world.audit.count("ITI-18", false) >= 1, "it was asked");
    script.answer_queries();
    world.comes_to(&one, None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn xds_t_055_a_source_that_sends_it_again_meanwhile_loses_nothing() {
    let script = Script::new(vec![Act::Swallow, Act::Pass], vec![]);
    let world = world(&script, soon()).await;
    let (one, sent, told) = submit(&world).await;
    assert_eq!(told, LOST);
    let again = vec![source_of(&one, b"hello")];
    world.source().submit(&me(), sent, again).await.unwrap();
    assert_eq!(world.state(&one).await, Some(State::Kept));
    tokio::time::sleep(soon().quiet + Duration::from_secs(1)).await;
    assert_eq!(world.state(&one).await, Some(State::Kept));
    assert_eq!(world.files("objects").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn xds_t_055_the_second_attempt_refused_as_a_duplicate_does_not_remove_the_first() {
    let script = Script::new(vec![Act::Lose, Act::Pass], vec![Act::Swallow]);
    let world = world(&script, soon()).await;
    let (one, sent, told) = submit(&world).await;
    assert_eq!(told, LOST);
    let again = vec![source_of(&one, b"hello")];
    let refused = world.source().submit(&me(), sent, again).await;
    let told = codes(refused);
    assert!(
        told.contains(&ErrorCode::XdsDuplicateUniqueIdInRegistry),
        "{told:?}"
    );
    assert_eq!(world.state(&one).await, Some(State::Pending));
    script.answer_queries();
    world.comes_to(&one, Some(State::Kept)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn xds_t_055_an_unreadable_answer_and_a_fault_decide_nothing_either() {
    let fault = "<s:Fault><s:Code><s:Value>s:Receiver</s:Value></s:Code><s:Reason>\
                 <s:Text xml:lang=\"en\">no</s:Text></s:Reason></s:Fault>";
    let unreadable = [
        Act::Say("<nonsense/>".into()),
        Act::Say(fault.into()),
        Act::Raw("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"),
    ];
    for act in unreadable {
        let script = Script::new(vec![act], vec![]);
        let world = world(&script, soon()).await;
        let (one, _, told) = submit(&world).await;
        assert_eq!(told, LOST);
        assert_eq!(world.state(&one).await, Some(State::Pending));
    }
}

fn say(errors: &[RegistryError], status: ResponseStatus) -> Act {
    Act::Say(registry_response::encode(errors, status))
}

#[tokio::test(flavor = "multi_thread")]
async fn xds_t_055_all_errors_and_warnings_of_the_registry_are_passed_on() {
    let errors = [
        RegistryError::error(ErrorCode::XdsUnknownPatientId, "P1^^^&1.2&ISO").at("here"),
        RegistryError::error(ErrorCode::Other("LocalRule".into()), "why"),
        RegistryError::warning(ErrorCode::XdsExtraMetadataNotSaved, "urn:x"),
    ];
    let script = Script::new(vec![say(&errors, ResponseStatus::Failure)], vec![]);
    let world = world(&script, soon()).await;
    let (one, _, told) = submit(&world).await;
    assert_eq!(told, errors.clone().map(|error| error.code));
    assert_eq!(world.state(&one).await, None);
    assert!(world.is_empty().await);
    let script = Script::new(vec![say(&errors[2..], ResponseStatus::Success)], vec![]);
    let world = self::world(&script, soon()).await;
    let one = entry("P1");
    let sent = submission("P1", vec![one.clone()]);
    let documents = vec![source_of(&one, b"hello")];
    let warnings = world.source().submit(&me(), sent, documents).await.unwrap();
    assert_eq!(warnings, errors[2..]);
    assert_eq!(world.state(&one).await, Some(State::Kept));
}

#[tokio::test(flavor = "multi_thread")]
async fn xds_t_055_a_registry_that_broke_is_asked_before_anything_is_removed() {
    let broke = RegistryError::error(ErrorCode::XdsRegistryError, "internal");
    let script = Script::new(vec![say(&[broke], ResponseStatus::Failure)], vec![]);
    let world = world(&script, soon()).await;
    let (one, _, told) = submit(&world).await;
    assert_eq!(told, [ErrorCode::XdsRegistryError]);
    assert_eq!(world.state(&one).await, Some(State::Pending));
    world.comes_to(&one, None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn xds_t_054_a_document_can_be_retrieved_before_its_registration_is_answered() {
    let script = Script::new(vec![Act::Delay(Duration::from_secs(2))], vec![]);
    let world = world(&script, soon()).await;
    let one = entry("P1");
    let sent = submission("P1", vec![one.clone()]);
    let source = world.source();
    let (me, documents) = (me(), vec![source_of(&one, b"hello")]);
    let submitting = source.submit(&me, sent, documents);
    let retrieving = async {
        script.arrived.notified().await;
        let found = world
            .retrieve(vec![wanted(REPOSITORY, &one.unique_id)])
            .await;
        (found.unwrap(), world.state(&one).await)
    };
    let (told, (found, state)) = tokio::join!(submitting, retrieving);
    assert!(found.envelope.body.contains("Success"));
    assert_eq!(state, Some(State::Pending));
    assert!(told.is_ok());
    assert_eq!(world.state(&one).await, Some(State::Kept));
}
