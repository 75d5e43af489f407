//! What the machine can do: the same octets hashed, written, copied. Seconds.

use aws_lc_rs::digest;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Instant;

const CHUNK: usize = 256 * 1024;

pub(crate) fn sha1(size: u64) -> f64 {
    let chunk = vec![7_u8; CHUNK];
    let start = Instant::now();
    let mut context = digest::Context::new(&digest::SHA1_FOR_LEGACY_USE_ONLY);
    for _ in 0..size / CHUNK as u64 {
        context.update(&chunk);
    }
    assert_eq!(context.finish().as_ref().len(), 20);
    start.elapsed().as_secs_f64()
}

pub(crate) fn file(folder: &Path, size: u64) -> f64 {
    let (path, chunk) = (folder.join("limit"), vec![7_u8; CHUNK]);
    let start = Instant::now();
    let mut file = File::create(&path).expect("a file");
    for _ in 0..size / CHUNK as u64 {
        file.write_all(&chunk).expect("written");
    }
    file.sync_all().expect("synced");
    let seconds = start.elapsed().as_secs_f64();
    fs::remove_file(path).expect("removed");
    seconds
}

pub(crate) fn loopback(size: u64) -> f64 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let reading = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let mut chunk = vec![0; CHUNK];
        while stream.read(&mut chunk).expect("read") > 0 {}
    });
    let chunk = vec![7_u8; CHUNK];
    let start = Instant::now();
    let mut stream = TcpStream::connect(address).expect("connects");
    for _ in 0..size / CHUNK as u64 {
        stream.write_all(&chunk).expect("sent");
    }
    drop(stream);
    reading.join().expect("no panic");
    start.elapsed().as_secs_f64()
}

/// Octets the disk gives to the index, and to the files of contents.
pub(crate) fn on_disk(folder: &Path) -> (u64, u64) {
    let blocks = |path: &Path| fs::metadata(path).map_or(0, |found| found.blocks() * 512);
    let names = ["index.db", "index.db-wal", "index.db-shm"];
    let index = names.iter().map(|name| blocks(&folder.join(name))).sum();
    let mut files = 0;
    for shelf in fs::read_dir(folder.join("objects")).expect("a folder") {
        for object in fs::read_dir(shelf.expect("a shelf").path()).expect("a shelf") {
            files += blocks(&object.expect("a file").path());
        }
    }
    (index, files)
}
