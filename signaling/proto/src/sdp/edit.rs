//! A text with pieces taken out or replaced, from its beginning to its end; copied at the first of them.

use std::borrow::Cow;
use std::ops::Range;

/// The text as far as it was edited.
#[derive(Debug)]
pub(super) struct Edited<'a> {
    source: &'a str,
    /// How much of the source is in `copy`, changed or not.
    done: usize,
    copy: Option<String>,
}

impl<'a> Edited<'a> {
    pub(super) fn new(source: &'a str) -> Self {
        Self {
            source,
            done: 0,
            copy: None,
        }
    }

    /// Replaces a piece, which begins at or behind the end of the piece before.
    pub(super) fn replace(&mut self, range: Range<usize>, by: &str) {
        debug_assert!(self.done <= range.start, "pieces come in their order");
        if &self.source[range.clone()] == by {
            return;
        }
        let copy = self
            .copy
            .get_or_insert_with(|| String::with_capacity(self.source.len()));
        copy.push_str(&self.source[self.done..range.start]);
        copy.push_str(by);
        self.done = range.end;
    }

    /// Takes a piece out, as [`Self::replace`] does.
    pub(super) fn remove(&mut self, range: Range<usize>) {
        self.replace(range, "");
    }

    pub(super) fn finish(self) -> Cow<'a, str> {
        let Some(mut copy) = self.copy else {
            return Cow::Borrowed(self.source);
        };
        copy.push_str(&self.source[self.done..]);
        Cow::Owned(copy)
    }
}
