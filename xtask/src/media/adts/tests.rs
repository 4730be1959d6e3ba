//! Frames written by hand: seven header bytes whose length field spans three of them.

use super::*;

fn frame(length: u16, fill: u8) -> Vec<u8> {
    let [high, low] = length.to_be_bytes();
    let middle = (high << 5) | (low >> 3);
    let mut bytes = vec![
        0xFF,
        0xF1,
        0x4C,
        0x80 | (high >> 3),
        middle,
        (low << 5) | 0x1F,
        0xFC,
    ];
    bytes.resize(usize::from(length), fill);
    bytes
}

#[test]
fn keeps_whole_frames_after_the_skipped_ones() {
    let stream = [frame(20, 1), frame(700, 2), frame(9, 3), frame(30, 4)].concat();
    let kept = frames(&stream, 1, 2).unwrap();
    assert_eq!(kept, [frame(700, 2), frame(9, 3)].concat());
}

#[test]
fn refuses_a_stream_that_is_too_short_or_not_one() {
    let stream = frame(20, 1);
    assert!(frames(&stream, 0, 2).is_err());
    assert!(frames(&stream[..19], 0, 1).is_err());
    assert!(frames(b"not a stream", 0, 1).is_err());
}
