//! Moves an ISO BMFF fragment (ISO/IEC 14496-12) in time: new decode times, new sequence number, same samples.
//!
//! Changes fields of a fixed width in place and no sizes, so offsets inside the fragment stay right. A box that
//! reaches outside its parent is an error.

use thiserror::Error;

/// A fragment that cannot be moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(super) enum FragmentError {
    /// A box is shorter than its header, or reaches outside its parent.
    #[error("a box is cut off")]
    CutOff,
    /// There is no decode time to move.
    #[error("there is no decode time in it")]
    NoDecodeTime,
    /// The moved decode time does not fit in its field.
    #[error("its decode time is too large to be moved")]
    TooLate,
}

/// Moves every decode time (`tfdt`) of a fragment by `shift`, and numbers it (`mfhd`) `sequence`.
pub(super) fn shift(mut fragment: Vec<u8>, shift: u64, sequence: u32) -> Result<Vec<u8>, FragmentError> {
    let mut moved = false;
    for_each_box(&mut fragment, &mut |kind, body| match kind {
        b"moof" => for_each_box(body, &mut |kind, body| match kind {
            b"mfhd" => write(body, 4, &sequence.to_be_bytes()),
            b"traf" => for_each_box(body, &mut |kind, body| match kind {
                b"tfdt" => {
                    moved = true;
                    move_decode_time(body, shift)
                }
                _ => Ok(()),
            }),
            _ => Ok(()),
        }),
        _ => Ok(()),
    })?;
    if moved {
        Ok(fragment)
    } else {
        Err(FragmentError::NoDecodeTime)
    }
}

/// The timescale that an init segment's one track counts in.
pub(super) fn timescale(init: &mut [u8]) -> Option<u32> {
    let mut timescale = None;
    descend(init, &mut timescale).ok()?;
    timescale.filter(|scale| *scale > 0)
}

/// Looks for the timescale in a box and the boxes in it. Each call goes into a smaller box, and no file nests
/// deeper than its bytes allow; the clip's are the operator's own.
fn descend(body: &mut [u8], timescale: &mut Option<u32>) -> Result<(), FragmentError> {
    for_each_box(body, &mut |kind, body| match kind {
        b"moov" | b"trak" | b"mdia" => descend(body, timescale),
        b"mdhd" => {
            // Version 1 has 64-bit times before the timescale.
            let offset = if body.first() == Some(&1) { 20 } else { 12 };
            *timescale = read(body, offset).map(u32::from_be_bytes);
            Ok(())
        }
        _ => Ok(()),
    })
}

fn move_decode_time(body: &mut [u8], shift: u64) -> Result<(), FragmentError> {
    if body.first() == Some(&1) {
        let time = read(body, 4)
            .map(u64::from_be_bytes)
            .ok_or(FragmentError::CutOff)?;
        let time = time.checked_add(shift).ok_or(FragmentError::TooLate)?;
        return write(body, 4, &time.to_be_bytes());
    }
    let time = read(body, 4)
        .map(u32::from_be_bytes)
        .ok_or(FragmentError::CutOff)?;
    let time = u64::from(time)
        .checked_add(shift)
        .and_then(|time| u32::try_from(time).ok());
    write(body, 4, &time.ok_or(FragmentError::TooLate)?.to_be_bytes())
}

/// A visitor of boxes: it is given a box's type, and what follows its header.
type Visit<'a> = dyn FnMut(&[u8; 4], &mut [u8]) -> Result<(), FragmentError> + 'a;

/// Visits the boxes that lie side by side in `bytes`.
fn for_each_box(mut bytes: &mut [u8], visit: &mut Visit<'_>) -> Result<(), FragmentError> {
    while !bytes.is_empty() {
        let size = read(bytes, 0)
            .map(u32::from_be_bytes)
            .ok_or(FragmentError::CutOff)?;
        let kind: [u8; 4] = read(bytes, 4).ok_or(FragmentError::CutOff)?;
        let (header, size) = match size {
            // To the end of the file, and a 64-bit size.
            0 => (8, bytes.len()),
            1 => (16, large_size(bytes)?),
            size => (8, usize::try_from(size).map_err(|_| FragmentError::CutOff)?),
        };
        if size < header || size > bytes.len() {
            return Err(FragmentError::CutOff);
        }
        let (this, rest) = bytes.split_at_mut(size);
        visit(&kind, &mut this[header..])?;
        bytes = rest;
    }
    Ok(())
}

fn large_size(bytes: &[u8]) -> Result<usize, FragmentError> {
    let size = read(bytes, 8)
        .map(u64::from_be_bytes)
        .ok_or(FragmentError::CutOff)?;
    usize::try_from(size).map_err(|_| FragmentError::CutOff)
}

fn read<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at + N)?.try_into().ok()
}

fn write(bytes: &mut [u8], at: usize, value: &[u8]) -> Result<(), FragmentError> {
    let field = bytes.get_mut(at..at + value.len()).ok_or(FragmentError::CutOff)?;
    field.copy_from_slice(value);
    Ok(())
}

/// The first decode time of a fragment.
#[cfg(test)]
pub(super) fn decode_time(fragment: &mut [u8]) -> Option<u64> {
    let mut time = None;
    for_each_box(fragment, &mut |kind, body| match kind {
        b"moof" => for_each_box(body, &mut |kind, body| match kind {
            b"traf" => for_each_box(body, &mut |kind, body| {
                if kind == b"tfdt" {
                    time = time.or_else(|| read(body, 4).map(u64::from_be_bytes));
                }
                Ok(())
            }),
            _ => Ok(()),
        }),
        _ => Ok(()),
    })
    .ok()?;
    time
}

#[cfg(test)]
mod tests;
