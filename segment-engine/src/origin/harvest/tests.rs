//! What is fetched when, what is tried again, and what is given up.

use super::*;
use crate::manifest::sample;

const NOW: UnixTime = UnixTime::from_millis(0);
const GONE: FetchError = FetchError::Status(404);
const BROKEN: FetchError = FetchError::Status(500);

/// 10 segments of 2 s in two tracks.
const FILM: &str = r#"<MPD type="static" mediaPresentationDuration="PT20S"><Period>
    <AdaptationSet contentType="video"><SegmentTemplate duration="2" media="$RepresentationID$/$Number$.m4s"
        initialization="$RepresentationID$/init.mp4"/>
      <Representation id="a" bandwidth="1000"/><Representation id="b" bandwidth="2000"/>
    </AdaptationSet></Period></MPD>"#;

const LIVE: &str = r#"<MPD type="dynamic" availabilityStartTime="1970-01-01T00:00:00Z" timeShiftBufferDepth="PT100S"><Period
    start="PT0S"><AdaptationSet contentType="video"><SegmentTemplate duration="2" media="$RepresentationID$/$Number$.m4s"/>
      <Representation id="a" bandwidth="1000"/><Representation id="b" bandwidth="2000"/>
    </AdaptationSet></Period></MPD>"#;

fn timeline(mpd: &str) -> Timeline {
    sample::title(mpd, "http://origin/x.mpd")
}

fn harvest(renditions: Renditions, prewarm: Prewarm) -> Harvest {
    let plan = SeedingConfig {
        renditions,
        prewarm,
        ..SeedingConfig::default()
    };
    Harvest::new(plan, Rng::new([3; 32]))
}

fn all() -> Harvest {
    harvest(Renditions::All, Prewarm::All)
}

const fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn nobody(_: TrackKey) -> bool {
    false
}

/// What is fetched unasked by then, as paths.
fn taken(harvest: &mut Harvest, timeline: &Timeline, unix: UnixTime) -> Vec<String> {
    let mut taken = Vec::new();
    while let Some(segment) = harvest
        .next_due(timeline, Timestamp::ZERO)
        .or_else(|| harvest.next_media(timeline, unix))
    {
        taken.push(segment.url.trim_start_matches("http://origin/").to_owned());
        harvest.on_timeline(timeline, unix, nobody);
    }
    taken
}

fn any_media(harvest: &mut Harvest, timeline: &Timeline, unix: UnixTime) -> SegmentKey {
    let mut media = || harvest.next_media(timeline, unix);
    let first = media().expect("there is a segment").key;
    while media().is_some() {}
    first
}

#[test]
fn takes_every_segment_once_init_segments_first_then_by_time() {
    let timeline = timeline(FILM);
    let mut harvest = all();
    harvest.on_timeline(&timeline, NOW, nobody);
    let mut taken = taken(&mut harvest, &timeline, NOW);
    assert_eq!(taken.len(), 22);
    taken[..2].sort();
    assert_eq!(taken[..2], ["a/init.mp4", "b/init.mp4"]);
    for (index, pair) in taken[2..].chunks_mut(2).enumerate() {
        pair.sort();
        let number = index + 1;
        assert_eq!(pair, [format!("a/{number}.m4s"), format!("b/{number}.m4s")]);
    }
}

#[test]
fn takes_as_much_of_a_film_as_it_is_to_take_unasked() {
    let timeline = timeline(FILM);
    let table = [
        (Prewarm::All, 20),
        (Prewarm::Nothing, 0),
        (Prewarm::Percent(1), 2),
        (Prewarm::Percent(50), 10),
        (Prewarm::Percent(100), 20),
        (Prewarm::FirstOf(Duration::from_secs(4)), 4),
        (Prewarm::FirstOf(Duration::from_secs(5)), 6),
    ];
    for (prewarm, media) in table {
        let mut harvest = harvest(Renditions::All, prewarm);
        harvest.on_timeline(&timeline, NOW, nobody);
        let count = taken(&mut harvest, &timeline, NOW).len();
        assert_eq!(count, media + 2, "{prewarm:?}");
    }
}

