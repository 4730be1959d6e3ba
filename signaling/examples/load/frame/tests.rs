//! Frames as RFC 6455 has them, and what is none.

use super::*;

const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

#[test]
fn writes_the_masked_hello_of_the_rfc() {
    let mut out = Vec::new();
    write(&mut out, Opcode::Text, b"Hello", MASK);
    assert_eq!(
        out,
        [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]
    );
}

#[test]
fn reads_the_unmasked_hello_of_the_rfc() {
    let bytes = [0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x99];
    let frame = read(&bytes).unwrap().unwrap();
    assert_eq!(
        frame,
        Frame {
            opcode: Opcode::Text,
            payload: b"Hello",
            size: 7
        }
    );
}

#[test]
fn picks_the_shortest_length_field() {
    for (length, header) in [(0, 2), (125, 2), (126, 4), (65_535, 4), (65_536, 10)] {
        let mut out = Vec::new();
        write(&mut out, Opcode::Binary, &vec![7; length], MASK);
        assert_eq!(out.len(), header + 4 + length);
    }
}

#[test]
fn reads_what_a_server_writes_at_every_length() {
    for length in [0, 1, 125, 126, 300, 65_535, 65_536] {
        let payload = vec![b'x'; length];
        let bytes = served(0x81, &payload);
        let frame = read(&bytes).unwrap().unwrap();
        assert_eq!((frame.payload, frame.size), (&*payload, bytes.len()));
    }
}

#[test]
fn waits_for_the_rest_of_a_frame() {
    let bytes = served(0x81, &[b'x'; 300]);
    for end in 0..bytes.len() {
        assert_eq!(read(&bytes[..end]), Ok(None), "{end} bytes");
    }
}

#[test]
fn masks_each_byte_with_its_own_byte_of_the_mask() {
    for length in 0..40_usize {
        let mut payload = vec![0; length];
        apply(MASK, &mut payload);
        let expected: Vec<u8> = MASK.into_iter().cycle().take(length).collect();
        assert_eq!(payload, expected);
    }
}

#[test]
fn refuses_what_no_tracker_sends() {
    assert_eq!(read(&[0x01, 0]), Err(FrameError::Fragmented));
    assert_eq!(read(&[0x80, 0]), Err(FrameError::Fragmented));
    assert_eq!(read(&[0xc1, 0]), Err(FrameError::Bits));
    assert_eq!(read(&[0x81, 0x80]), Err(FrameError::Bits));
    assert_eq!(read(&[0x83, 0]), Err(FrameError::Opcode(3)));
    let long = [0x81, 127, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    assert_eq!(read(&long), Err(FrameError::Long(u64::MAX)));
}

fn served(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    match payload.len() {
        0..=125 => bytes.push(payload.len() as u8),
        126..=65_535 => {
            bytes.push(126);
            bytes.extend((payload.len() as u16).to_be_bytes());
        }
        _ => {
            bytes.push(127);
            bytes.extend((payload.len() as u64).to_be_bytes());
        }
    }
    bytes.extend(payload);
    bytes
}
