//! Fragments by hand, right ones and wrong ones.

use super::*;

#[test]
fn moves_decode_times_and_numbers_the_fragment() {
    let moved = shift(fragment(1, 96_000), 2_304_000, 25).unwrap();
    assert_eq!(moved, fragment(25, 2_400_000));
}

#[test]
fn moves_a_32_bit_decode_time_as_far_as_it_goes() {
    let short = |time: u32| {
        let tfdt = [&[0; 4][..], &time.to_be_bytes()].concat();
        boxed(b"moof", &boxed(b"traf", &boxed(b"tfdt", &tfdt)))
    };
    assert_eq!(shift(short(1000), 500, 1), Ok(short(1500)));
    assert_eq!(
        shift(short(1000), u64::from(u32::MAX), 1),
        Err(FragmentError::TooLate)
    );
}

#[test]
fn samples_stay_as_they_are() {
    let with_samples = [fragment(1, 0), boxed(b"mdat", b"moof tfdt")].concat();
    let moved = shift(with_samples, 5, 1).unwrap();
    assert!(moved.ends_with(b"moof tfdt"));
}

#[test]
fn a_fragment_cut_anywhere_is_refused_or_whole() {
    let whole = [fragment(1, 0), boxed(b"mdat", &[7; 20])].concat();
    let header = fragment(1, 0).len();
    for length in 0..whole.len() {
        let outcome = shift(whole[..length].to_vec(), 5, 1);
        // What ends between two boxes is a fragment, only a shorter one.
        assert_eq!(outcome.is_ok(), length == header, "{length}: {outcome:?}");
    }
}

#[test]
fn sizes_that_lie_are_refused() {
    for size in [1_u32, 2, 7, 1000, u32::MAX] {
        let mut fragment = fragment(1, 0);
        fragment[..4].copy_from_slice(&size.to_be_bytes());
        assert_eq!(shift(fragment, 5, 1), Err(FragmentError::CutOff), "{size}");
    }
}

#[test]
fn a_large_size_and_a_size_to_the_end_are_read() {
    let mut large = [&1_u32.to_be_bytes()[..], b"mdat", &24_u64.to_be_bytes(), &[9; 8]].concat();
    large.extend(fragment(1, 0));
    assert!(shift(large, 5, 2).is_ok());
    let open_ended = [&fragment(1, 0)[..], &0_u32.to_be_bytes(), b"mdat", &[9; 8]].concat();
    assert!(shift(open_ended, 5, 2).is_ok());
}

#[test]
fn reads_the_timescale_of_either_version() {
    let init = |mdhd: &[u8]| boxed(b"moov", &boxed(b"trak", &boxed(b"mdia", &boxed(b"mdhd", mdhd))));
    let old = [&[0; 12][..], &48_000_u32.to_be_bytes(), &[0; 8]].concat();
    let new = [&[1, 0, 0, 0][..], &[0; 16], &12_800_u32.to_be_bytes(), &[0; 12]].concat();
    assert_eq!(timescale(&mut init(&old)), Some(48_000));
    assert_eq!(timescale(&mut init(&new)), Some(12_800));
    assert_eq!(timescale(&mut init(&[0; 24])), None);
    assert_eq!(timescale(&mut init(&[0; 5])), None);
}

fn fragment(sequence: u32, time: u64) -> Vec<u8> {
    let mfhd = boxed(b"mfhd", &[&[0; 4][..], &sequence.to_be_bytes()].concat());
    let tfdt = boxed(b"tfdt", &[&[1, 0, 0, 0][..], &time.to_be_bytes()].concat());
    let traf = boxed(b"traf", &[boxed(b"tfhd", &[0; 8]), tfdt].concat());
    [boxed(b"styp", b"msdh"), boxed(b"moof", &[mfhd, traf].concat())].concat()
}

fn boxed(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let size = u32::try_from(body.len() + 8).unwrap();
    [&size.to_be_bytes()[..], kind, body].concat()
}