#[test]
fn a_retry_that_came_to_nothing_is_not_waited_for() {
    let timeline = timeline(LIVE);
    let mut harvest = all();
    harvest.on_timeline(&timeline, UnixTime::from_millis(60_000), nobody);
    let key = any_media(&mut harvest, &timeline, UnixTime::from_millis(60_000));
    let segment = timeline.segment(&key).unwrap();
    let verdict = harvest.on_failed(key, GONE, &timeline, at(0));
    assert!(matches!(verdict, Verdict::NotYet(_)));
    assert!(!harvest.has_passed(&segment), "it is asked for again");
    // Somebody else has it fetched by then.
    assert_eq!(
        harvest.next_due(&timeline, at(1_000)).map(|due| due.key),
        Some(key)
    );
    assert!(harvest.has_passed(&segment), "it was its last");
}

#[test]
fn what_it_will_come_to_anyway_need_not_be_wished_for() {
    let timeline = timeline(FILM);
    let mut harvest = harvest(Renditions::All, Prewarm::FirstOf(Duration::from_secs(4)));
    harvest.on_timeline(&timeline, NOW, nobody);
    let track = timeline.tracks()[0].key;
    let segments = timeline.segments(track, MediaTime::MIN, MediaTime::MAX, NOW, 3);
    let init = timeline.init_segment(track).unwrap();
    let coming = |harvest: &Harvest| {
        let media = segments.iter().map(|segment| harvest.will_come_to(segment));
        media.chain([harvest.will_come_to(&init)]).collect::<Vec<_>>()
    };
    assert_eq!(coming(&harvest), [true, true, false, true]);
    taken(&mut harvest, &timeline, NOW);
    assert_eq!(
        coming(&harvest),
        [false; 4],
        "it was there, and may have been let go"
    );
}

#[test]
fn follows_the_renditions_that_are_listed_by_name_or_bandwidth() {
    let timeline = timeline(FILM);
    for (name, path) in [("a", "a/"), ("2000", "b/"), ("c", "-")] {
        let mut harvest = harvest(Renditions::Listed(vec![name.to_owned()]), Prewarm::All);
        harvest.on_timeline(&timeline, NOW, |_| true);
        let taken = taken(&mut harvest, &timeline, NOW);
        assert_eq!(taken.len(), if path == "-" { 0 } else { 11 }, "{name}");
        assert!(taken.iter().all(|taken| taken.starts_with(path)), "{taken:?}");
    }
}

#[test]
fn follows_wanted_renditions_from_the_edge_on_and_no_longer_than_they_are_wanted() {
    let timeline = timeline(LIVE);
    let mut harvest = harvest(Renditions::Wanted, Prewarm::All);
    let hour = UnixTime::from_millis(3_600_000);
    let wanted = timeline.tracks()[1].key;
    harvest.on_timeline(&timeline, hour, nobody);
    assert!(harvest.next_media(&timeline, hour).is_none());
    harvest.on_timeline(&timeline, hour, |track| track == wanted);
    let mut starts = Vec::new();
    while let Some(segment) = harvest.next_media(&timeline, hour) {
        assert_eq!(segment.key.track, wanted);
        starts.push(segment.start.as_micros() / 1_000_000);
    }
    assert_eq!(starts, [3_590, 3_592, 3_594, 3_596, 3_598]);
    let later = hour + Duration::from_secs(2);
    harvest.on_timeline(&timeline, later, nobody);
    assert!(
        harvest.next_media(&timeline, later).is_none(),
        "nobody wants it any more"
    );
}

#[test]
fn a_live_title_is_followed_however_little_of_a_film_would_be() {
    let timeline = timeline(LIVE);
    let mut harvest = harvest(Renditions::All, Prewarm::Nothing);
    let hour = UnixTime::from_millis(3_600_000);
    harvest.on_timeline(&timeline, hour, nobody);
    assert_eq!(
        taken(&mut harvest, &timeline, hour).len(),
        60,
        "a minute of two tracks"
    );
}

