//! Files that the test writes, and what is found in them.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;

use maxminddb_writer::Database;
use maxminddb_writer::metadata::IpVersion;
use maxminddb_writer::paths::IpAddrWithMask;
use serde::Serialize;

use super::{Found, Places, PlacesConfig, PlacesError};

fn file(name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
    let path = std::env::temp_dir().join(format!("fugitive-places-{}-{name}", std::process::id()));
    std::fs::write(&path, bytes).unwrap();
    path
}

fn database<T: Serialize>(name: &str, records: &[(&str, T)]) -> PathBuf {
    let mut database = Database::default();
    database.metadata.ip_version = IpVersion::V6;
    database.metadata.binary_format_major_version = 2;
    database.metadata.database_type = "Test".into();
    for (network, record) in records {
        let data = database.insert_value(record).unwrap();
        database.insert_node(network.parse::<IpAddrWithMask>().unwrap(), data);
    }
    file(name, database.write_to(Vec::new()).unwrap())
}

fn find(places: &Places, address: &str) -> Found {
    places.find(address.parse::<IpAddr>().unwrap())
}

#[test]
fn networks_and_countries_are_found_in_databases() {
    let asn = |number: u32| BTreeMap::from([("autonomous_system_number", number)]);
    let country = |code: &'static str| BTreeMap::from([("country", BTreeMap::from([("iso_code", code)]))]);
    let config = PlacesConfig {
        asn_database: Some(database(
            "asn",
            &[("2001:db8::/32", asn(64_500)), ("2001:db9::/32", asn(64_501))],
        )),
        country_database: Some(database("country", &[("2001:db8::/33", country("DE"))])),
        sites_file: None,
    };
    let places = Places::open(&config).unwrap();
    let found = Found {
        site: None,
        asn: Some(64_500),
        country: Some(*b"DE"),
    };
    assert_eq!(find(&places, "2001:db8::1"), found);
    assert_eq!(find(&places, "2001:db9::1").asn, Some(64_501));
    assert_eq!(find(&places, "2001:dba::1"), Found::default());
}

#[test]
fn of_two_sites_the_longer_prefix_counts() {
    let text = "# offices\n10.0.0.0/8 everywhere\n10.1.0.0/16 berlin # the old one\n\n10.2.0.0/16\tberlin\n2001:db8::/32 paris\n";
    let config = PlacesConfig {
        sites_file: Some(file("sites", text)),
        ..PlacesConfig::default()
    };
    let places = Places::open(&config).unwrap();
    let site = |address: &str| find(&places, address).site;
    assert_eq!(site("10.1.2.3"), site("10.2.3.4"));
    assert_ne!(site("10.1.2.3"), site("10.3.0.1"));
    assert!(site("10.3.0.1").is_some() && site("2001:db8::9").is_some());
    assert_eq!(site("::ffff:10.1.2.3"), site("10.1.2.3"), "mapped");
    assert_eq!(site("192.0.2.1"), None);
}

#[test]
fn what_is_wrong_with_a_file_is_told_in_one_line() {
    let at = |config: &PlacesConfig| Places::open(config).unwrap_err();
    let sites = |text: &str| PlacesConfig {
        sites_file: Some(file("bad-sites", text)),
        ..PlacesConfig::default()
    };
    for (text, line) in [("10.0.0.0/8", 1), ("# a\n10.0.0.0/33 b", 2), ("a b", 1)] {
        let error = at(&sites(text));
        assert!(
            matches!(error, PlacesError::Site { line: told, .. } if told == line),
            "{error}"
        );
    }
    let missing = at(&PlacesConfig {
        asn_database: Some("/nowhere.mmdb".into()),
        ..PlacesConfig::default()
    });
    assert!(
        missing.to_string().starts_with("cannot read /nowhere.mmdb"),
        "{missing}"
    );
    let garbage = at(&PlacesConfig {
        country_database: Some(file("garbage", b"no database")),
        ..PlacesConfig::default()
    });
    assert!(
        garbage.to_string().contains("is no MaxMind database"),
        "{garbage}"
    );
}
