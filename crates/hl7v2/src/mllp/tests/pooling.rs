//! The pool: reconnecting, and what becomes of messages when connections break.

use super::quick;
use crate::mllp::{Error, Health, Limits, Pool, Reader};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;
use tokio::io::{DuplexStream, duplex};
use tokio::time::{Instant, sleep};

/// How a connection behaves: how many messages it answers, and whether it then takes one more before it closes.
#[derive(Clone, Copy)]
struct Manners {
    answers: usize,
    swallows: bool,
}

const FAITHFUL: Manners = Manners {
    answers: usize::MAX,
    swallows: false,
};

async fn behave(stream: DuplexStream, manners: Manners) {
    let mut reader = Reader::new(stream, Limits::default());
    for _ in 0..manners.answers {
        let Ok(Some(message)) = reader.read_frame().await else {
            return;
        };
        sleep(Duration::from_millis(5)).await;
        reader.write_frame(&message).await.unwrap();
    }
    if manners.swallows {
        let _taken = reader.read_frame().await;
    }
}

/// A pool whose connections behave one after the other as told, the last for good; and how many were opened.
fn pool(
    size: usize,
    limits: Limits,
    manners: &[Manners],
) -> (Pool<DuplexStream>, Arc<AtomicUsize>) {
    let opened = Arc::new(AtomicUsize::new(0));
    let (count, manners) = (Arc::clone(&opened), manners.to_vec());
    let pool = Pool::new(size, limits, move || {
        let number = count.fetch_add(1, SeqCst);
        let manners = manners[number.min(manners.len() - 1)];
        async move {
            let (near, far) = duplex(4096);
            tokio::spawn(behave(far, manners));
            Ok(near)
        }
    });
    (pool, opened)
}

#[tokio::test]
async fn one_caller_uses_one_connection_and_many_use_all() {
    let (pool, opened) = pool(3, Limits::default(), &[FAITHFUL]);
    for _ in 0..5 {
        assert_eq!(pool.exchange(b"a".to_vec()).await.unwrap(), b"a");
    }
    assert_eq!(opened.load(SeqCst), 1);
    let many = (0..50).map(|number: u32| {
        let (pool, text) = (&pool, number.to_string().into_bytes());
        async move { pool.exchange(text.clone()).await.unwrap() == text }
    });
    let right = futures_util::future::join_all(many).await;
    assert!(right.into_iter().all(|right| right));
    let expected = Health {
        open: 3,
        size: 3,
        in_flight: 0,
        failures: 0,
    };
    assert_eq!((opened.load(SeqCst), pool.health()), (3, expected));
    pool.close().await;
    assert_eq!(pool.health().open, 0);
    assert!(matches!(
        pool.exchange(b"a".to_vec()).await,
        Err(Error::Closed)
    ));
}

#[tokio::test]
async fn a_connection_the_server_closed_is_opened_again() {
    let once = Manners {
        answers: 1,
        swallows: false,
    };
    let (pool, opened) = pool(1, Limits::default(), &[once]);
    for _ in 0..3 {
        assert_eq!(pool.exchange(b"a".to_vec()).await.unwrap(), b"a");
        sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(opened.load(SeqCst), 3);
}

#[tokio::test]
async fn a_message_that_may_have_arrived_is_not_sent_again() {
    let swallowing = Manners {
        answers: 0,
        swallows: true,
    };
    let (pool, opened) = pool(1, Limits::default(), &[swallowing, FAITHFUL]);
    let lost = pool.exchange(b"a".to_vec()).await;
    assert!(matches!(lost, Err(Error::Unanswered(_))), "{lost:?}");
    assert_eq!(opened.load(SeqCst), 1);
    assert_eq!(pool.exchange(b"b".to_vec()).await.unwrap(), b"b");
}

#[tokio::test]
async fn an_idempotent_message_is_sent_again_as_often_as_allowed() {
    let swallowing = Manners {
        answers: 0,
        swallows: true,
    };
    let broken = [swallowing, swallowing, FAITHFUL];
    let (never, _) = pool(1, Limits::default(), &broken);
    let lost = never.exchange_idempotent(b"a".to_vec(), 1).await;
    assert!(matches!(lost, Err(Error::Unanswered(_))));
    let (twice, opened) = pool(1, Limits::default(), &broken);
    let answer = twice.exchange_idempotent(b"a".to_vec(), 2).await;
    assert_eq!(answer.unwrap(), b"a");
    assert_eq!(opened.load(SeqCst), 3);
}

#[tokio::test]
async fn a_server_that_is_down_is_tried_with_pauses_and_found_when_it_is_back() {
    let tried = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&tried);
    let pool = Pool::new(2, Limits::default(), move || {
        let number = count.fetch_add(1, SeqCst);
        async move {
            if number < 4 {
                return Err(io::Error::from(io::ErrorKind::ConnectionRefused));
            }
            let (near, far) = duplex(4096);
            tokio::spawn(behave(far, FAITHFUL));
            Ok(near)
        }
    });
    let begun = Instant::now();
    assert_eq!(pool.exchange(b"a".to_vec()).await.unwrap(), b"a");
    assert!(begun.elapsed() >= Duration::from_millis(150));
    assert_eq!((tried.load(SeqCst), pool.health().failures), (5, 0));
}

#[tokio::test]
async fn without_a_connection_nothing_was_sent() {
    let limits = Limits {
        connect: Duration::from_millis(300),
        ..quick()
    };
    let pool: Pool<DuplexStream> = Pool::new(2, limits, || async {
        Err(io::Error::from(io::ErrorKind::ConnectionRefused))
    });
    let answer = pool.exchange(b"a".to_vec()).await;
    assert!(matches!(answer, Err(Error::NotSent(_))), "{answer:?}");
    assert!((2..10).contains(&pool.health().failures));
}
