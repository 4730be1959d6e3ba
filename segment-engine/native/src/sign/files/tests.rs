//! What a list may hold: what pages read as it was meant, and no reference twice.

use segment_engine::input::Signature;
use segment_engine::time::UnixTime;

use super::*;

fn list(swarm: &str, references: &[&str]) -> FileList {
    let file = |reference: &&str| ListedFile {
        record: Record::of(&Body::of(b"x")),
        sha224: Digest::of(&[b"x"]),
        media_type: "text/plain".to_owned(),
        reference: (*reference).to_owned(),
    };
    FileList {
        swarm: swarm.to_owned(),
        made: UnixTime::from_millis(1),
        expires: UnixTime::from_millis(2),
        files: references.iter().map(file).collect(),
    }
}

#[test]
fn a_list_that_pages_would_refuse_or_read_as_another_is_an_error() {
    let long = "x".repeat(Limits::default().manifest_bytes);
    for (list, why) in [
        (list("site", &["a.js", "b/c.js"]), None),
        (list("site", &[""]), Some("a line that is no file's")),
        (list("site", &["a\tb"]), Some("a line that is no file's")),
        (list("site", &["a\nb"]), Some("a line that is no file's")),
        (list("site\nmade\t9", &["a"]), Some("lacks its swarm")),
        (list("site\r", &["a"]), Some("is read as another")),
        (list("site", &["a\r"]), Some("is read as another")),
        (list("site", &[&long]), Some("bytes; ")),
    ] {
        let text = write_list(&list);
        let signed = sign_list(&text, &Signature([0; 64]));
        let checked = check(&list, &text, &signed, Path::new("fugitive.files"));
        match (checked, why) {
            (Ok(()), None) => {}
            (Err(error), Some(why)) => {
                let error = error.to_string();
                assert!(
                    error.contains("fugitive.files: pages would refuse it") && error.contains(why),
                    "{error}"
                );
            }
            (checked, why) => panic!("{checked:?}, not {why:?}"),
        }
    }
}

#[test]
fn a_reference_of_two_files_is_an_error_that_names_both() {
    let mut references = References::default();
    references.add("a.js", Path::new("one/a.js")).unwrap();
    references.add("b.js", Path::new("one/b.js")).unwrap();
    let error = references.add("a.js", Path::new("two/a.js")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot read two/a.js: one/a.js would be served under the same URL: rename one of them"
    );
}
