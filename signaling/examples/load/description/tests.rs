//! Descriptions of any size are data channels.

use super::*;

#[test]
fn are_of_the_size_that_browsers_send() {
    let made = Descriptions::new(&mut Random::new(1));
    for number in 0..VARIANTS {
        for text in [made.offer(number), made.answer(number)] {
            assert!((950..1_150).contains(&text.len()), "{} bytes", text.len());
        }
    }
}

#[test]
fn hold_one_data_channel_with_all_that_ice_and_dtls_need() {
    let made = Descriptions::new(&mut Random::new(1));
    for (text, kind, setup) in [
        (made.offer(3), "offer", "actpass"),
        (made.answer(3), "answer", "active"),
    ] {
        let value: serde_json::Value = serde_json::from_str(text).unwrap();
        assert_eq!(value["type"], kind);
        let sdp = value["sdp"].as_str().unwrap();
        assert!(sdp.starts_with("v=0\r\n") && sdp.ends_with("\r\n"));
        let lines: Vec<&str> = sdp.split_terminator("\r\n").collect();
        let count = |start: &str| lines.iter().filter(|line| line.starts_with(start)).count();
        assert_eq!((count("m="), count("a=candidate:")), (1, 4));
        assert_eq!((count("a=ice-ufrag:"), count("a=ice-pwd:")), (1, 1));
        assert!(
            lines
                .iter()
                .any(|line| line.starts_with("m=application ") && line.ends_with(" webrtc-datachannel"))
        );
        assert!(lines.contains(&&*format!("a=setup:{setup}")));
        let fingerprint = lines
            .iter()
            .find_map(|line| line.strip_prefix("a=fingerprint:sha-256 "));
        assert_eq!(fingerprint.unwrap().split(':').count(), 32);
    }
}

#[test]
fn differ_from_each_other() {
    let made = Descriptions::new(&mut Random::new(1));
    assert_ne!(made.offer(0), made.offer(1));
    assert_eq!(made.offer(0), made.offer(VARIANTS));
}
