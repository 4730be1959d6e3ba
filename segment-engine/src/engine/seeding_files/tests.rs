//! A seeder given a site's list: what it asks for, offers, refuses and never signs.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "each test looks for one kind of output"
)]

use super::*;
use crate::config::{Config, Prewarm};
use crate::engine::listing::EXPIRED;
use crate::engine::rig::{Rig, body};
use crate::id::{CheckId, DemandId, FetchId};
use crate::input::{Demand, Input, Signature};
use crate::manifest::files::{FileList, ListedFile, sign_list, write_list};
use crate::output::{Event, FetchPurpose, GapReason, Output};
use crate::piece::Body;
use crate::wire::{Frame, RequestId};

const NOW: i64 = 1_700_000_000_000;
const LIST: &str = "https://site.example/fugitive.files";

fn list(made: i64, files: &[(&str, u32)]) -> FileList {
    let file = |(reference, pieces): &(&str, u32)| ListedFile {
        record: Record::of(&body(*pieces)),
        sha224: Digest([0; 28]),
        media_type: "text/plain".to_owned(),
        reference: (*reference).to_owned(),
    };
    FileList {
        swarm: "title".to_owned(),
        made: UnixTime::from_millis(made),
        expires: UnixTime::from_millis(NOW + 600_000),
        files: files.iter().map(file).collect(),
    }
}

struct Seeder {
    rig: Rig,
}

impl Seeder {
    fn new(change: impl FnOnce(&mut Config)) -> Self {
        let mut rig = Rig::of(Config::seeder("title", LIST), change);
        rig.wait(1);
        Self { rig }
    }

    /// One that has taken a list, and fetched its files, each of so many pieces.
    fn following(files: &[(&str, u32)]) -> Self {
        let mut seeder = Self::new(|_| {});
        seeder.give_list(&list(NOW, files), true);
        for (fetch, url, _) in seeder.asked() {
            let (_, pieces) = files.iter().find(|(name, _)| url.ends_with(name)).unwrap();
            seeder.give(fetch, body(*pieces).to_vec());
        }
        seeder
    }

    /// What was asked of the server since this was looked at last.
    fn asked(&mut self) -> Vec<(FetchId, String, FetchPurpose)> {
        let asked = self.rig.outputs.iter().filter_map(|output| match output {
            Output::Fetch(fetch) => Some((fetch.id, fetch.url.clone(), fetch.purpose)),
            _ => None,
        });
        let asked = asked.collect();
        self.rig
            .outputs
            .retain(|output| !matches!(output, Output::Fetch(_)));
        asked
    }

    fn give(&mut self, fetch: FetchId, bytes: Vec<u8>) {
        self.rig.tell(Input::FetchStarted {
            fetch,
            partial: false,
            length: None,
            total: None,
            url: None,
        });
        let bytes = bytes.into();
        self.rig.tell(Input::FetchChunk { fetch, bytes });
        self.rig.tell(Input::FetchFinished(fetch));
    }

    /// Answers the request for the list, and the question about its signature, if there is one.
    fn give_list(&mut self, list: &FileList, valid: bool) -> Option<CheckId> {
        let asked = self.asked().into_iter();
        let mut asked = asked.filter(|(_, _, purpose)| *purpose == FetchPurpose::Manifest);
        let (fetch, ..) = asked.next_back().expect("the list is asked for");
        self.give(fetch, sign_list(&write_list(list), &Signature([0; 64])).into());
        self.settle_check(valid)
    }

    /// What the viewer was told is held here, in order of the keys.
    fn offered(&self) -> Vec<SegmentKey> {
        let offered = self.rig.sent_to("a").into_iter().filter_map(|frame| match frame {
            Frame::Announce { came, .. } => Some(came.into_iter().map(|have| have.key)),
            _ => None,
        });
        let mut offered: Vec<_> = offered.flatten().collect();
        offered.sort_unstable();
        offered.dedup();
        offered
    }

    fn refusals(&self) -> Vec<&str> {
        let refusals = self.rig.outputs.iter().filter_map(|output| match output {
            Output::Event(Event::ManifestRejected { reason }) => Some(&reason[..]),
            _ => None,
        });
        refusals.collect()
    }

    /// Answers for so many rounds of 20 s that the list is as it was, and with these bytes whatever else is asked for, which
    /// is counted.
    fn answer(&mut self, rounds: usize, bytes: &[u8]) -> usize {
        let mut given = 0;
        for _ in 0..rounds {
            self.rig.wait(20_000);
            for (fetch, _, purpose) in self.asked() {
                if purpose == FetchPurpose::Manifest {
                    self.rig.tell(Input::FetchUnchanged(fetch));
                } else {
                    self.give(fetch, bytes.to_vec());
                    given += 1;
                }
            }
        }
        given
    }

    fn gaps(&self) -> Vec<GapReason> {
        let gaps = self.rig.outputs.iter().filter_map(|output| match output {
            Output::Event(Event::Gap { reason, .. }) => Some(*reason),
            _ => None,
        });
        gaps.collect()
    }

