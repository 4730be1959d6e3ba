//! Which fingerprint a description has, and which say nothing.

use super::*;

fn line(byte: u8) -> String {
    let bytes = vec![format!("{byte:02X}"); 32].join(":");
    format!("a=fingerprint:sha-256 {bytes}\r\n")
}

#[test]
fn the_fingerprint_of_a_description_is_found_at_either_level_or_both() {
    let wanted = Some(Fingerprint([0xab; 32]));
    for sdp in [
        format!("v=0\r\n{}m=application 9\r\n", line(0xab)),
        format!("v=0\r\nm=application 9\r\n{}", line(0xab)),
        format!(
            "v=0\r\n{}m=application 9\r\n{}",
            line(0xab),
            line(0xab).to_lowercase()
        ),
    ] {
        assert_eq!(fingerprint_of(&sdp), wanted, "{sdp}");
    }
}

#[test]
fn nobody_is_known_by_several_fingerprints_or_by_none() {
    for sdp in [
        "v=0\r\n".to_owned(),
        format!("{}{}", line(1), line(2)),
        format!("{}a=fingerprint:sha-1 01:02\r\n", line(1)),
        "a=fingerprint:sha-256 +1:02\r\n".to_owned(),
        line(1).replace("01:01\r", "01\r"),
    ] {
        assert_eq!(fingerprint_of(&sdp), None, "{sdp}");
    }
}

#[test]
fn the_first_description_counts() {
    let mut certificates = Certificates::default();
    certificates.on_own(&line(1));
    assert_eq!(certificates.both(), None);
    certificates.on_theirs(&line(2));
    certificates.on_theirs(&line(3));
    assert_eq!(
        certificates.both(),
        Some((Fingerprint([1; 32]), Fingerprint([2; 32])))
    );
}
