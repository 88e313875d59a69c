//! Keys of delivery: which sender serves which channel, and each sender's options.

use crate::config::{key::Key, kind::Kind};

const SENDERS: Kind = Kind::List("sender names");
const BY_ENVIRONMENT: &str = "development: `console`; production: none";

pub(super) const KEYS: &[Key] = &[
    Key::new(
        "delivery",
        &["OTP_DELIVERY"],
        Kind::Choice(&["queue", "inline"]),
        "`queue` answers at once and sends in the background; `inline` waits for the provider.",
    )
    .default("queue"),
    Key::new(
        "sms",
        &["OTP_SMS"],
        SENDERS,
        "Senders of text messages: the first is preferred, the rest take over.",
    )
    .derived(BY_ENVIRONMENT),
    Key::new("voice", &["OTP_VOICE"], SENDERS, "Senders of calls.").derived(BY_ENVIRONMENT),
    Key::new("whatsapp", &["OTP_WHATSAPP"], SENDERS, "Senders of WhatsApp messages.").derived(BY_ENVIRONMENT),
    Key::new("email", &["OTP_EMAIL"], SENDERS, "Senders of e-mail.").derived(BY_ENVIRONMENT),
    Key::new("file_path", &["OTP_FILE_PATH"], Kind::Path, "File that gets one line of JSON per message.")
        .section("file"),
    Key::new(
        "sandbox_code",
        &["OTP_SANDBOX_CODE"],
        Kind::Line,
        "The fixed code of the sandbox: 4 to 10 digits.",
    )
    .section("sandbox")
    .secret(),
    Key::new(
        "sandbox_recipients",
        &["OTP_SANDBOX_RECIPIENTS"],
        Kind::List("phone numbers or e-mail addresses"),
        "The only recipients of the sandbox; none named, everybody is.",
    )
    .section("sandbox")
    .default(""),
    Key::new("twilio_sid", &["OTP_TWILIO_SID", "SID"], Kind::Line, "Account SID.").section("twilio"),
    Key::new("twilio_secret", &["OTP_TWILIO_SECRET", "SECRET"], Kind::Line, "Auth token.")
        .section("twilio")
        .secret(),
    Key::new(
        "twilio_from",
        &["OTP_TWILIO_FROM", "FROM"],
        Kind::Line,
        "Number or sender id that messages come from.",
    )
    .section("twilio"),
    Key::new(
        "twilio_messaging_service_sid",
        &["OTP_TWILIO_MESSAGING_SERVICE_SID"],
        Kind::Line,
        "Messaging service that chooses the number, instead of `twilio_from`.",
    )
    .section("twilio"),
    Key::new("twilio_base_url", &["OTP_TWILIO_BASE_URL"], Kind::Url, "Where the API is.")
        .default("https://api.twilio.com")
        .section("twilio"),
    Key::new(
        "twilio_status_callback",
        &["OTP_TWILIO_STATUS_CALLBACK"],
        Kind::Url,
        "Public URL that leads to `/webhooks/twilio`, for delivery receipts.",
    )
    .section("twilio"),
    Key::new(
        "twilio_api_key",
        &["OTP_TWILIO_API_KEY"],
        Kind::Line,
        "SID of an API key, to log in with instead of the auth token.",
    )
    .section("twilio"),
    Key::new("twilio_api_key_secret", &["OTP_TWILIO_API_KEY_SECRET"], Kind::Line, "Secret of the API key.")
        .section("twilio")
        .secret(),
    Key::new(
        "twilio_voice_from",
        &["OTP_TWILIO_VOICE_FROM"],
        Kind::Line,
        "Number that calls come from.",
    )
    .derived("as `twilio_from`")
    .section("twilio"),
    Key::new(
        "twilio_whatsapp_from",
        &["OTP_TWILIO_WHATSAPP_FROM"],
        Kind::Line,
        "Number, or messaging service, that WhatsApp messages come from.",
    )
    .section("twilio"),
    Key::new(
        "twilio_whatsapp_template",
        &["OTP_TWILIO_WHATSAPP_TEMPLATE"],
        Kind::Line,
        "SID of the content template of WhatsApp messages; its variable 1 is the code. Without one the text is \
         sent, which reaches people who wrote within a day only.",
    )
    .section("twilio"),
    Key::new(
        "twilio_lookup",
        &["OTP_TWILIO_LOOKUP"],
        Kind::Boolean,
        "Ask Lookup what kind of line a number is before each message; it is paid for.",
    )
    .default("false")
    .section("twilio"),
    Key::new("twilio_lookup_base_url", &["OTP_TWILIO_LOOKUP_BASE_URL"], Kind::Url, "Where Lookup is.")
        .derived("`https://lookups.twilio.com`, or `twilio_base_url` where that is given")
        .section("twilio"),
    Key::new(
        "twilio_redact",
        &["OTP_TWILIO_REDACT"],
        Kind::Boolean,
        "Empty Twilio's copy of a text once it was delivered; needs `twilio_status_callback`.",
    )
    .default("false")
    .section("twilio"),
    Key::new(
        "twilio_feedback",
        &["OTP_TWILIO_FEEDBACK"],
        Kind::Boolean,
        "Tell Twilio that a code was used (Message Feedback), which its routing learns from.",
    )
    .default("false")
    .section("twilio"),
    Key::new(
        "twilio_verify_service_sid",
        &["OTP_TWILIO_VERIFY_SERVICE_SID"],
        Kind::Line,
        "SID of the Verify service, for the sender `twilio-verify`.",
    )
    .section("twilio"),
    Key::new(
        "twilio_verify_base_url",
        &["OTP_TWILIO_VERIFY_BASE_URL"],
        Kind::Url,
        "Where Verify is.",
    )
    .derived("`https://verify.twilio.com`, or `twilio_base_url` where that is given")
    .section("twilio"),
    Key::new(
        "twilio_verify_custom_code",
        &["OTP_TWILIO_VERIFY_CUSTOM_CODE"],
        Kind::Boolean,
        "Verify carries our code instead of its own; Twilio switches that on for a service on request.",
    )
    .default("false")
    .section("twilio"),
    Key::new(
        "sms_api_url",
        &["SMS_API_URL"],
        Kind::Url,
        "Twilio's Messages URL, `https://api.twilio.com/2010-04-01/Accounts/SID/Messages.json`: stands for \
         `twilio_base_url` and `twilio_sid`.",
    ),
    Key::new("sms_api_key", &["SMS_API_KEY"], Kind::Line, "Auth token that goes with `sms_api_url`.")
        .secret(),
    Key::new("vonage_key", &["OTP_VONAGE_KEY", "KEY"], Kind::Line, "API key.").section("vonage").secret(),
    Key::new("vonage_secret", &["OTP_VONAGE_SECRET"], Kind::Line, "API secret.").section("vonage").secret(),
    Key::new("vonage_from", &["OTP_VONAGE_FROM"], Kind::Line, "Number or sender id that messages come from.")
        .section("vonage"),
    Key::new(
        "vonage_sms_api",
        &["OTP_VONAGE_SMS_API"],
        Kind::Choice(&["sms", "messages"]),
        "Which API carries text messages; `messages` needs an application.",
    )
    .default("sms")
    .section("vonage"),
    Key::new(
        "vonage_voice_from",
        &["OTP_VONAGE_VOICE_FROM"],
        Kind::Line,
        "Number that calls come from.",
    )
    .derived("as `vonage_from` where that is a number, else any of the application's")
    .section("vonage"),
    Key::new(
        "vonage_whatsapp_from",
        &["OTP_VONAGE_WHATSAPP_FROM"],
        Kind::Line,
        "Number that WhatsApp messages come from.",
    )
    .section("vonage"),
    Key::new(
        "vonage_whatsapp_template",
        &["OTP_VONAGE_WHATSAPP_TEMPLATE"],
        Kind::Line,
        "Name of the authentication template of WhatsApp messages. Without one the text is sent, which reaches \
         people who wrote within a day only.",
    )
    .section("vonage"),
    Key::new(
        "vonage_signature_secret",
        &["OTP_VONAGE_SIGNATURE_SECRET"],
        Kind::Line,
        "Secret that signs delivery receipts, and requests where `vonage_sign_requests` says so. In the dashboard \
         choose SHA-256 or SHA-512 HMAC as the signature method: MD5 hash, the default, is refused.",
    )
    .section("vonage")
    .secret(),
    Key::new(
        "vonage_sign_requests",
        &["OTP_VONAGE_SIGN_REQUESTS"],
        Kind::Choice(&["off", "sha256", "sha512"]),
        "Sign requests of the SMS API instead of sending the API secret: the method chosen in the dashboard.",
    )
    .default("off")
    .section("vonage"),
    Key::new(
        "vonage_status_callback",
        &["OTP_VONAGE_STATUS_CALLBACK"],
        Kind::Url,
        "Public URL of `/webhooks/vonage`, for delivery receipts; instead of the one in the dashboard.",
    )
    .section("vonage"),
    Key::new(
        "vonage_insight",
        &["OTP_VONAGE_INSIGHT"],
        Kind::Boolean,
        "Ask Number Insight about a number before each message.",
    )
    .default("false")
    .section("vonage"),
    Key::new("vonage_sms_base_url", &["OTP_VONAGE_SMS_BASE_URL"], Kind::Url, "Where the SMS API is.")
        .default("https://rest.nexmo.com")
        .section("vonage"),
    Key::new("vonage_api_base_url", &["OTP_VONAGE_API_BASE_URL"], Kind::Url, "Where the other APIs are.")
        .default("https://api.nexmo.com")
        .section("vonage"),
    Key::new(
        "vonage_application_id",
        &["OTP_VONAGE_APPLICATION_ID"],
        Kind::Line,
        "Application for calls, WhatsApp messages, the Messages API and the sender `vonage-verify`.",
    )
    .section("vonage"),
    Key::new(
        "vonage_private_key",
        &["OTP_VONAGE_PRIVATE_KEY"],
        Kind::Text,
        "The application's private key in PEM.",
    )
    .section("vonage")
    .secret(),
    Key::new(
        "vonage_verify_brand",
        &["OTP_VONAGE_VERIFY_BRAND"],
        Kind::Line,
        "Who the sender `vonage-verify` says is verifying; at most 16 characters.",
    )
    .derived("as `app_name`, cut")
    .section("vonage"),
    Key::new(
        "vonage_verify_custom_code",
        &["OTP_VONAGE_VERIFY_CUSTOM_CODE"],
        Kind::Boolean,
        "Verify carries our code instead of its own.",
    )
    .default("false")
    .section("vonage"),
    Key::new("smtp_server", &["SMTP_SERVER"], Kind::Line, "Host of the mail server.").section("smtp"),
    Key::new("smtp_port", &["SMTP_PORT"], Kind::Number(1, 65_535), "Port of the mail server.")
        .default("587")
        .section("smtp"),
    Key::new("smtp_username", &["SMTP_USERNAME"], Kind::Line, "User at the mail server.").section("smtp"),
    Key::new("smtp_password", &["SMTP_PASSWORD"], Kind::Line, "Password at the mail server.")
        .section("smtp")
        .secret(),
    Key::new("smtp_from_email", &["FROM_EMAIL"], Kind::Line, "Address that e-mail comes from.")
        .alias(&["from_email"])
        .section("smtp"),
    Key::new("smtp_from_name", &["FROM_NAME"], Kind::Line, "Name that e-mail comes from.")
        .alias(&["from_name"])
        .derived("as `app_name`")
        .section("smtp"),
    Key::new(
        "smtp_tls",
        &["OTP_SMTP_TLS"],
        Kind::Choice(&["starttls", "implicit", "none"]),
        "How the connection is encrypted; `none` for a server on loopback only.",
    )
    .default("starttls")
    .section("smtp"),
    Key::new(
        "smtp_ca_file",
        &["OTP_SMTP_CA_FILE"],
        Kind::Path,
        "Certificates in PEM that vouch for the mail server, instead of the system's.",
    )
    .section("smtp"),
];
