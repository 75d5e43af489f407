//! ITI-20 sending over UDP (RFC 5426): one message a datagram, cut where it is longer than one may
//! be (ATNA-R-023). What the network drops is lost; a port nobody listens on is noticed when its
//! host says so, and then the datagrams before are sent again.

use std::io;
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::time::sleep;

use crate::spool::segment::Batch;
use crate::spool::sender::{End, Sender};

/// Datagrams sent in one go, so that a receiver's buffer can follow.
const BURST: usize = 32;
/// Pause after a burst; also the time a host has to say that nobody listens.
const PAUSE: Duration = Duration::from_millis(2);

/// Sends until the node stops or the host refuses.
pub(crate) async fn run(sender: &mut Sender) -> io::Result<End> {
    let socket = open(sender).await?;
    sender.reached();
    loop {
        if !sender.something_to_send().await {
            return Ok(End::Stopped);
        }
        let batch = sender.batch(sender.at).await?;
        if batch.messages.is_empty() {
            sender.step(&batch).await;
            continue;
        }
        send(sender, &socket, &batch).await?;
    }
}

async fn open(sender: &Sender) -> io::Result<UdpSocket> {
    let to = &sender.destination;
    let mut last = io::Error::new(io::ErrorKind::NotFound, "no address");
    for address in tokio::net::lookup_host((to.host.as_str(), to.port)).await? {
        let any = if address.is_ipv4() {
            "0.0.0.0:0"
        } else {
            "[::]:0"
        };
        let socket = UdpSocket::bind(any).await?;
        match socket.connect(address).await {
            Ok(()) => return Ok(socket),
            Err(error) => last = error,
        }
    }
    Err(last)
}

async fn send(sender: &mut Sender, socket: &UdpSocket, batch: &Batch) -> io::Result<()> {
    let limit = sender.shared.limits.datagram;
    for (messages, ends) in batch.messages.chunks(BURST).zip(batch.ends.chunks(BURST)) {
        for (index, message) in messages.iter().enumerate() {
            let whole = cut(message, limit);
            if whole.len() < message.len() {
                tracing::warn!(bytes = message.len(), "audit record cut for a datagram");
                sender.shared.state().cut += 1;
            }
            let sent = socket.send(whole).await.and_then(|_| refused(socket));
            if let Err(error) = sent {
                // The refusal may be about the datagram before.
                sender.sent(&ends[..index.saturating_sub(1)]).await;
                sender.settle(false).await;
                return Err(error);
            }
        }
        sleep(PAUSE).await;
        refused(socket)?;
        sender.sent(ends).await;
        sender.settle(false).await;
    }
    Ok(())
}

fn refused(socket: &UdpSocket) -> io::Result<()> {
    socket.take_error()?.map_or(Ok(()), Err)
}

/// The message up to the limit, not in the middle of a character.
fn cut(message: &[u8], limit: usize) -> &[u8] {
    if message.len() <= limit {
        return message;
    }
    let continues = |at: &usize| message[*at] & 0xc0 == 0x80;
    let end = (0..=limit).rev().find(|at| !continues(at)).unwrap_or(0);
    &message[..end]
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn atna_r_023_a_message_is_cut_between_characters() {
        let text = "abc患者".as_bytes();
        assert_eq!(cut(text, 9), text);
        assert_eq!(cut(text, 8), "abc患".as_bytes());
        assert_eq!(cut(text, 6), "abc患".as_bytes());
        assert_eq!(cut(text, 5), b"abc");
        assert_eq!(cut(text, 0), b"");
    }
}
