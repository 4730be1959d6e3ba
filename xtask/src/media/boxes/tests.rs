//! Boxes written by hand.

use super::*;

fn wrap(name: &str, content: &[u8]) -> Vec<u8> {
    let size = u32::try_from(content.len() + 8).unwrap();
    [&size.to_be_bytes(), name.as_bytes(), content].concat()
}

fn segment(tfdt: &[u8]) -> Vec<u8> {
    let traf = wrap("traf", &[wrap("tfhd", &[0; 8]), wrap("tfdt", tfdt)].concat());
    [wrap("styp", b"msdh"), wrap("moof", &traf), wrap("mdat", &[7; 5])].concat()
}

#[test]
fn reads_decode_times_of_both_versions() {
    assert_eq!(decode_time(&segment(&[0, 0, 0, 0, 0, 0, 1, 2])).unwrap(), 258);
    assert_eq!(
        decode_time(&segment(&[1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2])).unwrap(),
        (1 << 32) + 2
    );
}

#[test]
fn refuses_a_segment_of_two_fragments() {
    let twice = segment(&[0; 8]).repeat(2);
    assert!(
        decode_time(&twice)
            .unwrap_err()
            .to_string()
            .contains("2 fragments")
    );
}

#[test]
fn reads_the_time_scale() {
    let mdhd = wrap("mdhd", &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x32, 0]);
    let init = wrap("moov", &wrap("trak", &wrap("mdia", &mdhd)));
    assert_eq!(timescale(&init).unwrap(), 12_800);
}

#[test]
fn refuses_boxes_that_overrun_their_parent() {
    let mut cut = segment(&[0; 8]);
    cut.truncate(cut.len() - 1);
    assert!(decode_time(&cut).is_err());
}
