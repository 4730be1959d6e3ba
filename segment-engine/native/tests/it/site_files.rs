//! A seeder given a site's list of files in a manifest's place.

use std::fs;
use std::path::Path;

use segment_engine::config::Config;
use segment_engine::output::Event;
use segment_engine_native::{Options, PeerEvent, SeedKey, Seeder, listed_file, signed_files};

use crate::origin::Origin;
use crate::seeding::{next_event, wait_for};
use crate::stage::fresh_folder;

const FILES: [(&str, usize); 3] = [("app.js", 700), ("font.woff2", 40_000), ("scene.bin", 300_000)];

/// Writes the site's files, and their list as some key's owner signs it, for `valid_secs` from now on.
fn write_site(folder: &Path, key: &SeedKey, valid_secs: u64) {
    let mut listed = Vec::new();
    for (name, size) in FILES {
        let bytes: Vec<u8> = name.bytes().cycle().take(size).collect();
        fs::write(folder.join(name), &bytes).unwrap();
        listed.extend(listed_file(Path::new(name), name.to_owned(), &bytes));
    }
    let valid = std::time::Duration::from_secs(valid_secs);
    let list = signed_files(key, "site", listed, valid).unwrap();
    fs::write(folder.join("fugitive.files"), list).unwrap();
}

fn start(list: &str, key: SeedKey) -> Seeder {
    let options = Options::new("ws://127.0.0.1:9/v1/ws");
    Seeder::start(Config::seeder("site", list), key, options).unwrap()
}

/// A key, twice: its owner signs, and seeds.
fn key(folder: &Path) -> (SeedKey, SeedKey) {
    let path = folder.with_extension("key");
    let load = || SeedKey::load_or_create(&path).unwrap();
    (load(), load())
}

#[tokio::test]
async fn keeps_every_file_of_the_list_and_signs_none() {
    let folder = fresh_folder("site-kept");
    let (signer, own) = key(&folder);
    write_site(&folder, &signer, 3_600);
    let origin = Origin::of(&folder).await;
    let seeder = start(&origin.url("fugitive.files"), own);
    let stats = wait_for(&seeder, |stats| stats.stored_segments == FILES.len() as u64).await;
    assert_eq!(stats.known_digests, FILES.len() as u64);
    assert_eq!(seeder.peer().available_segments().await, Some(FILES.len()));
    for (name, _) in FILES {
        assert_eq!(origin.count(&format!("/{name}")), 1, "{name}");
    }
    seeder.shutdown().await;
}

#[tokio::test]
async fn a_list_of_another_key_or_time_is_refused_and_nothing_of_it_is_asked_for() {
    for (name, valid_secs, why) in [("other", 3_600, "not of an accepted key"), ("old", 0, "expired")] {
        let folder = fresh_folder(&format!("site-{name}"));
        let (signer, own) = key(&folder);
        let own = if valid_secs > 0 { SeedKey::generate() } else { own };
        write_site(&folder, &signer, valid_secs);
        let origin = Origin::of(&folder).await;
        let seeder = start(&origin.url("fugitive.files"), own);
        let mut events = seeder.peer().subscribe();
        next_event(
            &mut events,
            |event| matches!(event, PeerEvent::Engine(Event::ManifestRejected { reason }) if reason.contains(why)),
        )
        .await;
        assert_eq!(origin.requests(), 1, "{name}: the list alone");
        seeder.shutdown().await;
    }
}
