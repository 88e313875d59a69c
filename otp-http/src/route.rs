//! From method and path to a call. Every app has a table of routes; the OpenAPI document is made from the same one.

use std::{borrow::Cow, fmt};

use http::Method;

use crate::{
    error::{ApiError, ErrorCode},
    fields::Field,
};

/// One call of an app.
#[derive(Clone)]
pub(crate) struct Route<C> {
    pub(crate) call: C,
    pub(crate) verb: Verb,
    /// Without slashes at its ends.
    pub(crate) path: Cow<'static, str>,
    /// For the OpenAPI document.
    pub(crate) summary: &'static str,
    /// What the body has; nothing where there is none.
    pub(crate) fields: Vec<Field>,
    /// What the answer has.
    pub(crate) answer: Vec<Member>,
    /// Whether it takes an `Idempotency-Key`.
    pub(crate) is_idempotent: bool,
    /// What can go wrong, besides what can go wrong with every body.
    pub(crate) errors: &'static [ErrorCode],
}

/// The path alone: the rest is the same in every process.
impl<C> fmt::Debug for Route<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)
    }
}

/// What a call does, as far as HTTP minds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Read,
    Act,
    /// What providers post; some of them with `GET`.
    Report,
}

impl Verb {
    /// The methods, as `Allow` lists them.
    pub(crate) const fn allow(self) -> &'static str {
        match self {
            Self::Read => "GET, HEAD",
            Self::Act => "POST",
            Self::Report => "GET, POST",
        }
    }

    fn allows(self, method: &Method) -> bool {
        match self {
            Self::Read => method == Method::GET || method == Method::HEAD,
            Self::Act => method == Method::POST,
            Self::Report => method == Method::GET || method == Method::POST,
        }
    }
}

/// One member of an answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Member {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// For the OpenAPI document.
    pub(crate) about: &'static str,
}

/// What a member holds.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Text,
    Integer,
    Flag,
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// A list of objects.
    Objects,
}

/// Finds the call. Slashes at the ends make no difference: frameworks differ in how many they leave behind a mount.
pub(crate) fn find<'a, C>(
    routes: &'a [Route<C>],
    method: &Method,
    path: &str,
) -> Result<&'a Route<C>, ApiError> {
    let path = path.trim_matches('/');
    let route = routes.iter().find(|route| route.path == path).ok_or(ApiError::NotFound)?;
    if route.verb.allows(method) {
        Ok(route)
    } else {
        Err(ApiError::MethodNotAllowed { allow: route.verb.allow() })
    }
}
