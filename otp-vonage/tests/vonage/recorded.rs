//! Every request that an official library put on the wire is ours, too.

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use otp_core::Channel::{Sms, Voice};
use otp_provider::{
    Secret,
    testing::{Golden, Recorded, Step},
};
use otp_service::{Sender as _, Timestamped as _};
use otp_vonage::{
    SmsApi, VonageConfig,
    signature::{SigningMethod, to_sign},
};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use serde_json::Value;

use crate::{
    support::{
        APPLICATION, CODE, GOLDEN, SIGNATURE_SECRET, TEXT, Vonage, golden_json, message, number, string,
    },
    vectors::legacy_signature,
};

const VERIFICATION: &str = "c11236f4-00bf-4b89-84ba-88b25df97315";
const SIGNED_TEXT: &str = "a=b&c 123456";
const CALLBACK: &str = "https://otp.example.com/hooks/vonage";

pub(crate) const FILES: &[&str] = &[
    "vonage-messages-sms-jwt",
    "vonage-messages-sms-ttl",
    "vonage-number-insight-basic",
    "vonage-sms-basic",
    "vonage-sms-signed-md5hash",
    "vonage-sms-signed-md5hmac",
    "vonage-sms-signed-sha1hmac",
    "vonage-sms-signed-sha256hmac",
    "vonage-sms-signed-sha512hmac",
    "vonage-sms-unicode",
    "vonage-verify2-cancel",
    "vonage-verify2-check",
    "vonage-verify2-next",
    "vonage-verify2-start",
];
