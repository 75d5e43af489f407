//! Against software of others: Python's `hl7` and `hl7apy`. Without them these tests fail.

use crate::ack::AckCode;
use crate::mllp::{Limits, Pool, Server};
use crate::{Message, build};
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio_util::sync::CancellationToken;

const ADT: &str = "MSH|^~\\&|HIS|WARD|PIX|HUB|20260315093012||ADT^A01^ADT_A01|77|P|2.5\rEVN||20260315093012\rPID|1||42^^^HOSP||DOE^JANE\rPV1|1|I\r";

const SENDER: &str = "
import sys, hl7.client
with hl7.client.MLLPClient('127.0.0.1', int(sys.argv[1])) as client:
    for _ in range(3):
        answer = client.send_message(sys.argv[2].encode())
        assert answer[:1] == b'\\x0b' and answer[-2:] == b'\\x1c\\r', answer
        assert b'\\rMSA|AA|77\\r' in answer, answer
print('three answers')
";

const RECEIVER: &str = "
from hl7apy.mllp import MLLPServer, AbstractHandler
class Acknowledge(AbstractHandler):
    def reply(self):
        control_id = self.incoming_message.split('\\r')[0].split('|')[9]
        ack = 'MSH|^~\\\\&|PIX|HUB|HIS|WARD|20260315093013||ACK^A01^ACK|1|P|2.5\\rMSA|AA|' + control_id + '\\r'
        return '\\x0b' + ack + '\\x1c\\r'
server = MLLPServer('127.0.0.1', 0, {'ADT^A01^ADT_A01': (Acknowledge,)})
print(server.server_address[1], flush=True)
server.serve_forever()
";

#[tokio::test]
#[ignore = "needs python3 with the package hl7"]
async fn the_python_package_hl7_sends_to_our_server() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    tokio::spawn(async move {
        let stop = CancellationToken::new();
        let answer = |_, bytes: Vec<u8>| async move {
            let message = Message::parse(&bytes).unwrap();
            build::acknowledgement(&message, AckCode::Aa, &[])
        };
        Server::default().serve(listener, &stop, answer).await
    });
    let output = Command::new("python3")
        .args(["-c", SENDER, &port, ADT])
        .output()
        .await
        .expect("python3 starts");
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "three answers\n",
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// It closes the connection after each answer.
#[tokio::test]
#[ignore = "needs python3 with the package hl7apy"]
async fn our_client_sends_to_the_server_of_the_python_package_hl7apy() {
    let mut child = Command::new("python3")
        .args(["-c", RECEIVER])
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("python3 starts");
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let port = lines.next_line().await.unwrap().expect("hl7apy serves");
    let pool = Pool::tcp(format!("127.0.0.1:{port}"), 1, Limits::default());
    for _ in 0..3 {
        let answer = pool.exchange_idempotent(ADT.into(), 3).await.unwrap();
        let answer = Message::parse(&answer).unwrap();
        assert_eq!(
            answer.segment("MSA").map(|msa| msa.raw()),
            Some("MSA|AA|77")
        );
    }
    pool.close().await;
}
