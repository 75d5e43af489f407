//! `load`: a city of people who do not exist, fed as fast as the server takes them.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::{StreamExt, stream};
use hl7v2::ack::parse_refusal;
use hl7v2::charset::Charset;
use hl7v2::{Message, mllp};
use ihe_atna::Stream;
use ihe_pix::iti8::{self, Ends, Feed};
use ihe_pix::synthetic::{City, MAX_PEOPLE, SyntheticRecord};

use super::session::Session;
use crate::cli::LoadArguments;
use crate::failure::{Context, Failure, Result};

/// How often progress is told: on a terminal, and in a log
const TELL: [Duration; 2] = [Duration::from_millis(500), Duration::from_secs(10)];

/// Feeds a city to the PIX Manager (ITI-8 A04); fails when a message was refused or not answered
///
/// As `feed`, it writes no audit records of its own side: no Source is behind these people.
pub(crate) async fn run(arguments: &LoadArguments) -> Result<ExitCode> {
    let people = arguments.synthetic;
    if !(1..=MAX_PEOPLE).contains(&people) {
        let text = format!("--synthetic takes 1 to {MAX_PEOPLE} people");
        return Err(Failure::new(text));
    }
    let session = Session::open(&arguments.at.data).await?;
    let city = City::new(arguments.seed, people).with_noise(arguments.noise);
    let pool = pool(&session, arguments)?;
    let under_way = arguments.in_flight.saturating_mul(arguments.connections);
    let mut tally = Tally::new();
    let mut answers = stream::iter(city.records())
        .map(|record| exchange(&pool, record))
        .buffer_unordered(under_way.max(1));
    while let Some(answer) = answers.next().await {
        tally.count(answer);
        tally.tell_progress(people);
    }
    drop(answers);
    pool.close().await;
    session.close().await;
    tally.tell_end();
    Ok(match tally.other.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

fn pool(session: &Session, arguments: &LoadArguments) -> Result<mllp::Pool<Stream>> {
    let target = &session.endpoints.pix_v2;
    let (host, port) = target.rsplit_once(':').context("no port in the endpoint")?;
    let port: u16 = port.parse().context("the endpoint's port")?;
    let limits = mllp::Limits {
        in_flight: arguments.in_flight,
        ..mllp::Limits::default()
    };
    let (node, host) = (session.node.clone(), Arc::<str>::from(host));
    Ok(mllp::Pool::new(arguments.connections, limits, move || {
        let (node, host) = (node.clone(), host.clone());
        async move {
            let connected = node.connect(&host, port).await;
            connected
                .map(|(stream, _)| stream)
                .map_err(io::Error::other)
        }
    }))
}

/// How one message ended: accepted, or in what words it was not
type Answer = std::result::Result<(), String>;

async fn exchange(pool: &mllp::Pool<Stream>, record: SyntheticRecord) -> Answer {
    let feed = Feed::register(record.record);
    let message = iti8::encode(&feed, &Ends::default(), Charset::Utf8, "2.3.1");
    let message = message.map_err(|_| "not encoded".to_owned())?;
    // A04 of an id that is there already says the same again.
    let reply = pool.exchange_idempotent(message, 1).await;
    let reply = reply.map_err(|error| format!("no answer ({error})"))?;
    let reply = Message::parse(&reply).map_err(|_| "an answer that is not HL7 v2".to_owned())?;
    // Codes and places, no words of the server's.
    parse_refusal(&reply).map_or(Ok(()), |refusal| Err(refusal.to_string()))
}

/// What was answered so far
struct Tally {
    accepted: u64,
    /// Everything that was not accepted, by code and place
    other: BTreeMap<String, u64>,
    begun: Instant,
    told: Instant,
    terminal: bool,
}

impl Tally {
    fn new() -> Tally {
        Tally {
            accepted: 0,
            other: BTreeMap::new(),
            begun: Instant::now(),
            told: Instant::now(),
            terminal: io::stderr().is_terminal(),
        }
    }

    fn count(&mut self, answer: Answer) {
        match answer {
            Ok(()) => self.accepted += 1,
            Err(words) => *self.other.entry(words).or_default() += 1,
        }
    }

    fn answered(&self) -> u64 {
        self.accepted + self.other.values().sum::<u64>()
    }

    /// Now and then: the messages of a city are a little more than three for each person
    fn tell_progress(&mut self, people: u64) {
        let [on_terminal, in_log] = TELL;
        let pause = if self.terminal { on_terminal } else { in_log };
        if self.told.elapsed() < pause {
            return;
        }
        self.told = Instant::now();
        let (answered, rate) = (self.answered(), self.rate());
        let line = format!("{answered} messages of {people} people answered, {rate:.0}/s");
        let (start, end) = if self.terminal {
            ("\r", "\x1b[K")
        } else {
            ("", "\n")
        };
        let _ = write!(io::stderr(), "{start}{line}{end}");
    }

    fn rate(&self) -> f64 {
        self.accepted as f64 / self.begun.elapsed().as_secs_f64().max(1e-6)
    }

    fn tell_end(&self) {
        if self.terminal {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
        println!(
            "{} messages, {} acknowledged in {:.1} s: {:.0}/s; {} not",
            self.answered(),
            self.accepted,
            self.begun.elapsed().as_secs_f64(),
            self.rate(),
            self.other.values().sum::<u64>()
        );
        for (words, count) in &self.other {
            println!("  {count:>8}  {}", crate::shown::safe(words));
        }
    }
}
