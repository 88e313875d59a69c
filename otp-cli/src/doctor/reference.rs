//! `docs/doctor.md`: the checks, and the guides' entries with the checks that answer them.

use std::fmt::Write;

use super::{CHECKS, LIMIT};

/// An entry of a troubleshooting guide, and where this program answers it.
struct Entry {
    text: &'static str,
    /// Names of checks, the first tells most.
    checks: &'static [&'static str],
    /// What else there is to know; what a check cannot see.
    note: &'static str,
}

const fn entry(text: &'static str, checks: &'static [&'static str], note: &'static str) -> Entry {
    Entry { text, checks, note }
}

const PHONE_GUIDE: &[Entry] = &[
    entry(
        "ImportError: no module of the provider",
        &["build", "configuration"],
        "A sender that is not built in is refused by name.",
    ),
    entry("Please define the configuration", &["configuration"], "Development works without one."),
    entry(
        "Please specify following settings",
        &["configuration"],
        "Each missing key by name, all at once; only what a sender in use needs is missing.",
    ),
    entry(
        "SMS not received: wrong number format",
        &["from", "deliveries"],
        "Recipients that are not E.164 are refused when they register; `otp message --to` tries one.",
    ),
    entry(
        "SMS not received: credentials incorrect",
        &["sender", "credentials"],
        "`otp message` sends a test message.",
    ),
    entry(
        "SMS not received: number not verified (sandbox mode)",
        &["sender", "senders"],
        "A trial account is a line of its own (`trial`).",
    ),
    entry(
        "SMS not received: rate limiting",
        &["deliveries", "queue"],
        "Pauses that a provider asks for are kept; another sender takes over.",
    ),
    entry("SMS not received: network or firewall", &["sender"], "TCP and TLS to each provider."),
    entry(
        "Exceptions of the provider's client: error codes",
        &["deliveries", "sender"],
        "`otp message` shows class, code and remedy.",
    ),
    entry(
        "Exceptions of the provider's client: balance",
        &["sender"],
        "Vonage tells the credit, Twilio the account's state.",
    ),
    entry(
        "Exceptions of the provider's client: FROM not capable",
        &["from", "deliveries"],
        "Whether a number takes SMS shows in the failures' class `provider`.",
    ),
    entry(
        "\"Security code is not valid\": typo",
        &["codes", "answers"],
        "`otp list --recipient` shows the guesses left.",
    ),
    entry("\"Security code is not valid\": expired", &["codes"], ""),
    entry(
        "\"Security code is not valid\": database was cleared",
        &["database", "tables", "live codes"],
        "A secret key that was replaced has the same effect.",
    ),
    entry(
        "\"Security code is not valid\": different number",
        &["answers"],
        "Spellings of one number are one recipient; `otp list --recipient` finds its challenges.",
    ),
    entry(
        "\"Session Token mis-match\"",
        &["answers"],
        "A session that a newer one ended is `replaced` in `otp list`.",
    ),
    entry("\"Security code has expired\"", &["codes", "queue"], "A message that waits eats its code's life."),
    entry("\"Security code is already verified\"", &["codes"], ""),
    entry(
        "Unique constraint violation",
        &["database"],
        "Cannot happen: a challenge's key is a hash of 160 random bits, and old challenges are replaced, not deleted.",
    ),
    entry(
        "Backend not found",
        &["configuration", "build"],
        "An unknown sender is refused with a suggestion.",
    ),
    entry(
        "send_sms() missing required argument",
        &["build"],
        "Cannot happen: the compiler refuses a sender of another shape.",
    ),
    entry("404 for register or verify", &["server"], ""),
    entry(
        "Validation errors not shown",
        &["answers"],
        "Every refusal has its field and reason, unless `strict_errors`.",
    ),
    entry("Tests sending real SMS", &["real messages", "senders"], ""),
    entry("Slow answers: provider's latency", &["delivery", "sender"], ""),
    entry(
        "Slow answers: queries, network",
        &["database", "server", "queue"],
        "Indexes come with the migrations.",
    ),
    entry(
        "Too many database records",
        &["tables"],
        "A worker deletes by itself; `otp cleanup --dry-run` shows what would go.",
    ),
    entry(
        "Getting help: debug logging",
        &["log"],
        "`OTP_LOG=info,otp_service=debug` shows every event and nothing secret.",
    ),
];

const ACCOUNT_GUIDE: &[Entry] = &[
    entry("SMS service not configured: placeholder credentials", &["credentials", "senders"], ""),
    entry("SMTP server not accessible", &["sender"], "`sender smtp`: TCP, TLS, login."),
    entry(
        "Codes fall back to the log",
        &["senders", "log"],
        "No sender falls back: `console` prints codes where it is configured, in development only.",
    ),
    entry("E-mail codes, verification, resending", &["server", "database", "queue"], ""),
    entry("Endpoints", &["server"], ""),
    entry("Configuration for production: e-mail", &["configuration", "credentials", "from", "sender"], ""),
    entry(
        "Configuration for production: SMS",
        &["configuration", "credentials", "sender"],
        "`SMS_API_URL` and `SMS_API_KEY` work as in the guide.",
    ),
    entry("Testing workflow", &["senders", "server"], "`otp register`, `otp send`, `otp verify`."),
];

/// `docs/doctor.md`.
#[must_use]
pub fn reference() -> String {
    let mut page = INTRODUCTION.replace("{limit}", &LIMIT.as_secs().to_string());
    for check in CHECKS {
        writeln!(page, "| `{}` | {} |", check.name, check.about).expect("writing to a String cannot fail");
    }
    for (heading, entries) in [
        ("Entries of the phone verification guide", PHONE_GUIDE),
        ("Entries of the account system's guide", ACCOUNT_GUIDE),
    ] {
        write!(page, "\n## {heading}\n\n| entry | checks | |\n|---|---|---|\n").expect("as above");
        for entry in entries {
            let checks: Vec<_> = entry.checks.iter().map(|check| format!("`{check}`")).collect();
            writeln!(page, "| {} | {} | {} |", entry.text, checks.join(", "), entry.note).expect("as above");
        }
    }
    page
}

const INTRODUCTION: &str = "\
# otp doctor

This page is printed from the table of checks in `otp-cli`; a test keeps it so (`UPDATE_DOCS=1 cargo test -p otp-cli reference`
prints it anew).

`otp doctor` looks at everything that the troubleshooting guides of phone and account verification speak of, and says what it
found and what to do:

```
ok    configuration  complete, for production: 14 keys given, .env read
fail  sender smtp    auth: the server answered 535 5.7.8  correct SMTP_USERNAME and SMTP_PASSWORD; ...
```

Each line is `ok`, `warn` or `fail`, the check's name, the finding, and where there is one the remedy, two spaces apart at least. The
exit status is 1 where something fails. `--json` gives an array of objects with `status`, `name`, `finding` and `remedy` (`null` where there is none).

All checks run at a time, none longer than {limit} s, and none sends a message. A check that does not apply says \"not used\", or
nothing. A configuration that cannot be used is reported first, and the checks go on with what can be understood of it. No secret,
account id or whole recipient is shown. What was never set up is a warning where `otp serve` sets it up by itself (a database that is
not there yet).

## Checks

| check | looks at |
|---|---|
";

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn entries_name_checks_and_every_check_has_an_entry_or_a_reason() {
        let checks: BTreeSet<_> = CHECKS.iter().map(|check| check.name).collect();
        assert_eq!(checks.len(), CHECKS.len(), "names are unique");
        let named: BTreeSet<_> =
            PHONE_GUIDE.iter().chain(ACCOUNT_GUIDE).flat_map(|entry| entry.checks).copied().collect();
        let unknown: Vec<_> = named.difference(&checks).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
        let beyond_the_guides: Vec<_> = checks.difference(&named).copied().collect();
        assert_eq!(beyond_the_guides, ["clock", "message length", "receipts", "secret key"]);
        assert!(PHONE_GUIDE.iter().chain(ACCOUNT_GUIDE).all(|entry| !entry.checks.is_empty()));
    }
}
