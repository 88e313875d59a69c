//! Paths as they were sent. Actix routes by the decoded path, the contract by the path as it came.

use actix_web::HttpRequest;

/// The mount with one slash before it and none behind: actix takes a slash at a scope's end for a segment of its own.
pub(crate) fn mount(path: &str) -> String {
    match path.trim_matches('/') {
        "" => String::new(),
        path => format!("/{path}"),
    }
}

/// What is left of the path behind the scope's mount, and that of the scopes around it.
pub(crate) fn behind_mount(request: &HttpRequest) -> String {
    // Actix leaves `%2F` encoded, so the encoded and the decoded rest have the same number of slashes.
    let slashes = request.match_info().unprocessed().matches('/').count();
    let path = request.uri().path();
    let start = slashes.checked_sub(1).and_then(|last| path.rmatch_indices('/').nth(last));
    start.map_or_else(String::new, |(place, _)| path[place..].to_owned())
}

/// Whether `mount` stands in `path` letter by letter. A mount with patterns, or with letters that are always encoded,
/// is left to actix.
pub(crate) fn is_spelled(path: &str, mount: &str) -> bool {
    let is_plain = mount.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte));
    !is_plain
        || path
            .match_indices(mount)
            .any(|(place, _)| matches!(path.as_bytes().get(place + mount.len()), None | Some(b'/')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mounts() {
        for (written, expected) in
            [("/api/phone", "/api/phone"), ("api/phone/", "/api/phone"), ("//a//", "/a"), ("", ""), ("/", "")]
        {
            assert_eq!(mount(written), expected, "{written}");
        }
    }

    #[test]
    fn spellings() {
        for (path, mount, expected) in [
            ("/api/phone", "/api/phone", true),
            ("/api/phone/register", "/api/phone", true),
            ("/v1/api/phone/register", "/api/phone", true),
            ("/api/phones/api/phone/", "/api/phone", true),
            ("/register", "", true),
            ("/api/%70hone/register", "/api/phone", false),
            ("/%61pi/phone", "/api/phone", false),
            ("/healthz/", "/healthz", true),
            ("/%68ealthz", "/healthz", false),
            ("/tenants/a%20b/phone", "/tenants/{tenant}/phone", true),
            ("/caf%C3%A9/register", "/caf\u{e9}", true),
        ] {
            assert_eq!(is_spelled(path, mount), expected, "{path} {mount}");
        }
    }
}
