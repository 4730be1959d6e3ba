//! Segment URLs made from a number or a time (ISO/IEC 23009-1, 5.3.9.4.4), and read back from a URL.
//!
//! A [`Template`] is resolved once; URLs are built on demand. `$RepresentationID$` and `$Bandwidth$` are already text
//! by then, so only what differs between segments is left open.

use std::fmt::Write as _;

use super::address::{self, Address};

/// The widest `%0Nd` that is accepted. A 64-bit number has 20 digits.
pub(crate) const MAX_WIDTH: usize = 32;
/// The most identifiers in one template.
pub(crate) const MAX_IDENTIFIERS: usize = 16;

/// Why a template cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TemplateError {
    /// A width over [`MAX_WIDTH`].
    Width,
    /// More identifiers than [`MAX_IDENTIFIERS`].
    Identifiers,
    /// An identifier whose value this reader does not know: the URLs are unknown.
    Unknown,
    /// It does not resolve to an http or https URL, or an identifier stands in its host.
    Address,
}

/// What a template gives the URLs of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The segments of media.
    Media,
    /// The init segment: `$Number$` and `$Time$` stand for nothing there (5.3.9.4.2), and players leave them as they are.
    Init,
}

/// What a representation puts into its templates.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known<'a> {
    /// Which of its templates this is.
    pub(crate) purpose: Purpose,
    /// `$RepresentationID$`.
    pub(crate) representation: &'a str,
    /// `$Bandwidth$`, if it is known.
    pub(crate) bandwidth: Option<u64>,
}

/// A part of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TemplatePart {
    /// Text as it stands.
    Text(String),
    /// The segment's number.
    Number(Format),
    /// The segment's media time.
    Time(Format),
}

/// How a number is written, in the words of `printf`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Format {
    /// Zero-padded to this many digits.
    width: usize,
    /// One of `diouxX`.
    conversion: u8,
}

/// A segment as a template knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Values {
    /// `$Number$`.
    pub(crate) number: u64,
    /// `$Time$`.
    pub(crate) time: i64,
}

/// The value that was read from a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Captured {
    /// A `$Number$`.
    Number(u64),
    /// A `$Time$`.
    Time(i64),
}

/// A template resolved against one base URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template {
    origin: String,
    host: String,
    parts: Vec<TemplatePart>,
    has_query: bool,
}

/// Splits a template at its identifiers, and fills in what a representation knows. A `$` that starts none is text.
pub(crate) fn parts(template: &str, names: Known<'_>) -> Result<Vec<TemplatePart>, TemplateError> {
    let mut parts = Vec::new();
    let mut text = String::new();
    let mut identifiers = 0;
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('$') {
        text.push_str(before);
        let found = match after.split_once('$') {
            Some((identifier, behind)) => part(identifier, names)?.map(|part| (part, behind)),
            None => None,
        };
        let Some((part, behind)) = found else {
            text.push('$');
            rest = after;
            continue;
        };
        rest = behind;
        identifiers += 1;
        if identifiers > MAX_IDENTIFIERS {
            return Err(TemplateError::Identifiers);
        }
        match part {
            TemplatePart::Text(known) => text.push_str(&known),
            open @ (TemplatePart::Number(_) | TemplatePart::Time(_)) => {
                parts.push(TemplatePart::Text(std::mem::take(&mut text)));
                parts.push(open);
            }
        }
    }
    text.push_str(rest);
    parts.push(TemplatePart::Text(text));
    Ok(parts)
}

/// The part for an identifier; `None` if it is none.
fn part(identifier: &str, names: Known<'_>) -> Result<Option<TemplatePart>, TemplateError> {
    let (name, format) = match identifier.split_once('%') {
        None => (identifier, Some(Format::default())),
        Some((name, format)) => (name, Format::read(format)?),
    };
    let Some(format) = format else { return Ok(None) };
    let part = match name {
        "" if identifier.is_empty() => TemplatePart::Text("$".to_owned()),
        "RepresentationID" => TemplatePart::Text(names.representation.to_owned()),
        "Bandwidth" => {
            let mut text = String::new();
            format.write(&mut text, names.bandwidth.ok_or(TemplateError::Unknown)?);
            TemplatePart::Text(text)
        }
        "Number" | "Time" if names.purpose == Purpose::Init => {
            TemplatePart::Text(["$", identifier, "$"].concat())
        }
        "Number" => TemplatePart::Number(format),
        "Time" => TemplatePart::Time(format),
        "SubNumber" => return Err(TemplateError::Unknown),
        _ => return Ok(None),
    };
    Ok(Some(part))
}

