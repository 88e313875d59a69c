//! URLs in messages.

/// A URL without what stands before its last `@` and after its first `?`.
pub(crate) fn without_password(url: &str) -> String {
    let shown = url.split_once('?').map_or(url, |(shown, _)| shown);
    match (shown.find("://"), shown.rfind('@')) {
        (Some(scheme), Some(at)) if scheme < at => format!("{}://***{}", &shown[..scheme], &shown[at..]),
        _ => shown.to_owned(),
    }
}
