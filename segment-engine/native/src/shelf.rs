//! The shelf: a folder of segments, bounded in bytes, under the engines' stores in memory; shared by all streams of a
//! process.
//!
//! All its I/O is done by threads of its own (`workers`), so that a disk that is slow, full or gone holds nobody up:
//! what cannot be written stays in memory alone. One file holds one segment (`file`); it is written under another name,
//! synced and renamed, so a crash leaves whole files, and parts that can be told by their names. All headers are read
//! at the start (`folder`), and the contents are known from then on (`index`). The engine decides whether bytes that
//! are read back are right.

mod access;
mod file;
mod folder;
mod index;
mod queue;
mod workers;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use segment_engine::shelf::{ShelfCommand, ShelfFact};
use thiserror::Error;
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio::task::AbortHandle;

use self::access::{Probed, lock, make_private, probe};
use self::file::StreamId;
use self::queue::Queue;
use self::workers::{Writer, read_all};
use crate::inbox::{Inbox, IoEvent};

/// The least room that a shelf is given, in bytes: 64 MiB, some dozens of segments.
pub const MIN_SHELF: u64 = 64 << 20;

/// Number of threads that read: each waits for the disk, and then hashes.
const READERS: usize = 2;

/// How long dropping a shelf waits for what is being written.
const STOP_TIMEOUT: Duration = Duration::from_secs(2);

/// A folder of segments that outlives the process. Each stream has a part of it, all share its bytes.
///
/// Dropping the last handle waits at most a second for what is still to be written, and ends its threads.
#[derive(Debug)]
pub struct Shelf {
    queue: Arc<Queue>,
    /// Disconnected when all threads have ended.
    ended: Mutex<Receiver<()>>,
}

/// A folder cannot be used as a shelf. Mend what the text names, and start again.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ShelfError {
    /// It cannot be made or written. Check the path and its permissions.
    #[error("cannot use the folder {}: {error}", path.display())]
    Unusable {
        /// The folder.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// Its group or everybody can write to it, and so choose what is sent and signed. Take that right away, as the text says.
    #[error("others can write to the folder {0}, and so choose what is sent: run `chmod go-w {0}`", path.display())]
    WritableByOthers {
        /// The folder.
        path: PathBuf,
    },
    /// It belongs to another user. Give it to the one that the process runs as, or name another folder.
    #[error(
        "the folder {0} belongs to the user {owner}, but this runs as {user}: run `chown -R {user} {0}` or use another folder",
        path.display()
    )]
    OfAnotherUser {
        /// The folder.
        path: PathBuf,
        /// The user id of its owner.
        owner: u32,
        /// The user id that the process makes files as.
        user: u32,
    },
    /// Another process uses it. Give each its own.
    #[error("the folder {} is used by another process: give each its own", path.display())]
    InUse {
        /// The folder.
        path: PathBuf,
    },
    /// It is given too little room. Give it more.
    #[error("{bytes} bytes are too few: {MIN_SHELF} at least")]
    TooSmall {
        /// How much it is given.
        bytes: u64,
    },
}

/// A stream of this name uses the shelf already. Run each stream once in a process.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the cache is used by another stream of the swarm {swarm:?} already: run each once")]
pub struct StreamInUse {
    /// The swarm.
    pub swarm: String,
}

