//! Web addresses as the engine compares and resolves them (RFC 3986, section 5; normalised as browsers do).
//!
//! Works on text alone: no host name is looked up, and one outside ASCII is refused, not converted. An [`Address`] is
//! always http or https, at most [`MAX_URL`] bytes long, and holds neither spaces nor control characters.

use std::borrow::Cow;
use std::fmt;

/// The longest address that is read or built, in bytes. Servers commonly refuse request lines over 8 KiB.
pub(crate) const MAX_URL: usize = 8192;

/// The query parameter in which players report to CDNs (CTA-5004); it never names a resource.
const CMCD: &str = "CMCD";

/// An absolute http or https address without its fragment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    secure: bool,
    host: String,
    path: String,
    query: Option<String>,
}

impl Address {
    /// Reads an absolute address; `None` when it is not http or https, has no host, or is too long.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = clean(text)?;
        let (scheme, rest) = split_scheme(&text)?;
        Self::from_parts(is_secure(scheme)?, rest)
    }

    /// Resolves a reference against this address; `None` as in [`Address::parse`].
    pub(crate) fn resolve(&self, reference: &str) -> Option<Self> {
        let reference = clean(reference)?;
        if let Some((scheme, rest)) = split_scheme(&reference) {
            return Self::from_parts(is_secure(scheme)?, rest);
        }
        let slashed = |at: usize| matches!(reference.as_bytes().get(at), Some(b'/' | b'\\'));
        if slashed(0) && slashed(1) {
            return Self::from_parts(self.secure, &reference);
        }
        let (path, query) = split_query(&reference);
        let resolved = Self {
            secure: self.secure,
            host: self.host.clone(),
            path: match path {
                "" => self.path.clone(),
                _ if slashed(0) => normal_path(path),
                _ => normal_path(&format!("{}{path}", self.folder())),
            },
            query: match query {
                None if path.is_empty() => self.query.clone(),
                None => None,
                Some(query) => Some(escape(query, in_query)),
            },
        };
        resolved.bounded()
    }

    /// This address without the query parameters that players add.
    pub(crate) fn without_cmcd(mut self) -> Self {
        let Some(query) = &self.query else { return self };
        let is_report = |pair: &&str| pair.split('=').next() == Some(CMCD);
        if query.split('&').any(|pair| is_report(&pair)) {
            let kept: Vec<&str> = query.split('&').filter(|pair| !is_report(pair)).collect();
            self.query = (!kept.is_empty()).then(|| kept.join("&"));
        }
        self
    }

    /// Host, and port if it is not the scheme's default.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// The path, from its first slash.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// Path and query, as a request line has them.
    pub(crate) fn target(&self) -> String {
        self.query
            .as_ref()
            .map_or_else(|| self.path.clone(), |query| format!("{}?{query}", self.path))
    }

    /// The decoded value of a query parameter.
    #[cfg(feature = "hls")]
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        let mut pairs = self.query.as_deref()?.split('&');
        pairs.find_map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(key)? == name).then(|| decoded(value))?
        })
    }

    /// Whether there is a query.
    pub(crate) fn has_query(&self) -> bool {
        self.query.is_some()
    }

    /// Bytes of text that it holds, or slightly more.
    pub(crate) fn weight(&self) -> usize {
        let query = self.query.as_ref().map_or(0, String::len);
        self.host.len() + self.path.len() + query + "https://?".len()
    }

    /// Builds an address from what follows `scheme:`.
    fn from_parts(secure: bool, rest: &str) -> Option<Self> {
        let is_slash = |byte: u8| byte == b'/' || byte == b'\\';
        let bytes = rest.as_bytes();
        if !(bytes.len() > 2 && is_slash(bytes[0]) && is_slash(bytes[1])) {
            return None;
        }
        let rest = &rest[2..];
        let end = rest.find(['/', '\\', '?']).unwrap_or(rest.len());
        let (path, query) = split_query(&rest[end..]);
        let address = Self {
            secure,
            host: normal_host(&rest[..end], secure)?,
            path: if path.is_empty() {
                "/".to_owned()
            } else {
                normal_path(path)
            },
            query: query.map(|query| escape(query, in_query)),
        };
        address.bounded()
    }

    /// The path up to its last slash.
    fn folder(&self) -> &str {
        let end = self.path.rfind('/').map_or(0, |at| at + 1);
        &self.path[..end]
    }

    fn bounded(self) -> Option<Self> {
        (self.weight() <= MAX_URL).then_some(self)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.secure { "https" } else { "http" };
        write!(f, "{scheme}://{}{}", self.host, self.path)?;
        self.query.as_ref().map_or(Ok(()), |query| write!(f, "?{query}"))
    }
}

