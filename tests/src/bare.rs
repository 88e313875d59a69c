//! The yardstick of the HTTP benchmark: an axum handler that parses and answers the same JSON and does nothing else.

use axum::{Json, Router, routing::post};
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
struct Register {
    phone_number: String,
}

#[derive(Serialize)]
struct Registered {
    session_token: &'static str,
    phone_number: String,
    channel: &'static str,
    delivery: &'static str,
    code_length: u8,
    expires_in: u32,
    resend_in: u32,
}

#[derive(Deserialize)]
struct Verify {
    phone_number: String,
    session_token: String,
    security_code: String,
}

#[derive(Serialize)]
struct Verified {
    message: &'static str,
    phone_number: String,
    proof: String,
}

async fn register(Json(body): Json<Register>) -> Json<Registered> {
    Json(Registered {
        session_token: "0123456789abcdef0123456789abcdef01234567",
        phone_number: body.phone_number,
        channel: "sms",
        delivery: "queued",
        code_length: 6,
        expires_in: 600,
        resend_in: 60,
    })
}

async fn verify(Json(body): Json<Verify>) -> Json<Verified> {
    let proof = format!("{}{}{}", body.session_token, "x".repeat(300), body.security_code);
    Json(Verified { message: "Security code is valid.", phone_number: body.phone_number, proof })
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8001".to_owned());
    let router =
        Router::new().route("/api/phone/register", post(register)).route("/api/phone/verify", post(verify));
    let listener = tokio::net::TcpListener::bind(address).await?;
    axum::serve(axum::serve::ListenerExt::tap_io(listener, |stream| drop(stream.set_nodelay(true))), router)
        .await
}
