//! Credentials for an origin: headers and query parameters that let a seeder in.
//!
//! Both are secrets. They come from a file or the environment, are written to no log, and are sent to the manifest's
//! host only, whatever a manifest or a redirect names. No URL that the engine is given holds them.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue, LOCATION};
use service::bounded;
use thiserror::Error;
use url::{Origin, Url};

/// The longest secret that is read, in bytes.
const MAX_SECRET: u64 = 8 << 10;

/// How often secrets are read again while the origin refuses them.
const RENEWAL: Duration = Duration::from_secs(10);

/// The most headers, and the most query parameters.
const MAX_NAMES: usize = 16;

/// Headers and query parameters for the origin. Nothing by default.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct OriginAccess {
    headers: HeaderMap,
    query: Vec<(String, String)>,
    places: Places,
}

/// The operator's texts that say where the values of headers and query parameters are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Places {
    headers: Vec<String>,
    query: Vec<String>,
}

/// A credential for the origin cannot be read or used. The text names the header or parameter, and never its value.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AccessError {
    /// It does not say where its value is.
    #[error("{name:?} does not say where its value is: write NAME=env:VARIABLE or NAME=file:PATH")]
    Malformed {
        /// The text before the first `=`.
        name: String,
    },
    /// The environment variable is not set, or not UTF-8. Set it, for the service as well.
    #[error("the value of {name:?}: the environment variable {variable} is not set")]
    NotSet {
        /// The header or parameter.
        name: String,
        /// The variable.
        variable: String,
    },
    /// The file cannot be read. Check the path and its permissions.
    #[error("the value of {name:?}: cannot read {}: {error}", path.display())]
    Unreadable {
        /// The header or parameter.
        name: String,
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// It cannot be a header: its name or value has characters that headers cannot have, or HTTP itself needs it.
    #[error("{name:?} cannot be a header: check its name, and its value for line breaks")]
    NotAHeader {
        /// The header.
        name: String,
    },
    /// There are too many.
    #[error("there are over {MAX_NAMES} headers or query parameters for the origin")]
    TooMany,
}

impl OriginAccess {
    /// Reads what each text names: `NAME=env:VARIABLE` or `NAME=file:PATH`. White space around a value does not count.
    ///
    /// # Errors
    /// See [`AccessError`].
    pub fn read(headers: &[String], query: &[String]) -> Result<Self, AccessError> {
        let mut access = Self::default();
        for text in headers {
            let (name, value) = read_named(text)?;
            access.add_header(&name, &value)?;
        }
        for text in query {
            let (name, value) = read_named(text)?;
            access.add_query(&name, &value)?;
        }
        access.places = Places {
            headers: headers.to_vec(),
            query: query.to_vec(),
        };
        Ok(access)
    }

    /// Reads the values once more; `None` if none came from a file or the environment.
    fn read_again(&self) -> Option<Result<Self, AccessError>> {
        let Places { headers, query } = &self.places;
        let is_read = !headers.is_empty() || !query.is_empty();
        is_read.then(|| Self::read(headers, query))
    }

    /// Adds a header.
    ///
    /// # Errors
    /// When it is not a valid header, or one too many.
    pub fn add_header(&mut self, name: &str, value: &str) -> Result<(), AccessError> {
        let not_a_header = || AccessError::NotAHeader {
            name: name.to_owned(),
        };
        let own = [
            "host",
            "range",
            "content-length",
            "transfer-encoding",
            "connection",
        ];
        if own.contains(&name.to_ascii_lowercase().as_str()) {
            return Err(not_a_header());
        }
        let known = HeaderName::from_bytes(name.as_bytes()).map_err(|_| not_a_header())?;
        let mut value = HeaderValue::from_str(value).map_err(|_| not_a_header())?;
        value.set_sensitive(true);
        if self.headers.len() >= MAX_NAMES {
            return Err(AccessError::TooMany);
        }
        self.headers.insert(known, value);
        Ok(())
    }

