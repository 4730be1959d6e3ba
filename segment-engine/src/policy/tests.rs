//! Every rule by default, switched over by configuration, and at its edge.

use super::*;
use crate::config::BitsPerSecond;

const BASE: DeviceLimits = DeviceLimits {
    max_target_peers: 12,
    store_bytes: 400 << 20,
    upload_percent: 80,
    max_upload: None,
};

fn battery(level_percent: u8, charging: Charging) -> DeviceState {
    DeviceState {
        battery: Some(Battery {
            level_percent,
            charging,
        }),
        ..DeviceState::default()
    }
}

fn network(kind: NetworkKind) -> DeviceState {
    DeviceState {
        network: Some(kind),
        ..DeviceState::default()
    }
}

fn reasons(verdict: Verdict) -> Vec<Reason> {
    verdict.reasons.iter().collect()
}

#[test]
fn forbids_nothing_where_nothing_is_known() {
    let verdict = verdict(&DeviceState::default(), &PolicyConfig::default(), &BASE);
    assert_eq!(
        (verdict.uploads, verdict.prefetch, verdict.limits),
        (Uploads::On, Prefetch::On, BASE)
    );
    assert_eq!(reasons(verdict), []);
}

#[test]
fn uploads_by_device() {
    let metered = DeviceState {
        metered: Metered::Yes,
        ..DeviceState::default()
    };
    let hidden = DeviceState {
        visibility: Visibility::Hidden,
        ..DeviceState::default()
    };
    let table = [
        (network(NetworkKind::Wifi), None),
        (network(NetworkKind::Ethernet), None),
        (network(NetworkKind::Cellular), Some(Reason::Cellular)),
        (network(NetworkKind::Other), None),
        (network(NetworkKind::Unknown), None),
        (metered, Some(Reason::Metered)),
        (hidden, None),
        (battery(0, Charging::No), Some(Reason::LowBattery)),
        (battery(19, Charging::No), Some(Reason::LowBattery)),
        (battery(20, Charging::No), None),
        (battery(100, Charging::No), None),
        (battery(255, Charging::No), None),
        (battery(1, Charging::Yes), None),
    ];
    for (state, expected) in table {
        let verdict = verdict(&state, &PolicyConfig::default(), &BASE);
        let forbidding = reasons(verdict)
            .into_iter()
            .find(|reason| *reason != Reason::HiddenPage);
        assert_eq!(forbidding, expected, "{state:?}");
        let uploads = if expected.is_some() {
            Uploads::Off
        } else {
            Uploads::On
        };
        assert_eq!(verdict.uploads, uploads, "{state:?}");
    }
}

#[test]
fn each_rule_over_uploads_can_be_switched_off() {
    let state = DeviceState {
        network: Some(NetworkKind::Cellular),
        metered: Metered::Yes,
        ..battery(5, Charging::No)
    };
    let all = [Reason::Cellular, Reason::Metered, Reason::LowBattery];
    let strict = PolicyConfig::default();
    assert_eq!(reasons(verdict(&state, &strict, &BASE)), all);
    let relaxed = [
        PolicyConfig {
            on_cellular: Uploads::On,
            ..strict
        },
        PolicyConfig {
            on_metered: Uploads::On,
            ..strict
        },
        PolicyConfig {
            low_battery_percent: 0,
            ..strict
        },
    ];
    for (config, lifted) in relaxed.into_iter().zip(all) {
        let verdict = verdict(&state, &config, &BASE);
        assert!(!verdict.reasons.contains(lifted), "{lifted:?}");
        assert_eq!(verdict.uploads, Uploads::Off);
        assert_eq!(reasons(verdict).len(), 2);
    }
    let lenient = PolicyConfig {
        on_cellular: Uploads::On,
        on_metered: Uploads::On,
        low_battery_percent: 5,
        ..strict
    };
    assert_eq!(verdict(&state, &lenient, &BASE).uploads, Uploads::On);
}

