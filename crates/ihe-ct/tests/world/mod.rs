//! A simulated world: a clock that drifts, servers honest and not, a network that delays and loses. No real time
//! passes, nothing is sent.

use ihe_ct::client::{Action, Alarm, ClientOptions, Event, Machine, Timer};
use ihe_ct::{Leap, Mode, Moment, NtpShort, NtpTimestamp, Packet, Reading, ReferenceId};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::time::{Duration, Instant, UNIX_EPOCH};

/// 2026-11-21, and a day before the era rolls over in 2036, as Unix seconds.
pub(crate) const TODAY: u64 = 1_795_219_200;

/// Numbers that look random and are the same each time (SplitMix64).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// 0 to 1.
    pub(crate) fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// A server and the way to it.
#[derive(Clone, Copy)]
pub(crate) struct Server {
    /// By how much its clock is wrong, seconds, and how fast that grows.
    pub(crate) error: f64,
    pub(crate) error_drift: f64,
    /// What it says of its own error.
    pub(crate) dispersion: f64,
    /// One way without waiting, seconds: there and back.
    pub(crate) delay: (f64, f64),
    pub(crate) leap: Leap,
    pub(crate) kiss: Option<[u8; 4]>,
}

impl Default for Server {
    fn default() -> Server {
        Server {
            error: 0.0,
            error_drift: 0.0,
            dispersion: 0.001,
            delay: (0.005, 0.005),
            leap: Leap::None,
            kiss: None,
        }
    }
}

/// How the world is.
#[derive(Clone)]
pub(crate) struct Laws {
    pub(crate) servers: Vec<Server>,
    pub(crate) options: ClientOptions,
    pub(crate) adjusts: bool,
    /// Unix seconds at the start.
    pub(crate) begin: u64,
    /// UTC minus our clock at the start, seconds.
    pub(crate) offset: f64,
    /// How much too fast our clock runs.
    pub(crate) drift: f64,
    /// By how much that swings within a day.
    pub(crate) swing: f64,
    /// Each way takes up to so much longer, seconds.
    pub(crate) jitter: f64,
    pub(crate) loss: f64,
    pub(crate) seed: u64,
}

impl Default for Laws {
    fn default() -> Laws {
        Laws {
            servers: vec![Server::default(); 3],
            options: ClientOptions::default(),
            adjusts: false,
            begin: TODAY,
            offset: 0.3,
            drift: 50e-6,
            swing: 5e-6,
            jitter: 0.020,
            loss: 0.05,
            seed: 1,
        }
    }
}

/// What was seen at one moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    /// Seconds since the start.
    pub(crate) at: f64,
    /// The true offset, seconds.
    pub(crate) truth: f64,
    /// The estimate and its bound.
    pub(crate) estimate: f64,
    pub(crate) bound: f64,
}

enum Happens {
    Timer(Timer, u64),
    AtServer(usize, Vec<u8>),
    Back(usize, [u8; 48]),
    Look,
}

/// The world and the client in it.
pub(crate) struct World {
    laws: Laws,
    dice: Dice,
    pub(crate) machine: Machine,
    base: Moment,
    /// True seconds since the start, our clock's, and our clock's rate set by the client.
    now: f64,
    local: f64,
    rate: f64,
    queue: BinaryHeap<(Reverse<u64>, Reverse<u64>)>,
    pending: HashMap<u64, (f64, Happens)>,
    number: u64,
    timers: HashMap<Timer, u64>,
    pub(crate) reading: Option<Reading>,
    pub(crate) alarms: Vec<Alarm>,
    pub(crate) asked: Vec<u32>,
    pub(crate) seen: Vec<Seen>,
    /// Our wall clock was set by so much, seconds.
    pub(crate) set: f64,
}

impl World {
    pub(crate) fn new(laws: Laws) -> World {
        let mut cookies = Dice(laws.seed ^ 0xC0FFEE);
        let names: Vec<String> = (1..=laws.servers.len())
            .map(|n| format!("192.0.2.{n}"))
            .collect();
        let mut machine = Machine::new(&names, laws.options, move || cookies.next());
        if laws.adjusts {
            machine = machine.adjusting();
        }
        let wall = UNIX_EPOCH + Duration::from_secs(laws.begin);
        World {
            dice: Dice(laws.seed),
            machine,
            base: Moment {
                wall: wall - Duration::from_secs_f64(laws.offset.max(0.0))
                    + Duration::from_secs_f64((-laws.offset).max(0.0)),
                steady: Instant::now(),
            },
            now: 0.0,
            local: 0.0,
            rate: 0.0,
            queue: BinaryHeap::new(),
            pending: HashMap::new(),
            number: 0,
            timers: HashMap::new(),
            reading: None,
            alarms: Vec::new(),
            asked: vec![0; laws.servers.len()],
            seen: Vec::new(),
            set: 0.0,
            laws,
        }
    }