    /// Adds a query parameter.
    ///
    /// # Errors
    /// When it has no name, or is one too many.
    pub fn add_query(&mut self, name: &str, value: &str) -> Result<(), AccessError> {
        if name.is_empty() {
            return Err(AccessError::Malformed {
                name: name.to_owned(),
            });
        }
        if self.query.len() >= MAX_NAMES {
            return Err(AccessError::TooMany);
        }
        self.query.push((name.to_owned(), value.to_owned()));
        Ok(())
    }
}

impl fmt::Debug for OriginAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let query = self.query.iter().map(|(name, _)| name);
        f.debug_struct("OriginAccess")
            .field("headers", &self.headers.keys().collect::<Vec<_>>())
            .field("query", &query.collect::<Vec<_>>())
            .finish()
    }
}

/// Credentials for one host. They can change at any time, for all clones at once.
#[derive(Debug, Clone, Default)]
pub struct Access {
    granted: Arc<RwLock<Arc<OriginAccess>>>,
    host: Option<Origin>,
    /// When secrets were last read again because the origin had refused the current ones.
    renewed: Arc<tokio::sync::Mutex<Option<Instant>>>,
}

/// Credentials for one host as they were when a request began: they are taken out of its redirects again.
#[derive(Debug, Clone)]
pub struct Pass {
    granted: Arc<OriginAccess>,
    host: Option<Origin>,
}

impl Access {
    /// Credentials for the scheme, host and port of `manifest`, and for nobody else.
    pub(crate) fn new(granted: OriginAccess, manifest: Option<&str>) -> Self {
        let host = manifest.and_then(|url| Url::parse(url).ok());
        Self {
            granted: Arc::new(RwLock::new(Arc::new(granted))),
            host: host.map(|url| url.origin()),
            renewed: Arc::default(),
        }
    }

    /// Replaces the credentials for all requests that begin from now on.
    pub fn grant(&self, granted: OriginAccess) {
        *self.granted.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(granted);
    }

    /// Credentials for a retry after a 401 or 403 to a request with `pass`; `None` if there are no newer ones. Refused
    /// secrets are read again for it, at most every 10 s.
    pub async fn renew(&self, pass: &Pass, url: &Url, answered: StatusCode) -> Option<Pass> {
        let is_refusal = matches!(answered, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
        if !is_refusal || !pass.is_home(url) {
            return None;
        }
        // Requests that are refused together wait for one of them to read.
        let mut renewed = self.renewed.lock().await;
        let now = self.pass();
        if !Arc::ptr_eq(&now.granted, &pass.granted) {
            return Some(now);
        }
        if renewed.is_some_and(|at| at.elapsed() < RENEWAL) {
            return None;
        }
        *renewed = Some(Instant::now());
        // A reader that panicked has said so by itself.
        let reading = tokio::task::spawn_blocking(move || now.granted.read_again());
        match reading.await.ok()?? {
            Ok(read) if read != *pass.granted => {
                tracing::info!(%answered, "the origin's secrets were read again, and are others");
                self.grant(read);
                Some(self.pass())
            }
            Ok(_) => None,
            Err(error) => {
                tracing::warn!(%answered, %error, "the origin's secrets cannot be read again");
                None
            }
        }
    }

    /// The current credentials.
    pub fn pass(&self) -> Pass {
        let granted = self.granted.read().unwrap_or_else(PoisonError::into_inner);
        Pass {
            granted: Arc::clone(&granted),
            host: self.host.clone(),
        }
    }
}

impl Pass {
    /// The URL that a response redirects to, without credentials, as an origin may repeat them in it; `None` if it is
    /// no redirect to an http or https URL.
    pub fn next(&self, status: StatusCode, headers: &HeaderMap, from: &Url) -> Option<Url> {
        if !matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) {
            return None;
        }
        let to = headers.get(LOCATION)?.to_str().ok()?;
        let to = from.join(to).ok()?;
        matches!(to.scheme(), "http" | "https").then(|| self.without_credentials(to))
    }

    /// Whether a URL has the manifest's scheme, host and port.
    pub(crate) fn is_home(&self, url: &Url) -> bool {
        self.host.as_ref() == Some(&url.origin())
    }

    /// Whether it has query parameters, which an origin may repeat in what it answers.
    pub fn has_query(&self) -> bool {
        !self.granted.query.is_empty()
    }

