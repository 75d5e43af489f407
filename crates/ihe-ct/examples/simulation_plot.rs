//! Draws docs/ct-simulation.svg: 1,000 hours of a drifting clock, a network that delays and loses, and a liar among
//! three servers. Argument: where to write it.

#[path = "../tests/world/mod.rs"]
#[allow(dead_code, reason = "the tests of the world use more of it")]
mod world;

use std::fmt::Write;
use world::{Laws, Seen, Server, World};

const WIDTH: f64 = 900.0;
const HEIGHT: f64 = 210.0;
const LEFT: f64 = 70.0;
const GAP: f64 = 75.0;
const POINTS: usize = 300;

fn laws(adjusts: bool) -> Laws {
    let mut servers = vec![Server::default(); 3];
    servers[1].error = 30.0;
    Laws {
        servers,
        adjusts,
        ..Laws::default()
    }
}

fn lived(adjusts: bool, hours: f64, look: f64) -> Vec<Seen> {
    let mut world = World::new(laws(adjusts));
    world.live(hours, look);
    world.seen
}

/// What is drawn of one stretch of time: from, to, and the largest of the bounds.
struct Stretch {
    at: f64,
    low: f64,
    high: f64,
    bound: f64,
}

fn stretches(seen: &[Seen], value: impl Fn(&Seen) -> f64) -> Vec<Stretch> {
    let size = seen.len().div_ceil(POINTS).max(1);
    let stretch = |part: &[Seen]| Stretch {
        at: part[0].at / 3600.0,
        low: part.iter().map(&value).fold(f64::INFINITY, f64::min),
        high: part.iter().map(&value).fold(f64::NEG_INFINITY, f64::max),
        bound: part.iter().map(|s| s.bound).fold(0.0, f64::max),
    };
    seen.chunks(size).map(stretch).collect()
}

struct Panel {
    title: String,
    top: f64,
    hours: f64,
    /// Seconds from the middle to the edge.
    scale: f64,
}

impl Panel {
    fn x(&self, hour: f64) -> f64 {
        LEFT + hour / self.hours * (WIDTH - LEFT - 20.0)
    }

    fn y(&self, seconds: f64) -> f64 {
        let share = (seconds / self.scale).clamp(-1.0, 1.0);
        self.top + HEIGHT / 2.0 * (1.0 - share)
    }

    fn band(&self, upper: &[(f64, f64)], lower: &[(f64, f64)], fill: &str) -> String {
        let points = upper.iter().chain(lower.iter().rev());
        let points: Vec<String> = points
            .map(|(hour, value)| format!("{:.1},{:.1}", self.x(*hour), self.y(*value)))
            .collect();
        format!("<polygon points=\"{}\" {fill}/>\n", points.join(" "))
    }

    fn draw(&self, stretches: &[Stretch], around: impl Fn(&Stretch) -> f64) -> String {
        let edge = |sign: f64| -> Vec<(f64, f64)> {
            let one = |s: &Stretch| (s.at, around(s) + sign * s.bound);
            stretches.iter().map(one).collect()
        };
        let high: Vec<(f64, f64)> = stretches.iter().map(|s| (s.at, s.high)).collect();
        let low: Vec<(f64, f64)> = stretches.iter().map(|s| (s.at, s.low)).collect();
        let mut out = self.axes();
        out += &self.band(&edge(1.0), &edge(-1.0), "fill=\"#cfe2f3\"");
        let line = "fill=\"#c0392b\" stroke=\"#c0392b\" stroke-width=\"1\"";
        out += &self.band(&high, &low, line);
        out
    }

    fn axes(&self) -> String {
        let (right, bottom) = (self.x(self.hours), self.top + HEIGHT);
        let mut out = format!(
            "<text x=\"{LEFT}\" y=\"{:.1}\" font-weight=\"bold\">{}</text>\n<rect x=\"{LEFT}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{HEIGHT}\" fill=\"none\" stroke=\"#999\"/>\n",
            self.top - 8.0,
            self.title,
            self.top,
            right - LEFT
        );
        for share in [-1.0, -0.5, 0.0, 0.5, 1.0] {
            let (y, value) = (self.y(share * self.scale), share * self.scale * 1e3);
            _ = writeln!(
                out,
                "<line x1=\"{LEFT}\" y1=\"{y:.1}\" x2=\"{right:.1}\" y2=\"{y:.1}\" stroke=\"#ddd\"/><text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{value:+.0} ms</text>",
                LEFT - 6.0,
                y + 4.0
            );
        }
        for tenth in 0..=10 {
            let hour = self.hours * f64::from(tenth) / 10.0;
            _ = writeln!(
                out,
                "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{} h</text>",
                self.x(hour),
                bottom + 16.0,
                (hour * 10.0).round() / 10.0
            );
        }
        out
    }
}

fn panel(number: usize, title: &str, hours: f64, scale: f64) -> Panel {
    Panel {
        title: title.to_owned(),
        top: 78.0 + number as f64 * (HEIGHT + GAP),
        hours,
        scale,
    }
}

fn main() -> std::io::Result<()> {
    let path = std::env::args().nth(1);
    let path = path.unwrap_or_else(|| "docs/ct-simulation.svg".to_owned());
    let height = 78.0 + 3.0 * (HEIGHT + GAP);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" font-family=\"sans-serif\" font-size=\"11\">\n<rect width=\"{WIDTH}\" height=\"{height}\" fill=\"white\"/>\n<text x=\"{LEFT}\" y=\"20\" font-size=\"12\">The clock drifts 50 ± 5 ppm; each way takes up to 20 ms longer; 5 % are lost; one of three servers is wrong by 30 s.</text>\n<text x=\"{LEFT}\" y=\"36\" font-size=\"12\">Blue: the error bound. Red: the least and the most within each stretch of time.</text>\n"
    );
    let start = lived(true, 3.0, 5.0);
    let truth = stretches(&start, |seen| seen.truth);
    let middle = |s: &Stretch| (s.low + s.high) / 2.0;
    let first = panel(
        0,
        "The first three hours, slewing 400 ppm: true offset of the clock, 300 ms at the start",
        3.0,
        0.4,
    );
    svg += &first.draw(&truth, |s| middle(s));
    let slewed = lived(true, 1000.0, 60.0);
    let second = panel(
        1,
        "1,000 hours, slewing: true offset of the clock, and the bound of the estimate",
        1000.0,
        0.4,
    );
    svg += &second.draw(&stretches(&slewed, |seen| seen.truth), |_| 0.0);
    let observed = lived(false, 1000.0, 60.0);
    let third = panel(
        2,
        "1,000 hours, only observing (the clock runs away by 180 s): estimate minus truth, and the bound",
        1000.0,
        0.4,
    );
    let error = stretches(&observed, |seen| seen.estimate - seen.truth);
    svg += &third.draw(&error, |_| 0.0);
    svg += "</svg>\n";
    std::fs::write(path, svg)
}
