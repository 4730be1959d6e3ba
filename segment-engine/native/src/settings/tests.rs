//! Flags over file over defaults, one stream or several, and one line for each mistake.

use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use clap::Parser;
use segment_engine::config::{BitsPerSecond, Prewarm, Renditions, SeedingConfig};
use segment_engine_native::{OriginAccess, SeedKey};

use super::*;
use crate::cli::Cli;

const NEEDED: [&str; 4] = [
    "--manifest",
    "http://origin.example/a.mpd",
    "--signaling",
    "ws://signal.example/v1/ws",
];

/// Two streams, with what is theirs.
const TWO: &str = "
    signaling = \"ws://signal.example/v1/ws\"
    store_mib = 100
    max_peers = 7
    [[stream]]
    name = \"news\"
    manifest = \"http://origin.example/news.mpd\"
    [[stream]]
    name = \"film\"
    manifest = \"http://origin.example/film.mpd\"
    swarm = \"the film\"
    key = \"film.key\"
    store_mib = 70
    max_peers = 9
";

#[test]
fn defaults_are_the_engines() {
    let specs = settings(&NEEDED).unwrap().specs();
    assert_eq!(specs.len(), 1);
    assert_eq!(
        specs[0].engine(),
        Config::seeder("origin.example/a.mpd", "http://origin.example/a.mpd")
    );
}

#[test]
fn flags_win_over_the_file() {
    let path = file("wins", "max_peers = 3\nstore_mib = 8\nswarm = \"from-file\"\n");
    let flags = ["--config", path.to_str().unwrap(), "--store-mib", "16"];
    let specs = settings(&[&NEEDED[..], &flags].concat()).unwrap().specs();
    let engine = specs[0].engine();
    assert_eq!((engine.max_target_peers, engine.store_bytes), (3, 16 << 20));
    assert_eq!(specs[0].swarm, "from-file");
}

#[test]
fn what_is_printed_is_read_back() {
    let several = file("several", TWO);
    for flags in [&NEEDED[..], &["--config", several.to_str().unwrap()]] {
        let printed = settings(flags).unwrap();
        let path = file("read-back", &printed.printed().unwrap());
        assert_eq!(settings(&["--config", path.to_str().unwrap()]).unwrap(), printed);
    }
}

#[test]
fn each_setting_is_printed_whether_it_is_set_or_not() {
    let unknown = settings(&["--config", file("unknown", "nope = 1\n").to_str().unwrap()]);
    let line = unknown.unwrap_err().to_string();
    let (_, known) = line.split_once("expected one of ").unwrap();
    let printed = settings(&NEEDED).unwrap().printed().unwrap();
    for name in known.split(", ").map(|name| name.trim_matches('`')) {
        let is_printed = |line: &str| {
            let line = line.trim_start_matches("# ");
            line.starts_with(&format!("{name} = ")) || line == format!("[[{name}]]")
        };
        // What is of one stream alone has no default.
        assert!(
            name == "digests" || printed.lines().any(is_printed),
            "{name}: {printed}"
        );
    }
}

#[test]
fn the_examples_of_what_is_not_set_can_be_used() {
    let printed = settings(&NEEDED).unwrap().printed().unwrap();
    let shown: Vec<_> = printed
        .lines()
        .filter_map(|line| line.strip_prefix("# "))
        .collect();
    // Instead of them, or of an address.
    let text = shown
        .iter()
        .filter(|line| !line.starts_with("interfaces") && !line.starts_with("udp_ports"));
    let text: String = text.map(|line| format!("{line}\n")).collect();
    let path = file("examples", &text);
    settings(&[&NEEDED[..], &["--config", path.to_str().unwrap()]].concat()).unwrap();
}