impl Shelf {
    /// Opens a folder as a shelf of up to `bytes`, and makes it if it is not there. Its contents are looked up on
    /// another thread, after this returns.
    ///
    /// Whoever can write to the folder can make a seeder sign anything, so it is made for its owner alone.
    ///
    /// # Errors
    /// See [`ShelfError`]. A disk that fails later is none: the shelf is done without then, and tried again.
    pub fn open(folder: &Path, bytes: u64) -> Result<Arc<Self>, ShelfError> {
        if bytes < MIN_SHELF {
            return Err(ShelfError::TooSmall { bytes });
        }
        let unusable = |error| ShelfError::Unusable {
            path: folder.to_owned(),
            error,
        };
        make_private(folder).map_err(unusable)?;
        // A folder that cannot be written is told at the start, and not when the first segment comes.
        probe(folder).map_err(unusable)?.trust(folder)?;
        let lock = lock(folder)?;
        let queue = Arc::new(Queue::default());
        let (running, ended) = channel::<()>();
        let writer = Writer::new(folder, bytes, Arc::clone(&queue), lock);
        let held = running.clone();
        let spawn = |name: &str, work: Box<dyn FnOnce() + Send>| {
            let named = thread::Builder::new().name(name.to_owned());
            named.spawn(work).map(drop)
        };
        let write = move || {
            let _running = held;
            writer.run();
        };
        spawn("shelf-writer", Box::new(write)).map_err(unusable)?;
        for _ in 0..READERS {
            let (queue, held, folder) = (Arc::clone(&queue), running.clone(), folder.to_owned());
            let read = move || {
                let _running = held;
                read_all(&folder, &queue);
            };
            spawn("shelf-reader", Box::new(read)).map_err(unusable)?;
        }
        let ended = Mutex::new(ended);
        Ok(Arc::new(Self { queue, ended }))
    }

    /// Tries whether a folder can be opened as a shelf, without making it.
    ///
    /// # Errors
    /// As [`Shelf::open`].
    pub fn check(folder: &Path) -> Result<(), ShelfError> {
        let unusable = |error| ShelfError::Unusable {
            path: folder.to_owned(),
            error,
        };
        if folder.is_dir() {
            probe(folder).map_err(unusable)?.trust(folder)?;
            return lock(folder).map(drop);
        }
        if folder.symlink_metadata().is_ok() {
            return Err(unusable(io::ErrorKind::NotADirectory.into()));
        }
        let nearest = folder.ancestors().skip(1).find(|above| above.exists());
        // A relative path without any folder in it is made in the working directory.
        let nearest = nearest.unwrap_or_else(|| Path::new("."));
        let _: Probed = probe(nearest).map_err(unusable)?;
        Ok(())
    }

    /// Gives a stream its part. The part's contents, and all later facts about it, go to `inbox`.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub(crate) fn attach(
        self: &Arc<Self>,
        signaling: &str,
        swarm: &str,
        inbox: Inbox,
    ) -> Result<Part, StreamInUse> {
        let stream = StreamId::of(signaling, swarm);
        let (facts, told) = mpsc::unbounded_channel();
        if !self.queue.attach(stream, facts) {
            let swarm = swarm.to_owned();
            return Err(StreamInUse { swarm });
        }
        let shelf = Arc::clone(self);
        let passing = tokio::spawn(pass_on(told, inbox)).abort_handle();
        Ok(Part {
            shelf,
            stream,
            passing,
        })
    }
}

impl Drop for Shelf {
    fn drop(&mut self) {
        self.queue.close();
        let Ok(ended) = self.ended.get_mut() else { return };
        if ended.recv_timeout(STOP_TIMEOUT) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
            tracing::warn!("the cache's disk does not answer; what it was given last may be lost");
        }
    }
}

/// One stream's part of a shelf.
#[derive(Debug)]
pub(crate) struct Part {
    shelf: Arc<Shelf>,
    stream: StreamId,
    /// The task that waits for room in the stream's inbox, so that the shelf's threads need not.
    passing: AbortHandle,
}

impl Part {
    /// Queues what the engine wants done; returns a fact that can be told at once, if any.
    pub(crate) fn handle(&self, command: ShelfCommand) -> Option<ShelfFact> {
        self.shelf.queue.push(self.stream, command)
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        self.shelf.queue.detach(self.stream);
        self.passing.abort();
    }
}

/// Passes facts to a stream's driver when that has time, so that a slow driver does not hold up the disk for others.
async fn pass_on(mut told: UnboundedReceiver<ShelfFact>, inbox: Inbox) {
    while let Some(fact) = told.recv().await {
        if inbox.send(IoEvent::Shelf(fact)).await.is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests;
