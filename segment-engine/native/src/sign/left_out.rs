//! What of a title is not signed, counted by its reason: told once the rest is signed.

use std::collections::BTreeMap;

/// Why something of a title is not signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reason {
    /// A segment's file is not there.
    NoFile,
    /// A segment lies elsewhere than in the folder.
    Outside,
    /// A segment is not of 1 byte to 64 MiB, or its file ends before it does.
    Size,
    /// An index is none: what is in its file is not known.
    Index,
    /// A media playlist is not in the folder: its segments are not known.
    Playlist,
    /// The manifest does not say enough of a rendition for it to be shared.
    Undescribed,
}

impl Reason {
    /// What is left out, as it stands after a number.
    fn text(self) -> &'static str {
        match self {
            Self::NoFile => "segments without a file in the folder",
            Self::Outside => "segments outside of the folder",
            Self::Size => "segments that are empty, cut short or larger than 64 MiB",
            Self::Index => "renditions whose index cannot be read, all but their init segments",
            Self::Playlist => "playlists without a file in the folder, all of their segments",
            Self::Undescribed => "renditions that the manifest does not place, which `inspect` explains",
        }
    }
}

/// What is left out of a title.
#[derive(Debug, Default)]
pub(super) struct LeftOut(BTreeMap<Reason, (usize, String)>);

impl LeftOut {
    /// Counts something, which people find by `name`.
    pub(super) fn add(&mut self, reason: Reason, name: &str) {
        let (count, _) = self.0.entry(reason).or_insert_with(|| (0, name.to_owned()));
        *count += 1;
    }

    /// Whether nothing is left out.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A line for each reason: how many are left out for it, and the first of them.
    pub(super) fn lines(&self) -> impl Iterator<Item = String> {
        // A manifest's text may have anything in it, line ends too.
        self.0.iter().map(|(reason, (count, first))| {
            format!("left out: {count} {}; the first: {first:?}", reason.text())
        })
    }
}

#[cfg(test)]
mod tests;
