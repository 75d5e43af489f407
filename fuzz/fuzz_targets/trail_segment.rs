//! The files of a trail as somebody left them: frames with any content and right CRCs, or bytes at random, opened,
//! read, verified and proven. What is not sound is said, and nothing that was signed is lost unnoticed.
#![no_main]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use ihe_atna::{Filed, Trail, TrailLimits, TrailSigner, prove, verify};
use ihe_atna::{Checkpoint, ReceivedRecord};
use libfuzzer_sys::fuzz_target;

/// A trail of forty records in one segment, and its checkpoint.
struct Whole {
    version: Vec<u8>,
    segment: Vec<u8>,
    seed: u32,
    signer: TrailSigner,
    filed: Checkpoint,
}

const SEGMENT: &str = "00000000000000000001.seg";

static WHOLE: LazyLock<Whole> = LazyLock::new(|| {
    let dir = folder("whole");
    let (signer, _) = TrailSigner::generate().unwrap();
    let trail = Trail::open(&dir, signer.clone(), TrailLimits::default()).unwrap();
    let filed = runtime().block_on(async {
        for number in 0..8 {
            let one = ReceivedRecord::new("10.0.0.1:1", vec![number; 9]);
            trail.append(vec![one; 5]).await.unwrap();
        }
        let filed = trail.checkpoint().await.unwrap();
        trail.close().await.unwrap();
        filed
    });
    let version = fs::read(dir.join("VERSION")).unwrap();
    let text = String::from_utf8(version.clone()).unwrap();
    let seed = text.lines().find_map(|line| line.strip_prefix("seed: "));
    Whole {
        segment: fs::read(dir.join(SEGMENT)).unwrap(),
        seed: seed.unwrap().parse().unwrap(),
        version,
        signer,
        filed,
    }
});

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().build().unwrap()
}

fn folder(name: &str) -> PathBuf {
    let dir = std::env::temp_dir().join(format!("trail-fuzz-{}-{name}", std::process::id()));
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir_all(&dir).unwrap();
    dir
}

fuzz_target!(|bytes: &[u8]| {
    let Some((mode, bytes)) = bytes.split_first() else {
        return;
    };
    let whole = &*WHOLE;
    let segment = match mode % 3 {
        0 => edited(&whole.segment, bytes),
        1 => [&whole.segment[..], &frames(whole.seed, bytes)].concat(),
        _ => frames(whole.seed, bytes),
    };
    let dir = folder("one");
    fs::write(dir.join("VERSION"), &whole.version).unwrap();
    fs::write(dir.join(SEGMENT), &segment).unwrap();
    judge(&dir, whole, segment.starts_with(&whole.segment));
    let _ = fs::remove_dir_all(dir);
});

fn judge(dir: &Path, whole: &Whole, untouched: bool) {
    let key = whole.signer.key().unwrap();
    let report = verify(dir, &key, Some(&whole.filed), |_, _| {}).unwrap();
    let proven = report.filed == Filed::Proven(whole.filed.sequence);
    assert!(untouched || !proven, "{report}");
    for sequence in [1, 20, 40, 41] {
        if let Ok((proof, record)) = prove(dir, sequence, &whole.filed) {
            proof.check(&record.to_bytes(), &whole.filed, &key).unwrap();
        }
    }
    if let Ok(trail) = Trail::open(dir, whole.signer.clone(), TrailLimits::default()) {
        runtime().block_on(async {
            let mut next = 1;
            while let Ok(page) = trail.read(next, 7).await {
                let Some(last) = page.last() else { break };
                next = last.sequence + 1;
            }
            trail.close().await.unwrap();
        });
    }
}

/// Pairs of a place and a value.
fn edited(segment: &[u8], edits: &[u8]) -> Vec<u8> {
    let mut segment = segment.to_vec();
    for edit in edits.chunks_exact(3) {
        let at = usize::from(edit[0]) << 8 | usize::from(edit[1]);
        let at = at % segment.len();
        segment[at] = edit[2];
    }
    segment
}

/// Frames: kind, count, sequence, length, body; with right CRCs.
fn frames(seed: u32, mut bytes: &[u8]) -> Vec<u8> {
    let mut all = Vec::new();
    while let Some((head, rest)) = bytes.split_first_chunk::<4>() {
        let (body, rest) = rest.split_at(rest.len().min(usize::from(head[3])));
        bytes = rest;
        let body = if head[0] & 8 == 0 { records(body) } else { body.to_vec() };
        let mut frame = vec![b'A', b'T', b'F', b"BRCX"[usize::from(head[0] & 3)]];
        frame.extend((body.len() as u32).to_le_bytes());
        frame.extend(u32::from(head[1]).to_le_bytes());
        frame.extend(u64::from(head[2]).to_le_bytes());
        frame.extend(crc(seed, &frame).to_le_bytes());
        frame.extend(&body);
        frame.extend([head[0]; 32]);
        frame.extend(crc(seed, &frame).to_le_bytes());
        all.extend(frame);
    }
    all
}

/// Records of up to 32 bytes with right CRCs.
fn records(bytes: &[u8]) -> Vec<u8> {
    let mut all = Vec::new();
    for rest in bytes.chunks(32) {
        all.extend((rest.len() as u32).to_le_bytes());
        all.extend(crc32fast::hash(rest).to_le_bytes());
        all.extend(rest);
    }
    all
}

fn crc(seed: u32, bytes: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new_with_initial(seed);
    hasher.update(bytes);
    hasher.finalize()
}
