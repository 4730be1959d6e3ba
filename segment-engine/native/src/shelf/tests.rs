//! A real folder: what is put there comes back, also after a crash; budget, damage, a full disk.

use std::fs;
use std::path::PathBuf;

use segment_engine::id::{SegmentKey, SegmentKind, TrackKey};
use segment_engine::integrity::Record;
use segment_engine::piece::Body;
use segment_engine::shelf::ShelfEntry;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::*;
use crate::inbox::{IoEvent, inbox};
use crate::scratch::Folder;
use crate::shelf::index::Place;
use crate::small_disk::small_disk;

const PATIENCE: Duration = Duration::from_secs(20);
const MIB: usize = 1 << 20;

/// One stream on a shelf, and what it is told.
struct Stream {
    part: Part,
    told: mpsc::Receiver<IoEvent>,
}

impl Stream {
    fn on(shelf: &Arc<Shelf>, swarm: &str) -> Self {
        let (sender, told) = inbox();
        let part = shelf.attach("wss://s.example", swarm, sender).unwrap();
        Self { part, told }
    }

    async fn next(&mut self) -> ShelfFact {
        let told = timeout(PATIENCE, self.told.recv()).await;
        match told.expect("the shelf answers in time") {
            Some(IoEvent::Shelf(fact)) => fact,
            other => panic!("it tells of itself alone: {other:?}"),
        }
    }

    /// What it finds there.
    async fn found(&mut self) -> Vec<ShelfEntry> {
        let ShelfFact::Opened(entries) = self.next().await else {
            panic!("what is there is told first");
        };
        entries
    }

    async fn put(&mut self, time: i64, body: &Body) -> ShelfFact {
        let entry = entry(time, body);
        let command = ShelfCommand::Shelve {
            key: entry.key,
            root: entry.record.root,
            body: body.clone(),
        };
        match self.part.handle(command) {
            Some(fact) => fact,
            None => self.next().await,
        }
    }

    async fn read(&mut self, time: i64) -> Option<Body> {
        assert_eq!(self.part.handle(ShelfCommand::Unshelve(key(time))), None);
        let ShelfFact::Unshelved { key: read, body } = self.next().await else {
            panic!("it answers what was asked");
        };
        assert_eq!(read, key(time));
        body
    }
}

/// A media segment of one track.
pub(super) fn key(time: i64) -> SegmentKey {
    SegmentKey {
        track: TrackKey([1; 8]),
        kind: SegmentKind::Media,
        time,
        range: None,
    }
}

/// Its place in the part of a swarm.
pub(super) fn place(stream: &str, time: i64) -> Place {
    let stream = StreamId::of("wss://s.example", stream);
    let key = key(time);
    Place { stream, key }
}

fn entry(time: i64, body: &Body) -> ShelfEntry {
    ShelfEntry {
        key: key(time),
        record: Record::of(body),
    }
}

/// A segment of so many bytes, all of them one value.
fn body(value: u8, bytes: usize) -> Body {
    Body::of(&vec![value; bytes])
}

fn fresh(name: &str) -> Folder {
    Folder::absent(&format!("shelf-{name}"))
}

/// All segments' files.
fn files(folder: &Path) -> Vec<PathBuf> {
    let streams = fs::read_dir(folder)
        .unwrap()
        .flatten()
        .filter(|entry| entry.path().is_dir());
    let files = streams.flat_map(|stream| fs::read_dir(stream.path()).unwrap().flatten());
    files.map(|file| file.path()).collect()
}

