use super::*;
use crate::store::contract;
use crate::store::documents::{
    Arrival, DocumentStore, DocumentWriter, Fate, Received, SetId, Staged,
};
use bytes::Bytes;
use object_store::memory::InMemory;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

async fn over(objects: &Arc<InMemory>, dir: &Path) -> BucketStore {
    let bucket = Bucket {
        objects: objects.clone(),
        prefix: "documents/".into(),
    };
    BucketStore::over_bucket(dir, bucket).await.unwrap()
}

async fn count(objects: &InMemory) -> usize {
    objects.list(None).count().await
}

async fn arrival(store: &BucketStore, size: usize) -> Arrival<Received<Bucket>> {
    let mut writer = store.begin().await.unwrap();
    for chunk in vec![7; size].chunks(300_000) {
        let chunk = Bytes::copy_from_slice(chunk);
        writer.write(chunk).await.unwrap();
    }
    Arrival {
        entry_uuid: "urn:uuid:1".into(),
        unique_id: "1.2".into(),
        mime_type: "text/plain".into(),
        staged: writer.finish().await.unwrap(),
    }
}

fn set() -> SetId {
    SetId {
        entry_uuid: "urn:uuid:2".into(),
        unique_id: "1.2.3".into(),
    }
}

#[tokio::test]
async fn a_bucket_keeps_the_contract() {
    let dir = tempfile::tempdir().unwrap();
    contract::document_store(async || {
        let path = dir.path().join(Uuid::new_v4().to_string());
        over(&Arc::new(InMemory::new()), &path).await
    })
    .await;
}

#[tokio::test]
async fn a_large_document_goes_in_parts_and_comes_back_whole() {
    let (dir, objects) = (tempfile::tempdir().unwrap(), Arc::new(InMemory::new()));
    let store = over(&objects, dir.path()).await;
    let size = 20 * 1024 * 1024 + 1;
    let arrival = arrival(&store, size).await;
    assert_eq!(arrival.staged.size(), size as u64);
    let ticket = store.put(set(), vec![arrival]).await.unwrap();
    let found = store.open("1.2").await.unwrap().unwrap();
    assert_eq!(found.content.size(), size as u64);
    let read = crate::store::Reading::new(found).unwrap().drain().await;
    assert_eq!(read.unwrap(), size as u64);
    store.settle(ticket, Fate::Drop).await.unwrap();
    assert_eq!(count(&objects).await, 0);
}

#[tokio::test]
async fn what_a_crash_left_in_the_bucket_is_removed_at_open() {
    let (dir, objects) = (tempfile::tempdir().unwrap(), Arc::new(InMemory::new()));
    let store = over(&objects, dir.path()).await;
    std::mem::forget(arrival(&store, 300_000).await); // as if the process had died here
    assert_eq!(count(&objects).await, 1);
    let copy = tempfile::tempdir().unwrap();
    for name in ["bucket.db", "bucket.db-wal"] {
        std::fs::copy(dir.path().join(name), copy.path().join(name)).unwrap();
    }
    over(&objects, copy.path()).await;
    assert_eq!(count(&objects).await, 0);
}

#[tokio::test]
async fn an_object_that_is_gone_is_damage_not_absence() {
    let (dir, objects) = (tempfile::tempdir().unwrap(), Arc::new(InMemory::new()));
    let store = over(&objects, dir.path()).await;
    let arrival = arrival(&store, 300_000).await;
    store.put(set(), vec![arrival]).await.unwrap();
    let key = store.open("1.2").await.unwrap().unwrap().held.key;
    let name = format!("documents/{}", key.simple());
    objects.delete(&ObjectPath::from(name)).await.unwrap();
    let opened = store.open("1.2").await;
    assert!(matches!(opened, Err(StoreError::Damaged(_))), "{opened:?}");
}

/// moto's S3 server, ended with the test.
struct Moto(Child);

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn make_bucket(port: u16) -> Option<()> {
    let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", port))
        .await
        .ok()?;
    let request =
        "PUT /documents HTTP/1.1\r\nHost: s3\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.ok()?;
    answer.starts_with("HTTP/1.1 200").then_some(())
}

#[tokio::test]
#[ignore = "needs moto_server (pip install 'moto[server]')"]
async fn a_foreign_s3_server_keeps_the_contract() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let mut server = Command::new("moto_server");
    server
        .args(["-p", &port.to_string()])
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let _server = Moto(server.spawn().expect("moto_server can be started"));
    let mut made = None;
    for _ in 0..300 {
        made = make_bucket(port).await;
        if made.is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    made.expect("moto_server answers");
    let dir = tempfile::tempdir().unwrap();
    let bucket = S3::new("documents")
        .at(&format!("http://127.0.0.1:{port}"))
        .in_region("us-east-1")
        .with_key("id", "secret");
    contract::document_store(async || {
        let path = dir.path().join(Uuid::new_v4().to_string());
        BucketStore::open(path, bucket.clone()).await.unwrap()
    })
    .await;
    let store = BucketStore::open(dir.path(), bucket).await.unwrap();
    let size = 20 * 1024 * 1024 + 1;
    let arrival = arrival(&store, size).await;
    let ticket = store.put(set(), vec![arrival]).await.unwrap();
    let found = store.open("1.2").await.unwrap().unwrap();
    let read = crate::store::Reading::new(found).unwrap().drain().await;
    assert_eq!(read.unwrap(), size as u64);
    store.settle(ticket, Fate::Drop).await.unwrap();
    assert!(store.open("1.2").await.unwrap().is_none());
}
