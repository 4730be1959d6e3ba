//! How much a peer is given at once, by what it is and how long its path is.

use super::*;
use crate::link::line::Line;

const MESSAGE: u64 = 16 << 10;
const CHROMIUM: &str = "v=0\r\no=- 4611731400430051336 2 IN IP4 127.0.0.1\r\ns=-\r\n";
const NATIVE: &str = "v=0\r\no=- 4215775240449105457 2 IN IP4 0.0.0.0\r\ns=-\r\n";

#[test]
fn browsers_are_known_by_their_descriptions() {
    let firefox = "v=0\r\no=mozilla...THIS_IS_SDPARTA-99.0 512 0 IN IP4 0.0.0.0\r\n";
    let table = [
        (CHROMIUM, true),
        (firefox, true),
        (NATIVE, false),
        ("v=0\r\nc=IN IP4 127.0.0.1\r\n", false),
        ("", false),
    ];
    for (sdp, browser) in table {
        assert_eq!(is_browsers(sdp), browser, "{sdp}");
    }
}

#[test]
fn a_browser_has_room_for_what_its_socket_holds_and_others_for_all() {
    for (sdp, most) in [(CHROMIUM, 2), (NATIVE, 64)] {
        let (outgoing, mut backlog) = outgoing(1 << 20);
        outgoing.on_theirs(sdp);
        let mut given = 0;
        while backlog.has_room() && given < 64 {
            backlog.path.on_sent(Instant::now(), MESSAGE);
            given += 1;
        }
        assert_eq!(given, most, "{sdp}");
    }
}

#[test]
fn a_browser_next_door_has_no_more_room_however_fast_it_is() {
    let (outgoing, mut backlog) = outgoing(1 << 20);
    outgoing.on_theirs(CHROMIUM);
    let mut now = Instant::now();
    // For longer than a round trip counts, and at last seen by looks alone.
    for millis in [1; 100].into_iter().chain([6; 7_000]) {
        while backlog.has_room() {
            backlog.path.on_sent(now, MESSAGE);
        }
        assert_eq!(backlog.path.outstanding(), 2 * MESSAGE);
        now += Duration::from_millis(millis);
        backlog.path.on_outstanding(now, 0);
    }
}

#[test]
fn a_browser_at_the_end_of_a_long_path_has_room_for_what_that_holds() {
    for (rate, round_trip) in [(5_000_000_u64, 20), (1_000_000, 100), (2_000_000, 200)] {
        let (outgoing, mut backlog) = outgoing(1 << 20);
        outgoing.on_theirs(CHROMIUM);
        let mut line = Line::new(rate, Duration::from_millis(round_trip));
        let (end, mut most) = (line.now + Duration::from_secs(10), 0);
        while line.now < end {
            while backlog.has_room() {
                backlog.path.on_sent(line.take(MESSAGE), MESSAGE);
            }
            most = most.max(backlog.path.outstanding());
            let outstanding = line.step();
            backlog.path.on_outstanding(line.now, outstanding);
        }
        let share = line.carried as f64 / (10.0 * rate as f64);
        assert!(share > 0.8, "{share} of {rate} bytes a second at {round_trip} ms");
        let holds = rate * (round_trip + 5) / 1_000;
        assert!(
            most <= 2 * holds + 3 * MESSAGE,
            "{most} bytes on a path that holds {holds}"
        );
    }
}
