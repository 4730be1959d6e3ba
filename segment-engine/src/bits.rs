//! Sets of piece numbers, a bit each: what is held, asked for, or missing of one segment.

use std::ops::Range;

/// Neighbouring pieces of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PieceRun {
    /// The first piece.
    pub(crate) first: u32,
    /// How many pieces.
    pub(crate) count: u32,
}

impl PieceRun {
    /// One piece.
    pub(crate) fn one(piece: u32) -> Self {
        Self {
            first: piece,
            count: 1,
        }
    }

    /// One past the last, or the largest number where that is larger.
    pub(crate) fn end(self) -> u32 {
        self.first.saturating_add(self.count)
    }

    /// Their numbers, ascending.
    pub(crate) fn iter(self) -> Range<u32> {
        self.first..self.end()
    }
}

/// A set of numbers below a length that is fixed when it is made.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Bits {
    words: Words,
    len: u32,
}

/// Most segments have few pieces: their sets, made and dropped with every message, are stored in place.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Words {
    Few([u64; FEW]),
    Many(Vec<u64>),
}

const WORD: u32 = u64::BITS;

/// How many words are stored in place: 192 pieces, or 3 MiB.
const FEW: usize = 3;

impl Default for Words {
    fn default() -> Self {
        Self::Few([0; FEW])
    }
}

impl Words {
    fn get(&self) -> &[u64] {
        match self {
            Self::Few(words) => words,
            Self::Many(words) => words,
        }
    }

    fn get_mut(&mut self) -> &mut [u64] {
        match self {
            Self::Few(words) => words,
            Self::Many(words) => words,
        }
    }
}

impl Bits {
    /// The empty set of numbers below `len`.
    pub(crate) fn none(len: u32) -> Self {
        let count = len.div_ceil(WORD) as usize;
        let words = if count > FEW {
            Words::Many(vec![0; count])
        } else {
            Words::default()
        };
        Self { words, len }
    }

    /// All numbers below `len`.
    pub(crate) fn all(len: u32) -> Self {
        let mut bits = Self::none(len);
        bits.add_run(0, len);
        bits
    }

    /// The bound on its members.
    pub(crate) fn len(&self) -> u32 {
        self.len
    }

    /// Adds a number; false if it was there, or is out of bounds.
    pub(crate) fn add(&mut self, index: u32) -> bool {
        if index >= self.len {
            return false;
        }
        let (word, bit) = (
            &mut self.words.get_mut()[(index / WORD) as usize],
            1 << (index % WORD),
        );
        let before = *word;
        *word |= bit;
        before & bit == 0
    }

    /// Adds the numbers of a run that are in bounds.
    pub(crate) fn add_run(&mut self, first: u32, count: u32) {
        let end = first.saturating_add(count).min(self.len);
        let mut index = first;
        while index < end {
            let (word, offset) = ((index / WORD) as usize, index % WORD);
            let span = (WORD - offset).min(end - index);
            let mask = if span == WORD { u64::MAX } else { (1 << span) - 1 };
            self.words.get_mut()[word] |= mask << offset;
            index += span;
        }
    }

    /// Takes a number out.
    pub(crate) fn remove(&mut self, index: u32) {
        if index < self.len {
            self.words.get_mut()[(index / WORD) as usize] &= !(1 << (index % WORD));
        }
    }

    /// Whether a number is in.
    pub(crate) fn contains(&self, index: u32) -> bool {
        index < self.len && self.words.get()[(index / WORD) as usize] & (1 << (index % WORD)) != 0
    }

    /// How many numbers are in.
    pub(crate) fn count(&self) -> u32 {
        self.words.get().iter().map(|word| word.count_ones()).sum()
    }

    /// Whether the set is empty.
    pub(crate) fn is_empty(&self) -> bool {
        self.words.get().iter().all(|word| *word == 0)
    }

    /// Whether it holds every number below its length.
    pub(crate) fn is_full(&self) -> bool {
        self.count() == self.len
    }

    /// Adds the members of another set of the same length; a set of another length changes nothing.
    pub(crate) fn union(&mut self, other: &Self) {
        if self.len == other.len {
            for (word, more) in self.words.get_mut().iter_mut().zip(other.words.get()) {
                *word |= more;
            }
        }
    }

    /// Keeps the members that are also in another set of the same length.
    pub(crate) fn intersect(&mut self, other: &Self) {
        if self.len == other.len {
            for (word, mask) in self.words.get_mut().iter_mut().zip(other.words.get()) {
                *word &= mask;
            }
        }
    }

    /// Takes the members of another set of the same length out.
    pub(crate) fn subtract(&mut self, other: &Self) {
        if self.len == other.len {
            for (word, less) in self.words.get_mut().iter_mut().zip(other.words.get()) {
                *word &= !less;
            }
        }
    }

    /// The members that are not in another set.
    pub(crate) fn minus(&self, other: &Self) -> Self {
        let mut rest = self.clone();
        rest.subtract(other);
        rest
    }

    /// Whether all members are also in another set of the same length.
    pub(crate) fn within(&self, other: &Self) -> bool {
        self.len == other.len
            && self
                .words
                .get()
                .iter()
                .zip(other.words.get())
                .all(|(one, two)| one & !two == 0)
    }

    /// The members, ascending.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> {
        self.words.get().iter().zip(0_u32..).flat_map(|(word, index)| {
            let mut rest = *word;
            std::iter::from_fn(move || {
                let bit = (rest != 0).then(|| rest.trailing_zeros())?;
                rest &= rest - 1;
                Some(index * WORD + bit)
            })
        })
    }

    /// The members as runs of neighbours.
    pub(crate) fn runs(&self) -> Vec<PieceRun> {
        let mut runs: Vec<PieceRun> = Vec::new();
        for index in self.iter() {
            match runs.last_mut() {
                Some(run) if run.end() == index => run.count += 1,
                Some(_) | None => runs.push(PieceRun::one(index)),
            }
        }
        runs
    }
}

#[cfg(test)]
mod tests;