impl Default for Format {
    fn default() -> Self {
        Self {
            width: 1,
            conversion: b'd',
        }
    }
}

impl Format {
    /// Reads what follows the percent sign: a zero, digits and one of `diouxX`; `None` for anything else.
    fn read(format: &str) -> Result<Option<Self>, TemplateError> {
        let digits = format.strip_prefix('0').unwrap_or_default();
        let Some((conversion @ (b'd' | b'i' | b'o' | b'u' | b'x' | b'X'), digits)) =
            digits.as_bytes().split_last()
        else {
            return Ok(None);
        };
        if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
            return Ok(None);
        }
        let width: Option<usize> = str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok());
        let width = width
            .filter(|width| *width <= MAX_WIDTH)
            .ok_or(TemplateError::Width)?;
        Ok(Some(Self {
            width: width.max(1),
            conversion: *conversion,
        }))
    }

    fn radix(self) -> u32 {
        match self.conversion {
            b'x' | b'X' => 16,
            b'o' => 8,
            _ => 10,
        }
    }

    fn write(self, out: &mut String, number: u64) {
        let (start, mut left) = (out.len(), number);
        while left > 0 || out.len() < start + self.width {
            let digit = u32::try_from(left % u64::from(self.radix())).unwrap_or(0);
            let digit = char::from_digit(digit, self.radix()).unwrap_or('0');
            let is_upper = self.conversion == b'X';
            out.insert(
                start,
                if is_upper {
                    digit.to_ascii_uppercase()
                } else {
                    digit
                },
            );
            left /= u64::from(self.radix());
        }
    }
}

impl Template {
    /// Resolves a template's parts against a base URL.
    pub(crate) fn resolve(parts: &[TemplatePart], base: &Address) -> Result<Self, TemplateError> {
        let mark = unused_mark(parts, base);
        let mut reference = String::new();
        let mut open = Vec::new();
        for part in parts {
            match part {
                TemplatePart::Text(text) => reference.push_str(text),
                TemplatePart::Number(_) | TemplatePart::Time(_) => {
                    let _ = write!(reference, "{mark}{}!", open.len());
                    open.push(part);
                }
            }
        }
        let address = base.resolve(&reference).ok_or(TemplateError::Address)?;
        if address.host().contains(&mark) {
            return Err(TemplateError::Address);
        }
        let target = address.target();
        let origin = address.to_string();
        let origin = origin.strip_suffix(&target).unwrap_or_default().to_owned();
        Ok(Self {
            origin,
            host: address.host().to_owned(),
            parts: split_marked(&target, &mark, &open),
            has_query: address.has_query(),
        })
    }

    /// The URL of a segment.
    pub(crate) fn url(&self, values: Values) -> String {
        self.render(self.origin.clone(), values)
    }

    /// Host and port of its URLs.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// Whether its URLs have a query.
    pub(crate) fn has_query(&self) -> bool {
        self.has_query
    }

    /// Bytes of text that it holds.
    pub(crate) fn weight(&self) -> usize {
        let text = |part: &TemplatePart| match part {
            TemplatePart::Text(text) => text.len(),
            TemplatePart::Number(_) | TemplatePart::Time(_) => 0,
        };
        let parts = size_of_val(&*self.parts);
        self.origin.len() + self.host.len() + parts + self.parts.iter().map(text).sum::<usize>()
    }

    /// Whether every segment has the same URL.
    pub(crate) fn is_constant(&self) -> bool {
        self.parts
            .iter()
            .all(|part| matches!(part, TemplatePart::Text(_)))
    }

    /// Whether a segment has this path and query.
    pub(crate) fn matches(&self, target: &str, values: Values) -> bool {
        self.render(String::new(), values) == target
    }

