//! `fugitive-seeder inspect`: what this project reads out of a manifest, for people and for programs.
//!
//! It fetches nothing but manifests and the indexes that they name, and never more than the bounds below.

mod describe;
mod listing;
mod source;
mod table;
mod title;

use std::io::Write;
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use segment_engine::time::UnixTime;
use segment_engine_native::unix_time;

use self::listing::Bounds;
use self::source::Source;

/// Segments of a representation that a table shows unless it is told otherwise.
const SHOWN_IN_TABLE: u64 = 8;
/// Segments of a representation that JSON holds unless it is told otherwise.
const SHOWN_IN_JSON: u64 = 100_000;
/// The last second that `--now` may name: the year 9999.
const LAST_SECOND: f64 = 253_402_300_799.0;

const EXAMPLES: &str = "\
Examples:
  What a seeder would make of a stream, with the media playlists and indexes that it names:
    fugitive-seeder inspect https://origin.example/live/manifest.mpd

  A manifest from disk, as if it had come from a URL, at one moment of a live stream, for a program:
    fugitive-seeder inspect manifest.mpd --base-url https://origin.example/live/manifest.mpd --now 1700000000 --json

Exit codes: 0 it was read, perhaps with warnings; 1 it could not be fetched or read; 2 a flag cannot be used.";

/// What the command line says.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct InspectArgs {
    /// The manifest, an MPD or M3U8: an absolute http or https URL, or a file's path. From a URL the media playlists
    /// of a multivariant playlist and the indexes of SegmentBase are fetched too; from a file they are named
    #[arg(value_name = "URL|FILE")]
    manifest: String,

    /// The URL that a file is taken to come from, which its relative URLs are resolved against [default:
    /// https://localhost/ and the file's name]
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,

    /// The wall clock in seconds since 1970: it decides which segments of a live title are there [default: the
    /// system's clock]
    #[arg(long, value_name = "EPOCH", num_args = 0..=1, value_parser = epoch)]
    now: Option<Option<UnixTime>>,

    /// The most segments of each representation that are listed; of a live title the newest, else the first
    /// [default: 8; with --json 100000, and 200000 in all]
    #[arg(long, value_name = "N")]
    segments: Option<u64>,

    /// Print one JSON object instead of a table; errors too, as {"error": ...}
    #[arg(long)]
    json: bool,
}

/// Reads and prints a manifest.
///
/// # Errors
/// When nothing can be written to standard output.
pub(crate) fn run(args: &InspectArgs) -> anyhow::Result<ExitCode> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let report = match inspect(args) {
        Ok(report) => report,
        Err(error) if args.json => {
            let told = serde_json::json!({ "error": format!("{error:#}") });
            writeln!(out, "{told}").context("cannot write to standard output")?;
            return Err(error);
        }
        Err(error) => return Err(error),
    };
    let written = if args.json {
        serde_json::to_writer(&mut out, &report)
            .map_err(std::io::Error::from)
            .and_then(|()| writeln!(out))
    } else {
        table::write(&mut out, &report)
    };
    match written.and_then(|()| out.flush()) {
        // `inspect ... | head` has seen enough.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        written => written
            .map(|()| ExitCode::SUCCESS)
            .context("cannot write to standard output"),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn inspect(args: &InspectArgs) -> anyhow::Result<listing::Report> {
    let now = args.now.flatten().unwrap_or_else(unix_time);
    let source = Source::new(&args.manifest, args.base_url.as_deref())?;
    let shown = if args.json { SHOWN_IN_JSON } else { SHOWN_IN_TABLE };
    let bounds = Bounds {
        each: args.segments.unwrap_or(shown),
    };
    let title = title::read(&source).await?;
    Ok(listing::report(title, now, bounds))
}

/// Reads seconds since 1970.
#[expect(clippy::cast_possible_truncation, reason = "bounded by the check before")]
fn epoch(text: &str) -> Result<UnixTime, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number of seconds".to_owned())?;
    if !(-LAST_SECOND..=LAST_SECOND).contains(&seconds) {
        return Err("not within the years that a manifest can name".to_owned());
    }
    Ok(UnixTime::from_millis((seconds * 1000.0) as i64))
}
