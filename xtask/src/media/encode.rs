//! The calls of ffmpeg: a test pattern per rung, the tone, and the proof that what came out decodes.
//! Everything that could differ between two runs is pinned: threads, flags, font.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::adts;
use super::clip::{AUDIO_ID, AUDIO_KILOBITS, FRAME_RATE, LADDER, Rung, SAMPLE_RATE, SEGMENT_SECONDS, Track};
use crate::exec;

/// The font of the clock in the picture.
const FONT: &str = "DejaVu Sans Mono";

/// Whether fontconfig would draw with the font that the committed clip has.
pub(super) fn font_is_installed() -> bool {
    exec::capture(Command::new("fc-match").arg(FONT)).is_ok_and(|found| found.contains(FONT))
}

/// Encodes one rung into `dir/<id>/`.
///
/// # Errors
/// ffmpeg fails.
pub(super) fn video(dir: &Path, rung: Rung, seconds: u32) -> Result<()> {
    let Rung {
        id,
        width,
        height,
        kilobits,
    } = rung;
    let gop = (FRAME_RATE * SEGMENT_SECONDS).to_string();
    let mut ffmpeg = ffmpeg();
    ffmpeg.args([
        "-f",
        "lavfi",
        "-i",
        &format!("testsrc2=size={width}x{height}:rate={FRAME_RATE}"),
    ]);
    ffmpeg.args(["-t", &seconds.to_string(), "-vf", &caption(rung)]);
    ffmpeg.args([
        "-c:v",
        "libx264",
        "-preset",
        "slow",
        "-profile:v",
        "high",
        "-pix_fmt",
        "yuv420p",
    ]);
    // Without B-frames presentation begins at 0 with no edit list: one time line for every player.
    ffmpeg.args(["-bf", "0", "-g", &gop, "-keyint_min", &gop, "-sc_threshold", "0"]);
    ffmpeg.args([
        "-b:v",
        &format!("{kilobits}k"),
        "-maxrate",
        &format!("{}k", kilobits * 5 / 4),
    ]);
    ffmpeg.args(["-bufsize", &format!("{}k", kilobits * 2), "-threads", "1"]);
    segments(&mut ffmpeg, &dir.join(id))
}

/// Encodes the tone into `dir/<AUDIO_ID>/`: a note with a beep at each second, as many whole AAC frames as `seconds`
/// hold. One frame before the first and one after the last are cut away, so that a loop has no gap and no priming.
///
/// # Errors
/// ffmpeg fails, or writes fewer frames than asked for.
pub(super) fn audio(dir: &Path, seconds: u32) -> Result<()> {
    let frames = usize::try_from(u64::from(seconds) * u64::from(SAMPLE_RATE) / adts::SAMPLES_PER_FRAME)?;
    let raw = dir.join("tone.aac");
    let mut encode = ffmpeg();
    encode.args(["-f", "lavfi", "-i"]);
    encode.arg(format!(
        "sine=frequency=220:beep_factor=4:sample_rate={SAMPLE_RATE}"
    ));
    encode.args(["-t", &(seconds + 1).to_string(), "-ac", "2", "-c:a", "aac"]);
    encode
        .args(["-b:a", &format!("{AUDIO_KILOBITS}k"), "-f", "adts"])
        .arg(&raw);
    exec::run(&mut encode)?;

    let stream = fs::read(&raw).context("the encoded tone")?;
    fs::write(&raw, adts::frames(&stream, 1, frames)?)?;
    let mut split = ffmpeg();
    split
        .arg("-i")
        .arg(&raw)
        .args(["-c:a", "copy", "-bsf:a", "aac_adtstoasc"]);
    segments(&mut split, &dir.join(AUDIO_ID))?;
    Ok(fs::remove_file(&raw)?)
}

/// Decodes a finished track from its first byte to its last, and counts its frames.
///
/// # Errors
/// A frame does not decode, or frames are missing.
pub(super) fn verify(dir: &Path, track: &Track, frames: u64) -> Result<()> {
    let folder = dir.join(track.id);
    let mut whole = fs::read(folder.join("init.mp4"))?;
    for segment in &track.segments {
        whole.extend(fs::read(folder.join(format!("{}.m4s", segment.number)))?);
    }
    let joined = dir.join("joined.mp4");
    fs::write(&joined, whole)?;
    let decoded = ffmpeg_decodes(&joined);
    let counted = count_frames(&joined);
    fs::remove_file(&joined)?;
    decoded?;
    let counted = counted?;
    ensure!(
        counted == frames,
        "{} holds {counted} frames instead of {frames}",
        track.id
    );
    Ok(())
}

fn ffmpeg_decodes(file: &Path) -> Result<()> {
    let mut decode = ffmpeg();
    decode
        .arg("-xerror")
        .arg("-i")
        .arg(file)
        .args(["-f", "null", "-"]);
    exec::run(&mut decode)
}

fn count_frames(file: &Path) -> Result<u64> {
    let mut probe = Command::new("ffprobe");
    probe.args([
        "-v",
        "error",
        "-count_packets",
        "-show_entries",
        "stream=nb_read_packets",
    ]);
    let text = exec::capture(probe.args(["-of", "csv=p=0"]).arg(file))?;
    text.trim()
        .trim_end_matches(',')
        .parse()
        .with_context(|| format!("ffprobe counted {text:?}"))
}

/// Ends a command line with our segmenting: one CMAF fragment per file, numbered from 1.
fn segments(ffmpeg: &mut Command, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    let playlist = folder.join("unused.m3u8");
    ffmpeg.args([
        "-fflags",
        "+bitexact",
        "-flags",
        "+bitexact",
        "-map_metadata",
        "-1",
    ]);
    ffmpeg.args([
        "-f",
        "hls",
        "-hls_time",
        &SEGMENT_SECONDS.to_string(),
        "-hls_playlist_type",
        "vod",
    ]);
    ffmpeg.args(["-hls_segment_type", "fmp4", "-hls_fmp4_init_filename", "init.mp4"]);
    ffmpeg.args([
        "-hls_segment_options",
        "movflags=+frag_custom+cmaf+delay_moov+skip_sidx",
    ]);
    ffmpeg
        .args(["-start_number", "1", "-hls_segment_filename"])
        .arg(folder.join("%d.m4s"));
    exec::run(ffmpeg.arg(&playlist))?;
    Ok(fs::remove_file(&playlist)?)
}

fn ffmpeg() -> Command {
    let mut command = Command::new("ffmpeg");
    command.args(["-hide_banner", "-loglevel", "error", "-nostdin", "-y"]);
    command
}

/// Draws the rung's name, a clock and a frame counter: which rung and which moment a picture shows is plain to see.
fn caption(rung: Rung) -> String {
    let border = rung.height / 60;
    let style =
        format!("font='{FONT}':fontcolor=white:box=1:boxcolor=black@0.8:boxborderw={border}:x=(w-tw)/2");
    format!(
        "drawtext={style}:fontsize=h/7:y=h*0.62:text='%{{pts\\:hms}}',\
         drawtext={style}:fontsize=h/14:y=h*0.84:text='{}p  {} kbit/s  frame %{{n}}'",
        rung.height, rung.kilobits
    )
}

/// How many frames each track must have, for `verify`.
pub(super) fn frames_of(track: &Track, seconds: u32) -> u64 {
    if LADDER.iter().any(|rung| rung.id == track.id) {
        return u64::from(seconds * FRAME_RATE);
    }
    u64::from(seconds) * u64::from(SAMPLE_RATE) / adts::SAMPLES_PER_FRAME
}
