//! Many at once, over SQLite, through real servers. Every worker of actix runs on one thread with a runtime of its own;
//! the store's thread is another: nobody waits for himself.

use std::{
    net::SocketAddr,
    sync::{Arc, Barrier},
    thread,
};

use actix_web::web::ServiceConfig;
use otp_core::{Policy, Recipient};
use otp_diesel::{Options, SqliteStore};
use otp_http::{Operations, VerificationApp};
use otp_service::{CancellationToken, DeliveryMode, RecordingSender, Routes, Sender, Verifier, Worker};
use otp_tests::{Answer, Client};
use serde_json::json;

use crate::{
    servers,
    service::{PHONE, builder},
};

const CALLERS: usize = 64;

fn verifier(folder: &tempfile::TempDir, sender: &Arc<RecordingSender>, delivery: DeliveryMode) -> Verifier {
    let path = folder.path().join("otp.db");
    let store =
        SqliteStore::open(path.display().to_string(), Options::new().migrate(true)).expect("a database");
    let routes = Routes::all(&(sender.clone() as Arc<dyn Sender>));
    // All callers of a race have one address.
    let policy = Policy::builder().starts_per_caller_per_hour(1_000_000).starts_per_block_per_hour(1_000_000);
    let builder = builder(Arc::new(store)).policy(policy.build().expect("a policy"));
    builder.routes(routes).delivery(delivery).build().expect("a verifier")
}

fn configure(verifier: &Verifier) -> impl Fn(&mut ServiceConfig) + Clone + Send + use<> {
    let (phone, operations) = (VerificationApp::phone(verifier.clone()), Operations::new(verifier.clone()));
    move |config| {
        config
            .service(otp_actix::scope("/api/phone", phone.clone()))
            .configure(otp_actix::configure_operations(operations.clone()));
    }
}

fn register(address: SocketAddr, number: &str) -> String {
    let mut client = Client::connect(address).expect("the server listens");
    let answer = client.post("/api/phone/register", &json!({ "phone_number": number })).expect("an answer");
    assert_eq!(answer.status, 200, "{:?}", answer.json());
    answer.text("session_token")
}

/// What each of 64 callers was answered to the same code at the same moment.
fn at_once(address: SocketAddr, number: &str, token: &str, code: &str) -> Vec<Answer> {
    let (start, body) = (
        Barrier::new(CALLERS),
        json!({ "phone_number": number, "session_token": token, "security_code": code }),
    );
    thread::scope(|scope| {
        let call = || {
            let mut client = Client::connect(address).expect("the server listens");
            start.wait();
            client.post("/api/phone/verify", &body).expect("an answer")
        };
        let callers: Vec<_> = (0..CALLERS).map(|_| scope.spawn(call)).collect();
        callers.into_iter().map(|caller| caller.join().expect("the caller ends")).collect()
    })
}

fn count(answers: &[Answer], code: &str) -> usize {
    answers.iter().filter(|answer| answer.text("code") == code).count()
}

fn race(workers: usize) {
    let folder = tempfile::tempdir().expect("a folder");
    let sender = Arc::new(RecordingSender::default());
    let address = servers::actix(workers, configure(&verifier(&folder, &sender, DeliveryMode::Inline)));
    let registered = |number: &str| {
        let token = register(address, number);
        let recipient = Recipient::parse(number).expect("a number");
        (token, sender.last_code(&recipient).expect("a message"))
    };
    for round in 0..otp_tests::rounds(10) {
        let number = format!("+1415{}", 5_550_100 + round);
        let (token, right) = registered(&number);
        let wrong = if right == "000000" { "111111" } else { "000000" };
        let answers = at_once(address, &number, &token, wrong);
        let answered = (count(&answers, "code_invalid"), count(&answers, "too_many_checks"));
        assert_eq!(answered, (5, CALLERS - 5), "round {round}: five guesses are answered");

        let number = format!("+1415{}", 2_550_100 + round);
        let (token, right) = registered(&number);
        let answers = at_once(address, &number, &token, &right);
        let verified = answers.iter().filter(|answer| answer.status == 200).count();
        assert_eq!(verified, 1, "round {round}: a code succeeds once");
        assert_eq!(count(&answers, "code_already_verified"), CALLERS - 1, "round {round}");
    }
}

#[test]
fn one_actix_worker_over_sqlite() {
    race(1);
}

#[test]
fn four_actix_workers_over_sqlite() {
    race(4);
}

/// The worker as the crate's documentation starts it: on actix's own runtime, beside the server.
#[actix_web::test]
async fn a_delivery_worker_on_the_runtime_of_actix() {
    let folder = tempfile::tempdir().expect("a folder");
    let sender = Arc::new(RecordingSender::default());
    let verifier = verifier(&folder, &sender, DeliveryMode::Queue);
    let stop = CancellationToken::new();
    let worker = actix_web::rt::spawn(Worker::new(&verifier).run(stop.clone()));
    let app = actix_web::App::new().configure(configure(&verifier));
    let app = actix_web::test::init_service(app).await;
    let call = |path: &str, body: serde_json::Value| {
        let request = actix_web::test::TestRequest::post().uri(path).set_json(body).to_request();
        actix_web::test::call_and_read_body_json::<_, _, serde_json::Value>(&app, request)
    };
    let registered = call("/api/phone/register", json!({ "phone_number": PHONE })).await;
    let token = registered["session_token"].clone();
    let recipient = Recipient::parse(PHONE).expect("a number");
    let code = loop {
        match sender.last_code(&recipient) {
            Some(code) => break code,
            None => actix_web::rt::time::sleep(std::time::Duration::from_millis(5)).await,
        }
    };
    let body = json!({ "phone_number": PHONE, "session_token": token, "security_code": code });
    assert_eq!(call("/api/phone/verify", body).await["message"], "Security code is valid.");
    let ready = actix_web::test::TestRequest::get().uri("/readyz").to_request();
    assert_eq!(actix_web::test::call_service(&app, ready).await.status(), 200);
    stop.cancel();
    worker.await.expect("it stops");
}