#[test]
fn a_mistake_in_the_file_names_the_setting_and_what_is_wanted() {
    for (text, named) in [
        ("http = \"localhost\"\n", ":1: http: write an address and a port"),
        ("\nhttp = 8042\n", ":2: http: write an address and a port"),
        (
            "udp_addresses = [\n  \"0.0.0.0\"\n]\n",
            "udp_addresses: write addresses and ports",
        ),
        ("[stream]\nname = \"a\"\n", "[[stream]], in two brackets"),
        ("max_peers = \"many\"\n", ":1: max_peers: invalid type"),
        ("storemib = 8\n", "unknown field `storemib`"),
        (
            "[[stream]]\nmanifest = \"http://origin.example/a.mpd\"\n",
            "[[stream]]: missing field `name`",
        ),
    ] {
        let path = file("mistaken", text);
        let line = settings(&["--config", path.to_str().unwrap()])
            .unwrap_err()
            .to_string();
        assert!(line.contains(named) && !line.contains('\n'), "{text}: {line}");
    }
}

#[test]
fn a_value_out_of_range_is_told_by_the_settings_name_and_its_bounds() {
    for (flags, expected) in [
        (&["--max-peers", "0"][..], "max_peers must be 1 to 1024"),
        (&["--upload-mbit", "0"], "upload_mbit must be 1 to 1000000"),
        (
            &["--total-upload-mbit", "0"],
            "total_upload_mbit must be 1 to 1000000",
        ),
        (
            &["--total-upload-mbit", "1000001"],
            "total_upload_mbit must be 1 to 1000000",
        ),
        (
            &["--store-mib", "99999999999999"],
            "store_mib must be 1 to 16777216",
        ),
        (&["--swarm", ""], "swarm must be 1 to 128 bytes"),
    ] {
        let line = settings(&[flags, &missing(flags)].concat())
            .unwrap_err()
            .to_string();
        assert_eq!(line, expected);
    }
}

#[test]
fn what_is_taken_of_the_origin_is_said_in_words() {
    let table = [
        (&[][..], Renditions::All, Prewarm::All),
        (&["--rendition", "wanted"], Renditions::Wanted, Prewarm::All),
        (
            &["--rendition", "v1", "--rendition", "64000", "--prewarm", "25%"],
            Renditions::Listed(vec!["v1".into(), "64000".into()]),
            Prewarm::Percent(25),
        ),
        (&["--prewarm", "nothing"], Renditions::All, Prewarm::Nothing),
        (
            &["--prewarm", "600s"],
            Renditions::All,
            Prewarm::FirstOf(Duration::from_secs(600)),
        ),
    ];
    for (flags, renditions, prewarm) in table {
        let settings = settings(&[&NEEDED[..], flags].concat()).unwrap();
        let seeding = SeedingConfig {
            renditions,
            prewarm,
            ..SeedingConfig::default()
        };
        assert_eq!(settings.specs()[0].engine().seeding, seeding, "{flags:?}");
    }
}

#[test]
fn secrets_for_the_origin_are_named_and_never_printed() {
    let flags = [
        "--origin-header",
        "X-Key=env:PATH",
        "--origin-query",
        "t=env:PATH",
    ];
    let settings = settings(&[&NEEDED[..], &flags].concat()).unwrap();
    let printed = toml::to_string(&settings).unwrap();
    assert!(printed.contains("X-Key=env:PATH"), "{printed}");
    assert!(!printed.contains(&std::env::var("PATH").unwrap()), "{printed}");
    assert_ne!(
        settings.specs()[0].origin_access().unwrap(),
        OriginAccess::default()
    );
}

#[test]
fn token_file_and_pop_come_from_flag_or_file() {
    let path = file("door", "token_file = \"/run/old\"\npop = \"FRA\"\n");
    let flags = ["--config", path.to_str().unwrap(), "--token-file", "/run/new"];
    let settings = settings(&[&NEEDED[..], &flags].concat()).unwrap();
    let spec = &settings.specs()[0];
    assert_eq!(spec.token_file(), Some(Path::new("/run/new")));
    assert_eq!(spec.options(SeedKey::generate()).pop.as_deref(), Some("FRA"));
}

