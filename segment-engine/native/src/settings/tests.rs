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
fn upload_limits_are_the_engines() {
    let path = file("limits", "upload_mbit = 800\n");
    let flags = ["--config", path.to_str().unwrap(), "--peer-upload-mbit", "20"];
    let limits = settings(&[&NEEDED[..], &flags].concat())
        .unwrap()
        .engine()
        .upload_limits;
    assert_eq!(limits.total, Some(BitsPerSecond(800_000_000)));
    assert_eq!(limits.per_peer, Some(BitsPerSecond(20_000_000)));
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
