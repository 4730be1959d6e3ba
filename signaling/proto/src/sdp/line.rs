//! Lines of a description and words of a line, each with its place, held to their limits.

use std::ops::Range;

use super::{MAX_LINE, MAX_LINES, SdpError};

/// One line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'a> {
    /// The letter before `=`.
    pub(super) kind: u8,
    /// What stands behind `=`.
    pub(super) value: &'a str,
    /// Where the line begins in the description.
    start: usize,
    /// Where the next one begins.
    end: usize,
}

impl Line<'_> {
    /// The line with its ending.
    pub(super) fn whole(&self) -> Range<usize> {
        self.start..self.end
    }

    /// Where in the description a piece of the value is.
    pub(super) fn place(&self, piece: &Range<usize>) -> Range<usize> {
        const KIND: usize = "x=".len();
        let value = self.start + KIND;
        value + piece.start..value + piece.end
    }
}

/// The lines that are to come.
#[derive(Debug)]
pub(super) struct Lines<'a> {
    text: &'a str,
    at: usize,
    read: usize,
}

impl<'a> Lines<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0, read: 0 }
    }

    pub(super) fn next(&mut self) -> Result<Option<Line<'a>>, SdpError> {
        let start = self.at;
        let rest = &self.text[start..];
        if rest.is_empty() {
            return Ok(None);
        }
        let (line, length) = match rest.find('\n') {
            Some(end) => (&rest[..end], end + 1),
            None => (rest, rest.len()),
        };
        self.at += length;
        self.read += 1;
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.len() > MAX_LINE || self.read > MAX_LINES {
            return Err(SdpError::TooLarge);
        }
        check_text(line)?;
        let [kind @ b'a'..=b'z', b'=', ..] = line.as_bytes() else {
            return Err(SdpError::Malformed("line"));
        };
        Ok(Some(Line {
            kind: *kind,
            value: &line[2..],
            start,
            end: self.at,
        }))
    }
}

/// Holds a line to printable ASCII.
pub(super) fn check_text(line: &str) -> Result<(), SdpError> {
    // Without an early end: the compiler then looks at many bytes at a time.
    let printable = line
        .bytes()
        .fold(true, |printable, byte| printable & (b' '..=b'~').contains(&byte));
    if printable { Ok(()) } else { Err(SdpError::NotText) }
}

/// An attribute's name, and its value where it has one.
pub(super) fn attribute(value: &str) -> (&str, &str) {
    match find_near(value, b':') {
        Some(colon) => (&value[..colon], &value[colon + 1..]),
        None => (value, ""),
    }
}

/// Finds a character of ASCII; sooner than the standard's search where it is within the first few.
fn find_near(text: &str, character: u8) -> Option<usize> {
    text.bytes().position(|byte| byte == character)
}

/// One word, with its place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word<'a> {
    pub(super) text: &'a str,
    pub(super) start: usize,
}

impl Word<'_> {
    pub(super) fn end(&self) -> usize {
        self.start + self.text.len()
    }

    pub(super) fn range(&self) -> Range<usize> {
        self.start..self.end()
    }
}

/// Words with one space between each two. Where there are more, or one at an end, there is an empty word: no word that is
/// looked for is one.
#[derive(Debug)]
pub(super) struct Words<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Words<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }
}

impl<'a> Iterator for Words<'a> {
    type Item = Word<'a>;

    fn next(&mut self) -> Option<Word<'a>> {
        let start = self.at;
        let rest = self.text.get(start..)?;
        let length = find_near(rest, b' ').unwrap_or(rest.len());
        self.at += length + 1;
        Some(Word {
            text: &rest[..length],
            start,
        })
    }
}