    /// The values that the first identifier may have in a path and query. Each is a guess until [`Template::matches`]
    /// confirms it: digits of the surrounding text may be part of it.
    pub(crate) fn capture(&self, target: &str) -> Vec<Captured> {
        let Some(open) = self
            .parts
            .iter()
            .position(|part| !matches!(part, TemplatePart::Text(_)))
        else {
            return Vec::new();
        };
        let Some(rest) = self.parts[..open]
            .iter()
            .try_fold(target, |rest, part| match part {
                TemplatePart::Text(text) => rest.strip_prefix(text.as_str()),
                TemplatePart::Number(_) | TemplatePart::Time(_) => None,
            })
        else {
            return Vec::new();
        };
        let follows = match self.parts.get(open + 1) {
            Some(TemplatePart::Text(text)) => text.as_str(),
            Some(TemplatePart::Number(_) | TemplatePart::Time(_)) | None => "",
        };
        let digits = rest.bytes().take_while(u8::is_ascii_hexdigit);
        let digits = digits.take(MAX_WIDTH).count();
        let guesses = (1..=digits).filter(|end| rest[*end..].starts_with(follows));
        guesses
            .filter_map(|end| self.parts[open].read(&rest[..end]))
            .collect()
    }

    fn render(&self, mut out: String, values: Values) -> String {
        for part in &self.parts {
            match part {
                TemplatePart::Text(text) => out.push_str(text),
                TemplatePart::Number(format) => format.write(&mut out, values.number),
                TemplatePart::Time(format) => {
                    let mut format = *format;
                    if values.time < 0 {
                        out.push('-');
                        format.width = format.width.saturating_sub(1);
                    }
                    format.write(&mut out, values.time.unsigned_abs());
                }
            }
        }
        out
    }
}

impl TemplatePart {
    fn read(&self, digits: &str) -> Option<Captured> {
        match self {
            Self::Text(_) => None,
            Self::Number(format) => number(digits, format.radix()).map(Captured::Number),
            Self::Time(format) => {
                let time = number(digits, format.radix())?;
                i64::try_from(time).ok().map(Captured::Time)
            }
        }
    }
}

/// The value of digits.
pub(crate) fn number(digits: &str, radix: u32) -> Option<u64> {
    let add = |sum: u64, digit: char| {
        let digit = digit.to_digit(radix)?;
        sum.checked_mul(radix.into())?.checked_add(digit.into())
    };
    digits.chars().try_fold(0, add).filter(|_| !digits.is_empty())
}

/// A text that occurs in neither, passes through resolution unchanged, and starts no scheme.
fn unused_mark(parts: &[TemplatePart], base: &Address) -> String {
    let underscores = |text: &str| {
        let kept = text
            .bytes()
            .filter(|byte| !address::is_dropped(char::from(*byte)));
        kept.take_while(|byte| *byte == b'_').count()
    };
    let run = |text: &str| text.split('~').skip(1).map(underscores).max().unwrap_or(0);
    let in_part = |part: &TemplatePart| match part {
        TemplatePart::Text(text) => run(text),
        TemplatePart::Number(_) | TemplatePart::Time(_) => 0,
    };
    let longest = parts
        .iter()
        .map(in_part)
        .max()
        .unwrap_or(0)
        .max(run(&base.to_string()));
    format!("~{}", "_".repeat(longest + 1))
}

/// Puts the identifiers back where their marks are; one that resolution dropped stays dropped.
fn split_marked(target: &str, mark: &str, open: &[&TemplatePart]) -> Vec<TemplatePart> {
    let mut marked = target.split(mark);
    let mut parts = vec![TemplatePart::Text(marked.next().unwrap_or_default().to_owned())];
    for after in marked {
        let (index, text) = after
            .split_once('!')
            .expect("invariant: each mark is followed by index and end");
        let index: usize = index.parse().expect("invariant: the mark carries an index");
        parts.push(open[index].clone());
        if !text.is_empty() {
            parts.push(TemplatePart::Text(text.to_owned()));
        }
    }
    parts
}

#[cfg(test)]
mod tests;
