//! Files and URLs, there and back, and nowhere else.

use super::*;

fn folder(name: &str) -> Folder {
    let path = std::env::temp_dir().join(format!("fugitive-folder-{}-{name}", std::process::id()));
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(path.join("v 1")).unwrap();
    Folder::open(&path).unwrap()
}

#[test]
fn a_file_is_found_by_its_url() {
    let folder = folder("found");
    for base in [
        None,
        Some("https://cdn.example/films/a%20b"),
        Some("https://cdn.example/films/a/"),
    ] {
        for name in ["manifest.mpd", "v 1/100%.m4s", "v 1/ü.m4s"] {
            let path = folder.root.join(name);
            let url = folder.url(base, &path);
            assert_eq!(folder.file(base, &url), Some(path), "{url}");
            assert_eq!(
                folder.file(base, &format!("{url}?token=1")),
                Some(folder.root.join(name))
            );
        }
    }
    let url = folder.url(Some("https://cdn.example/films"), &folder.root.join("a.mpd"));
    assert_eq!(url, "https://cdn.example/films/a.mpd");
}

#[test]
fn a_url_that_is_not_the_folders_has_no_file() {
    let folder = folder("none");
    let base = Some("https://cdn.example/films/");
    for url in [
        "https://other.example/films/1.m4s",
        "http://cdn.example/films/1.m4s",
        "https://cdn.example/films-2/1.m4s",
        "https://cdn.example/films/../1.m4s",
        "https://cdn.example/films/%2e%2e/1.m4s",
        "https://cdn.example/films/..%2f1.m4s",
        "https://cdn.example/films/a%00b",
        "https://cdn.example/films/a%",
        "https://cdn.example/films/",
        "file:///etc/passwd",
    ] {
        assert_eq!(folder.file(base, url), None, "{url}");
    }
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_folder_is_seen_through() {
    let folder = folder("links");
    let (inside, outside) = (folder.root.join("inside"), folder.root.join("outside"));
    fs::write(folder.root.join("1.m4s"), "x").unwrap();
    std::os::unix::fs::symlink(folder.root.join("1.m4s"), &inside).unwrap();
    std::os::unix::fs::symlink("/etc/hostname", &outside).unwrap();
    assert!(folder.holds(&inside).unwrap());
    assert!(!folder.holds(&outside).unwrap());
}

#[test]
fn playlists_that_others_name_are_no_manifests_of_their_own() {
    let folder = folder("playlists");
    let master =
        "#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,URI=\"v 1/a.m3u8\"\n#EXT-X-STREAM-INF:BANDWIDTH=1\nv.m3u8\n";
    for (name, text) in [
        ("master.m3u8", master),
        ("v.m3u8", "#EXTM3U"),
        ("v 1/a.m3u8", "#EXTM3U"),
        ("v 1/alone.m3u8", "#EXTM3U"),
        ("film.mpd", "<MPD/>"),
        ("film.txt", ""),
    ] {
        fs::write(folder.root.join(name), text).unwrap();
    }
    let found = folder.manifests().unwrap();
    let names: Vec<_> = found
        .iter()
        .map(|path| path.strip_prefix(&folder.root).unwrap())
        .collect();
    assert_eq!(
        names,
        [
            Path::new("film.mpd"),
            Path::new("master.m3u8"),
            Path::new("v 1/alone.m3u8")
        ]
    );
}

#[cfg(unix)]
#[test]
fn a_name_that_no_url_has_is_an_error_that_names_it() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    for (at, (file, told, why)) in [
        (&b"caf\xe9/app.js"[..], "caf\u{fffd}: ", "not UTF-8"),
        (b"caf\xe9", "caf\u{fffd}: ", "not UTF-8"),
        (b"js/\xff.js", "js/\u{fffd}.js: ", "not UTF-8"),
        (b"a\tb", "a\tb: ", "control character"),
        (b"a\nb/c.js", "a\nb: ", "control character"),
        (b"a\rb", "a\rb: ", "control character"),
        (b"a\x7f", "a\x7f: ", "control character"),
        ("a\u{85}".as_bytes(), "a\u{85}: ", "control character"),
    ]
    .into_iter()
    .enumerate()
    {
        let folder = folder(&format!("unnamable-{at}"));
        fs::write(folder.root.join("app.js"), "x").unwrap();
        let path = folder.root.join(OsStr::from_bytes(file));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "x").unwrap();
        for error in [
            folder.files(Bounds::SITE).unwrap_err(),
            folder.check_name(&path).unwrap_err(),
        ] {
            let error = error.to_string();
            assert!(
                error.contains(told) && error.contains(why) && error.contains("rename it"),
                "{error:?}"
            );
        }
    }
}

#[test]
fn names_without_a_fault_have_references_that_differ_and_lead_back() {
    let folder = folder("names");
    let names = [
        "a b", "a%20b", "a+b", "a\\b", "a#b", "a?b", "a;b", "a:b", "ab", "%2e%2e", "...", "~", "ü",
        "u\u{308}", "\u{feff}", "\u{202e}", " ", "v 1/ab", "http:/a", "C:", "C|",
    ];
    let mut references = std::collections::BTreeSet::new();
    for name in names {
        let path = folder.root.join(name);
        folder.check_name(&path).unwrap();
        let reference = folder.reference(&path);
        let page = Url::parse("https://static.example/site/fugitive.files").unwrap();
        let url = page.join(&reference).unwrap();
        let base = Some("https://static.example/site/");
        assert_eq!(url.as_str(), folder.url(base, &path), "{name:?}");
        // What is read of a manifest takes no name with a backslash.
        let found = (!name.contains('\\')).then_some(path);
        assert_eq!(folder.file(base, url.as_str()), found, "{name:?}");
        assert!(references.insert(reference), "{name:?}");
    }
}

#[test]
fn a_folder_that_is_deeper_or_larger_than_the_bounds_is_an_error() {
    let folder = folder("bounds");
    fs::create_dir_all(folder.root.join("a/b/.c/d")).unwrap();
    fs::write(folder.root.join("a/b/x.js"), "x").unwrap();
    // Of three folders and a file that are not hidden.
    for (depth, entries, why) in [
        (2, 4, None),
        (1, 4, Some("a/b: it lies more than 1 folders deep")),
        (2, 3, Some("bounds: it holds more than 3 files and folders")),
    ] {
        let found = folder.files(Bounds { depth, entries });
        match (found, why) {
            (Ok(found), None) => assert_eq!(found.files, [folder.root.join("a/b/x.js")]),
            (Err(error), Some(why)) => assert!(error.to_string().contains(why), "{error}"),
            (found, why) => panic!("{found:?}, not {why:?}"),
        }
    }
}