    /// Our clocks now.
    pub(crate) fn moment(&self) -> Moment {
        let moment = self.base.plus(Duration::from_secs_f64(self.local));
        let set = Duration::from_secs_f64(self.set.abs());
        Moment {
            wall: if self.set < 0.0 {
                moment.wall - set
            } else {
                moment.wall + set
            },
            ..moment
        }
    }

    /// UTC minus our clock, seconds.
    pub(crate) fn truth(&self) -> f64 {
        self.laws.offset + self.now - self.local - self.set
    }

    pub(crate) fn server(&mut self, server: usize) -> &mut Server {
        &mut self.laws.servers[server]
    }

    fn pass_to(&mut self, at: f64) {
        let day = (self.now / 86_400.0 * std::f64::consts::TAU).sin();
        let rate = self.laws.drift + self.laws.swing * day + self.rate;
        self.local += (at - self.now) * (1.0 + rate);
        self.now = at;
    }

    fn plan(&mut self, after: f64, what: Happens) {
        let at = self.now + after;
        self.number += 1;
        self.pending.insert(self.number, (at, what));
        self.queue
            .push((Reverse((at * 1e9) as u64), Reverse(self.number)));
    }

    /// Starts the client and lets `hours` pass; the estimate is looked at every `look` seconds.
    pub(crate) fn live(&mut self, hours: f64, look: f64) {
        if self.number == 0 {
            self.tell(Event::Start);
        }
        let end = self.now + hours * 3600.0;
        self.plan(look, Happens::Look);
        while let Some((Reverse(_), Reverse(number))) = self.queue.peek().copied() {
            if self.pending[&number].0 > end {
                break;
            }
            self.queue.pop();
            let (at, what) = self.pending.remove(&number).expect("planned");
            self.pass_to(at);
            match what {
                Happens::Look => {
                    self.look();
                    if self.now + look <= end {
                        self.plan(look, Happens::Look);
                    }
                }
                Happens::Timer(timer, set) if self.timers.get(&timer) == Some(&set) => {
                    self.tell(Event::Timer(timer));
                }
                Happens::Timer(..) => {}
                Happens::AtServer(server, question) => self.answer(server, &question),
                Happens::Back(server, answer) => {
                    let datagram = &answer[..];
                    self.tell(Event::Received { server, datagram });
                }
            }
        }
    }

    pub(crate) fn look(&mut self) {
        let Some(reading) = self.reading else { return };
        let now = self.moment();
        self.seen.push(Seen {
            at: self.now,
            truth: self.truth(),
            estimate: reading.offset_at(now) as f64 / 1e9,
            bound: reading.bound_at(now).as_secs_f64(),
        });
    }

    pub(crate) fn tell(&mut self, event: Event<'_>) {
        for action in self.machine.handle(event, self.moment()) {
            match action {
                Action::Send { server, packet, .. } => {
                    self.asked[server] += 1;
                    self.machine
                        .handle(Event::Sent { server, from: None }, self.moment());
                    let delay = self.laws.servers[server].delay.0;
                    self.travel(delay, Happens::AtServer(server, packet));
                }
                Action::SetTimer(timer, after) => {
                    self.timers.insert(timer, self.number + 1);
                    let set = self.number + 1;
                    self.plan(after.as_secs_f64(), Happens::Timer(timer, set));
                }
                Action::Adjust(rate) => self.rate = rate,
                Action::Read(reading) => self.reading = Some(reading),
                Action::Alarm(alarm) => self.alarms.push(alarm),
                Action::Resolve(_) | Action::Establish(_) => {
                    unreachable!("addresses need no look-up")
                }
            }
        }
    }

    fn travel(&mut self, delay: f64, what: Happens) {
        let (lost, waits) = (self.dice.share() < self.laws.loss, self.dice.share());
        if !lost {
            self.plan(delay + waits * self.laws.jitter, what);
        }
    }

    fn answer(&mut self, server: usize, question: &[u8]) {
        let question = Packet::parse(question).expect("our own question");
        let it = self.laws.servers[server];
        let utc = UNIX_EPOCH + Duration::from_secs(self.laws.begin);
        let error = it.error + it.error_drift * self.now;
        let clock = NtpTimestamp::from_system(utc + Duration::from_secs_f64(self.now));
        let clock = clock.moved((error * 1e9) as i64);
        let answer = Packet {
            leap: it.leap,
            mode: Mode::Server,
            stratum: if it.kiss.is_some() { 0 } else { 1 },
            reference_id: ReferenceId(it.kiss.unwrap_or(*b"GPS\0")),
            root_dispersion: NtpShort::from_duration(Duration::from_secs_f64(it.dispersion)),
            originate: question.transmit,
            receive: clock,
            transmit: clock,
            ..question
        };
        self.travel(it.delay.1, Happens::Back(server, answer.encode()));
    }
}
