//! Puts a title together: its manifest, the media playlists that it names, the indexes of its files.

use anyhow::Context;
use segment_engine::manifest::{self, Limits, Manifest, PlaylistRef};
use segment_engine::timeline::Timeline;

use super::describe::{self, Description};
use super::source::{Fetched, Source};

/// Media playlists of one multivariant playlist that are fetched.
const MAX_PLAYLISTS: usize = 64;
/// Bytes that the media playlists of one title may have in all, with the URLs of their init segments: once they have more,
/// no other is fetched.
const MAX_PLAYLIST_BYTES: usize = 32 << 20;
/// Indexes of one MPD that are fetched.
const MAX_INDEXES: usize = 64;
/// The longest index that is fetched: a film of hours has some 100 KB.
const MAX_INDEX_BYTES: usize = 4 << 20;

/// A title as it was read.
#[derive(Debug)]
pub(crate) struct Title {
    /// The final URL of its manifest, after redirects.
    pub(crate) url: String,
    /// Its segments; empty for a multivariant playlist from a file.
    pub(crate) timeline: Timeline,
    /// The playlists that a multivariant playlist names.
    pub(crate) playlists: Vec<PlaylistRef>,
    pub(crate) description: Description,
    pub(crate) warnings: Vec<String>,
}

/// Reads a title.
///
/// # Errors
/// When its manifest cannot be fetched or read. What it names and cannot be had is a warning.
pub(crate) async fn read(source: &Source) -> anyhow::Result<Title> {
    let limits = Limits::default();
    let fetched = source.manifest(limits.manifest_bytes).await?;
    let manifest = manifest::read(&fetched.body, &fetched.url, None, &limits)
        .with_context(|| format!("cannot read {}", fetched.url))?;
    let (description, warnings) = describe::describe(&fetched.body);
    let mut title = Title {
        url: fetched.url,
        timeline: Timeline::default(),
        playlists: Vec::new(),
        description,
        warnings,
    };
    match manifest {
        Manifest::Title(timeline) => title.timeline = timeline,
        Manifest::Multivariant(playlists) => title.playlists = playlists,
    }
    if source.is_origin() {
        title.fetch_playlists(source, &limits).await;
        title.fetch_indexes(source).await;
    }
    title.warn();
    Ok(title)
}

impl Title {
    async fn fetch_playlists(&mut self, source: &Source, limits: &Limits) {
        let (mut unread, mut bytes) = (self.playlists.len(), 0);
        for playlist in self.playlists.iter().take(MAX_PLAYLISTS) {
            if bytes > MAX_PLAYLIST_BYTES {
                break;
            }
            unread -= 1;
            let fetched = source.fetch(&playlist.url, None, limits.manifest_bytes).await;
            let read = fetched.and_then(|Fetched { url, body }| {
                bytes += body.len();
                let read = manifest::read(&body, &url, Some(playlist), limits);
                read.with_context(|| format!("cannot read {url}"))
            });
            match read {
                Ok(Manifest::Title(timeline)) => {
                    bytes += init_urls(&timeline);
                    self.timeline.merge(timeline);
                }
                Ok(Manifest::Multivariant(_)) => {
                    self.warnings
                        .push(format!("{} is another multivariant playlist", playlist.url));
                }
                Err(error) => self.warnings.push(format!("{error:#}")),
            }
        }
        if unread > 0 {
            let most = format!("{MAX_PLAYLISTS} are read at most, or {MAX_PLAYLIST_BYTES} bytes of them");
            self.warnings
                .push(format!("{unread} media playlists are left unread: {most}"));
        }
    }

    async fn fetch_indexes(&mut self, source: &Source) {
        let tracks = self.timeline.tracks().iter();
        let indexes: Vec<_> = tracks
            .filter_map(|track| self.timeline.index_segment(track.key))
            .collect();
        for index in indexes.iter().take(MAX_INDEXES) {
            let (url, track, range) = (&index.url, index.key.track, index.key.range);
            if range.is_some_and(|range| range.len() > MAX_INDEX_BYTES as u64) {
                self.warnings
                    .push(format!("the index in {url} is over {MAX_INDEX_BYTES} bytes"));
                continue;
            }
            match source.fetch(url, range, MAX_INDEX_BYTES).await {
                Ok(fetched) => {
                    if let Err(error) = self.timeline.add_index(track, &fetched.body) {
                        self.warnings.push(format!("{url}: {error}"));
                    }
                }
                Err(error) => self.warnings.push(format!("{error:#}")),
            }
        }
        let more = indexes.len().saturating_sub(MAX_INDEXES);
        if more > 0 {
            self.warnings.push(format!("{more} indexes are left unread"));
        }
    }

    /// Says what is in no track.
    fn warn(&mut self) {
        for left in self.timeline.left_out() {
            let (name, why) = (&left.representation, describe::omission(left.reason));
            self.warnings.push(format!("{name:?} is left out: {why}"));
        }
    }
}

/// Bytes of the URLs of all init segments: each is kept as it was resolved, which may be long where its reference is short.
fn init_urls(timeline: &Timeline) -> usize {
    let tracks = timeline.tracks().iter();
    let inits = tracks.flat_map(|track| timeline.init_segments(track.key));
    inits.map(|init| init.url.len()).sum()
}