    /// The headers for a URL.
    pub fn headers(&self, url: &Url) -> HeaderMap {
        if self.is_home(url) {
            return self.granted.headers.clone();
        }
        HeaderMap::new()
    }

    /// The URL to request: with the query parameters, if they are for its host.
    pub fn with_credentials(&self, url: &Url) -> Url {
        let (granted, mut url) = (&self.granted, url.clone());
        if self.is_home(&url) && !granted.query.is_empty() {
            let mut pairs = url.query_pairs_mut();
            for (name, value) in &granted.query {
                pairs.append_pair(name, value);
            }
        }
        url
    }

    /// A manifest without the values of the query parameters: an origin may write them into the URLs that it names.
    pub fn text_without_credentials(&self, mut text: String) -> String {
        for (name, value) in &self.granted.query {
            let named = |value| {
                url::form_urlencoded::Serializer::new(String::new())
                    .append_pair(name, value)
                    .finish()
            };
            text = text.replace(&named(value), &named(""));
        }
        text
    }

    /// A body without the values of the query parameters; unchanged if it is not UTF-8.
    pub fn body_without_credentials(&self, body: Vec<u8>) -> Bytes {
        match String::from_utf8(body) {
            Ok(text) => self.text_without_credentials(text).into(),
            Err(other) => other.into_bytes().into(),
        }
    }

    fn without_credentials(&self, mut url: Url) -> Url {
        let granted = &self.granted.query;
        let secret = |pair: &str| {
            let mut pairs = url::form_urlencoded::parse(pair.as_bytes());
            let told = pairs.next();
            told.is_some_and(|(name, value)| granted.iter().any(|(n, v)| *n == name && *v == value))
        };
        let Some(query) = url.query().filter(|_| !granted.is_empty()) else {
            return url;
        };
        let rest: Vec<&str> = query.split('&').filter(|pair| !secret(pair)).collect();
        let rest = rest.join("&");
        url.set_query(Some(rest.as_str()).filter(|rest| !rest.is_empty()));
        url
    }
}

fn read_named(text: &str) -> Result<(String, String), AccessError> {
    let (name, place) = text.split_once('=').unwrap_or((text, ""));
    let name = name.trim().to_owned();
    if name.contains([' ', ':']) {
        // Who writes the value itself here is not to find it in a log.
        let name = name.split([' ', ':']).next().unwrap_or_default().to_owned();
        return Err(AccessError::Malformed { name });
    }
    let value = match place.trim().split_once(':') {
        Some(("env", variable)) => std::env::var(variable).map_err(|_| AccessError::NotSet {
            name: name.clone(),
            variable: variable.to_owned(),
        })?,
        Some(("file", path)) => read_secret(Path::new(path)).map_err(|error| AccessError::Unreadable {
            name: name.clone(),
            path: PathBuf::from(path),
            error,
        })?,
        Some(_) | None => return Err(AccessError::Malformed { name }),
    };
    Ok((name, value.trim().to_owned()))
}

fn read_secret(path: &Path) -> io::Result<String> {
    let text = bounded::read_text(path, MAX_SECRET)?;
    if text.trim().is_empty() {
        return Err(io::Error::other("it is empty"));
    }
    Ok(text)
}

/// A URL without what may be secret: user, password, query and fragment. Text that is no URL is cut before whatever
/// could be one of them.
pub fn redacted_url(url: &str) -> String {
    let Some(mut url) = Url::parse(url).ok().filter(Url::has_host) else {
        return redacted_text(url);
    };
    // Only URLs without a host refuse that.
    let _ = (url.set_username(""), url.set_password(None));
    url.set_query(None);
    url.set_fragment(None);
    url.into()
}

/// Redacts a text that is no URL with a host.
fn redacted_text(text: &str) -> String {
    let (scheme, rest) = text.find("://").map_or(("", text), |at| text.split_at(at + 3));
    let (head, tail) = rest.split_at(rest.find(['?', '#']).unwrap_or(rest.len()));
    // It may as well stand in a password, which ends who knows where.
    if tail.contains('@') {
        return format!("{scheme}..");
    }
    let head = head.rsplit('@').next().unwrap_or_default();
    format!("{scheme}{head}")
}

#[cfg(test)]
mod tests;