    /// Answers the question about a signature, if one was asked.
    fn settle_check(&mut self, valid: bool) -> Option<CheckId> {
        let check = self.rig.outputs.iter().find_map(|output| match output {
            Output::CheckSignature { check, .. } => Some(*check),
            _ => None,
        })?;
        self.rig
            .outputs
            .retain(|output| !matches!(output, Output::CheckSignature { .. }));
        self.rig.tell(Input::SignatureChecked { check, valid });
        Some(check)
    }

    fn signs(&self) -> bool {
        let asks = |output: &Output| matches!(output, Output::Sign { .. });
        self.rig.engine.unsigned() > 0 || self.rig.outputs.iter().any(asks)
    }
}

#[test]
fn files_of_the_list_are_fetched_once_and_offered_and_nothing_is_signed() {
    let files = [("a.js", 1), ("b.css", 2)];
    let mut seeder = Seeder::following(&files);
    seeder.rig.link("a", 9);
    seeder.rig.wait(1_000);
    let mut keys: Vec<_> = list(NOW, &files).files.iter().map(ListedFile::key).collect();
    keys.sort_unstable();
    assert_eq!(seeder.offered(), keys);
    assert!(!seeder.signs());
    assert!(seeder.asked().is_empty());
}

#[test]
fn the_list_is_asked_for_again_and_what_is_new_in_it_is_fetched() {
    let mut seeder = Seeder::following(&[("a.js", 1)]);
    seeder.rig.wait(20_000);
    let asked = seeder.asked();
    let [(fetch, url, FetchPurpose::Manifest)] = &asked[..] else {
        panic!("the list alone: {asked:?}");
    };
    assert_eq!(url, LIST);
    seeder.rig.tell(Input::FetchUnchanged(*fetch));
    seeder.rig.wait(20_000);
    seeder.give_list(&list(NOW + 1, &[("a.js", 1), ("b.css", 2)]), true);
    let urls: Vec<_> = seeder.asked().into_iter().map(|(_, url, _)| url).collect();
    assert_eq!(urls, ["https://site.example/b.css"], "the other is there");
}

#[test]
fn a_list_of_another_key_is_refused_by_one_line_and_what_came_before_stays() {
    let mut seeder = Seeder::following(&[("a.js", 1)]);
    let other = list(NOW + 1, &[("evil.js", 1)]);
    for is_new in [true, false] {
        seeder.rig.wait(20_000);
        let check = seeder.give_list(&other, false);
        assert_eq!(check.is_some(), is_new, "the same text is read once");
    }
    assert_eq!(
        seeder.refusals(),
        ["the signature of the list of files is not of an accepted key"]
    );
    assert!(seeder.asked().is_empty());
    seeder.rig.link("a", 9);
    seeder.rig.wait(1_000);
    assert_eq!(seeder.offered().len(), 1);
}

#[test]
fn a_list_that_expires_is_told_of_once_and_its_files_are_offered_no_more() {
    let mut seeder = Seeder::following(&[("a.js", 1)]);
    for _ in 0..40 {
        seeder.rig.wait(20_000);
        for (fetch, ..) in seeder.asked() {
            seeder.rig.tell(Input::FetchUnchanged(fetch));
        }
    }
    assert_eq!(seeder.refusals(), [EXPIRED]);
    seeder.rig.link("a", 9);
    seeder.rig.wait(1_000);
    assert!(seeder.offered().is_empty());
    assert!(!seeder.signs());
}

#[test]
fn a_file_that_is_not_the_lists_is_not_offered_and_asked_for_again() {
    let mut seeder = Seeder::new(|_| {});
    seeder.give_list(&list(NOW, &[("a.js", 2)]), true);
    seeder.rig.link("a", 9);
    let (fetch, ..) = seeder.asked().remove(0);
    seeder.give(fetch, Body::of(&[8; 100]).to_vec());
    seeder.rig.wait(200);
    assert!(seeder.offered().is_empty() && !seeder.signs());
    seeder.rig.wait(2_000);
    let (fetch, url, _) = seeder.asked().remove(0);
    assert_eq!(url, "https://site.example/a.js");
    seeder.give(fetch, body(2).to_vec());
    seeder.rig.wait(200);
    assert_eq!(seeder.offered().len(), 1);
}

#[test]
fn a_player_that_asks_for_a_file_other_than_the_lists_is_left_to_the_server() {
    let mut seeder = Seeder::new(|config| config.seeding.prewarm = Prewarm::Nothing);
    seeder.give_list(&list(NOW, &[("a.js", 2)]), true);
    let id = DemandId(1);
    seeder.rig.tell(Input::Demand(Demand {
        id,
        url: "https://site.example/a.js".to_owned(),
        range: None,
        position: None,
    }));
    seeder.rig.wait(12_000);
    let asked = seeder.asked();
    let file = asked.iter().find(|(_, url, _)| url.ends_with("a.js"));
    let Some((fetch, ..)) = file else {
        panic!("{asked:?} {:?}", seeder.rig.outputs);
    };
    seeder.give(*fetch, vec![8; 100]);
    let declined = |output: &Output| {
        let reason = DeclineReason::Disagreement;
        *output == Output::Decline { demand: id, reason }
    };
    assert!(seeder.rig.outputs.iter().any(declined));
}

