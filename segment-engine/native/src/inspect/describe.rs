//! What a manifest says beyond its segments: profile, sets, codecs, DRM systems, and oddities.
//!
//! MPDs are read by dash-mpd-core, the types and parser of dash-mpd: every build of dash-mpd itself brings a downloader.

mod dash;
mod hls;

use segment_engine::timeline::Omission;
use serde::Serialize;

pub(crate) use self::dash::Mpd;

/// The largest manifest that is described, in bytes: dash-mpd-core needs 2 KB for an element of 17 bytes.
const MAX_DESCRIBED: usize = 1 << 20;

/// A manifest's description.
#[derive(Debug, Serialize)]
#[serde(tag = "format", rename_all = "lowercase")]
pub(crate) enum Description {
    /// An MPD.
    Dash(Box<Mpd>),
    /// A playlist of HLS.
    Hls(hls::Playlist),
    /// Nothing is known; a warning says why.
    None,
}

/// Describes a manifest that the engine could read; and says what is odd about it.
pub(crate) fn describe(body: &[u8]) -> (Description, Vec<String>) {
    if body.len() > MAX_DESCRIBED {
        let warning = format!("manifests over {MAX_DESCRIBED} bytes are not described");
        return (Description::None, vec![warning]);
    }
    if body.starts_with(b"\xff\xfe") || body.starts_with(b"\xfe\xff") {
        return (
            Description::None,
            vec!["manifests in UTF-16 are not described".to_owned()],
        );
    }
    let text = String::from_utf8_lossy(body);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    if text.starts_with('<') {
        return match dash::describe(text) {
            Ok((mpd, warnings)) => (Description::Dash(Box::new(mpd)), warnings),
            Err(error) => (
                Description::None,
                vec![format!("dash-mpd cannot read this MPD: {error}")],
            ),
        };
    }
    let (playlist, warnings) = hls::describe(text);
    (Description::Hls(playlist), warnings)
}

/// Why a representation is in no track, in words.
pub(crate) fn omission(reason: Omission) -> &'static str {
    match reason {
        Omission::Address => "none of its URLs is http or https",
        Omission::Identifier => {
            "its template has an identifier that is not supported, such as $SubNumber$, or a $Bandwidth$ that is not told"
        }
        Omission::Untimed => {
            "what is given of its segments, or a number there that cannot be read, makes no times for them"
        }
        Omission::OpenRange => "one of its byte ranges is none, or has no end, such as 200-",
        Omission::Unplaced => "this period's start is not known yet",
        Omission::Duplicate => "another one has the same key",
    }
}
