//! Reads a manifest from a file, or from an origin over HTTP. All of it is bounded.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use reqwest::header::RANGE;
use reqwest::{Client, StatusCode};
use segment_engine::id::ByteRange;
use url::Url;

/// How long an origin may take to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long one response may take in all.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(30);

/// A manifest's place.
#[derive(Debug)]
pub(crate) enum Source {
    /// A file, and the URL that it is taken to come from.
    File { path: PathBuf, url: String },
    /// An origin.
    Origin { client: Client, url: String },
}

/// What was read.
#[derive(Debug)]
pub(crate) struct Fetched {
    /// The final URL, after redirects.
    pub(crate) url: String,
    pub(crate) body: Vec<u8>,
}

impl Source {
    /// Tells a URL from a path.
    pub(crate) fn new(manifest: &str, base_url: Option<&str>) -> anyhow::Result<Self> {
        let is_url = Url::parse(manifest).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
        if is_url {
            if base_url.is_some() {
                bail!("--base-url is for files: a manifest from a URL is its own base");
            }
            let url = manifest.to_owned();
            return Ok(Self::Origin {
                client: client()?,
                url,
            });
        }
        let path = PathBuf::from(manifest);
        let url = base_url.map_or_else(|| local_url(&path), |url| Ok(url.to_owned()))?;
        Ok(Self::File { path, url })
    }

    /// Reads the manifest, at most `limit` bytes and one: more than that is told from its length.
    pub(crate) async fn manifest(&self, limit: usize) -> anyhow::Result<Fetched> {
        match self {
            Self::File { path, url } => Ok(Fetched {
                url: url.clone(),
                body: read_file(path, limit)?,
            }),
            Self::Origin { url, .. } => self.fetch(url, None, limit).await,
        }
    }

    /// Whether what a manifest names can be fetched.
    pub(crate) fn is_origin(&self) -> bool {
        match self {
            Self::Origin { .. } => true,
            Self::File { .. } => false,
        }
    }

    /// Fetches what a manifest names.
    pub(crate) async fn fetch(
        &self,
        url: &str,
        range: Option<ByteRange>,
        limit: usize,
    ) -> anyhow::Result<Fetched> {
        let Self::Origin { client, .. } = self else {
            bail!("{url} is not fetched for a manifest from a file");
        };
        let mut request = client.get(url);
        if let Some(range) = range {
            request = request.header(RANGE, format!("bytes={range}"));
        }
        let mut response = request
            .send()
            .await
            .with_context(|| format!("cannot fetch {url}"))?;
        let wanted = match range {
            Some(_) => StatusCode::PARTIAL_CONTENT,
            None => StatusCode::OK,
        };
        if response.status() != wanted {
            bail!("{url} answers with status {}", response.status());
        }
        let url = response.url().to_string();
        let mut body = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .with_context(|| format!("{url} breaks off"))?
        {
            let room = (limit + 1).saturating_sub(body.len());
            body.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if body.len() > limit {
                break;
            }
        }
        Ok(Fetched { url, body })
    }
}

fn client() -> anyhow::Result<Client> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .user_agent(concat!("fugitive/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(RESPONSE_TIMEOUT)
        .build()
        .context("cannot set up TLS")
}

fn read_file(path: &Path, limit: usize) -> anyhow::Result<Vec<u8>> {
    let unreadable = || format!("cannot read {}", path.display());
    let file = File::open(path).with_context(unreadable)?;
    let mut body = Vec::new();
    file.take(limit as u64 + 1)
        .read_to_end(&mut body)
        .with_context(unreadable)?;
    Ok(body)
}

/// A URL for a file whose own is not known.
fn local_url(path: &Path) -> anyhow::Result<String> {
    let mut url = Url::parse("https://localhost/").expect("invariant: a URL");
    let name = path
        .file_name()
        .with_context(|| format!("{} is no file", path.display()))?;
    url.set_path(&name.to_string_lossy());
    Ok(url.into())
}
