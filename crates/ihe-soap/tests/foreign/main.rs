//! Foreign clients against a plain service: curl, Python's http.client, zeep.
//!
//! `cargo test -p ihe-soap --test foreign -- --ignored`; zeep is found by `PYTHON_ZEEP`, a Python that has it.
#![cfg(feature = "server")]

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::Arc;

use ihe_soap::{Endpoint, Fault, Incoming, Limits, Outgoing, Reply, Service, serve_stream};
use tokio::net::TcpListener;

struct Echo;

impl Service for Echo {
    async fn handle(&self, mut request: Incoming) -> Reply {
        let action = request.envelope.action.clone();
        if action == "urn:no" {
            return Reply::Fault(Fault::action_not_supported(&action));
        }
        let mut bytes = 0;
        while let Ok(Some(mut part)) = request.parts.next().await {
            while let Ok(Some(chunk)) = part.chunk().await {
                bytes += chunk.len();
            }
        }
        let body = format!(
            "<t:EchoResponse xmlns:t=\"urn:test:echo\"><t:text>heard {bytes}</t:text></t:EchoResponse>"
        );
        let reply = Outgoing::reply(&request.envelope, format!("{action}Response"), body);
        Reply::Message(reply.packed(request.packaging))
    }
}

async fn start() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
    let address = listener.local_addr().expect("address");
    let endpoint = Endpoint::new(Limits::default()).at("/service").with_gzip();
    let door = endpoint.door(Arc::new(Echo));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (door, stop) = (door.clone(), Default::default());
            tokio::spawn(async move { serve_stream(stream, door, &stop).await });
        }
    });
    address
}

/// Runs a program in a thread of its own; its output as text.
async fn run(mut command: Command) -> (bool, String) {
    let ran = tokio::task::spawn_blocking(move || command.output()).await;
    let Output {
        status,
        stdout,
        stderr,
    } = ran.expect("no panic").expect("the program is installed");
    let text = String::from_utf8_lossy(&stdout).into_owned() + &String::from_utf8_lossy(&stderr);
    (status.success(), text)
}

fn envelope(action: &str) -> String {
    format!(
        "<e:Envelope xmlns:e='http://www.w3.org/2003/05/soap-envelope' xmlns:a='http://www.w3.org/2005/08/addressing'>\
         <e:Header><a:Action e:mustUnderstand='1'>{action}</a:Action><a:MessageID>urn:uuid:7</a:MessageID></e:Header>\
         <e:Body><q xmlns='urn:test:echo'>{}</q></e:Body></e:Envelope>",
        "x".repeat(5000)
    )
}

async fn curl(address: SocketAddr, arguments: &[&str], action: &str) -> String {
    let file = tempfile::NamedTempFile::new().expect("file");
    std::fs::write(file.path(), envelope(action)).expect("write");
    let mut command = Command::new("curl");
    command
        .args(["-s", "-i", "--max-time", "20", "-H"])
        .arg("Content-Type: application/soap+xml; charset=UTF-8; action=\"urn:echo\"")
        .args(arguments)
        .arg("--data-binary")
        .arg(format!("@{}", file.path().display()))
        .arg(format!("http://{address}/service"));
    run(command).await.1
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs curl"]
async fn curl_speaks_to_it_in_every_way_it_knows() {
    let address = start().await;
    for arguments in [
        &[][..],
        &["-H", "Transfer-Encoding: chunked"],
        &["-H", "Expect: 100-continue"],
        &[
            "-H",
            "Transfer-Encoding: chunked",
            "-H",
            "Expect: 100-continue",
        ],
        &["--http1.0"],
        &["--compressed"],
        &["-H", "Connection: close"],
    ] {
        let answer = curl(address, arguments, "urn:echo").await;
        assert!(answer.contains(" 200 OK"), "{arguments:?}: {answer}");
        assert!(answer.contains("heard 0"), "{arguments:?}: {answer}");
        let expects = arguments.contains(&"Expect: 100-continue");
        assert_eq!(
            answer.contains("100 Continue"),
            expects,
            "{arguments:?}: {answer}"
        );
    }
    let fault = curl(address, &[], "urn:no").await;
    assert!(
        fault.contains(" 400 Bad Request") && fault.contains("ActionNotSupported"),
        "{fault}"
    );
    let refused = ["-H", "Expect: 100-continue", "-H", "Content-Encoding: br"];
    let refused = curl(address, &refused, "urn:echo").await;
    assert!(
        refused.contains(" 415 ") && !refused.contains("100 Continue"),
        "{refused}"
    );
    let refused = curl(address, &["-X", "GET"], "urn:echo").await;
    assert!(refused.contains(" 405 "), "{refused}");
}

fn script(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "foreign", name]
        .iter()
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs python3"]
async fn pythons_http_client_keeps_its_connection_and_its_email_package_reads_our_mtom() {
    let address = start().await;
    let mut command = Command::new("python3");
    command
        .arg(script("http_client.py"))
        .arg(address.to_string());
    let (well, text) = run(command).await;
    assert!(well && text.contains("all well"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a Python with zeep, named by PYTHON_ZEEP"]
async fn zeep_calls_by_wsdl_with_soap_1_2_and_ws_addressing() {
    let address = start().await;
    let python = std::env::var("PYTHON_ZEEP").expect("PYTHON_ZEEP names a Python");
    let mut command = Command::new(python);
    command
        .arg(script("zeep_client.py"))
        .arg(format!("http://{address}/service"));
    let (well, text) = run(command).await;
    assert!(well && text.contains("all well"), "{text}");
}
