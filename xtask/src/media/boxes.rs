//! The few ISO base media boxes (ISO/IEC 14496-12) that a manifest is written from: time scale and codec of an init
//! segment, and the decode time of a media segment.

use anyhow::{Context, Result, ensure};

/// Ticks per second of the only track, from `mdhd`.
///
/// # Errors
/// The box is missing or cut short.
pub(super) fn timescale(init: &[u8]) -> Result<u32> {
    let mdhd = find(init, &["moov", "trak", "mdia", "mdhd"])?;
    // Version 1 has 64-bit creation and modification times before it.
    let at = if mdhd.first() == Some(&1) { 20 } else { 12 };
    read_u32(mdhd, at)
}

/// RFC 6381's name of the video codec, as in `avc1.64001e`, from `avcC`.
///
/// # Errors
/// The track is no H.264.
pub(super) fn avc_codec(init: &[u8]) -> Result<String> {
    /// Version, flags and entry count of `stsd`.
    const STSD_HEADER: usize = 8;
    /// The fixed fields of a VisualSampleEntry.
    const VISUAL_ENTRY: usize = 78;
    let stsd = find(init, &["moov", "trak", "mdia", "minf", "stbl", "stsd"])?;
    let avc1 = find(stsd.get(STSD_HEADER..).context("stsd is cut short")?, &["avc1"])?;
    let config = find(avc1.get(VISUAL_ENTRY..).context("avc1 is cut short")?, &["avcC"])?;
    let profile = config.get(1..4).context("avcC is cut short")?;
    Ok(format!(
        "avc1.{:02x}{:02x}{:02x}",
        profile[0], profile[1], profile[2]
    ))
}

/// Decode time of the first sample in ticks, from `tfdt`.
///
/// # Errors
/// The box is missing, or the segment holds more than one fragment.
pub(super) fn decode_time(segment: &[u8]) -> Result<u64> {
    let moofs = boxes(segment)?
        .iter()
        .filter(|(name, _)| *name == *b"moof")
        .count();
    ensure!(moofs == 1, "a segment of {moofs} fragments instead of one");
    let tfdt = find(segment, &["moof", "traf", "tfdt"])?;
    if tfdt.first() == Some(&1) {
        return Ok(u64::from(read_u32(tfdt, 4)?) << 32 | u64::from(read_u32(tfdt, 8)?));
    }
    read_u32(tfdt, 4).map(u64::from)
}

/// The content of the first box at the end of `path`.
fn find<'a>(data: &'a [u8], path: &[&str]) -> Result<&'a [u8]> {
    let mut content = data;
    for name in path {
        let inside = boxes(content)?;
        let found = inside.iter().find(|(kind, _)| kind == name.as_bytes());
        content = found.with_context(|| format!("no box {name}"))?.1;
    }
    Ok(content)
}

/// Names and contents of the boxes that `data` consists of.
fn boxes(data: &[u8]) -> Result<Vec<([u8; 4], &[u8])>> {
    let mut rest = data;
    let mut found = Vec::new();
    while !rest.is_empty() {
        let size = usize::try_from(read_u32(rest, 0)?)?;
        ensure!(
            (8..=rest.len()).contains(&size),
            "a box of {size} bytes where {} are left",
            rest.len()
        );
        let name = [rest[4], rest[5], rest[6], rest[7]];
        found.push((name, &rest[8..size]));
        rest = &rest[size..];
    }
    Ok(found)
}

fn read_u32(data: &[u8], at: usize) -> Result<u32> {
    let bytes = data.get(at..at + 4).context("a box is cut short")?;
    Ok(u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
}

#[cfg(test)]
mod tests;