#[test]
fn tries_a_failed_segment_again_later_and_gives_up_at_last() {
    let timeline = timeline(FILM);
    let mut harvest = all();
    harvest.on_timeline(&timeline, NOW, nobody);
    while harvest.next_due(&timeline, at(0)).is_some() {}
    let key = any_media(&mut harvest, &timeline, NOW);
    let mut now = at(0);
    for least in [500_u64, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000] {
        let Verdict::Again(at) = harvest.on_failed(key, GONE, &timeline, now) else {
            panic!("tried again");
        };
        let wait = at.since(now).as_millis();
        assert!(
            (u128::from(least)..=u128::from(least * 5 / 4)).contains(&wait),
            "{wait}"
        );
        assert_eq!(harvest.next_retry_at(), Some(at));
        assert!(harvest.next_due(&timeline, now).is_none(), "not before its time");
        now = at;
        assert_eq!(
            harvest.next_due(&timeline, now).map(|segment| segment.key),
            Some(key)
        );
        assert_eq!(harvest.next_retry_at(), None, "it is on its way");
    }
    let verdict = harvest.on_failed(key, BROKEN, &timeline, now);
    assert_eq!(verdict, Verdict::GivenUp(GapReason::Origin(BROKEN)));
    assert!(!harvest.retries.contains_key(&key));
}

#[test]
fn a_live_segment_that_is_a_little_late_has_not_failed() {
    let timeline = timeline(LIVE);
    let mut harvest = all();
    let hour = UnixTime::from_millis(3_600_000);
    harvest.on_timeline(&timeline, hour, nobody);
    let key = any_media(&mut harvest, &timeline, hour);
    let mut now = at(1_000);
    let mut asked = 0;
    let again = loop {
        match harvest.on_failed(key, GONE, &timeline, now) {
            Verdict::NotYet(at) => {
                let wait = at.since(now).as_millis();
                assert!((150..=225).contains(&wait), "{wait}");
                now = at;
            }
            verdict @ (Verdict::Again(_) | Verdict::GivenUp(_)) => break verdict,
        }
        asked += 1;
    };
    assert!((22..=34).contains(&asked), "{asked} times in 5 s");
    assert!(matches!(again, Verdict::Again(at) if at.since(now) >= FIRST_RETRY));
    let broken = harvest.on_failed(
        any_media(&mut all_of(&timeline, hour), &timeline, hour),
        BROKEN,
        &timeline,
        now,
    );
    assert!(matches!(broken, Verdict::Again(_)), "it is there, and broken");
}

fn all_of(timeline: &Timeline, unix: UnixTime) -> Harvest {
    let mut harvest = all();
    harvest.on_timeline(timeline, unix, nobody);
    harvest
}

#[test]
fn what_leaves_the_window_before_it_came_is_given_up() {
    let timeline = timeline(LIVE);
    let hour = UnixTime::from_millis(3_600_000);
    let mut harvest = all_of(&timeline, hour);
    let key = any_media(&mut harvest, &timeline, hour);
    harvest.on_failed(key, BROKEN, &timeline, at(0));
    assert!(harvest.lose(&timeline, hour).is_empty());
    let later = hour + Duration::from_secs(100);
    assert_eq!(
        harvest.lose(&timeline, later),
        [(key, GapReason::Expired(BROKEN))]
    );
    assert!(harvest.lose(&timeline, later).is_empty(), "once");
}

#[test]
fn only_so_many_failures_are_remembered() {
    let timeline = timeline(FILM);
    let mut harvest = all_of(&timeline, NOW);
    let key = any_media(&mut harvest, &timeline, NOW);
    let numbered = |time| SegmentKey { time, ..key };
    for time in 0..1_024 {
        let verdict = harvest.on_failed(numbered(time), BROKEN, &timeline, at(0));
        assert!(matches!(verdict, Verdict::Again(_)));
    }
    let more = harvest.on_failed(numbered(1_024), BROKEN, &timeline, at(0));
    assert_eq!(more, Verdict::GivenUp(GapReason::TooMany));
    let known = harvest.on_failed(numbered(7), BROKEN, &timeline, at(0));
    assert!(matches!(known, Verdict::Again(_)));
}