/// Drops what browsers drop: surrounding space, tabs and line ends within, the fragment.
fn clean(text: &str) -> Option<Cow<'_, str>> {
    if text.len() > MAX_URL {
        return None;
    }
    let text = text.trim_matches(|c: char| c <= ' ');
    let text = text.split('#').next().unwrap_or_default();
    if !text.contains(is_dropped) {
        return Some(Cow::Borrowed(text));
    }
    Some(text.chars().filter(|c| !is_dropped(*c)).collect())
}

/// Whether a character is dropped from within an address.
pub(super) fn is_dropped(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r')
}

/// Splits `scheme:rest`, where there is a scheme.
fn split_scheme(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once(':')?;
    let starts_well = scheme.starts_with(|c: char| c.is_ascii_alphabetic());
    let in_scheme = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    (starts_well && scheme.chars().all(in_scheme)).then_some((scheme, rest))
}

fn is_secure(scheme: &str) -> Option<bool> {
    if scheme.eq_ignore_ascii_case("https") {
        return Some(true);
    }
    scheme.eq_ignore_ascii_case("http").then_some(false)
}

fn split_query(text: &str) -> (&str, Option<&str>) {
    text.split_once('?')
        .map_or((text, None), |(path, query)| (path, Some(query)))
}

/// The host in lower case, without the scheme's default port; what stands before an `@` is kept as it is. `None` if
/// it is empty, or cannot be a host and port.
fn normal_host(authority: &str, secure: bool) -> Option<String> {
    let forbidden = |c: char| !c.is_ascii_graphic() || "%<>\"^`{|}".contains(c);
    let start = authority.rfind('@').map_or(0, |at| at + 1);
    let end = match authority[start..].strip_prefix('[') {
        Some(literal) => start + literal.find(']')? + "[]".len(),
        None => authority[start..]
            .find(':')
            .map_or(authority.len(), |at| start + at),
    };
    if start == end || authority.contains(forbidden) {
        return None;
    }
    let mut host = authority[..end].to_owned();
    host[start..].make_ascii_lowercase();
    let own_port = if secure { 443 } else { 80 };
    match authority[end..].strip_prefix(':') {
        None => authority[end..].is_empty().then_some(host),
        Some("") => Some(host),
        Some(port) if port.bytes().all(|byte| byte.is_ascii_digit()) => {
            let port: u16 = port.parse().ok()?;
            Some(if port == own_port {
                host
            } else {
                format!("{host}:{port}")
            })
        }
        Some(_) => None,
    }
}

/// Removes dot segments and escapes; the result starts with a slash.
fn normal_path(path: &str) -> String {
    let path = path.replace('\\', "/");
    let mut kept: Vec<&str> = Vec::new();
    let mut segments = path.strip_prefix('/').unwrap_or(&path).split('/').peekable();
    while let Some(segment) = segments.next() {
        let last = segments.peek().is_none();
        match dots(segment) {
            0 => kept.push(segment),
            dots => {
                if dots == 2 {
                    kept.pop();
                }
                if last {
                    kept.push("");
                }
            }
        }
    }
    format!("/{}", escape(&kept.join("/"), in_path))
}

/// 1 for `.`, 2 for `..`, percent-encoded or not; else 0.
fn dots(segment: &str) -> usize {
    if segment.len() > 6 || !segment.starts_with(['.', '%']) {
        return 0;
    }
    match segment.to_ascii_lowercase().replace("%2e", ".").as_str() {
        "." => 1,
        ".." => 2,
        _ => 0,
    }
}

/// Percent-encodes each byte that must not appear literally; existing escapes stay.
fn escape(text: &str, stands: fn(u8) -> bool) -> String {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    if text.bytes().all(stands) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if stands(byte) {
            out.push(char::from(byte));
            continue;
        }
        out.push('%');
        out.push(char::from(HEX[usize::from(byte >> 4)]));
        out.push(char::from(HEX[usize::from(byte & 15)]));
    }
    out
}

/// Decodes a text as form data (URL Standard, 5.1); `None` if the result is no text.
#[cfg(feature = "hls")]
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        let escaped = after.get(..2).filter(|_| *first == b'%');
        let escaped = escaped.filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        bytes.push(match escaped.and_then(|digits| str::from_utf8(digits).ok()) {
            Some(digits) => {
                rest = &after[2..];
                u8::from_str_radix(digits, 16).ok()?
            }
            None if *first == b'+' => b' ',
            None => *first,
        });
    }
    String::from_utf8(bytes).ok()
}

/// Whether a byte appears unescaped in a path (URL Standard, path percent-encode set). Not every browser escapes `^`
/// yet: as their requests are read by the same rule, they are found either way.
fn in_path(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'"' | b'#' | b'<' | b'>' | b'?' | b'^' | b'`' | b'{' | b'}')
}

/// Whether a byte appears unescaped in a query (URL Standard, special-query percent-encode set).
fn in_query(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'"' | b'#' | b'<' | b'>' | b'\'')
}

#[cfg(test)]
mod tests;
