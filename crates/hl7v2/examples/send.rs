//! Sends HL7 files and prints how they were acknowledged: `cargo run --example send -- 127.0.0.1:2575 a.hl7 b.hl7`

use hl7v2::{Message, mllp};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().ok_or("usage: send HOST:PORT FILE...")?;
    let pool = mllp::Pool::tcp(address, 1, mllp::Limits::default());
    for file in arguments {
        let answer = Message::parse(&pool.exchange(std::fs::read(&file)?).await?)?;
        println!("{file}: {}", answer.raw("MSA-1").unwrap_or("no MSA-1"));
    }
    pool.close().await;
    Ok(())
}
