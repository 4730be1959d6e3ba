//! `cargo xtask media`: makes the sample clip, with its DASH and HLS manifests and checksums, and proves that it
//! decodes. Without arguments it writes the committed clip again, byte for byte with the same ffmpeg.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use clap::Args;

use crate::need::{self, Need};
use crate::step::Steps;
use crate::workspace;
use clip::{AUDIO_ID, LADDER, Media, SEGMENT_SECONDS, Track};
use dash::Addressing;

mod adts;
mod boxes;
mod clip;
mod dash;
mod encode;
mod hls;
pub(crate) mod sums;

/// Length of the committed clip: 48 s are 24 segments, and 2250 AAC frames without a rest.
const COMMITTED_SECONDS: u32 = 48;

const TOOLS: [Need; 2] = [
    need::FFMPEG,
    Need {
        programs: &["fc-match"],
        packages: &["fontconfig"],
        purpose: "drawing the clock into the picture",
    },
];

/// Options of `cargo xtask media`.
#[derive(Debug, Args)]
pub(crate) struct MediaArgs {
    /// Makes a clip of this length in sample-media/long/ instead (even number of seconds, 2 to 7200).
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=7200))]
    seconds: Option<u32>,
}

/// Makes the clip.
///
/// # Errors
/// A tool is missing, or what ffmpeg wrote is not what was asked for.
pub(crate) fn run(args: &MediaArgs) -> Result<()> {
    let committed = workspace::root().join("sample-media");
    let (dir, seconds) = match args.seconds {
        Some(seconds) => (committed.join("long"), seconds),
        None => (committed, COMMITTED_SECONDS),
    };
    ensure!(
        seconds.is_multiple_of(SEGMENT_SECONDS),
        "--seconds must be even: a segment lasts 2 s"
    );

    let mut steps = Steps::new(LADDER.len() + 4);
    steps.run("checking for ffmpeg and its font", ensure_tools)?;
    for rung in LADDER {
        let what = format!("encoding {seconds} s of {}x{} video", rung.width, rung.height);
        steps.run(&what, || {
            clear(&dir.join(rung.id))?;
            encode::video(&dir, rung, seconds)
        })?;
    }
    steps.run("encoding the tone", || {
        clear(&dir.join(AUDIO_ID))?;
        encode::audio(&dir, seconds)
    })?;
    let tracks = steps.run("decoding every track", || measure(&dir, seconds))?;
    steps.run("writing manifests and checksums", || {
        write_manifests(&dir, &tracks, seconds)
    })?;
    println!("made {}", dir.display());
    Ok(())
}

fn ensure_tools() -> Result<()> {
    need::ensure(&TOOLS)?;
    if !encode::font_is_installed() && need::can_install() {
        need::install(&["fonts-dejavu-core"])?;
    }
    ensure!(
        encode::font_is_installed(),
        "the font DejaVu Sans Mono is missing: install it with `sudo apt-get install fonts-dejavu-core`"
    );
    Ok(())
}

fn clear(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("removing {}", folder.display()))?;
    }
    Ok(fs::create_dir_all(folder)?)
}

fn measure(dir: &Path, seconds: u32) -> Result<Vec<Track>> {
    let mut tracks = Vec::new();
    for rung in LADDER {
        let shape = Media::Video {
            width: rung.width,
            height: rung.height,
        };
        tracks.push(Track::measure(dir, rung.id, shape, seconds)?);
    }
    tracks.push(Track::measure(dir, AUDIO_ID, Media::Audio, seconds)?);
    for track in &tracks {
        encode::verify(dir, track, encode::frames_of(track, seconds))?;
    }
    Ok(tracks)
}

fn write_manifests(dir: &Path, tracks: &[Track], seconds: u32) -> Result<()> {
    for track in tracks {
        for segment in &track.segments {
            let link = dir.join(track.id).join(dash::time_name(segment));
            link_to(&format!("{}.m4s", segment.number), &link)?;
        }
        fs::write(dir.join(hls::playlist_name(track)), hls::media(track))?;
    }
    fs::write(
        dir.join("manifest.mpd"),
        dash::manifest(tracks, seconds, Addressing::Number),
    )?;
    fs::write(
        dir.join("timeline.mpd"),
        dash::manifest(tracks, seconds, Addressing::Time),
    )?;
    fs::write(dir.join("master.m3u8"), hls::master(tracks))?;
    Ok(fs::write(dir.join(sums::FILE), sums::write(dir)?)?)
}

#[cfg(unix)]
fn link_to(target: &str, link: &Path) -> Result<()> {
    std::os::unix::fs::symlink(target, link).with_context(|| format!("linking {}", link.display()))
}

#[cfg(not(unix))]
fn link_to(target: &str, link: &Path) -> Result<()> {
    let file = link.with_file_name(target);
    fs::copy(file, link)
        .map(drop)
        .with_context(|| format!("copying to {}", link.display()))
}

#[cfg(test)]
mod tests;
