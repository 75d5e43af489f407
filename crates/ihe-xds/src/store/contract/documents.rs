//! What every [`DocumentStore`] must do.

use crate::store::{
    Arrival, Content, Difference, DocumentStore, DocumentWriter, Fate, PutError, SetId, Staged,
    StagedOf, State, Ticket,
};
use bytes::Bytes;
use futures_util::StreamExt;
use std::io::Read;

/// SHA-1 of `abc`.
const ABC: &str = "a9993e364706816aba3e25717850c26c9cd0d89d";

/// Runs the whole contract; `fresh` makes an empty store each time.
///
/// # Panics
/// When the store breaks the contract.
pub async fn document_store<D: DocumentStore>(fresh: impl AsyncFn() -> D) {
    receives_what_was_written(&fresh().await).await;
    keeps_and_drops(&fresh().await).await;
    keeps_one_copy_of_the_same_content(&fresh().await).await;
    refuses_other_content_as_a_whole(&fresh().await).await;
    remembers_what_is_pending(&fresh().await).await;
    sets_damaged_documents_aside(&fresh().await).await;
    pages_through_all_documents(&fresh().await).await;
}

fn set(number: u32) -> SetId {
    SetId {
        entry_uuid: format!("urn:uuid:00000000-0000-4000-8000-{number:012}"),
        unique_id: format!("1.2.3.{number}"),
    }
}

async fn arrival<D: DocumentStore>(
    store: &D,
    unique_id: &str,
    content: &[u8],
) -> Arrival<StagedOf<D>> {
    let mut writer = store.begin().await.unwrap();
    for chunk in content.chunks(100_000) {
        let chunk = Bytes::copy_from_slice(chunk);
        writer.write(chunk).await.unwrap();
    }
    Arrival {
        entry_uuid: format!("urn:uuid:{unique_id}"),
        unique_id: unique_id.to_owned(),
        mime_type: "text/plain".to_owned(),
        staged: writer.finish().await.unwrap(),
    }
}

async fn put<D: DocumentStore>(store: &D, unique_id: &str, content: &[u8]) -> Ticket {
    let arrival = arrival(store, unique_id, content).await;
    store.put(set(1), vec![arrival]).await.unwrap()
}

async fn bytes_of(content: Content) -> Option<Vec<u8>> {
    let mut all = Vec::new();
    match content {
        Content::Withheld => return None,
        Content::Bytes(bytes) => all.extend_from_slice(&bytes),
        Content::File { mut file, size } => {
            file.read_to_end(&mut all).unwrap();
            assert_eq!(all.len() as u64, size);
        }
        Content::Stream { size, mut chunks } => {
            while let Some(chunk) = chunks.next().await {
                all.extend_from_slice(&chunk.unwrap());
            }
            assert_eq!(all.len() as u64, size);
        }
    }
    Some(all)
}

async fn read<D: DocumentStore>(store: &D, unique_id: &str) -> Option<Vec<u8>> {
    bytes_of(store.open(unique_id).await.unwrap()?.content).await
}

async fn state<D: DocumentStore>(store: &D, unique_id: &str) -> Option<State> {
    let found = store.open(unique_id).await.unwrap();
    found.map(|document| document.held.state)
}

/// Small, large and empty contents come back with their size, hash and MIME type.
async fn receives_what_was_written<D: DocumentStore>(store: &D) {
    let staged = arrival(store, "1.1", b"abc").await;
    assert_eq!((staged.staged.hash(), staged.staged.size()), (ABC, 3));
    let large: Vec<u8> = (0..1_000_003_u32).map(|n| (n % 251) as u8).collect();
    let documents = vec![
        staged,
        arrival(store, "1.2", &large).await,
        arrival(store, "1.3", b"").await,
    ];
    store.put(set(1), documents).await.unwrap();
    let found = store.open("1.1").await.unwrap().unwrap();
    assert_eq!((found.held.hash.as_str(), found.held.size), (ABC, 3));
    assert_eq!(found.held.mime_type, "text/plain");
    assert_eq!(bytes_of(found.content).await.unwrap(), b"abc");
    assert!(read(store, "1.2").await.unwrap() == large);
    assert_eq!(read(store, "1.3").await.unwrap(), b"");
    assert!(store.open("1.4").await.unwrap().is_none());
}

/// Pending documents are given out; what the registry took stays, what it refused goes.
async fn keeps_and_drops<D: DocumentStore>(store: &D) {
    for (content, unique_ids) in [
        (vec![7; 9], ["1.1", "1.2"]),
        (vec![7; 99_999], ["1.3", "1.4"]),
    ] {
        let kept = put(store, unique_ids[0], &content).await;
        let dropped = put(store, unique_ids[1], &content).await;
        assert_eq!(state(store, unique_ids[0]).await, Some(State::Pending));
        store.settle(kept, Fate::Keep).await.unwrap();
        store.settle(dropped, Fate::Drop).await.unwrap();
        assert_eq!(state(store, unique_ids[0]).await, Some(State::Kept));
        assert!(store.open(unique_ids[1]).await.unwrap().is_none());
        store.settle(kept, Fate::Drop).await.unwrap();
        assert!(
            read(store, unique_ids[0]).await.unwrap() == content,
            "settled once"
        );
    }
}

