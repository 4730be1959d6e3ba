//! The report for people.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::describe::{Description, Mpd};
use super::listing::{Report, Representation, Row};

/// Media playlists that are shown.
const MAX_PLAYLISTS: usize = 100;

/// Writes a report. Text out of the manifest is shown without control characters.
pub(crate) fn write(out: &mut impl Write, report: &Report) -> io::Result<()> {
    line(out, &format!("manifest  {}", report.manifest))?;
    let live = if report.live { "live" } else { "complete" };
    line(out, &format!("title     {live}"))?;
    description(out, &report.description)?;
    for playlist in report.playlists.iter().take(MAX_PLAYLISTS) {
        line(
            out,
            &format!("playlist  {}\n          {}", playlist.url, playlist.identity),
        )?;
    }
    let more = report.playlists.len().saturating_sub(MAX_PLAYLISTS);
    if more > 0 {
        line(out, &format!("          ... {more} more playlists"))?;
    }
    for found in &report.representations {
        representation(out, found)?;
    }
    for warning in &report.warnings {
        line(out, &format!("warning   {warning}"))?;
    }
    Ok(())
}

fn description(out: &mut impl Write, description: &Description) -> io::Result<()> {
    match description {
        Description::Dash(mpd) => self::mpd(out, mpd),
        Description::Hls(playlist) => {
            let kind = playlist.playlist_type.as_deref().unwrap_or_default();
            line(out, &format!("format    HLS, {} {kind}", playlist.playlist))?;
            for fact in playlist.codecs.iter().chain(&playlist.drm) {
                line(out, &format!("  uses    {fact}"))?;
            }
            Ok(())
        }
        Description::None => Ok(()),
    }
}

fn mpd(out: &mut impl Write, mpd: &Mpd) -> io::Result<()> {
    let profiles = mpd.profiles.join(" ");
    line(out, &format!("format    DASH, {} {profiles}", mpd.presentation))?;
    for clock in &mpd.utc_timing {
        line(out, &format!("clock     {clock}"))?;
    }
    for period in &mpd.periods {
        let id = period.id.as_deref().unwrap_or("without id");
        let (sets, streams) = (period.sets.len(), period.event_streams);
        line(
            out,
            &format!("period    {id}, {sets} sets, {streams} event streams"),
        )?;
        for set in &period.sets {
            let mut text = format!("  set     {}", set.content);
            let language = set.language.iter().map(String::as_str);
            for fact in language.chain(set.codecs.iter().chain(&set.drm).map(String::as_str)) {
                let _ = write!(text, ", {fact}");
            }
            line(out, &text)?;
        }
    }
    Ok(())
}

fn representation(out: &mut impl Write, found: &Representation) -> io::Result<()> {
    let id = match found.id.as_str() {
        "" => "(the playlist)",
        id => id,
    };
    line(
        out,
        &format!(
            "\nrepresentation {id}: {:?}, {} bit/s, {} segments, key {}",
            found.content, found.bandwidth, found.available, found.key
        ),
    )?;
    let (before, after) = found.left_out;
    let is_media = |row: &&Row| row.kind == "media";
    for row in found.segments.iter().filter(|row| !is_media(row)) {
        segment(out, row)?;
    }
    if before > 0 {
        line(out, &format!("  ... {before} segments before these"))?;
    }
    for row in found.segments.iter().filter(is_media) {
        segment(out, row)?;
    }
    if after > 0 {
        line(out, &format!("  ... {after} segments after these"))?;
    }
    Ok(())
}

fn segment(out: &mut impl Write, row: &Row) -> io::Result<()> {
    let number = |value: Option<f64>| value.map_or_else(String::new, |value| format!("{value:.3}"));
    let range = row
        .range
        .as_ref()
        .map_or_else(String::new, |range| format!("  bytes {range}"));
    line(
        out,
        &format!(
            "  {:<5} {:>12} {:>8}  {}{range}",
            row.kind,
            number(row.start),
            number(row.duration),
            row.url
        ),
    )
}

fn line(out: &mut impl Write, text: &str) -> io::Result<()> {
    let shown: String = text
        .chars()
        .map(|c| {
            if c.is_control() && c != '\n' {
                '\u{fffd}'
            } else {
                c
            }
        })
        .collect();
    writeln!(out, "{shown}")
}
