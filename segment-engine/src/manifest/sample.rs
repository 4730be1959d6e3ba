//! What tests elsewhere read of a manifest.

use super::{Limits, Manifest, read};
use crate::timeline::Timeline;

/// The title of an MPD or a media playlist that came from `url`.
///
/// # Panics
/// Where it is neither.
pub(crate) fn title(text: &str, url: &str) -> Timeline {
    match read(text.as_bytes(), url, None, &Limits::default()) {
        Ok(Manifest::Title(timeline)) => timeline,
        other => panic!("not a title: {other:?}"),
    }
}