#[test]
fn a_stream_has_what_is_its_own_and_the_rest_of_all() {
    let path = file("own", TWO);
    let specs = settings(&["--config", path.to_str().unwrap()]).unwrap().specs();
    let [news, film] = &specs[..] else {
        panic!("two streams: {specs:?}")
    };
    assert_eq!(
        (news.name.as_str(), news.swarm.as_str()),
        ("news", "origin.example/news.mpd")
    );
    assert_eq!((film.name.as_str(), film.swarm.as_str()), ("film", "the film"));
    assert_eq!(
        (news.key.as_path(), film.key.as_path()),
        (Path::new(DEFAULT_KEY), Path::new("film.key"))
    );
    assert_eq!(
        (news.engine().max_target_peers, film.engine().max_target_peers),
        (7, 9)
    );
    assert_eq!(film.signaling, "ws://signal.example/v1/ws");
}

#[test]
fn memory_is_shared_out_among_those_that_have_none_of_their_own() {
    let third = "[[stream]]\nname = \"third\"\nmanifest = \"http://origin.example/third.mpd\"\n";
    let path = file("shares", &format!("{TWO}{third}"));
    let specs = settings(&["--config", path.to_str().unwrap()]).unwrap().specs();
    let mib: Vec<_> = specs.iter().map(|spec| spec.store_bytes >> 20).collect();
    assert_eq!(mib, [15, 70, 15]);
}

#[test]
fn a_stream_goes_on_unless_more_than_its_memory_changes() {
    let spec = |text: &str| {
        let path = file("restart", text);
        settings(&["--config", path.to_str().unwrap()])
            .unwrap()
            .specs()
            .remove(0)
    };
    let before = spec(TWO);
    assert!(!before.needs_restart(&spec(&TWO.replace("store_mib = 100", "store_mib = 400"))));
    assert!(before.needs_restart(&spec(&TWO.replace("max_peers = 7", "max_peers = 8"))));
    assert!(before.needs_restart(&spec(&TWO.replace("news.mpd", "news2.mpd"))));
    let accepting = format!("accept_keys = [\"{}\"]\n{TWO}", "0a".repeat(32));
    assert!(before.needs_restart(&spec(&accepting)));
}

#[test]
fn keys_of_other_seeders_come_from_flags_the_file_or_a_stream() {
    let [one, other] = ["0a".repeat(32), "0B".repeat(32)];
    let text = format!("accept_keys = [\"{one}\", \"{other}\"]\n{TWO}    accept_keys = []\n");
    let path = file("accept-keys", &text);
    let flags = ["--config", path.to_str().unwrap()];
    let accepted = |flags: &[&str]| -> Vec<Vec<u8>> {
        let specs = settings(flags).unwrap().specs();
        let keys = |spec: &Spec| spec.engine().trust.keys().iter().map(|key| key.0[0]).collect();
        specs.iter().map(keys).collect()
    };
    assert_eq!(accepted(&flags), [vec![10, 11], vec![]]);
    let flags = [&flags[..], &["--accept-key", &other]].concat();
    assert_eq!(accepted(&flags), [vec![11], vec![]]);
}

#[test]
fn what_takes_a_restart_of_the_process_is_named() {
    let before = settings(&NEEDED).unwrap();
    let flags = ["--http", "127.0.0.1:8042", "--proxy", "--max-peers", "3"];
    let after = settings(&[&NEEDED[..], &flags].concat()).unwrap();
    assert_eq!(before.needing_restart(&after), ["http", "proxy"]);
}

#[test]
fn a_certificate_takes_a_restart_where_it_was_changed_itself() {
    for (old, new, named) in [
        (&["--key", "a"][..], &["--key", "b"][..], false),
        (&["--key", "a"], &["--certificate", "b.dtls"], true),
        (&["--certificate", "a.dtls"], &["--key", "b"], true),
        (
            &["--key", "a", "--certificate", "c"],
            &["--key", "b", "--certificate", "c"],
            false,
        ),
    ] {
        let [old_settings, new_settings] =
            [old, new].map(|flags| settings(&[&NEEDED[..], flags].concat()).unwrap());
        let told = old_settings.needing_restart(&new_settings);
        assert_eq!(told.contains(&"certificate"), named, "{old:?} {new:?}");
    }
}

