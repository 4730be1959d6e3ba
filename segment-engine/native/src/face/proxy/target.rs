//! Maps paths of the proxy to URLs of the origin: to none outside the folder of the stream's manifest.

use url::Url;

/// Characters that a server may take for a separator, or for the end of a name, once it has decoded them.
const DISGUISED: [&str; 3] = ["%2f", "%5c", "%00"];

/// A request to the origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) url: Url,
    pub(super) kind: Kind,
}

/// The kind of a resource, judged by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A manifest or playlist.
    Manifest,
    /// A segment, or something else.
    Other,
}

impl Target {
    /// The URL for `rest` and `query`, as they came, of the stream that follows `manifest`, which redirects to `came_from` if
    /// that is another; `None` where it would lie elsewhere.
    pub(super) fn find(
        manifest: &str,
        came_from: Option<&str>,
        rest: &str,
        query: Option<&str>,
    ) -> Option<Self> {
        let manifest = Url::parse(manifest).ok()?;
        let mut url = below(&manifest, rest)?;
        let is_manifest = url.path() == manifest.path();
        if let Some(came_from) = came_from.filter(|_| !is_manifest) {
            url = below(&Url::parse(came_from).ok()?, rest)?;
        }
        url.set_query(if is_manifest {
            // What the operator gave for the origin stands before what a player says.
            manifest.query().or(query)
        } else {
            query
        });
        let path = url.path().to_ascii_lowercase();
        let is_playlist = [".mpd", ".m3u8", ".m3u"].iter().any(|end| path.ends_with(end));
        let kind = if is_manifest || is_playlist {
            Kind::Manifest
        } else {
            Kind::Other
        };
        Some(Self { url, kind })
    }
}

/// The URL of `rest` in the folder of a manifest; `None` if it lies outside.
fn below(manifest: &Url, rest: &str) -> Option<Url> {
    let folder = manifest.join(".").ok()?;
    let lower = rest.to_ascii_lowercase();
    if rest.contains('\\') || DISGUISED.iter().any(|disguised| lower.contains(disguised)) {
        return None;
    }
    let url = Url::parse(&format!("{folder}{rest}")).ok()?;
    let inside = url.origin() == folder.origin() && url.path().starts_with(folder.path());
    (inside && url.path() != folder.path()).then_some(url)
}

#[cfg(test)]
mod tests;
