//! Lists as they are written, read and refused.

use super::*;
use crate::piece::Body;

const LIST: &str = "https://static.example/site/fugitive.files";

fn file(reference: &str, bytes: &[u8]) -> ListedFile {
    ListedFile {
        record: Record::of(&Body::of(bytes)),
        sha224: Digest::of(&[bytes]),
        media_type: "text/css; charset=utf-8".to_owned(),
        reference: reference.to_owned(),
    }
}

fn list() -> FileList {
    FileList {
        swarm: "static.example/site".to_owned(),
        made: UnixTime::from_millis(1_700_000_000_000),
        expires: UnixTime::from_millis(1_800_000_000_000),
        files: vec![file("a.css", b"a {}"), file("img/%C3%BC.png", &[7; 40_000])],
    }
}

fn written() -> String {
    sign_list(&write_list(&list()), &Signature([9; 64]))
}

fn read(text: &str) -> Result<SignedList, ManifestError> {
    read_list(text.as_bytes(), &Limits::default())
}

#[test]
fn a_list_reads_as_it_was_written() {
    let text = written();
    let read = read(&text).unwrap();
    assert_eq!(read.list, list());
    assert_eq!(read.message, write_list(&list()).as_bytes());
    assert_eq!(read.signature, Signature([9; 64]));
    assert!(is_list(text.as_bytes()));
}

#[test]
fn the_text_of_a_list_is_pinned() {
    let list = FileList {
        files: vec![file("a.css", b"a {}")],
        ..list()
    };
    expect_test::expect![[r#"
        fugitive files 1
        swarm	static.example/site
        made	1700000000000
        expires	1800000000000
        4	daadbe1586030cf3f27e9b6467281fcc4cc51287ace984cb662b2160	0c49932652882e2df49380e45d0a416d9405409453d8d64c45f35ec2	text/css; charset=utf-8	a.css
    "#]]
    .assert_eq(&write_list(&list));
}

#[test]
fn files_are_found_by_their_urls_and_by_nothing_else() {
    let list = list();
    let timeline = list.timeline(LIST).unwrap();
    let at = |url: &str| timeline.locate(url, None).map(|segment| segment.key);
    assert_eq!(at("https://static.example/site/a.css"), Some(list.files[0].key()));
    assert_eq!(
        at("https://static.example/site/a.css#top"),
        Some(list.files[0].key())
    );
    assert_eq!(
        at("https://static.example/site/img/\u{fc}.png"),
        Some(list.files[1].key())
    );
    for other in ["a.css/", "b.css", "img/a.css", "../a.css"] {
        assert_eq!(
            at(&format!("https://static.example/site/{other}")),
            None,
            "{other}"
        );
    }
}

#[test]
fn another_version_of_a_file_is_another_segment() {
    assert_ne!(file("a", b"1").key(), file("a", b"2").key());
    assert_ne!(file("a", b"1").key(), file("b", b"1").key());
}

#[test]
fn what_is_no_list_is_refused() {
    let text = written();
    let cases = [
        text.replacen("files 1", "files 2", 1),
        text.replacen("swarm\t", "swarms\t", 1),
        text.replacen("made\t", "made\tx", 1),
        text.replacen("text/css; charset=utf-8\t", "", 1),
        text.replacen("a.css\n", "a.css\tmore\n", 1),
        text.replacen("\na.css", "\n", 1).replacen("4\t", "0\t", 1),
        text.replacen("4\t", "67108865\t", 1),
        text.replacen("signature\t09", "signature\t9", 1),
        text.replacen("signature\t09", "signature\tzz", 1),
        write_list(&list()),
        String::new(),
    ];
    for case in cases {
        assert!(read(&case).is_err(), "{case}");
    }
    assert!(read_list(&[0xff; 3], &Limits::default()).is_err());
}

#[test]
fn a_list_of_too_many_files_is_refused() {
    let files = vec![file("a", b"1"); MAX_FILES + 1];
    let text = sign_list(&write_list(&FileList { files, ..list() }), &Signature([0; 64]));
    let limit = MAX_FILES as u64;
    let what = "number of files";
    assert_eq!(read(&text), Err(ManifestError::OverLimit { what, limit }));
}
