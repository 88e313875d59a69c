//! [`PublicUrl`]: the address that Twilio calls.

/// The scheme and the host that Twilio calls, and the path that a proxy takes off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PublicUrl {
    scheme: &'static str,
    host: String,
    port: Option<u16>,
    path: String,
}

impl PublicUrl {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = match text.strip_prefix("https://") {
            Some(rest) => ("https", rest),
            None => ("http", text.strip_prefix("http://")?),
        };
        let (authority, path) = rest.find('/').map_or((rest, ""), |place| rest.split_at(place));
        // An address in brackets has colons of its own.
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => (host, Some(port.parse().ok()?)),
            _ => (authority, None),
        };
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b".-[]:_".contains(&byte);
        let is_plain = !host.is_empty()
            && host.bytes().all(allowed)
            && !path.contains(['?', '#'])
            && !path.contains(char::is_whitespace);
        let path = path.trim_end_matches('/').to_owned();
        is_plain.then(|| Self { scheme, host: host.to_owned(), port, path })
    }

    /// What Twilio may have signed: the address as it is configured, without a port, and with the scheme's own. Twilio
    /// leaves the port out or puts it in, depending on product and scheme.
    pub(crate) fn addresses(&self, path_and_query: &str) -> Vec<String> {
        let own = if self.scheme == "https" { 443 } else { 80 };
        let mut ports = vec![self.port, None];
        if self.port.is_none() {
            ports.push(Some(own));
        }
        ports.dedup();
        let Self { scheme, host, path, .. } = self;
        let address = |port: Option<u16>| match port {
            Some(port) => format!("{scheme}://{host}:{port}{path}{path_and_query}"),
            None => format!("{scheme}://{host}{path}{path_and_query}"),
        };
        ports.into_iter().map(address).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let addresses = |text: &str| PublicUrl::parse(text).unwrap().addresses("/hook?a=1");
        assert_eq!(
            addresses("https://otp.example.com/"),
            ["https://otp.example.com/hook?a=1", "https://otp.example.com:443/hook?a=1"]
        );
        assert_eq!(
            addresses("http://otp.example.com:8080/base"),
            ["http://otp.example.com:8080/base/hook?a=1", "http://otp.example.com/base/hook?a=1"]
        );
        assert_eq!(addresses("https://[::1]:1")[0], "https://[::1]:1/hook?a=1");
        assert_eq!(addresses("http://[::1]")[1], "http://[::1]:80/hook?a=1");
        for bad in [
            "",
            "otp.example.com",
            "ftp://x",
            "https://",
            "https:///x",
            "https://u@x",
            "https://x?y",
            "https://x:y",
        ] {
            assert_eq!(PublicUrl::parse(bad), None, "{bad}");
        }
    }
}
