//! A provider's stand-in on loopback, for the tests of senders: it records requests and plays scripted answers, good and
//! bad, over a real connection.
//!
//! ```
//! use otp_provider::{Client, Request, testing::{Reply, Server, Step}};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! let server = Server::start().await;
//! server.then(Step::Reply(Reply::json(201, r#"{"id": "m1"}"#)));
//!
//! let client = Client::new().unwrap();
//! let answer = client.call("example", Request::get(server.base().at(["messages"]))).await.unwrap();
//! assert_eq!(answer.status(), 201);
//! assert_eq!(server.requests()[0].path(), "/messages");
//! # });
//! ```

mod description;
mod golden;
mod log;
mod recorded;
mod schema;
mod server;
mod step;

pub use self::{
    description::{Description, requests_made_in},
    golden::Golden,
    log::Log,
    recorded::Recorded,
    server::Server,
    step::{Reply, Step},
};