#[test]
fn what_may_be_secret_in_a_url_is_in_no_line() {
    for flags in [
        &["--manifest", "user:pass@origin.example/a.mpd?t=word"][..],
        &["--manifest", "ftp://user:pass@origin.example/a.mpd?t=word"],
        &["--manifest", "http://user:pass@origin.example:99999/a.mpd?t=word"],
        &["--digests", "http://user:pass@origin.example:99999/a?t=word"],
        &["--signaling", "http://user:pass@signal.example/a?t=word"],
    ] {
        let line = settings(&[flags, &missing(flags)].concat())
            .unwrap_err()
            .to_string();
        assert!(!line.contains("pass") && !line.contains("word"), "{line}");
    }
}

#[test]
fn upload_limits_are_the_engines() {
    let path = file("limits", "upload_mbit = 800\n");
    let flags = ["--config", path.to_str().unwrap(), "--peer-upload-mbit", "20"];
    let settings = settings(&[&NEEDED[..], &flags].concat()).unwrap();
    let limits = settings.specs()[0].engine().upload_limits;
    assert_eq!(limits.total, Some(BitsPerSecond(800_000_000)));
    assert_eq!(limits.per_peer, Some(BitsPerSecond(20_000_000)));
}

#[test]
fn the_total_upload_is_the_processs_and_changes_no_stream() {
    let path = file(
        "total",
        &format!("total_upload_mbit = 900\nupload_mbit = 400\n{TWO}"),
    );
    let config = ["--config", path.to_str().unwrap()];
    let from_file = settings(&config).unwrap();
    assert_eq!(from_file.total_upload(), Some(BitsPerSecond(900_000_000)));
    let from_flag = settings(&[&config[..], &["--total-upload-mbit", "2"]].concat()).unwrap();
    assert_eq!(from_flag.total_upload(), Some(BitsPerSecond(2_000_000)));
    for (one, other) in from_file.specs().iter().zip(&from_flag.specs()) {
        assert!(!one.needs_restart(other));
        let own = one.engine().upload_limits.total;
        assert_eq!(own, Some(BitsPerSecond(400_000_000)));
    }
    assert_eq!(from_file.needing_restart(&from_flag), [""; 0]);
    assert_eq!(settings(&NEEDED).unwrap().total_upload(), None);
}

#[test]
fn the_network_comes_from_flags_or_file() {
    let text =
        "udp_addresses = [\"[::]:443\"]\npublic_addresses = [\"192.0.2.1\"]\ninterfaces = [\"eth0\"]\n";
    let path = file("network", text);
    let flags = [
        "--config",
        path.to_str().unwrap(),
        "--public-address",
        "192.0.2.2",
    ];
    let settings = settings(&[&NEEDED[..], &flags, &["--key", "/keys/live.key"]].concat()).unwrap();
    let network = settings.network().unwrap();
    assert_eq!(network.udp_addresses, ["[::]:443".parse::<SocketAddr>().unwrap()]);
    assert_eq!(network.public_addresses, ["192.0.2.2".parse::<IpAddr>().unwrap()]);
    assert_eq!(network.interfaces, ["eth0"]);
    assert_eq!(network.certificate_file, Some("/keys/live.dtls".into()));
}

