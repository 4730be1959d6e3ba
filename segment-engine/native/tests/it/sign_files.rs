//! `fugitive-seeder sign --files`: a list of a site's files that holds what they are.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use ed25519_dalek::{Signature, VerifyingKey};
use segment_engine::integrity::Record;
use segment_engine::manifest::Limits;
use segment_engine::manifest::files::{SignedList, read_list};
use segment_engine::piece::{Body, Digest};
use segment_engine_native::SeedKey;

use crate::stage::{fresh_folder, text_of};

const BASE: &str = "https://static.example/site/";
/// What a site may have, and the media types that its list is to give them.
const FILES: [(&str, &[u8], &str); 6] = [
    ("index.html", b"<!doctype html>", "text/html; charset=utf-8"),
    ("js/app.mjs", b"export {};", "text/javascript; charset=utf-8"),
    ("css/latin1.css", b"/* \xe9 */", "text/css"),
    ("img/a b%ü.svg", b"<svg/>", "image/svg+xml"),
    ("fonts/f.woff2", &[7; 40_000], "font/woff2"),
    ("a:b", b"?", "application/octet-stream"),
];

#[test]
fn a_list_holds_every_file_as_it_is_and_its_signature_is_the_keys() {
    let folder = site("all");
    let output = sign(&folder, &["--base-url", BASE, "--valid-days", "7"]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{told}");
    assert!(
        told.contains("6 files") && told.contains("left out: 1 files (1 empty or larger than 64 MiB)"),
        "{told}"
    );
    let SignedList {
        list,
        message,
        signature,
    } = listed(&folder);
    let key = SeedKey::load_or_create(&folder.with_extension("key")).unwrap();
    let key = VerifyingKey::from_bytes(&key.public_key().0).unwrap();
    assert!(
        key.verify_strict(&message, &Signature::from_bytes(&signature.0))
            .is_ok()
    );
    assert_eq!(list.swarm, "static.example/site/fugitive.files");
    assert_eq!(list.expires.since(list.made).as_secs(), 7 * 86_400);
    let found: BTreeMap<_, _> = list
        .files
        .iter()
        .map(|file| (&file.reference[..], file))
        .collect();
    let references = [
        "index.html",
        "js/app.mjs",
        "css/latin1.css",
        "img/a%20b%25%C3%BC.svg",
        "fonts/f.woff2",
        "./a:b",
    ];
    assert_eq!(found.len(), references.len(), "{:?}", found.keys());
    for (reference, (_, bytes, media_type)) in references.into_iter().zip(FILES) {
        let file = found
            .get(reference)
            .unwrap_or_else(|| panic!("{reference} of {:?}", found.keys()));
        assert_eq!(file.record, Record::of(&Body::of(bytes)), "{reference}");
        assert_eq!(file.sha224, Digest::of(&[bytes]), "{reference}");
        assert_eq!(file.media_type, media_type, "{reference}");
    }
}

#[test]
fn signing_again_lists_neither_the_list_nor_what_is_hidden_or_linked() {
    let folder = site("again");
    std::os::unix::fs::symlink("/etc/hostname", folder.join("linked")).unwrap();
    std::os::unix::fs::symlink("/etc", folder.join("js/linked")).unwrap();
    fs::write(folder.join("film.mpd.digests"), "x").unwrap();
    for _ in 0..2 {
        let output = sign(&folder, &["--swarm", "site"]);
        assert!(output.status.success());
        let told = String::from_utf8(output.stdout).unwrap();
        let left_out = "left out: 4 files (1 empty or larger than 64 MiB, 2 links or no plain files, 1 sidecars of films)";
        assert!(told.contains(left_out), "{told}");
        assert_eq!(listed(&folder).list.files.len(), FILES.len());
    }
    assert_eq!(listed(&folder).list.swarm, "site");
    let made = fs::read_dir(&folder).unwrap().filter(|entry| {
        let name = entry.as_ref().unwrap().file_name();
        name.to_string_lossy().contains("fugitive.files")
    });
    assert_eq!(made.count(), 1, "nothing is left over");
}

#[test]
fn files_of_any_depth_are_listed() {
    let folder = site("deep");
    let deep = "a/b/c/d/e/f/g/h/i/j/k.js";
    fs::create_dir_all(folder.join(deep).parent().unwrap()).unwrap();
    fs::write(folder.join(deep), "x").unwrap();
    assert!(sign(&folder, &["--swarm", "site"]).status.success());
    assert!(
        listed(&folder)
            .list
            .files
            .iter()
            .any(|file| file.reference == deep)
    );
}

#[test]
fn what_pages_would_refuse_is_an_error_and_leaves_the_list_as_it_was() {
    let folder = site("refused");
    assert!(sign(&folder, &["--swarm", "site"]).status.success());
    let before = fs::read(folder.join("fugitive.files")).unwrap();
    let refused = |swarm: &str, why: &str| {
        let output = sign(&folder, &["--swarm", swarm]);
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{text}");
        assert!(text.contains(why), "{text}");
        assert_eq!(fs::read(folder.join("fugitive.files")).unwrap(), before);
    };
    refused("a\nb", "pages would refuse it");
    fs::write(folder.join("a\tb"), "x").unwrap();
    refused("site", "control character");
}

#[test]
fn a_folder_without_files_and_flags_that_contradict_are_refused() {
    let folder = fresh_folder("sign-files-none");
    for (flags, code, named) in [
        (&["--base-url", BASE][..], 1, "no file in"),
        (&["--base-url", "ftp://static.example/"], 2, "base-url"),
        (&["--base-url", BASE, "--manifest", "a.mpd"], 2, "--manifest"),
        (&[], 2, "--base-url"),
    ] {
        let output = sign(&folder, flags);
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{flags:?}: {text}");
        assert!(text.contains(named), "{flags:?}: {text}");
    }
    assert!(!folder.join("fugitive.files").exists());
}

fn listed(folder: &Path) -> SignedList {
    let body = fs::read(folder.join("fugitive.files")).unwrap();
    read_list(&body, &Limits::default()).unwrap()
}

#[test]
fn a_key_within_the_folder_is_refused_before_it_is_made_and_where_it_is_there() {
    let folder = site("key-inside");
    let outside = folder.with_extension("elsewhere");
    let _ = fs::remove_file(&outside);
    std::os::unix::fs::symlink(folder.join("fugitive-seeder.key"), &outside).unwrap();
    let keys = ["fugitive-seeder.key", "./js/../.hidden.key", text_of(&outside)];
    let refused = |key: Option<&str>, flags: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_fugitive-seeder"))
            .current_dir(&folder)
            .args(["sign", ".", "--swarm", "site"])
            .args(key.into_iter().flat_map(|key| ["--key", key]))
            .args(flags)
            .output()
            .unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{key:?}: {text}");
        assert!(
            text.contains("--key") && text.lines().count() == 1,
            "{key:?}: {text}"
        );
        assert!(text.contains(key.unwrap_or("fugitive-seeder.key")), "{text}");
        assert_eq!(output.stdout, b"");
    };
    for key in &keys[..2] {
        refused(Some(key), &["--files"]);
        assert!(!folder.join(key).exists(), "none is made");
    }
    // By default it is made where the process is.
    refused(None, &["--files"]);
    fs::write(folder.join("film.mpd"), "<MPD").unwrap();
    refused(None, &[]);
    SeedKey::load_or_create(&folder.join("fugitive-seeder.key")).unwrap();
    for key in [keys[0], keys[2]] {
        refused(Some(key), &["--files"]);
    }
    assert!(!folder.join("fugitive.files").exists());
}

/// The files, an empty one, and hidden ones.
fn site(name: &str) -> PathBuf {
    let folder = fresh_folder(&format!("sign-files-{name}"));
    let others: [(&str, &[u8], &str); 3] = [
        ("empty.txt", b"", ""),
        (".env", b"secret", ""),
        (".git/config", b"x", ""),
    ];
    for (path, bytes, _) in FILES.into_iter().chain(others) {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    folder
}

fn sign(folder: &Path, flags: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_fugitive-seeder"))
        .args(["sign", text_of(folder), "--files"])
        .args(["--key", text_of(&folder.with_extension("key"))])
        .args(flags)
        .output()
        .unwrap()
}