/// XDS-T-056: the same content again is no second copy, and goes when the last that brought it is refused.
async fn keeps_one_copy_of_the_same_content<D: DocumentStore>(store: &D) {
    let content = vec![7; 99_999];
    let first = put(store, "1.1", &content).await;
    let key = store.open("1.1").await.unwrap().unwrap().held.key;
    let second = put(store, "1.1", &content).await;
    assert!(first < second, "tickets grow");
    assert_eq!(store.open("1.1").await.unwrap().unwrap().held.key, key);
    store.settle(first, Fate::Drop).await.unwrap();
    assert!(
        read(store, "1.1").await.unwrap() == content,
        "the second relies on it"
    );
    store.settle(second, Fate::Drop).await.unwrap();
    assert!(store.open("1.1").await.unwrap().is_none());
    let third = put(store, "1.1", &content).await;
    assert!(third > second, "no ticket is used twice");
    let fourth = put(store, "1.1", &content).await;
    store.settle(third, Fate::Keep).await.unwrap();
    store.settle(fourth, Fate::Drop).await.unwrap();
    assert_eq!(state(store, "1.1").await, Some(State::Kept));
}

/// XDS-T-056: other content under a known uniqueId is refused, with all that came with it.
async fn refuses_other_content_as_a_whole<D: DocumentStore>(store: &D) {
    put(store, "1.1", b"abc").await;
    put(store, "1.2", b"abc").await;
    let documents = vec![
        arrival(store, "1.1", b"abd").await,
        arrival(store, "1.2", b"abcd").await,
        arrival(store, "1.3", b"new").await,
    ];
    let refused = store.put(set(2), documents).await;
    let Err(PutError::Differs(differing)) = refused else {
        panic!("{refused:?}")
    };
    let expected = [("1.1", Difference::Hash), ("1.2", Difference::Size)];
    assert_eq!(differing, expected.map(|(id, how)| (id.to_owned(), how)));
    assert!(store.open("1.3").await.unwrap().is_none());
    assert_eq!(store.pending(None, 10).await.unwrap().len(), 2);
}

/// A pending submission is known with its ids until it is settled.
async fn remembers_what_is_pending<D: DocumentStore>(store: &D) {
    let documents = vec![
        arrival(store, "1.1", b"abc").await,
        arrival(store, "1.2", b"x").await,
    ];
    let first = store.put(set(1), documents).await.unwrap();
    let second = put(store, "1.3", b"y").await;
    let pending = store.pending(None, 10).await.unwrap();
    assert_eq!([pending[0].ticket, pending[1].ticket], [first, second]);
    assert_eq!(pending[0].set, set(1));
    let age = chrono::Utc::now() - pending[0].began;
    assert!(age.num_seconds().abs() < 60);
    let named = &pending[0].documents[0];
    assert_eq!(
        (named.entry_uuid.as_str(), named.unique_id.as_str()),
        ("urn:uuid:1.1", "1.1")
    );
    assert_eq!((named.hash.as_str(), pending[0].documents.len()), (ABC, 2));
    assert_eq!(store.pending(None, 1).await.unwrap().len(), 1);
    assert_eq!(
        store.pending(Some(first), 10).await.unwrap()[0].ticket,
        second
    );
    store.settle(first, Fate::Keep).await.unwrap();
    store.settle(second, Fate::Drop).await.unwrap();
    assert_eq!(store.pending(None, 10).await.unwrap(), []);
}

/// A document in quarantine is not given out until the same content comes again.
async fn sets_damaged_documents_aside<D: DocumentStore>(store: &D) {
    for (unique_id, content) in [("1.1", vec![7; 9]), ("1.2", vec![7; 99_999])] {
        let first = put(store, unique_id, &content).await;
        store.settle(first, Fate::Keep).await.unwrap();
        let held = store.open(unique_id).await.unwrap().unwrap().held;
        store.quarantine(&held).await.unwrap();
        assert_eq!(state(store, unique_id).await, Some(State::Quarantined));
        assert_eq!(read(store, unique_id).await, None);
        let again = put(store, unique_id, &content).await;
        store.quarantine(&held).await.unwrap(); // the old content's news, too late
        assert!(read(store, unique_id).await.unwrap() == content);
        store.settle(again, Fate::Drop).await.unwrap();
        assert_eq!(
            state(store, unique_id).await,
            Some(State::Kept),
            "it was registered"
        );
    }
}

/// All documents, each once, in the order of their uniqueIds, whatever characters these hold.
async fn pages_through_all_documents<D: DocumentStore>(store: &D) {
    let ids = ["../../escape", "1.10", "1.2", "1.2^x'", "é"];
    for id in ids {
        put(store, id, b"x").await;
    }
    let (mut after, mut seen) = (None, Vec::new());
    loop {
        let page = store.documents_after(after, 2).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.unique_id.clone());
        seen.extend(page.into_iter().map(|held| held.unique_id));
    }
    assert_eq!(seen, ids);
}
