//! The streams that there are to watch: the same list for the page and for the seeders.

use serde::Serialize;

/// One stream of the demo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Stream {
    /// Its name in the page's address.
    pub(crate) id: &'static str,
    /// Its title on the page.
    pub(crate) title: &'static str,
    /// Its manifest, relative to this server.
    pub(crate) manifest_url: &'static str,
    /// Its swarm. Not derived from the address: `localhost` and `127.0.0.1` are one demo.
    pub(crate) swarm: &'static str,
}

/// Every stream of the demo; the first is what a page plays that is not told which. A live stream goes on, where the film is
/// fetched whole within seconds.
pub(crate) const STREAMS: [Stream; 5] = [
    Stream {
        id: "live",
        title: "Live",
        manifest_url: "/live/manifest.mpd",
        swarm: "player-demo/live",
    },
    Stream {
        id: "vod",
        title: "Film",
        manifest_url: "/media/manifest.mpd",
        swarm: "player-demo/vod",
    },
    Stream {
        id: "timeline",
        title: "Film, segments by time",
        manifest_url: "/media/timeline.mpd",
        swarm: "player-demo/timeline",
    },
    Stream {
        id: "live-hls",
        title: "Live, HLS",
        manifest_url: "/live/master.m3u8",
        swarm: "player-demo/live-hls",
    },
    Stream {
        id: "hls",
        title: "Film, HLS",
        manifest_url: "/media/master.m3u8",
        swarm: "player-demo/hls",
    },
];
