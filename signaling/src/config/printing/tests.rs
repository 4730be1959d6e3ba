//! What is printed of settings that have no value.

use std::path::Path;

use super::*;

#[test]
fn a_setting_without_a_value_stands_in_its_table_with_an_example() {
    let printed = Config::default().printed().unwrap();
    assert_eq!(read(&printed), Config::default());
    let told = printed.replace("# ", "");
    let config = read(&told);
    let again = config.printed().unwrap();
    assert!(!again.contains('#'), "all have a value: {again}");
    assert_eq!(read(&again), config);
    assert_eq!(
        config.door.turn.secret_file.as_deref(),
        Some(Path::new("/etc/fugitive/turn-secret"))
    );
    assert_eq!(
        config.tls.key_file.as_deref(),
        Some(Path::new("/etc/fugitive/key.pem"))
    );
}

#[test]
fn none_is_left_out() {
    let sources = [
        include_str!("../../config.rs"),
        include_str!("../policy.rs"),
        include_str!("../../tls.rs"),
        include_str!("../../places.rs"),
        include_str!("../../bus/config.rs"),
        include_str!("../../door/config.rs"),
    ];
    let mark = "skip_serializing_if = \"Option::is_none\"";
    let own: usize = sources.iter().map(|source| source.matches(mark).count()).sum();
    assert_eq!(OPTIONAL.len(), own);
}

fn read(text: &str) -> Config {
    toml::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}
