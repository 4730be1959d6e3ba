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
