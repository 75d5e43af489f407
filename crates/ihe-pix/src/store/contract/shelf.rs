//! Durable notes.

use chrono::{TimeDelta, Utc};

use crate::store::{Note, Shelf};

const KIND: &str = "contract";

pub(super) async fn check<S: Shelf>(fresh: &impl AsyncFn() -> S) {
    a_note_is_kept_replaced_and_removed(&fresh().await).await;
    a_note_that_has_expired_is_gone(&fresh().await).await;
}

pub(super) fn note(key: &str, value: &[u8], seconds: Option<i64>) -> Note {
    Note {
        kind: KIND,
        key: key.into(),
        value: value.into(),
        expires: seconds.map(|seconds| Utc::now() + TimeDelta::seconds(seconds)),
    }
}

pub(super) async fn value<S: Shelf>(store: &S, key: &str) -> Option<Vec<u8>> {
    store.note(KIND, key).await.expect("the store answers")
}

async fn a_note_is_kept_replaced_and_removed<S: Shelf>(store: &S) {
    assert_eq!(value(store, "a\0b").await, None);
    let put = async |note| store.put(note).await.expect("kept");
    put(note("a\0b", b"\0one", None)).await;
    put(note("b", b"other", Some(60))).await;
    put(note("a\0b", b"two", Some(60))).await;
    assert_eq!(
        value(store, "a\0b").await.as_deref(),
        Some(b"two".as_slice())
    );
    let elsewhere = store.note("another kind", "b").await;
    assert_eq!(
        elsewhere.expect("answers"),
        None,
        "the kind is part of the name"
    );
    store.remove(KIND, "a\0b").await.expect("removed");
    store
        .remove(KIND, "a\0b")
        .await
        .expect("no error when it is not there");
    assert_eq!(value(store, "a\0b").await, None);
    assert_eq!(
        value(store, "b").await.as_deref(),
        Some(b"other".as_slice())
    );
}

async fn a_note_that_has_expired_is_gone<S: Shelf>(store: &S) {
    let put = async |note| store.put(note).await.expect("kept");
    put(note("old", b"old", Some(-1))).await;
    assert_eq!(value(store, "old").await, None);
    put(note("for ever", b"1", None)).await;
    put(note("new", b"2", Some(60))).await;
    assert_eq!(value(store, "old").await, None);
    assert_eq!(
        value(store, "for ever").await.as_deref(),
        Some(b"1".as_slice())
    );
    assert_eq!(value(store, "new").await.as_deref(), Some(b"2".as_slice()));
}
