//! ITI-20 spool writer: one thread that owns the open segment. Callers are answered after
//! write(2); fsync follows within the limit, one for many records.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Instant;

use chrono::{DateTime, Utc};
use tokio::sync::oneshot;

use crate::error::AuditError;
use crate::spool::record::{self, HEAD, LONGEST};
use crate::spool::segment::{self, Found, Position};
use crate::spool::state::{Shared, now_ms};
use crate::syslog;

/// One message to write.
pub(crate) struct Request {
    pub(crate) app_name: String,
    pub(crate) xml: String,
    pub(crate) done: oneshot::Sender<Result<(), AuditError>>,
}

/// Starts the thread; it ends when all senders of requests are gone.
pub(crate) fn start(shared: Arc<Shared>, found: &Found) -> io::Result<mpsc::Sender<Request>> {
    let (sender, requests) = mpsc::channel();
    let mut writer = Writer::open(shared, found.next_sequence())?;
    std::thread::Builder::new()
        .name("audit-spool".to_owned())
        .spawn(move || writer.run(&requests))?;
    Ok(sender)
}

struct Writer {
    shared: Arc<Shared>,
    file: File,
    end: Position,
    unsynced: Option<Instant>,
    last_stamp: i64,
    host_name: String,
}

impl Writer {
    fn open(shared: Arc<Shared>, sequence: u64) -> io::Result<Writer> {
        let end = Position {
            sequence,
            segment: sequence,
            offset: 0,
        };
        let file = new_segment(&shared, sequence)?;
        shared.end.send_replace(end);
        let (unsynced, last_stamp) = (None, 0);
        let host_name = host_name();
        Ok(Writer {
            shared,
            file,
            end,
            unsynced,
            last_stamp,
            host_name,
        })
    }

    fn run(&mut self, requests: &Receiver<Request>) {
        loop {
            match self.wait(requests) {
                Ok(first) => self.take(first, requests),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if let Err(error) = self.sync_if_due() {
                // After a failed fsync nothing that was written can be trusted: stop taking.
                tracing::error!(%error, "audit spool: fsync failed, no more records are taken");
                return;
            }
        }
        if let Err(error) = self.sync() {
            tracing::error!(%error, "audit spool: last fsync failed");
        }
    }

    fn wait(&self, requests: &Receiver<Request>) -> Result<Request, RecvTimeoutError> {
        match self.unsynced {
            None => requests.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(since) => {
                let left = self.shared.limits.sync.saturating_sub(since.elapsed());
                requests.recv_timeout(left)
            }
        }
    }

    /// Writes what waits, up to a number, in one write(2), and answers.
    fn take(&mut self, first: Request, requests: &Receiver<Request>) {
        let mut batch = Pending::default();
        self.prepare(first, &mut batch);
        while batch.bytes.len() < 1 << 20 {
            let Ok(next) = requests.try_recv() else { break };
            self.prepare(next, &mut batch);
        }
        let result = self.append(&batch);
        for done in batch.callers {
            let answer = match &result {
                Ok(()) => Ok(()),
                Err(error) => Err(AuditError::Io(io::Error::new(
                    error.kind(),
                    error.to_string(),
                ))),
            };
            let _ = done.send(answer);
        }
    }

    fn prepare(&mut self, request: Request, batch: &mut Pending) {
        let message = self.message(&request);
        match self.admit(message.len(), batch) {
            Ok(()) => {
                let time = now_ms();
                let bytes = record::encode(time, &message);
                batch.records.push((time, bytes.len() as u64));
                batch.bytes.extend_from_slice(&bytes);
                batch.callers.push(request.done);
            }
            Err(error) => {
                let _ = request.done.send(Err(error));
            }
        }
    }

    fn message(&mut self, request: &Request) -> Vec<u8> {
        let header = syslog::Header {
            timestamp: self.stamp(),
            host_name: self.host_name.clone(),
            app_name: request.app_name.clone(),
            process_id: std::process::id().to_string(),
        };
        syslog::message(&header, &request.xml)
    }

    /// Now, and always later than the stamp before: equal events stay different messages, so the
    /// repository drops only true repeats.
    fn stamp(&mut self) -> DateTime<Utc> {
        self.last_stamp = Utc::now().timestamp_micros().max(self.last_stamp + 1);
        DateTime::from_timestamp_micros(self.last_stamp).unwrap_or_else(Utc::now)
    }

    fn admit(&self, length: usize, batch: &Pending) -> Result<(), AuditError> {
        let limits = &self.shared.limits;
        if length > limits.record.min(LONGEST) {
            return Err(AuditError::TooLarge);
        }
        let mut state = self.shared.state();
        let bytes = state.bytes + (batch.bytes.len() + HEAD + length) as u64;
        let alarm = bytes > limits.total / 5 * 4;
        if alarm && !state.alarmed {
            tracing::warn!(
                bytes,
                limit = limits.total,
                "audit spool over 80 % of its limit"
            );
        }
        state.alarmed = alarm;
        if bytes > limits.total {
            Err(AuditError::Block)
        } else {
            Ok(())
        }
    }

    fn append(&mut self, batch: &Pending) -> io::Result<()> {
        if batch.bytes.is_empty() {
            return Ok(());
        }
        if self.end.offset >= self.shared.limits.segment {
            self.rotate()?;
        }
        if let Err(error) = self.file.write_all(&batch.bytes) {
            tracing::error!(%error, "audit spool: write failed");
            self.file.set_len(self.end.offset)?;
            return Err(error);
        }
        self.unsynced.get_or_insert_with(Instant::now);
        self.end.offset += batch.bytes.len() as u64;
        self.end.sequence += batch.records.len() as u64;
        let mut state = self.shared.state();
        for (time, bytes) in &batch.records {
            state.written(*time, *bytes);
        }
        drop(state);
        self.shared.end.send_replace(self.end);
        Ok(())
    }

    fn rotate(&mut self) -> io::Result<()> {
        self.sync()?;
        self.file = new_segment(&self.shared, self.end.sequence)?;
        self.end.segment = self.end.sequence;
        self.end.offset = 0;
        Ok(())
    }

    fn sync_if_due(&mut self) -> io::Result<()> {
        match self.unsynced {
            Some(since) if since.elapsed() >= self.shared.limits.sync => self.sync(),
            _ => Ok(()),
        }
    }

    fn sync(&mut self) -> io::Result<()> {
        if self.unsynced.take().is_some() {
            self.file.sync_data()?;
        }
        Ok(())
    }
}

#[derive(Default)]
struct Pending {
    bytes: Vec<u8>,
    records: Vec<(u64, u64)>,
    callers: Vec<oneshot::Sender<Result<(), AuditError>>>,
}

/// Segments are never appended to after a restart: a new one begins.
fn new_segment(shared: &Shared, first: u64) -> io::Result<File> {
    let path = segment::path(&shared.dir, first);
    let file = OpenOptions::new()
        .append(true)
        .create_new(true)
        .open(path)?;
    segment::sync_dir(&shared.dir)?;
    Ok(file)
}

fn host_name() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname")
        .map(|name| name.trim().to_owned())
        .or_else(|_| std::env::var("HOSTNAME"))
        .or_else(|_| std::env::var("COMPUTERNAME"))
        .unwrap_or_default()
}
