//! [`Finding`]: a line of `otp doctor`.

/// What one check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) status: Status,
    /// The check's name, with that of what was looked at where there are several.
    pub(crate) name: String,
    /// What was found: no secret, no account id, no full recipient.
    pub(crate) finding: String,
    /// What to do.
    pub(crate) remedy: Option<String>,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// Good, or not used.
    Ok,
    /// It works, and somebody should know.
    Warn,
    /// It does not work.
    Fail,
}

impl Status {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

impl Finding {
    pub(crate) fn ok(name: impl Into<String>, finding: impl Into<String>) -> Self {
        Self { status: Status::Ok, name: name.into(), finding: finding.into(), remedy: None }
    }

    pub(crate) fn warn(
        name: impl Into<String>,
        finding: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { status: Status::Warn, remedy: Some(remedy.into()), ..Self::ok(name, finding) }
    }

    pub(crate) fn fail(
        name: impl Into<String>,
        finding: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { status: Status::Fail, remedy: Some(remedy.into()), ..Self::ok(name, finding) }
    }
}
