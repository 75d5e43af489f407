//! Messages of one connection are in hand at the same time, and yet begin in the order of arrival.

use std::future::Future;
use std::task::{Context, Poll, Waker};

/// A future that has begun: everything before its first wait is done when this returns. For handlers of
/// [`serve_stream`](super::serve_stream) with several messages in hand: a store that takes its place in a queue in its
/// first poll gets them in the order of arrival, whatever the executor does later.
pub fn begun<F: Future>(future: F) -> impl Future<Output = F::Output> {
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
