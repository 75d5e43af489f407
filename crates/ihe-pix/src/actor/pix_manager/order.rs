//! Messages of one connection are in hand at the same time, and yet feeds are applied in the order of arrival.

use std::future::Future;

use futures_util::future::join_all;
use hl7v2::mllp::begun;

/// All of them, begun one after the other before the first is waited for.
pub(super) async fn all<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let all: Vec<_> = futures.map(begun).collect();
    join_all(all).await
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[tokio::test]
    async fn what_comes_before_the_first_wait_is_done_in_the_order_of_the_calls() {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let futures: Vec<_> = (0..3)
            .map(|n| {
                let seen = seen.clone();
                begun(async move {
                    seen.lock().expect("not poisoned").push(n);
                    tokio::task::yield_now().await;
                    n
                })
            })
            .collect();
        assert_eq!(*seen.lock().expect("not poisoned"), [0, 1, 2]);
        let backwards = futures.into_iter().rev();
        assert_eq!(all(backwards).await, [2, 1, 0], "and each ends");
    }
}