#[test]
fn a_seeder_that_fetches_nothing_ahead_fetches_what_a_page_asks_it_for() {
    let mut seeder = Seeder::new(|config| config.seeding.prewarm = Prewarm::Nothing);
    let list = list(NOW, &[("a.js", 1), ("b.css", 2)]);
    seeder.give_list(&list, true);
    assert!(seeder.asked().is_empty());
    seeder.rig.link("a", 9);
    let (request, key) = (RequestId(1), list.files[1].key());
    seeder.rig.hear("a", &Frame::WantLeaves { request, key });
    let urls: Vec<_> = seeder.asked().into_iter().map(|(_, url, _)| url).collect();
    assert_eq!(urls, ["https://site.example/b.css"]);
}

#[test]
fn a_file_that_is_never_the_lists_is_given_up_as_that() {
    let mut seeder = Seeder::new(|_| {});
    seeder.give_list(&list(NOW, &[("a.js", 2)]), true);
    let (fetch, ..) = seeder.asked().remove(0);
    seeder.give(fetch, vec![8; 100]);
    assert_eq!(seeder.answer(25, &[8; 100]), 8, "asked for eight times more");
    assert_eq!(seeder.gaps(), [GapReason::OtherFile]);
}

#[test]
fn a_look_that_finds_another_file_leaves_the_held_one_offered_and_served() {
    let mut seeder = Seeder::new(|config| config.seeding.recheck = Some(Duration::from_secs(60)));
    let list = list(NOW, &[("a.js", 2)]);
    seeder.give_list(&list, true);
    let (fetch, ..) = seeder.asked().remove(0);
    seeder.give(fetch, body(2).to_vec());
    let looks = seeder.answer(20, &[8; 100]);
    assert!((5..=7).contains(&looks), "once a round and no sooner: {looks}");
    assert!(seeder.gaps().is_empty());
    seeder.rig.link("a", 9);
    seeder.rig.wait(1_000);
    let key = list.files[0].key();
    assert_eq!(seeder.offered(), [key]);
    assert_eq!(
        seeder.rig.engine.store.root(&key),
        Some(list.files[0].record.root)
    );
    let request = RequestId(1);
    seeder.rig.hear("a", &Frame::WantLeaves { request, key });
    seeder.rig.wait(1_000);
    let mut sent = seeder.rig.sent_to("a").into_iter();
    let served = sent.any(|frame| matches!(frame, Frame::Leaves { .. }));
    assert!(served);
}

#[test]
fn two_lists_that_come_in_turn_are_each_read_once() {
    let files = [("a.js", 1)];
    let mut seeder = Seeder::following(&files);
    let (newer, older) = (list(NOW, &files), list(NOW - 1, &files));
    let mut checks = 0;
    for _ in 0..4 {
        for shown in [&older, &newer] {
            seeder.rig.wait(20_000);
            checks += usize::from(seeder.give_list(shown, true).is_some());
        }
    }
    assert_eq!(checks, 1, "the newer one was read before");
    assert_eq!(
        seeder.refusals(),
        ["the list of files is older than one that came before"]
    );
}

#[test]
fn a_list_that_expired_by_a_wrong_clock_is_told_of_once_and_counts_when_that_is_put_right() {
    let mut seeder = Seeder::new(|_| {});
    seeder
        .rig
        .tell(Input::Clock(UnixTime::from_millis(NOW + 900_000)));
    let list = list(NOW, &[("a.js", 1)]);
    assert_eq!(seeder.give_list(&list, true), None);
    seeder.rig.wait(20_000);
    assert_eq!(seeder.give_list(&list, true), None);
    seeder
        .rig
        .tell(Input::Clock(UnixTime::from_millis(NOW + 800_000)));
    assert_eq!(seeder.settle_check(true), None);
    assert_eq!(seeder.refusals(), [EXPIRED]);
    seeder.rig.tell(Input::Clock(UnixTime::from_millis(NOW)));
    assert!(seeder.settle_check(true).is_some());
    let urls: Vec<_> = seeder.asked().into_iter().map(|(_, url, _)| url).collect();
    assert_eq!(urls, ["https://site.example/a.js"]);
}

#[test]
fn a_list_that_ceased_to_count_by_a_wrong_clock_counts_again_when_that_is_put_right() {
    let mut seeder = Seeder::following(&[("a.js", 1)]);
    seeder.answer(40, &[]);
    assert_eq!(seeder.refusals(), [EXPIRED]);
    seeder.rig.tell(Input::Clock(UnixTime::from_millis(NOW)));
    assert!(seeder.settle_check(true).is_some());
    seeder.rig.link("a", 9);
    seeder.rig.wait(1_000);
    assert_eq!(seeder.offered().len(), 1);
}
