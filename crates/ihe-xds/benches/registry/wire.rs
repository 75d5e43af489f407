//! The registry over HTTP on loopback, in a process of its own on a processor of its own.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use ihe_soap::{Client, Connect, Limits, Outgoing};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use crate::actor;
use crate::measure::{Figures, Round};

/// A server, ended with this.
pub(crate) struct Server {
    process: Child,
    url: String,
}

struct Plain;

impl Connect for Plain {
    type Stream = TcpStream;

    async fn connect(&self, host: &str, port: u16) -> std::io::Result<TcpStream> {
        let stream = TcpStream::connect((host, port)).await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }
}

/// Prints its port and serves until it is killed.
pub(crate) async fn serve(file: &Path, folder: &Path) {
    let registry = Arc::new(actor::registry(file, folder).await);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    println!("{}", listener.local_addr().expect("an address").port());
    let served = registry.serve_on(listener, "/registry", CancellationToken::new());
    served.await.expect("serves");
}

impl Server {
    pub(crate) fn start(file: &Path, folder: &Path, processor: Option<&str>) -> Server {
        let own = std::env::current_exe().expect("this program");
        let mut command = match processor {
            None => Command::new(own),
            Some(number) => {
                let mut command = Command::new("taskset");
                command.args(["-c", number]).arg(own);
                command
            }
        };
        let command = command.arg("serve").arg(file).arg(folder);
        let mut process = command.stdout(Stdio::piped()).spawn().expect("starts");
        let output = process.stdout.take().expect("its output");
        let mut port = String::new();
        BufReader::new(output).read_line(&mut port).expect("a port");
        let url = format!("http://127.0.0.1:{}/registry", port.trim());
        Server { process, url }
    }

    /// Asks over so many connections for so long; `message` makes the n-th request, `check` looks at the answer's body.
    pub(crate) async fn round(
        &self,
        connections: usize,
        lasts: Duration,
        numbers: &Arc<AtomicU64>,
        message: impl Fn(u64) -> Outgoing + Copy + Send + 'static,
        check: impl Fn(&str) -> bool + Copy + Send + 'static,
    ) -> Figures {
        let client = Arc::new(Client::new(Plain, Limits::default()));
        let mut round = Round::of(self.process.id());
        let end = Instant::now() + lasts;
        let mut tasks = Vec::new();
        for _ in 0..connections {
            let (client, url, numbers) = (client.clone(), self.url.clone(), numbers.clone());
            tasks.push(tokio::spawn(async move {
                let mut times = Vec::new();
                while Instant::now() < end {
                    let request = message(numbers.fetch_add(1, Ordering::Relaxed));
                    let start = Instant::now();
                    let answer = client.call(&url, request).await.expect("answered");
                    times.push(start.elapsed());
                    assert!(check(&answer.envelope.body), "{}", answer.envelope.body);
                }
                times
            }));
        }
        for task in tasks {
            round.times.extend(task.await.expect("no panic"));
        }
        round.end()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
