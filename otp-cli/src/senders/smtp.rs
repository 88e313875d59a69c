//! `smtp`.

use otp_smtp::{Failure, SmtpSender, Step, Tls};

use super::unfit;
use crate::{
    command::CommandError,
    config::{SenderName, SmtpOptions, SmtpTls},
    doctor::Finding,
    remedy::remedy,
};

pub(super) fn sender(options: &SmtpOptions) -> Result<SmtpSender, CommandError> {
    let mut builder = SmtpSender::builder(&options.server, options.from_email.clone())
        .port(options.port)
        .followed(options.is_followed)
        .from_name(&options.from_name)
        .tls(match options.tls {
            SmtpTls::Starttls => Tls::StartTls,
            SmtpTls::Implicit => Tls::Implicit,
            SmtpTls::None => Tls::None,
        });
    if let Some((user, password)) = &options.credentials {
        builder = builder.credentials(user, password.expose());
    }
    if let Some(path) = &options.ca_file {
        builder = builder.ca_file(path);
    }
    builder.build().map_err(|error| unfit(SenderName::Smtp)(&error))
}

pub(super) async fn probe(sender: &SmtpSender, name: &str) -> Vec<Finding> {
    match sender.probe().await {
        Ok(probe) => {
            let found: Vec<_> = probe
                .steps
                .iter()
                .map(|step| match step.step {
                    // The address says more than an operator of this machine needs in a report.
                    Step::Tcp => "connected".to_owned(),
                    _ => step.finding.clone(),
                })
                .collect();
            vec![Finding::ok(name, found.join("; "))]
        }
        Err(error) => {
            let failure = error.source.as_ref().and_then(|source| source.downcast_ref::<Failure>());
            let found = failure.map_or_else(|| error.to_string(), ToString::to_string);
            let next = match failure.map(Failure::step) {
                Some(Step::Tcp) => {
                    "is SMTP_SERVER right, is SMTP_PORT open from here (587, 465), does a firewall allow it?"
                }
                Some(Step::Greeting) => "is SMTP_PORT the one for OTP_SMTP_TLS (587 starttls, 465 implicit)?",
                Some(Step::StartTls) => {
                    "set OTP_SMTP_TLS=implicit with SMTP_PORT=465, or use a server with STARTTLS"
                }
                Some(Step::Tls) => {
                    "is SMTP_SERVER the name in its certificate? a private authority goes into OTP_SMTP_CA_FILE"
                }
                Some(Step::Auth) => {
                    "correct SMTP_USERNAME and SMTP_PASSWORD; some providers want an app password"
                }
                _ => return vec![Finding::fail(name, found, remedy(&error))],
            };
            vec![Finding::fail(name, found, next)]
        }
    }
}
