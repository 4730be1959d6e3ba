//! How settings are read, their mistakes told, and they themselves printed.

use std::net::SocketAddr;

use serde::Deserialize;

use super::*;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Example {
    listen: SocketAddr,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<String>,
    tls: Tls,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tls {
    required: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    cert_file: Option<PathBuf>,
}

const EXPECTED: [Expected; 1] = [("listen", "an address and a port, as \"127.0.0.1:80\"")];
const OPTIONAL: [Optional; 2] = [
    Optional {
        table: "",
        name: "region",
        example: "\"FRA\"",
    },
    Optional {
        table: "tls",
        name: "cert_file",
        example: "\"/etc/cert.pem\"",
    },
];

#[test]
fn a_mistake_is_told_in_one_line_with_its_place() {
    for (text, told) in [
        (
            "listen = \"localhost\"\n",
            ":1: listen: write an address and a port, as \"127.0.0.1:80\"",
        ),
        ("\nregion = 3\n", ":2: region: invalid type: integer `3`"),
        (
            "listen = \"127.0.0.1:80\"\ntls.required = 3\n",
            ":2: tls.required: invalid type",
        ),
        ("zone = 1\n", ":1: unknown field `zone`"),
        ("listen = \"127.0.0.1:80\"\n[tls]\nrequired = \"\n", ":3: "),
    ] {
        let path = file("mistake", text);
        let error = read::<Example>(&path, &EXPECTED).unwrap_err().to_string();
        assert!(error.contains(told) && !error.contains('\n'), "{text}: {error}");
        std::fs::remove_file(path).unwrap();
    }
    let error = read::<Example>(Path::new("/nowhere/at.toml"), &EXPECTED).unwrap_err();
    assert!(
        error.to_string().starts_with("cannot read /nowhere/at.toml: "),
        "{error}"
    );
}

#[test]
fn what_is_not_set_is_printed_as_a_comment_in_its_table_and_all_can_be_read_back() {
    let mut example = Example {
        listen: "127.0.0.1:80".parse().unwrap(),
        region: None,
        tls: Tls {
            required: true,
            cert_file: None,
        },
    };
    let printed = print(&example, &OPTIONAL).unwrap();
    assert_eq!(
        printed,
        "listen = \"127.0.0.1:80\"\n# region = \"FRA\"\n\n[tls]\nrequired = true\n# cert_file = \"/etc/cert.pem\"\n"
    );
    let path = file("printed", &printed);
    assert_eq!(read::<Example>(&path, &EXPECTED).unwrap(), example);
    std::fs::remove_file(path).unwrap();
    for region in ["AMS", "a\n\n[tls]\ncert_file = 3\n", "\"\"\"\n[b]"] {
        example.region = Some(region.to_owned());
        let printed = print(&example, &OPTIONAL).unwrap();
        assert!(!printed.contains("FRA"), "{printed}");
        let path = file("set", &printed);
        assert_eq!(read::<Example>(&path, &EXPECTED).unwrap(), example, "{printed}");
        std::fs::remove_file(path).unwrap();
    }
}

fn file(name: &str, text: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("fugitive-service-{}-{name}.toml", std::process::id()));
    std::fs::write(&path, text).unwrap();
    path
}
