//! Packing and unpacking: what comes back, and what hostile frames come to, with both decoders.

use super::*;

fn text(len: usize) -> Vec<u8> {
    let cues = (0_u32..).flat_map(|n| format!("{n}: what is said at {} seconds\n", n * 3).into_bytes());
    cues.take(len).collect()
}

#[cfg(feature = "zstd")]
mod zstd {
    use proptest::prelude::*;

    use super::*;

    /// Unpacks with both decoders, and has them agree.
    fn unpack_both(frame: &[u8], plain_len: usize) -> Result<Piece, UnpackError> {
        let piece = unpack(frame, plain_len);
        if content_size(frame) == Ok(plain_len as u64) && frame.len() < plain_len && plain_len <= PIECE {
            let small = small::decompress(frame, plain_len);
            let small = small.ok().filter(|plain| plain.len() == plain_len);
            assert_eq!(
                small.as_deref(),
                piece.as_ref().ok().map(Piece::bytes),
                "the decoders differ over {frame:02x?}"
            );
        }
        piece
    }

    /// A frame of raw blocks, RLE blocks and whatever else.
    fn frame(content: u16, blocks: &[u8]) -> Vec<u8> {
        let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0x60];
        frame.extend((content - 256).to_le_bytes());
        frame.extend(blocks);
        frame
    }

    /// A block of `len` times one byte.
    fn run(len: u32, last: Last) -> [u8; 4] {
        let header = len << 3 | 1 << 1 | last as u32;
        let [low, middle, high, _] = header.to_le_bytes();
        [low, middle, high, b'x']
    }

    #[derive(Clone, Copy)]
    enum Last {
        No = 0,
        Yes = 1,
    }

    #[test]
    fn text_comes_back_as_it_was() {
        for len in [MIN_PIECE, 5000, PIECE - 1, PIECE] {
            let piece = Piece::new(&text(len));
            let packed = pack(&piece).expect("text shrinks");
            assert!(packed.len() < len / 2, "{} of {len}", packed.len());
            assert_eq!(unpack_both(&packed, len), Ok(piece));
        }
    }

    #[test]
    fn what_is_small_or_dense_is_not_packed() {
        assert_eq!(pack(&Piece::new(&text(MIN_PIECE - 1))), None);
        assert_eq!(pack(&Piece::new(&noise(PIECE))), None);
        // An eighth is saved, or nothing is done.
        let mut mixed = noise(14_000);
        mixed.resize(PIECE, 0);
        assert!(pack(&Piece::new(&mixed)).is_some());
        mixed[..14_500].copy_from_slice(&noise(14_500));
        assert_eq!(pack(&Piece::new(&mixed)), None);
    }

    #[test]
    fn another_length_than_the_piece_s_is_refused() {
        let packed = pack(&Piece::new(&text(5000))).expect("text shrinks");
        for len in [0, 1, packed.len(), 4999, 5001, PIECE, PIECE + 1, usize::MAX] {
            assert_eq!(unpack_both(&packed, len), Err(UnpackError::Length), "{len}");
        }
    }

    #[test]
    fn every_truncation_is_refused() {
        let packed = pack(&Piece::new(&text(5000))).expect("text shrinks");
        for len in 0..packed.len() {
            assert_eq!(
                unpack_both(&packed[..len], 5000),
                Err(UnpackError::Malformed),
                "{len}"
            );
        }
    }

    #[test]
    fn anything_after_the_frame_is_refused() {
        let packed = pack(&Piece::new(&text(5000))).expect("text shrinks");
        let skippable: &[u8] = &[0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0];
        let empty: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd, 0x20, 0, 1, 0, 0];
        for after in [&b"\0"[..], b"garbage", skippable, empty, &packed] {
            let frames = [&packed, after].concat();
            assert_eq!(unpack_both(&frames, 5000), Err(UnpackError::Malformed));
        }
        let before = [skippable, &packed].concat();
        assert_eq!(unpack_both(&before, 5000), Err(UnpackError::Malformed));
    }

    #[test]
    fn frames_of_other_kinds_are_refused() {
        let good = frame(5000, &run(5000, Last::Yes));
        assert_eq!(unpack_both(&good, 5000), Ok(Piece::new(&[b'x'; 5000])));
        // No single segment, no size; unused and reserved bits; a checksum; a dictionary.
        for descriptor in [0x00, 0x40, 0x70, 0x68, 0x64, 0x61, 0x62, 0x63] {
            let mut other = good.clone();
            other[4] = descriptor;
            assert_eq!(
                unpack_both(&other, 5000),
                Err(UnpackError::Malformed),
                "{descriptor:#x}"
            );
        }
        assert_eq!(unpack_both(b"", 5000), Err(UnpackError::Malformed));
        assert_eq!(
            unpack_both(b"not a frame at all", 5000),
            Err(UnpackError::Malformed)
        );
    }

    #[test]
    fn sizes_of_all_widths_are_read() {
        let table: [(&[u8], u64); 5] = [
            (&[0x20, 200], 200),
            (&[0x60, 1, 1], 513),
            (&[0xa0, 1, 1, 0, 0], 257),
            (&[0xe0, 1, 1, 0, 0, 0, 0, 0, 0], 257),
            (&[0xe0, 255, 255, 255, 255, 255, 255, 255, 255], u64::MAX),
        ];
        for (header, expected) in table {
            let frame = [&[0x28, 0xb5, 0x2f, 0xfd], header].concat();
            assert_eq!(content_size(&frame), Ok(expected));
            assert_eq!(
                content_size(&frame[..frame.len() - 1]),
                Err(UnpackError::Malformed)
            );
        }
    }

    #[test]
    fn bombs_go_off_within_bounds() {
        // A block of 128 KiB; 4,000 blocks of a piece each, 64 MiB in 16 KB; one that stops a byte short, or goes a
        // byte too far.
        let one = frame(5000, &run(128 << 10, Last::Yes));
        let mut many = frame(16384, &run(16384, Last::No).repeat(4000));
        many.extend(run(16384, Last::Yes));
        let short = frame(5000, &run(4999, Last::Yes));
        let long = frame(5000, &[run(5000, Last::No), run(1, Last::Yes)].concat());
        for (what, bomb, len) in [
            ("one", one, 5000),
            ("many", many, 16384),
            ("short", short, 5000),
            ("long", long, 5000),
        ] {
            assert!(unpack_both(&bomb, len).is_err(), "{what}");
        }
    }

    #[test]
    fn empty_blocks_are_no_reason_to_refuse() {
        let blocks = [run(5000, Last::No), [1, 0, 0, 0]].concat();
        let frame = frame(5000, &blocks[..7]);
        assert_eq!(unpack_both(&frame, 5000), Ok(Piece::new(&[b'x'; 5000])));
    }

    proptest! {
        #[test]
        fn what_is_packed_comes_back(bytes in bytes()) {
            let piece = Piece::new(&bytes);
            if let Some(packed) = pack(&piece) {
                prop_assert!(is_saving(packed.len() as u64, bytes.len() as u64));
                prop_assert_eq!(unpack_both(&packed, bytes.len()), Ok(piece));
            }
        }

        #[test]
        fn altered_frames_never_panic(bytes in bytes(), changes in prop::collection::vec((any::<u16>(), any::<u8>()), 1..8)) {
            if let Some(mut packed) = pack(&Piece::new(&bytes)) {
                for (at, byte) in changes {
                    let at = usize::from(at) % packed.len();
                    packed[at] = byte;
                }
                // Decoders may differ over what is no frame, where neither has to notice: the digest does.
                let small = small::decompress(&packed, bytes.len());
                prop_assert!(small.is_err() || small.is_ok_and(|plain| plain.len() <= bytes.len()));
                if let Ok(piece) = unpack(&packed, bytes.len()) {
                    prop_assert_eq!(piece.len(), bytes.len());
                }
            }
        }
    }

    /// Pieces of few different bytes, so that they shrink.
    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        (1_u8..=40).prop_flat_map(|alphabet| prop::collection::vec(0..alphabet, 1..PIECE))
    }
}

#[cfg(not(feature = "zstd"))]
#[test]
fn a_build_without_zstd_neither_packs_nor_unpacks() {
    let piece = Piece::new(&text(5000));
    assert_eq!(pack(&piece), None);
    assert_eq!(unpack(piece.bytes(), 5000), Err(UnpackError::Unsupported));
    assert_eq!(READS, Reads::Plain);
}
