//! E-mail over SMTP with verified TLS.
