//! Verifies a number through the gateway at an address: `example-custom-sender localhost:7777 +14155550123`.

use std::{error::Error, sync::Arc};

use example_custom_sender::Pager;
use otp_core::{Channel, Keyring, Recipient};
use otp_service::{
    CancellationToken, CheckRequest, DeliveryMode, MemoryStore, Routes, StartRequest, Verifier, Worker,
    random_bytes,
};
use tokio::io::{AsyncBufReadExt, BufReader, stdin};

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::print_stdout, reason = "this program talks to the person who started it")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let gateway = arguments.next().ok_or("name the gateway's address, like localhost:7777")?;
    let number = arguments.next().ok_or("name a phone number, like +14155550123")?;

    let keyring = Keyring::new([("demo".parse()?, random_bytes::<32>()?.to_vec())])?;
    let verifier = Verifier::builder(Arc::new(MemoryStore::new()), keyring)
        .app_name("Acme")
        .routes(Routes::default().with(Channel::Sms, Arc::new(Pager(gateway))))
        .delivery(DeliveryMode::Inline)
        .build()?;
    tokio::spawn(Worker::new(&verifier).run(CancellationToken::new())); // for what is to be tried again

    let recipient = Recipient::parse(&number)?;
    let session = verifier.start(StartRequest::new(recipient.clone())).await?;
    println!("Which code came?");
    let code = BufReader::new(stdin()).lines().next_line().await?.unwrap_or_default();
    let token = session.token.ok_or("no token")?;
    println!("{:?}", verifier.check(CheckRequest::new(recipient, token, &code)).await?.outcome);
    Ok(())
}
