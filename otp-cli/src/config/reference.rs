//! The reference of configuration, printed from the table of keys.

use std::fmt::Write;

use super::{GROUPS, Kind, key::Default, key::Key};

/// `docs/configuration.md`.
#[must_use]
pub fn reference() -> String {
    let mut page = INTRODUCTION.to_owned();
    for (heading, keys) in GROUPS {
        write!(page, "\n## {heading}\n\n{HEAD}").expect("writing to a String cannot fail");
        keys.iter().for_each(|key| page.push_str(&row(key)));
    }
    page.push_str(APPENDIX);
    page
}

const HEAD: &str = "| key | environment | takes | default | |\n|---|---|---|---|---|\n";

fn row(key: &Key) -> String {
    let code = |text: &&str| format!("`{text}`");
    let names: Vec<_> = key.names().map(|name| code(&name)).collect();
    let mut variables: Vec<_> = key.variables.iter().map(code).collect();
    if key.secret {
        variables.push(code(&format!("{}_FILE", key.variables[0]).as_str()));
    }
    let default = match key.default {
        Default::Unset => String::new(),
        Default::Text("") => "none".to_owned(),
        Default::Text(text) => format!("`{text}`"),
        Default::Derived(description) => description.to_owned(),
    };
    let takes = match key.kind {
        Kind::Choice(words) => words.iter().map(code).collect::<Vec<_>>().join(", "),
        kind => kind.expected(),
    };
    format!("| {} | {} | {takes} | {default} | {} |\n", names.join(", "), variables.join(", "), key.doc)
}

const INTRODUCTION: &str = "\
# Configuration

This page is printed from the table of keys in `otp-cli`; a test keeps it so
(`UPDATE_DOCS=1 cargo test -p otp-cli reference` prints it anew).

`otp` reads `otp.toml` (or `--config FILE`), then `.env` (or `--env-file FILE`), then the environment; later wins.
An unknown key, a bad value or a missing one ends with exit status 2 and names all problems at once. `otp config`
shows what holds and where it comes from.

* In `otp.toml` every key stands at the top level under its name. Keys of a sender and of the admin address may also
  stand in a section without the prefix: `[twilio] sid = \"...\"` is `twilio_sid = \"...\"`. Values are TOML's own or
  texts; a list is an array or a text with commas. Top-level keys stand above the first section.
* `.env` has `NAME=value` lines with `#` comments, `export `, `'as it is'` and `\"with \\n escapes\"`. Nothing is expanded.
* Environment variables that begin with `OTP_` must be known; others are ignored.
* Where a key has several names, one of them is enough; two in one source must say the same.
* A secret can also be in a file: `OTP_SECRET_KEY_FILE=/run/secrets/key`, or `secret_key_file` in `otp.toml`. This works
  for every name of every key that has a `_FILE` variable below.
";

const APPENDIX: &str = "
## Senders

| sender | channels | needs | production |
|---|---|---|---|
| `console` | all | | refused |
| `file` | all | `file_path` | refused |
| `sandbox` | all | `sandbox_code` | refused |
| `discard` | all | | warns |
| `twilio` | sms, voice, whatsapp | `twilio_sid`, `twilio_secret` or `twilio_api_key` and `twilio_api_key_secret` (or `sms_api_url`, `sms_api_key`); sms: `twilio_from` or `twilio_messaging_service_sid`; voice: `twilio_voice_from` or `twilio_from`; whatsapp: `twilio_whatsapp_from` | |
| `twilio-verify` | sms, voice, whatsapp | the same account, `twilio_verify_service_sid` | |
| `vonage` | sms, voice, whatsapp | `vonage_key`, `vonage_secret`; sms: `vonage_from`; voice: `vonage_application_id`, `vonage_private_key`; whatsapp: these and `vonage_whatsapp_from` | |
| `vonage-verify` | sms, voice, whatsapp | the same account, `vonage_application_id`, `vonage_private_key` | |
| `smtp` | email | `smtp_server`, `smtp_from_email` | |

Of several senders of a channel, `sms = twilio,vonage`, the first is asked first, and the next one takes over where it does not
accept a message and another may. The senders `twilio-verify` and `vonage-verify` leave making and checking codes to the
provider (unless it is told to carry ours); limits and answers are the same.

Delivery receipts are read at `/webhooks/twilio` where Twilio's auth token is given, and at `/webhooks/vonage` where
`vonage_signature_secret` is. Twilio signs the URL it calls: that is `twilio_status_callback`, whatever path a proxy makes of it,
and without it the URL that the request's `Host` names.

## Databases

| URL | needs | build |
|---|---|---|
| `sqlite://otp.db`, `sqlite:///var/lib/otp/otp.db` | nothing: SQLite is built in | always |
| `sqlite::memory:` | nothing; gone with the process, for trials | always |
| `postgres://user:password@host/name` | a server, and the library libpq (Debian: `libpq5`; to build, `libpq-dev`) | `cargo install otp-cli --features postgres` |
| `mysql://user:password@host/name`, `mariadb://...` | a server, and the library libmariadb (Debian: `libmariadb3`; to build, `libmariadb-dev`) | `cargo install otp-cli --features mysql` |

## Processes

`otp serve` answers requests and sends messages. For more machines on one server database start `otp serve --no-worker` as often
as needed and `otp worker` beside it, with the same configuration and the same `secret_key`.

## Production

`environment = production` refuses, naming each key: no `secret_key`; the senders `console`, `file` and `sandbox`; `http://`
URLs; a `bind` that is not loopback without `trusted_proxies` or `tls_terminator`; a life of codes outside 60 s to 600 s
(to 86400 s where e-mail is the only channel), a cooldown below 30 s, more than 10 sends an hour, more than 5 checks, fewer
than 6 digits; placeholders among the options of a sender in use.
";
