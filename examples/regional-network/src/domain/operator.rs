//! The operator's door: a socket in the data directory, for whoever owns it. One order a connection.

use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ihe_pix::identity::By;
use ihe_pix::{IdentityStore, PixManager, Shelf};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::paths;
use crate::failure::{Context, Failure, Result};
use crate::wire::{Order, Reply};

/// Bytes of an order
const ORDER: u64 = 64 * 1024;
/// Bytes of an answer: a thousand reviews with long addresses
const ANSWER: u64 = 64 * 1024 * 1024;
/// How long a client may take to ask, and to take the answer
const WAIT: Duration = Duration::from_secs(10);
/// How long a client waits for the answer
const PATIENCE: Duration = Duration::from_secs(60);
/// Orders in hand at a time
const CONNECTIONS: usize = 16;
/// Bytes of a socket's path on Linux
const PATH: usize = 107;

/// An open door; its socket goes with it
pub(super) struct Door {
    listener: UnixListener,
    path: PathBuf,
    owner: u32,
}

impl Door {
    /// Makes the socket. The directory is locked: one that is there is a dead server's.
    pub(super) fn open(data: &Path) -> Result<Door> {
        let path = data.join(paths::OPERATOR);
        if path.as_os_str().len() > PATH {
            return Err(Failure::new(format!(
                "{}: a socket's path has at most {PATH} bytes; choose a shorter --data",
                path.display()
            )));
        }
        let open = || -> io::Result<(UnixListener, u32)> {
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let listener = UnixListener::bind(&path)?;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
            Ok((listener, std::fs::metadata(&path)?.uid()))
        };
        let (listener, owner) = open().context(path.display())?;
        Ok(Door {
            listener,
            path,
            owner,
        })
    }

    /// Takes orders until `stop`, then finishes those in hand
    pub(super) async fn serve<S: IdentityStore + Shelf>(
        self,
        manager: Arc<PixManager<S>>,
        stop: CancellationToken,
    ) -> Result<()> {
        let places = Arc::new(Semaphore::new(CONNECTIONS));
        let mut orders = tokio::task::JoinSet::new();
        loop {
            let accepted = tokio::select! {
                () = stop.cancelled() => break,
                accepted = accept(&self.listener, &places) => accepted,
            };
            while orders.try_join_next().is_some() {}
            let Some((stream, place)) = accepted else {
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            };
            let (manager, owner) = (manager.clone(), self.owner);
            orders.spawn(async move {
                if let Err(error) = converse(&manager, stream, owner).await {
                    tracing::warn!(%error, "operator's door");
                }
                drop(place);
            });
        }
        orders.join_all().await;
        Ok(())
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

type Place = tokio::sync::OwnedSemaphorePermit;

/// A connection, as soon as there is a place for it
async fn accept(listener: &UnixListener, places: &Arc<Semaphore>) -> Option<(UnixStream, Place)> {
    let place = places.clone().acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, _)) => Some((stream, place)),
        Err(error) => {
            tracing::warn!(%error, "operator's door");
            None
        }
    }
}

async fn converse<S: IdentityStore + Shelf>(
    manager: &PixManager<S>,
    mut stream: UnixStream,
    owner: u32,
) -> io::Result<()> {
    let uid = stream.peer_cred()?.uid();
    let reply = if uid != owner && uid != 0 {
        Reply::Denied("only the user who runs `serve` may do this".into())
    } else {
        let asked = tokio::time::timeout(WAIT, line(&mut stream, ORDER)).await;
        let asked = asked.map_err(|_| io::ErrorKind::TimedOut)??;
        match serde_json::from_slice::<Order>(&asked) {
            Ok(order) => answer(manager, &order, user(uid).await).await,
            // serde's text could quote what was asked.
            Err(error) => Reply::Denied(format!("not an order (column {})", error.column())),
        }
    };
    let mut bytes = serde_json::to_vec(&reply)?;
    bytes.push(b'\n');
    let write = async {
        stream.write_all(&bytes).await?;
        stream.shutdown().await
    };
    let written = tokio::time::timeout(WAIT, write).await;
    written.map_err(|_| io::ErrorKind::TimedOut)?
}

/// Does one order: beside a running server and without one
async fn answer<S: IdentityStore + Shelf>(
    manager: &PixManager<S>,
    order: &Order,
    user: String,
) -> Reply {
    let request = match order.request() {
        Ok(request) => request,
        Err(text) => return Reply::Denied(text),
    };
    let who = match &order.human {
        Some(human) => format!("{human} (as {user})"),
        None => user,
    };
    let by = By::new(who, &order.reason);
    Reply::of(manager.operate(&by, request).await, order.shows())
}

/// Does one order on a manager of our own, as ourselves
pub(super) async fn answer_here<S: IdentityStore + Shelf>(
    manager: &PixManager<S>,
    order: &Order,
) -> Reply {
    let uid = nix::unistd::Uid::effective().as_raw();
    answer(manager, order, user(uid).await).await
}

/// Asks the server that has this directory
pub(crate) async fn ask(data: &Path, order: &Order) -> Result<Reply> {
    let path = data.join(paths::OPERATOR);
    let mut stream = UnixStream::connect(&path).await.context(format!(
        "{} (is `serve --data` running there, and as this user?)",
        path.display()
    ))?;
    let mut bytes = serde_json::to_vec(order).context("the order")?;
    bytes.push(b'\n');
    let talk = async {
        stream.write_all(&bytes).await?;
        line(&mut stream, ANSWER).await
    };
    let answered = tokio::time::timeout(PATIENCE, talk).await;
    let answered = answered
        .context("no answer from the server; whether it was done, `history` says")?
        .context(path.display())?;
    serde_json::from_slice(&answered)
        .map_err(|_| Failure::new("the server's answer is not understood; is it of this release?"))
}

/// One line without its end, of at most so many bytes
async fn line(stream: &mut UnixStream, most: u64) -> io::Result<Vec<u8>> {
    let mut line = Vec::new();
    let mut reader = BufReader::new(stream.take(most));
    reader.read_until(b'\n', &mut line).await?;
    match line.pop() {
        Some(b'\n') => Ok(line),
        _ => Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "no whole line, or too long a one",
        )),
    }
}

/// The name of a user of this system, who may be known to a directory service only
async fn user(uid: u32) -> String {
    let find = move || nix::unistd::User::from_uid(uid.into()).ok().flatten();
    let found = tokio::task::spawn_blocking(find).await.ok().flatten();
    found.map_or_else(|| format!("uid {uid}"), |user| user.name)
}