#[tokio::test]
async fn what_is_put_there_comes_back_and_outlives_the_shelf() {
    let folder = fresh("outlives");
    let (one, two) = (body(1, 3 * MIB + 5), body(2, 100));
    {
        let shelf = Shelf::open(&folder, MIN_SHELF).unwrap();
        let mut stream = Stream::on(&shelf, "a");
        assert_eq!(stream.found().await, []);
        assert_eq!(stream.put(1, &one).await, ShelfFact::Shelved(entry(1, &one)));
        assert_eq!(stream.put(2, &two).await, ShelfFact::Shelved(entry(2, &two)));
        assert_eq!(stream.read(1).await.as_ref(), Some(&one));
        assert_eq!(stream.read(3).await, None);
    }
    let shelf = Shelf::open(&folder, MIN_SHELF).unwrap();
    let mut stream = Stream::on(&shelf, "a");
    assert_eq!(stream.found().await, [entry(1, &one), entry(2, &two)]);
    assert_eq!(stream.read(2).await, Some(two));
    assert_eq!(stream.part.handle(ShelfCommand::Discard(vec![key(1)])), None);
    assert!(
        matches!(stream.put(4, &one).await, ShelfFact::Shelved(_)),
        "after that"
    );
    assert_eq!(stream.read(1).await, None);
    assert_eq!(files(&folder).len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_without_time_holds_up_no_other() {
    let folder = fresh("busy");
    let shelf = Shelf::open(&folder, MIN_SHELF).unwrap();
    let (busy, mut other) = (Stream::on(&shelf, "a"), Stream::on(&shelf, "b"));
    other.found().await;
    // More answers than its inbox has room for.
    for time in 0..1_000 {
        busy.part.handle(ShelfCommand::Unshelve(key(time)));
    }
    let whole = body(1, MIB);
    assert_eq!(other.put(1, &whole).await, ShelfFact::Shelved(entry(1, &whole)));
    assert_eq!(other.read(1).await, Some(whole));
    let mut busy = busy;
    busy.found().await;
    for _ in 0..1_000 {
        let answer = busy.next().await;
        assert!(
            matches!(answer, ShelfFact::Unshelved { body: None, .. }),
            "none is lost"
        );
    }
}

#[tokio::test]
async fn another_version_takes_the_place_of_the_first() {
    let folder = fresh("versions");
    let shelf = Shelf::open(&folder, MIN_SHELF).unwrap();
    let mut stream = Stream::on(&shelf, "a");
    stream.found().await;
    let (old, new) = (body(1, MIB), body(2, MIB));
    stream.put(1, &old).await;
    assert_eq!(stream.put(1, &new).await, ShelfFact::Shelved(entry(1, &new)));
    assert_eq!(stream.read(1).await, Some(new));
}

#[tokio::test]
async fn streams_do_not_see_each_others_segments_and_share_the_room() {
    let folder = fresh("streams");
    let shelf = Shelf::open(&folder, MIN_SHELF).unwrap();
    let (mut a, mut b) = (Stream::on(&shelf, "a"), Stream::on(&shelf, "b"));
    a.found().await;
    b.found().await;
    let large = body(1, 15 * MIB);
    for time in 0..4 {
        assert!(matches!(a.put(time, &large).await, ShelfFact::Shelved(_)));
    }
    assert_eq!(b.read(1).await, None);
    assert_eq!(
        a.read(0).await.as_ref(),
        Some(&large),
        "which makes it the last to go"
    );
    assert!(matches!(b.put(1, &large).await, ShelfFact::Shelved(_)));
    assert_eq!(a.next().await, ShelfFact::Dropped(vec![key(1)]));
    assert!(
        shelf.attach("wss://s.example", "a", inbox().0).is_err(),
        "each once"
    );
}

#[tokio::test]
async fn the_budget_holds_also_where_it_was_larger_before() {
    let folder = fresh("budget");
    let large = body(1, 10 * MIB);
    {
        let shelf = Shelf::open(&folder, 2 * MIN_SHELF).unwrap();
        let mut stream = Stream::on(&shelf, "a");
        stream.found().await;
        for time in 0..12 {
            assert!(matches!(stream.put(time, &large).await, ShelfFact::Shelved(_)));
        }
    }
    let shelf = Shelf::open(&folder, MIN_SHELF).unwrap();
    let mut stream = Stream::on(&shelf, "a");
    assert_eq!(stream.found().await.len(), 6);
    assert_eq!(files(&folder).len(), 6);
    let too_large = body(2, 64 * MIB);
    assert_eq!(
        stream.put(20, &too_large).await,
        ShelfFact::Unshelvable(entry(20, &too_large))
    );
    assert_eq!(files(&folder).len(), 6, "nothing had to go for what cannot stay");
}

#[tokio::test]
async fn damage_on_disk_is_handed_over_as_it_is_and_shortened_files_are_not() {
    let folder = fresh("damage");
    let shelf = Shelf::open(&folder, MIN_SHELF).unwrap();
    let mut stream = Stream::on(&shelf, "a");
    stream.found().await;
    let whole = body(1, MIB);
    stream.put(1, &whole).await;
    let path = files(&folder).remove(0);
    let mut bytes = fs::read(&path).unwrap();
    bytes[500_000] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let read = stream.read(1).await.expect("it is as long as it was");
    assert_ne!(
        Record::of(&read),
        entry(1, &whole).record,
        "for the engine to notice"
    );
    fs::write(&path, &bytes[..1_000]).unwrap();
    assert_eq!(stream.read(1).await, None);
    stream.put(2, &body(2, MIB)).await;
    assert!(!path.exists(), "it is of no use");
    assert_eq!(stream.read(1).await, None);
    stream.put(1, &whole).await;
    assert_eq!(stream.read(1).await, Some(whole));
}

#[tokio::test]
async fn what_cannot_be_read_for_a_moment_stays_where_it_is() {
    let folder = fresh("moment");
    let shelf = Shelf::open(&folder, MIN_SHELF).unwrap();
    let mut stream = Stream::on(&shelf, "a");
    stream.found().await;
    let whole = body(1, MIB);
    stream.put(1, &whole).await;
    let path = files(&folder).remove(0);
    let aside = folder.join("aside");
    fs::rename(&path, &aside).unwrap();
    // A folder can be opened, and fails when it is read.
    fs::create_dir(&path).unwrap();
    assert_eq!(stream.part.handle(ShelfCommand::Unshelve(key(1))), None);
    assert_eq!(stream.next().await, ShelfFact::Unreadable(key(1)));
    fs::remove_dir(&path).unwrap();
    fs::rename(&aside, &path).unwrap();
    assert_eq!(stream.read(1).await, Some(whole));
}

#[tokio::test]
async fn a_folder_that_vanishes_is_done_without_and_made_again() {
    let folder = fresh("vanishes");
    let shelf = Shelf::open(&folder, MIN_SHELF).unwrap();
    let mut stream = Stream::on(&shelf, "a");
    stream.found().await;
    let whole = body(1, MIB);
    stream.put(1, &whole).await;
    fs::remove_dir_all(&*folder).unwrap();
    assert_eq!(stream.read(1).await, None);
    assert!(matches!(stream.put(2, &whole).await, ShelfFact::Shelved(_)));
    assert_eq!(stream.read(2).await, Some(whole));
}

#[tokio::test]
async fn a_disk_that_cannot_be_written_costs_nothing_but_the_shelf() {
    let folder = fresh("unwritable");
    let shelf = Shelf::open(&folder, MIN_SHELF).unwrap();
    let mut stream = Stream::on(&shelf, "a");
    stream.found().await;
    // A file stands where the stream's folder is to be.
    let whole = body(1, MIB);
    stream.put(1, &whole).await;
    let place = files(&folder)[0].parent().unwrap().to_owned();
    fs::remove_dir_all(&place).unwrap();
    fs::write(&place, b"in the way").unwrap();
    assert_eq!(
        stream.put(2, &whole).await,
        ShelfFact::Unshelvable(entry(2, &whole))
    );
    fs::remove_file(&place).unwrap();
    assert_eq!(
        stream.put(2, &whole).await,
        ShelfFact::Unshelvable(entry(2, &whole)),
        "not yet again"
    );
}

#[tokio::test]
async fn what_cannot_be_written_costs_nothing_that_is_there() {
    let folder = fresh("no-writes");
    let shelf = Shelf::open(&folder, MIN_SHELF).unwrap();
    let (mut stream, mut other) = (Stream::on(&shelf, "a"), Stream::on(&shelf, "b"));
    stream.found().await;
    other.found().await;
    let large = body(1, 15 * MIB);
    for time in 0..4 {
        assert!(matches!(stream.put(time, &large).await, ShelfFact::Shelved(_)));
    }
    // A file stands where the other stream's folder is to be.
    let place = folder.join(crate::signing::hex(
        &StreamId::of("wss://s.example", "b").0.0[..16],
    ));
    fs::write(&place, b"in the way").unwrap();
    let fact = other.put(1, &large).await;
    assert_eq!(fact, ShelfFact::Unshelvable(entry(1, &large)));
    for time in 0..4 {
        assert_eq!(stream.read(time).await.as_ref(), Some(&large), "{time}");
    }
}

#[tokio::test]
async fn what_cannot_be_removed_keeps_its_room_until_it_is() {
    let folder = fresh("stuck");
    let shelf = Shelf::open(&folder, MIN_SHELF).unwrap();
    let mut stream = Stream::on(&shelf, "a");
    stream.found().await;
    let large = body(1, 30 * MIB);
    stream.put(1, &large).await;
    // A folder cannot be removed as a file is.
    let path = files(&folder).remove(0);
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    stream.part.handle(ShelfCommand::Discard(vec![key(1)]));
    assert!(matches!(stream.put(2, &large).await, ShelfFact::Shelved(_)));
    assert_eq!(stream.put(3, &large).await, ShelfFact::Dropped(vec![key(2)]));
    assert!(matches!(stream.next().await, ShelfFact::Shelved(_)));
    fs::remove_dir(&path).unwrap();
    assert!(
        matches!(stream.put(4, &large).await, ShelfFact::Shelved(_)),
        "there is room again"
    );
    assert_eq!(stream.read(3).await, Some(large));
}

#[tokio::test]
async fn a_folder_that_is_removed_while_it_is_used_is_made_anew_and_held() {
    let folder = fresh("removed");
    let shelf = Shelf::open(&folder, MIN_SHELF).unwrap();
    let mut stream = Stream::on(&shelf, "a");
    stream.found().await;
    let small = body(1, 1_000);
    assert!(matches!(stream.put(1, &small).await, ShelfFact::Shelved(_)));
    fs::remove_dir_all(&folder).unwrap();
    assert!(matches!(stream.put(2, &small).await, ShelfFact::Shelved(_)));
    assert_eq!(stream.read(2).await, Some(small));
    assert_eq!(stream.read(1).await, None);
    assert!(matches!(Shelf::check(&folder), Err(ShelfError::InUse { .. })));
}

#[test]
fn a_check_refuses_a_file_in_the_place_of_a_folder() {
    let folder = fresh("a-file");
    fs::write(&folder, "").unwrap();
    for path in [folder.to_path_buf(), folder.join("below")] {
        assert!(matches!(Shelf::check(&path), Err(ShelfError::Unusable { .. })));
        assert!(Shelf::open(&path, MIN_SHELF).is_err());
    }
    fs::remove_file(&folder).unwrap();
}

#[tokio::test]
async fn a_full_disk_keeps_what_it_has_room_for() {
    let Some(folder) = small_disk("shelf::tests::a_full_disk_keeps_what_it_has_room_for", "8m") else {
        return;
    };
    let shelf = Shelf::open(&folder, MIN_SHELF).unwrap();
    let mut stream = Stream::on(&shelf, "a");
    stream.found().await;
    let mut held = Vec::new();
    let whole = body(1, MIB);
    for time in 0..20 {
        let fact = stream.put(time, &whole).await;
        if let ShelfFact::Dropped(gone) = &fact {
            held.retain(|time| !gone.contains(&key(*time)));
            assert_eq!(stream.next().await, ShelfFact::Shelved(entry(time, &whole)));
        } else {
            assert_eq!(fact, ShelfFact::Shelved(entry(time, &whole)));
        }
        held.push(time);
    }
    assert!((5..8).contains(&held.len()), "8 MiB have room for them: {held:?}");
    for time in held {
        assert_eq!(stream.read(time).await.as_ref(), Some(&whole), "{time}");
    }
    // Somebody else takes all the room that is left.
    for time in 0..20 {
        stream.part.handle(ShelfCommand::Discard(vec![key(time)]));
    }
    let emptied = timeout(PATIENCE, async {
        while !files(&folder).is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    emptied.await.expect("what is discarded is removed");
    let _ = fs::write(folder.join("others"), vec![0; 8 * MIB]);
    assert_eq!(
        stream.put(31, &whole).await,
        ShelfFact::Unshelvable(entry(31, &whole))
    );
    assert!(
        files(&folder)
            .iter()
            .all(|path| path.extension().is_none_or(|end| end != "part"))
    );
}

#[test]
fn a_folder_is_one_processes_and_its_owners() {
    let folder = fresh("lock");
    let shelf = Shelf::open(&folder, MIN_SHELF).unwrap();
    let again = Shelf::open(&folder, MIN_SHELF).unwrap_err();
    assert!(matches!(again, ShelfError::InUse { .. }), "{again}");
    drop(shelf);
    Shelf::open(&folder, MIN_SHELF).expect("it is free again");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(&*folder).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }
}

#[test]
fn a_folder_that_cannot_be_used_is_told_at_the_start() {
    let small = Shelf::open(&fresh("small"), MIN_SHELF - 1).unwrap_err();
    assert!(matches!(small, ShelfError::TooSmall { .. }), "{small}");
    let path = fresh("a-file");
    fs::write(&*path, b"").unwrap();
    let unusable = Shelf::open(&path.join("under"), MIN_SHELF).unwrap_err();
    assert!(matches!(unusable, ShelfError::Unusable { .. }), "{unusable}");
}
