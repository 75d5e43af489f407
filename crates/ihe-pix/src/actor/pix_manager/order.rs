//! Messages of one connection are in hand at the same time, and yet feeds are applied in the order of arrival.

use std::future::Future;
use std::task::{Context, Poll, Waker};

use futures_util::future::join_all;

/// A future that has begun: everything before its first wait is done when this returns. A store takes its place in the
/// queue in the first poll of `apply`, so whoever begins first is first, whatever the executor does later.
pub(in crate::actor) fn begun<F>(future: F) -> impl Future<Output = F::Output> + Send
where
    F: Future<Output: Send> + Send + 'static,
{
    let mut future = Box::pin(future);
    // Nobody is woken by this poll: the future is polled again before it is waited for.
    let first = future
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()));
    async move {
        match first {
            Poll::Ready(output) => output,
            Poll::Pending => future.await,
        }
    }
}

/// All of them, begun one after the other before the first is waited for.
pub(super) async fn all<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut begun = Vec::new();
    for future in futures {
        let mut future = Box::pin(future);
        let first = future
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()));
        begun.push(async move {
            match first {
                Poll::Ready(output) => output,
                Poll::Pending => future.await,
            }
        });
    }
    join_all(begun).await
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