#[test]
fn each_mistake_is_named_in_one_line() {
    let typo = file("typo", "max_peers = 3\nstoremib = 8\n");
    let kind = file("kind", "max_peers = \"many\"\n");
    let key = "0a".repeat(32);
    let many_keys = ["--accept-key", &key].repeat(4);
    for (flags, named) in [
        (&["--manifest", "film.mpd"][..], "manifest"),
        (&["--signaling", "http://signal.example"], "signaling"),
        (&["--store-mib", "0"], "store_mib"),
        (&["--store-mib", "99999999999999"], "store_mib"),
        (&["--max-peers", "0"], "max_peers"),
        (&["--max-peers", "5000"], "max_peers"),
        (&["--swarm", ""], "swarm"),
        (&["--upload-mbit", "0"], "upload_mbit"),
        (&["--peer-upload-mbit", "99999999999999"], "peer_upload_mbit"),
        (&["--pop", "two words"], "pop"),
        (&["--udp-ports", "many"], "udp_ports"),
        (&["--udp-ports", "9-1"], "udp_ports"),
        (
            &["--udp-ports", "4000-4999", "--udp-address", "0.0.0.0:3999"],
            "udp_ports",
        ),
        (&["--public-address", "0.0.0.0"], "public_addresses"),
        (&["--prewarm", "some"], "prewarm"),
        (&["--prewarm", "0%"], "prewarm"),
        (&["--prewarm", "101%"], "prewarm"),
        (&["--prewarm", "1.5s"], "prewarm"),
        (&["--prewarm", "100000s"], "prewarm"),
        (&["--digests", "film.digests"], "digests"),
        (&["--accept-key", "0a0b"], "accept_keys: \"0a0b\""),
        (&many_keys, "accept_keys must be at most 3 keys"),
        (&["--proxy"], "--http"),
        (&["--config", "/no/such/file.toml"], "/no/such/file.toml"),
        (&["--config", typo.to_str().unwrap()], ".toml:2: "),
        (&["--config", kind.to_str().unwrap()], ".toml:1: "),
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
        assert_eq!(settings.cache(), Some((Path::new("/var/cache/a"), mib)));
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
fn each_mistake_of_several_streams_is_named_with_its_stream() {
    let film = "name = \"film\"";
    for (old, new, named) in [
        (film, "name = \"news\"", &["news"][..]),
        (film, "name = \"a/b\"", &["a/b", "name"]),
        (film, "name = \"metrics\"", &["metrics"]),
        (film, "name = \"\"", &["name"]),
        ("max_peers = 9", "max_peers = 0", &["film", "max_peers"]),
        (
            "http://origin.example/film.mpd",
            "film.mpd",
            &["film", "manifest"],
        ),
        ("store_mib = 70", "store_mib = 101", &["store_mib"]),
        ("store_mib = 70", "store_mib = 100", &["store_mib"]),
        (
            "store_mib = 70",
            "manifests = 1",
            &[":13: unknown field `manifests`"],
        ),
        ("the film", "origin.example/news.mpd", &["news", "film", "swarm"]),
        (
            "    signaling = \"ws://signal.example/v1/ws\"",
            "",
            &["news", "signaling"],
        ),
        ("max_peers = 7", "swarm = \"all\"", &["swarm", "[[stream]]"]),
        ("max_peers = 7", "drain_ms = 600001", &["drain_ms"]),
        (
            "max_peers = 7",
            "total_upload_mbit = 1",
            &["total_upload_mbit", "2 streams"],
        ),
        (
            "store_mib = 70",
            "total_upload_mbit = 9",
            &[":13: unknown field `total_upload_mbit`"],
        ),
    ] {
        assert!(TWO.contains(old), "{old}");
        let path = file("mistake", &TWO.replace(old, new));
        let outcome = settings(&["--config", path.to_str().unwrap()]);
        let line = outcome.expect_err(new).to_string();
        for named in named {
            assert!(line.contains(named), "{new}: {line}");
        }
        assert!(!line.contains('\n'), "{new}: {line}");
    }
}

#[test]
fn the_flag_of_one_stream_does_not_go_with_several() {
    let path = file("flag", TWO);
    let line = settings(&[
        "--config",
        path.to_str().unwrap(),
        "--manifest",
        "http://origin.example/a.mpd",
    ])
    .unwrap_err()
    .to_string();
    assert!(line.contains("manifest") && line.contains("[[stream]]"), "{line}");
}

#[test]
fn a_missing_setting_says_how_to_give_it() {
    let line = settings(&NEEDED[..2]).unwrap_err().to_string();
    assert!(line.contains("--signaling"), "{line}");
}

fn settings(flags: &[&str]) -> Result<Settings, SettingsError> {
    let flags = std::iter::once("fugitive-seeder").chain(flags.iter().copied());
    Settings::from_args(&Cli::try_parse_from(flags).unwrap().seed)
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
