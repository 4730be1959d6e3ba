//! Flags over file over defaults, and one line for each mistake.

use clap::Parser;

use super::*;

const NEEDED: [&str; 4] = [
    "--manifest",
    "http://origin.example/a.mpd",
    "--signaling",
    "ws://signal.example/v1/ws",
];

#[test]
fn defaults_are_the_engines() {
    let settings = settings(&NEEDED).unwrap();
    assert_eq!(
        settings.engine(),
        Config::seeder("origin.example/a.mpd", "http://origin.example/a.mpd")
    );
}

#[test]
fn flags_win_over_the_file() {
    let path = file("wins", "max_peers = 3\nstore_mib = 8\nswarm = \"from-file\"\n");
    let flags = ["--config", path.to_str().unwrap(), "--store-mib", "16"];
    let settings = settings(&[&NEEDED[..], &flags].concat()).unwrap();
    let engine = settings.engine();
    assert_eq!((engine.max_target_peers, engine.store_bytes), (3, 16 << 20));
    assert_eq!(settings.swarm(), "from-file");
}

#[test]
fn what_is_printed_is_read_back() {
    let printed = settings(&NEEDED).unwrap();
    let path = file("read-back", &toml::to_string(&printed).unwrap());
    assert_eq!(settings(&["--config", path.to_str().unwrap()]).unwrap(), printed);
}

#[test]
fn token_file_and_pop_come_from_flag_or_file() {
    let path = file("door", "token_file = \"/run/old\"\npop = \"FRA\"\n");
    let flags = ["--config", path.to_str().unwrap(), "--token-file", "/run/new"];
    let settings = settings(&[&NEEDED[..], &flags].concat()).unwrap();
    let options = settings.options();
    assert_eq!(options.token_file.as_deref(), Some(Path::new("/run/new")));
    assert_eq!(options.pop.as_deref(), Some("FRA"));
    let printed = toml::to_string(&settings).unwrap();
    let path = file("door-again", &printed);
    let again = Settings::from_cli(Cli::parse_from(["x", "--config", path.to_str().unwrap()])).unwrap();
    assert_eq!(again, settings);
}

#[test]
fn each_mistake_is_named_in_one_line() {
    let typo = file("typo", "max_peers = 3\nstoremib = 8\n");
    let kind = file("kind", "max_peers = \"many\"\n");
    for (flags, named) in [
        (&["--manifest", "film.mpd"][..], "manifest"),
        (&["--signaling", "http://signal.example"], "signaling"),
        (&["--store-mib", "0"], "store_mib"),
        (&["--store-mib", "99999999999999"], "store_mib"),
        (&["--max-peers", "0"], "max_peers"),
        (&["--max-peers", "5000"], "max_peers"),
        (&["--swarm", ""], "swarm"),
        (&["--pop", "two words"], "pop"),
        (&["--config", "/no/such/file.toml"], "/no/such/file.toml"),
        (&["--config", typo.to_str().unwrap()], "line 2"),
        (&["--config", kind.to_str().unwrap()], "line 1"),
    ] {
        let line = settings(&[flags, &missing(flags)].concat())
            .unwrap_err()
            .to_string();
        assert!(line.contains(named), "{flags:?}: {line}");
        assert!(!line.contains('\n'), "{flags:?}: {line}");
    }
}

#[test]
fn a_folder_for_segments_has_room_whoever_says_how_much() {
    for (flags, text, mib) in [
        (&["--cache-dir", "/var/cache/a"][..], "", 10_240),
        (&["--cache-mib", "100"], "cache_dir = \"/var/cache/a\"", 100),
        (
            &["--cache-dir", "/var/cache/a"],
            "cache_dir = \"/b\"\ncache_mib = 64",
            64,
        ),
    ] {
        let path = file("cache", text);
        let all = [&NEEDED[..], &["--config", path.to_str().unwrap()], flags].concat();
        let settings = settings(&all).unwrap();
        assert_eq!(settings.cache_dir.as_deref(), Some(Path::new("/var/cache/a")));
        assert_eq!(settings.cache_mib, Some(mib));
        let printed = file("cache-printed", &toml::to_string(&settings).unwrap());
        assert_eq!(
            self::settings(&["--config", printed.to_str().unwrap()]).unwrap(),
            settings
        );
    }
    assert!(
        settings(&NEEDED).unwrap().open_shelf().unwrap().is_none(),
        "none is asked for"
    );
}

#[test]
fn room_without_a_folder_or_too_little_of_it_is_refused() {
    for (flags, named) in [
        (&["--cache-mib", "100"][..], "cache_dir"),
        (
            &["--cache-dir", "/var/cache/a", "--cache-mib", "63"],
            "64 or more",
        ),
    ] {
        let line = settings(&[&NEEDED[..], flags].concat()).unwrap_err().to_string();
        assert!(line.contains(named) && !line.contains('\n'), "{line}");
    }
}

#[test]
fn a_missing_setting_says_how_to_give_it() {
    let line = settings(&NEEDED[..2]).unwrap_err().to_string();
    assert!(line.contains("--signaling"), "{line}");
}

fn settings(flags: &[&str]) -> Result<Settings, SettingsError> {
    let flags = std::iter::once("fugitive-seeder").chain(flags.iter().copied());
    Settings::from_cli(Cli::try_parse_from(flags).unwrap())
}

/// What must be given beside `flags`.
fn missing<'a>(flags: &[&str]) -> Vec<&'a str> {
    NEEDED
        .chunks(2)
        .filter(|pair| !flags.contains(&pair[0]))
        .flatten()
        .copied()
        .collect()
}

fn file(name: &str, text: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("fugitive-settings-{}-{name}.toml", std::process::id()));
    fs::write(&path, text).unwrap();
    path
}
