//! An engine keeps to its device's limits, and forgets what live playback leaves behind.

use std::time::Duration;

use super::super::rig::FILM;
use crate::config::{BitsPerSecond, PolicyConfig};
use crate::device::{
    DeviceClass, DeviceLimits, DeviceState, NetworkKind, Prefetch, Reason, Uploads, Visibility,
};
use crate::id::{DemandId, FetchId};
use crate::input::{Demand, Input, Playback, PlaybackState};
use crate::output::{Event, Output};
use crate::time::{MediaTime, Timestamp, UnixTime};
use crate::{Config, Engine};

const LIVE: &str = r#"<MPD type="dynamic" availabilityStartTime="1970-01-01T00:00:00Z" suggestedPresentationDelay="PT12S"
  minimumUpdatePeriod="PT4S"><Period id="1" start="PT0S"><AdaptationSet contentType="video">
    <SegmentTemplate duration="4" media="$Number$.m4s"/><Representation id="v" bandwidth="800000"/>
  </AdaptationSet></Period></MPD>"#;

/// An engine whose origin answers every request with so many bytes.
struct Rig {
    engine: Engine,
    now: Timestamp,
    demands: u64,
    size: usize,
    events: Vec<Event>,
}

impl Rig {
    fn new(config: Config, manifest: &str, size: usize) -> Self {
        let engine = Engine::new(config, [1; 32], Timestamp::ZERO).unwrap();
        let mut rig = Self {
            engine,
            now: Timestamp::ZERO,
            demands: 0,
            size,
            events: Vec::new(),
        };
        rig.tell(Input::Clock(UnixTime::from_millis(0)));
        rig.tell(Input::Manifest {
            url: "https://origin.example/title.mpd".into(),
            body: manifest.into(),
        });
        rig
    }

    fn tell(&mut self, input: Input) {
        self.engine.handle_input(self.now, input).unwrap();
        while let Some(output) = self.engine.poll_output() {
            if let Output::Fetch(fetch) = output {
                self.answer(fetch.id);
            } else if let Output::Event(event) = output {
                self.events.push(event);
            }
        }
    }

    fn answer(&mut self, fetch: FetchId) {
        self.tell(Input::FetchStarted {
            fetch,
            partial: false,
            length: None,
            total: None,
            url: None,
        });
        let bytes = vec![7; self.size];
        self.tell(Input::FetchChunk {
            fetch,
            bytes: bytes.into(),
        });
        self.tell(Input::FetchFinished(fetch));
    }

    fn demand(&mut self, number: u64) {
        self.demands += 1;
        self.tell(Input::Demand(Demand {
            id: DemandId(self.demands),
            url: format!("https://origin.example/{number}.m4s"),
            range: None,
            position: None,
        }));
    }

    fn play(&mut self, position: Duration) {
        self.tell(Input::Playback(Playback {
            position: MediaTime::ZERO + position,
            buffered: Duration::from_secs(4),
            state: PlaybackState::Playing,
        }));
    }

    fn wait_until(&mut self, now: Timestamp) {
        self.now = now;
        self.engine.handle_timeout(now);
        while let Some(output) = self.engine.poll_output() {
            assert!(!matches!(output, Output::Fetch(_)), "nothing is demanded");
        }
    }

    fn stored(&self) -> u64 {
        self.engine.stats().stored_segments
    }
}

fn changes(events: &[Event]) -> Vec<(Uploads, Prefetch, DeviceLimits, Vec<Reason>)> {
    let change = |event: &Event| {
        let Event::PolicyChanged {
            uploads,
            prefetch,
            limits,
            reasons,
        } = event
        else {
            return None;
        };
        Some((*uploads, *prefetch, *limits, reasons.iter().collect()))
    };
    events.iter().filter_map(change).collect()
}

#[test]
fn a_phone_keeps_less_and_says_so_once() {
    let config = Config {
        policy: PolicyConfig {
            mobile: DeviceLimits {
                max_target_peers: 8,
                store_bytes: 1 << 20,
                upload_percent: 50,
                max_upload: Some(BitsPerSecond(1_000_000)),
            },
            ..PolicyConfig::default()
        },
        ..Config::viewer("title")
    };
    let mobile = config.policy.mobile;
    let mut rig = Rig::new(config, FILM, 100_000);
    (1..=20).for_each(|number| rig.demand(number));
    assert_eq!(rig.stored(), 20);
    let phone = DeviceState {
        class: DeviceClass::Mobile,
        network: Some(NetworkKind::Cellular),
        ..DeviceState::default()
    };
    rig.tell(Input::Device(phone));
    rig.tell(Input::Device(phone));
    let expected = (
        Uploads::Off,
        Prefetch::On,
        mobile,
        vec![Reason::Cellular, Reason::Mobile],
    );
    assert_eq!(changes(&rig.events), [expected]);
    assert_eq!(rig.engine.serving.uplink.budget(), 125_000);
    let stats = rig.engine.stats();
    assert!(
        stats.stored_bytes <= 1 << 20 && stats.stored_segments >= 8,
        "{stats:?}"
    );
    // What was played last is what stays.
    let hits = stats.hits;
    rig.demand(20);
    assert_eq!(rig.engine.stats().hits, hits + 1);
    rig.demand(1);
    assert_eq!(rig.engine.stats().hits, hits + 1);
    assert!(rig.engine.stats().stored_bytes <= 1 << 20);
}

#[test]
fn what_a_device_may_do_comes_back_with_its_state() {
    let mut rig = Rig::new(Config::viewer("title"), FILM, 1000);
    let hidden = DeviceState {
        visibility: Visibility::Hidden,
        ..DeviceState::default()
    };
    rig.tell(Input::Device(hidden));
    rig.tell(Input::Device(DeviceState::default()));
    let limits = Config::viewer("title").device_limits();
    assert_eq!(
        changes(&rig.events),
        [
            (Uploads::On, Prefetch::Off, limits, vec![Reason::HiddenPage]),
            (Uploads::On, Prefetch::On, limits, vec![]),
        ]
    );
}

#[test]
fn live_playback_leaves_no_more_than_its_window_behind() {
    let mut rig = Rig::new(Config::viewer("title"), LIVE, 1000);
    for number in 1..=50 {
        // Each segment is demanded as soon as it is there, 12 s before it is played.
        rig.wait_until(Timestamp::from_millis(number * 4000));
        rig.play(Duration::from_secs((number * 4).saturating_sub(12)));
        rig.demand(number);
        assert!(rig.stored() <= 30 / 4 + 2, "{} at {number}", rig.stored());
    }
    assert!(rig.stored() >= 30 / 4, "{}", rig.stored());
    // The last ones go when playback has passed them, without anything else happening.
    while rig.now < Timestamp::from_millis(240_000) {
        let at = rig.engine.poll_timeout().expect("a sweep is to come");
        rig.wait_until(at);
    }
    assert_eq!(rig.stored(), 0);
}

#[test]
fn a_film_is_kept_whole_while_there_is_room() {
    let mut rig = Rig::new(Config::viewer("title"), FILM, 1000);
    rig.play(Duration::from_secs(3000));
    (1..=50).for_each(|number| rig.demand(number));
    rig.wait_until(Timestamp::from_millis(100_000));
    assert_eq!(rig.stored(), 50);
}
