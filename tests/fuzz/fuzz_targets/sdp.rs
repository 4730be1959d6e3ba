//! Descriptions and candidates from a hostile peer, behind a byte that chooses the rules: what the filter carries is no
//! longer than what came, and passes again as it is.
#![no_main]

use libfuzzer_sys::fuzz_target;
use signaling_proto::sdp::{
    Addresses, IceTransportPolicy, SdpRules, Verdict, filter_candidate, filter_description,
};

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, text)) = bytes.split_first() else {
        return;
    };
    let Ok(text) = std::str::from_utf8(text) else {
        return;
    };
    let rules = SdpRules {
        addresses: [Addresses::Public, Addresses::Private, Addresses::Any][usize::from(choice % 3)],
        transport_policy: [IceTransportPolicy::All, IceTransportPolicy::Relay][usize::from(choice / 3 % 2)],
        ..SdpRules::default()
    };
    if let Ok(filtered) = filter_description(text, &rules) {
        assert!(filtered.sdp.len() <= text.len() && filtered.candidates <= rules.max_candidates);
        let again = filter_description(&filtered.sdp, &rules).expect("it passed");
        assert_eq!((&again.sdp, again.dropped), (&filtered.sdp, 0));
    }
    if let Ok(Verdict::Carry(carried)) = filter_candidate(text, &rules) {
        assert!(carried.len() <= text.len());
        assert_eq!(
            filter_candidate(&carried, &rules),
            Ok(Verdict::Carry(carried.as_ref().into()))
        );
    }
});
