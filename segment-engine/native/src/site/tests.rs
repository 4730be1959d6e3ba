//! What a list may hold: what pages read as it was meant.

use segment_engine::manifest::files::MAX_FILES;

use super::*;

fn signed(swarm: &str, references: &[&str]) -> Result<String, RefusedList> {
    let file = |reference: &&str| listed_file(Path::new("a.txt"), (*reference).to_owned(), b"x");
    let files = references.iter().filter_map(file).collect();
    signed_files(&SeedKey::generate(), swarm, files, Duration::from_secs(60))
}

#[test]
fn a_list_that_pages_would_refuse_or_read_as_another_is_an_error() {
    let long = "x".repeat(Limits::default().manifest_bytes);
    for (swarm, references, why) in [
        ("site", &["a.js", "b/c.js"][..], None),
        ("site", &[""], Some("a line that is no file's")),
        ("site", &["a\tb"], Some("a line that is no file's")),
        ("site", &["a\nb"], Some("a line that is no file's")),
        ("site\nmade\t9", &["a"], Some("lacks its swarm")),
        ("site\r", &["a"], Some("is read as another")),
        ("site", &["a\r"], Some("is read as another")),
        ("site", &[&long], Some("bytes; ")),
        ("site", &["a"; MAX_FILES + 1], Some("files")),
    ] {
        match (signed(swarm, references), why) {
            (Ok(_), None) => {}
            (Err(error), Some(why)) => {
                let error = error.to_string();
                assert!(
                    error.contains("pages would refuse it") && error.contains(why),
                    "{error}"
                );
            }
            (made, why) => panic!("{made:?}, not {why:?}"),
        }
    }
}

#[test]
fn a_file_has_the_media_type_of_its_name_and_text_its_encoding() {
    let table: [(&str, &[u8], Option<&str>); 6] = [
        ("a/app.js", b"1", Some("text/javascript; charset=utf-8")),
        ("site.css", b"\xff", Some("text/css")),
        ("photo.JPG", b"1", Some("image/jpeg")),
        ("type.otf", b"1", Some("font/otf")),
        ("a.unheard-of", b"1", Some("application/octet-stream")),
        ("empty.png", b"", None),
    ];
    for (name, bytes, media_type) in table {
        let listed = listed_file(Path::new(name), name.to_owned(), bytes);
        assert_eq!(
            listed.map(|file| file.media_type).as_deref(),
            media_type,
            "{name}"
        );
    }
}
