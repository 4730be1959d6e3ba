//! A header says what it was made of, damage is noticed, and a write leaves all or nothing.

use super::*;
use crate::scratch::Folder;

fn entry() -> ShelfEntry {
    ShelfEntry {
        key: SegmentKey {
            track: TrackKey([1, 2, 3, 4, 5, 6, 7, 8]),
            kind: SegmentKind::Media,
            time: -5,
            range: ByteRange::new(7, 1 << 40),
        },
        record: Record::of(&body()),
    }
}

/// Three pieces and a bit.
fn body() -> Body {
    Body::of(&[0x5a; 3 * PIECE + 100])
}

fn folder(name: &str) -> Folder {
    let folder = Folder::absent(&format!("file-{name}"));
    fs::create_dir_all(&*folder).unwrap();
    folder
}

#[test]
fn a_header_is_read_as_it_was_written() {
    let stream = StreamId::of("wss://s.example", "a swarm");
    let init = ShelfEntry {
        key: SegmentKey {
            kind: SegmentKind::Init,
            time: i64::MAX,
            range: None,
            ..entry().key
        },
        ..entry()
    };
    for entry in [entry(), init] {
        assert_eq!(parse(&header(stream, &entry)), Some((stream, entry)));
    }
}

#[test]
fn a_header_stays_as_it_is_written() {
    let header = header(StreamId::of("wss://s.example", "a swarm"), &entry());
    assert_eq!(&header[..12], b"fugshelf\x00\x01\x01\x01");
    assert_eq!(header[40..48], [1, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!(header[48..56], (-5_i64).to_be_bytes());
    assert_eq!(header[56..64], 7_u64.to_be_bytes());
    assert_eq!(header[72..80], body().len().to_be_bytes());
    assert_eq!(header[80..108], entry().record.root.0);
}

#[test]
fn any_damage_to_a_header_is_noticed() {
    let header = header(StreamId::of("wss://s.example", "a swarm"), &entry());
    for bit in 0..HEADER * 8 {
        let mut damaged = header;
        damaged[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(parse(&damaged), None, "bit {bit}");
    }
    assert_eq!(parse(&[0; HEADER]), None);
}

#[test]
fn a_size_that_no_segment_has_is_refused() {
    for size in [0, MAX_SEGMENT + 1, u64::MAX] {
        let mut entry = entry();
        entry.record.size = size;
        assert_eq!(
            parse(&header(StreamId::of("wss://s.example", "a"), &entry)),
            None,
            "{size}"
        );
    }
}

#[test]
fn what_is_written_is_read_back_with_its_leaves() {
    let folder = folder("read-back");
    let (path, part) = (folder.join("a.seg"), folder.join("a.part"));
    let header = header(StreamId::of("wss://s.example", "a"), &entry());
    write_part(&part, &header, &body()).unwrap();
    put_in_place(&part, &path).unwrap();
    assert!(!part.exists());
    let read = read(&path, &header, body().len()).unwrap();
    assert_eq!(read, body());
    assert_eq!(Record::of(&read), entry().record);
}

#[test]
fn a_file_of_another_length_or_header_is_not_read() {
    let folder = folder("lengths");
    let (path, part) = (folder.join("a.seg"), folder.join("a.part"));
    let header = header(StreamId::of("wss://s.example", "a"), &entry());
    write_part(&part, &header, &body()).unwrap();
    put_in_place(&part, &path).unwrap();
    let whole = fs::read(&path).unwrap();
    let longer = [&whole[..], b"x"].concat();
    let other = super::header(StreamId::of("wss://s.example", "b"), &entry());
    for (bytes, header) in [
        (&whole[..whole.len() - 1], header),
        (&whole[..HEADER - 1], header),
        (&longer, header),
        (&whole, other),
    ] {
        fs::write(&path, bytes).unwrap();
        assert!(read(&path, &header, body().len()).is_err());
    }
}

#[test]
fn a_write_that_fails_leaves_nothing() {
    let folder = folder("fails");
    let path = folder.join("taken.seg");
    // A folder stands where the file is to be.
    fs::create_dir_all(path.join("inside")).unwrap();
    let part = folder.join("taken.part");
    let header = header(StreamId::of("wss://s.example", "a"), &entry());
    write_part(&part, &header, &body()).unwrap();
    assert!(put_in_place(&part, &path).is_err());
    assert!(!part.exists());
}

#[test]
fn what_a_file_takes_is_whole_blocks() {
    assert_eq!(
        [taken(1), taken(4096 - 136), taken(4096 - 135)],
        [4096, 4096, 8192]
    );
}