#[test]
fn without_consent_nothing_is_uploaded() {
    let config = PolicyConfig {
        uploads: Uploads::Off,
        on_cellular: Uploads::On,
        on_metered: Uploads::On,
        low_battery_percent: 0,
        ..PolicyConfig::default()
    };
    let verdict = verdict(&network(NetworkKind::Ethernet), &config, &BASE);
    assert_eq!(verdict.uploads, Uploads::Off);
    assert_eq!(reasons(verdict), [Reason::NoConsent]);
}

#[test]
fn what_the_user_says_stands_above_the_configuration() {
    for (configured, said, expected) in [
        (Uploads::On, Some(Uploads::Off), Uploads::Off),
        (Uploads::Off, Some(Uploads::On), Uploads::On),
        (Uploads::Off, None, Uploads::Off),
    ] {
        let config = PolicyConfig {
            uploads: configured,
            ..PolicyConfig::default()
        };
        let state = DeviceState {
            consent: said,
            ..DeviceState::default()
        };
        assert_eq!(
            verdict(&state, &config, &BASE).uploads,
            expected,
            "{configured:?} {said:?}"
        );
    }
}

#[test]
fn consent_does_not_make_up_for_a_device_that_must_not_upload() {
    let state = DeviceState {
        consent: Some(Uploads::On),
        ..network(NetworkKind::Cellular)
    };
    let verdict = verdict(&state, &PolicyConfig::default(), &BASE);
    assert_eq!(reasons(verdict), [Reason::Cellular]);
}

#[test]
fn a_hidden_page_fetches_nothing_ahead_unless_told() {
    let hidden = DeviceState {
        visibility: Visibility::Hidden,
        ..DeviceState::default()
    };
    let strict = PolicyConfig::default();
    let judged = verdict(&hidden, &strict, &BASE);
    assert_eq!((judged.uploads, judged.prefetch), (Uploads::On, Prefetch::Off));
    assert_eq!(reasons(judged), [Reason::HiddenPage]);
    let lenient = PolicyConfig {
        while_hidden: Prefetch::On,
        ..strict
    };
    let judged = verdict(&hidden, &lenient, &BASE);
    assert_eq!(judged.prefetch, Prefetch::On);
    assert_eq!(reasons(judged), []);
}

#[test]
fn limits_by_class_of_device() {
    let small = DeviceLimits {
        max_target_peers: 4,
        store_bytes: 50 << 20,
        upload_percent: 30,
        max_upload: Some(BitsPerSecond(1_000_000)),
    };
    let mixed = DeviceLimits {
        max_target_peers: 4,
        ..BASE
    };
    let mobile = PolicyConfig::default().mobile;
    let table = [
        (DeviceClass::Desktop, BASE, BASE),
        (DeviceClass::Server, BASE, BASE),
        (DeviceClass::Mobile, BASE, mobile),
        (DeviceClass::Mobile, small, small),
        (
            DeviceClass::Mobile,
            mixed,
            DeviceLimits {
                max_target_peers: 4,
                ..mobile
            },
        ),
    ];
    for (class, base, expected) in table {
        let state = DeviceState {
            class,
            ..DeviceState::default()
        };
        let verdict = verdict(&state, &PolicyConfig::default(), &base);
        assert_eq!(verdict.limits, expected, "{class:?} {base:?}");
        assert_eq!(verdict.reasons.contains(Reason::Mobile), expected != base);
    }
}

#[test]
fn tells_a_verdict_once() {
    let mut policy = Policy::new(PolicyConfig::default(), BASE);
    assert_eq!(policy.on_device(&DeviceState::default()), None);
    let cellular = network(NetworkKind::Cellular);
    let changed = policy.on_device(&cellular);
    assert_eq!(changed.map(|verdict| verdict.uploads), Some(Uploads::Off));
    assert_eq!(policy.on_device(&cellular), None);
    assert_eq!(policy.verdict().uploads, Uploads::Off);
    let changed = policy.on_device(&network(NetworkKind::Wifi));
    assert_eq!(changed.map(|verdict| verdict.uploads), Some(Uploads::On));
}
