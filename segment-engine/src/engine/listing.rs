//! A site's list of files: it counts once its signature holds, as if each file's record came in a batch.

use super::Engine;
use super::digests::{BatchSource, Check};
use crate::integrity::{Batch, SignedBatch};
use crate::manifest::files::{FileList, SignedList, read_list};
use crate::output::Event;
use crate::piece::Digest;

pub(super) const EXPIRED: &str = "the list of files has expired: sign the files again";

/// The sequence number that stands for a list: no run of batches begins there.
const NO_SEQUENCE: u64 = 0;

impl Engine {
    /// Reads a file list. If nobody signs, it names files and vouches for none.
    pub(super) fn on_file_list(&mut self, url: &str, body: &[u8]) {
        let SignedList {
            list,
            message,
            signature,
        } = match read_list(body, &self.config.manifest_limits) {
            Ok(signed) => signed,
            Err(error) => return self.refuse_list(&error.to_string()),
        };
        if list.swarm != self.config.swarm {
            return self.refuse_list("the list of files is signed for another swarm: sign it for this one");
        }
        if self.unix() >= list.expires {
            return self.refuse_list(EXPIRED);
        }
        let Some(key) = self.config.trust.key() else {
            self.use_list(url, &list);
            return;
        };
        let of = Check::Files(url.to_owned(), Box::new(list));
        self.ask_signature(key, SignedBatch { message, signature }, of);
    }

    pub(super) fn on_files_checked(&mut self, url: &str, list: &FileList, valid: bool) {
        if !valid {
            return self.refuse_list("the signature of the list of files is not of an accepted key");
        }
        // The check took its time.
        if self.unix() >= list.expires {
            return self.refuse_list(EXPIRED);
        }
        if list.made < self.listed {
            return self.refuse_list("the list of files is older than one that came before");
        }
        self.listed = list.made;
        self.use_list(url, list);
        self.learn_records(
            BatchSource::Files,
            &Batch {
                sequence: NO_SEQUENCE,
                made: list.made,
                expires: list.expires,
                previous: Digest([0; 28]),
                records: list.files.iter().map(|file| (file.key(), file.record)).collect(),
            },
        );
        self.expire_in_time();
        #[cfg(feature = "seeder")]
        self.harvest_list(list.expires);
    }

    fn use_list(&mut self, url: &str, list: &FileList) {
        match list.timeline(url) {
            Ok(timeline) => {
                self.timeline.merge(timeline);
                self.on_timeline();
            }
            Err(error) => self.refuse_list(&error.to_string()),
        }
    }

    pub(super) fn refuse_list(&mut self, reason: &str) {
        let reason = reason.to_owned();
        self.emit(Event::ManifestRejected { reason });
    }
}

#[cfg(test)]
mod tests;
