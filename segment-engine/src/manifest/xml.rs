//! XML as far as an MPD needs it: elements, attributes, text, in one pass and within bounds.
//!
//! Elements whose prefix is neither the root's nor bound to the root's namespace get the empty name, so that none is
//! taken for an MPD's. No entity is expanded beyond XML's own five, a document type declaration is refused, and
//! anything else that looks like a reference is text, as a lone `&` is: so players read it.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "of quick-xml's events, an MPD needs few"
)]

use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use crate::error::ManifestError;
use crate::timeline::template;

/// The attributes of one element that are looked at.
const MAX_ATTRIBUTES: usize = 128;
/// The prefixes of one namespace that are known beside the root's.
const MAX_PREFIXES: usize = 4;
/// The longest reference to a character, without its `&`.
const MAX_REFERENCE: usize = 12;
/// The longest attribute value that is looked at, in bytes: a value that thousands of representations share is read
/// again for each of them.
const MAX_VALUE: usize = 16 << 10;
/// The longest text of an element, in bytes.
const MAX_TEXT: usize = 64 << 10;

/// A document that is read from front to back.
pub(super) struct Xml<'a> {
    reader: Reader<&'a [u8]>,
    /// The prefixes of the MPD's own elements.
    prefixes: Vec<Option<String>>,
    /// The root's namespace, if it has one.
    namespace: Option<String>,
    depth: usize,
    max_depth: usize,
}

/// The start of an element.
pub(super) struct Element<'a> {
    start: BytesStart<'a>,
    own: bool,
}

impl<'a> Xml<'a> {
    /// Starts to read a text.
    pub(super) fn new(text: &'a str, max_depth: usize) -> Self {
        let mut reader = Reader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        reader.config_mut().allow_dangling_amp = true;
        Self {
            reader,
            prefixes: Vec::new(),
            namespace: None,
            depth: 0,
            max_depth,
        }
    }

    /// The root element; `None` where the text has none, or is not XML up to it.
    pub(super) fn root(&mut self) -> Result<Option<Element<'a>>, ManifestError> {
        loop {
            match self.reader.read_event() {
                Ok(Event::Start(start)) => {
                    self.depth = 1;
                    let own = prefix(&start);
                    self.namespace = bindings(&start)
                        .into_iter()
                        .find(|(prefix, _)| *prefix == own)
                        .map(|(_, namespace)| namespace);
                    self.prefixes.push(own);
                    self.learn_prefixes(&start);
                    return Ok(Some(Element { start, own: true }));
                }
                Ok(Event::DocType(_)) => return Err(doctype()),
                Ok(Event::Decl(_) | Event::Comment(_) | Event::PI(_)) => {}
                Ok(Event::Text(text)) if text.trim().is_empty() => {}
                Ok(_) | Err(_) => return Ok(None),
            }
        }
    }

    /// The next child of the element that was opened last; `None` at that element's end.
    ///
    /// Each child must be read to its end, by [`Xml::skip`], [`Xml::text`], or by asking for its children.
    pub(super) fn child(&mut self) -> Result<Option<Element<'a>>, ManifestError> {
        loop {
            match self.event()? {
                Event::Start(start) => {
                    let prefix = prefix(&start);
                    if !self.prefixes.contains(&prefix) {
                        self.learn_prefixes(&start);
                    }
                    let own = self.prefixes.contains(&prefix);
                    return Ok(Some(Element { start, own }));
                }
                Event::End(_) => return Ok(None),
                _ => {}
            }
        }
    }

    /// Reads on to the end of the element that was opened last.
    pub(super) fn skip(&mut self) -> Result<(), ManifestError> {
        let outer = self.depth - 1;
        while self.depth > outer {
            self.event()?;
        }
        Ok(())
    }

    /// The text of the element that was opened last, trimmed; reads on to its end.
    pub(super) fn text(&mut self) -> Result<String, ManifestError> {
        let mut text = String::new();
        loop {
            match self.event()? {
                Event::Text(part) => text.push_str(&part.xml10_content()),
                Event::CData(part) => text.push_str(&part.xml10_content()),
                Event::GeneralRef(name) => match character(&name) {
                    Some(char) => text.push(char),
                    None => {
                        text.push('&');
                        text.push_str(&name);
                        text.push(';');
                    }
                },
                Event::Start(_) => self.skip()?,
                Event::End(_) => return Ok(text.trim().to_owned()),
                _ => {}
            }
            if text.len() > MAX_TEXT {
                return Err(ManifestError::OverLimit {
                    what: "text of an element",
                    limit: MAX_TEXT as u64,
                });
            }
        }
    }

    fn event(&mut self) -> Result<Event<'a>, ManifestError> {
        let event = self.reader.read_event().map_err(|_| self.malformed())?;
        match &event {
            Event::Start(_) if self.depth >= self.max_depth => Err(ManifestError::OverLimit {
                what: "depth of elements",
                limit: self.max_depth as u64,
            }),
            Event::Start(_) => {
                self.depth += 1;
                Ok(event)
            }
            Event::End(_) => {
                self.depth -= 1;
                Ok(event)
            }
            Event::DocType(_) => Err(doctype()),
            Event::Eof => Err(ManifestError::Malformed("the MPD ends in its midst".to_owned())),
            _ => Ok(event),
        }
    }

    /// Learns the prefixes that an element binds to the root's namespace from here on (Namespaces in XML 1.0, 3),
    /// even beyond the element's end: no MPD binds one to two things.
    fn learn_prefixes(&mut self, start: &BytesStart<'_>) {
        for (prefix, namespace) in bindings(start) {
            let is_own = Some(namespace) == self.namespace && !self.prefixes.contains(&prefix);
            if is_own && self.prefixes.len() <= MAX_PREFIXES {
                self.prefixes.push(prefix);
            }
        }
    }

    fn malformed(&self) -> ManifestError {
        ManifestError::Malformed(format!(
            "not well-formed XML at byte {}",
            self.reader.error_position()
        ))
    }
}

impl Element<'_> {
    /// The name without its prefix; empty where the element is not an MPD's.
    pub(super) fn name(&self) -> &str {
        if self.own {
            self.start.local_name().into_inner()
        } else {
            ""
        }
    }

    /// The value of an attribute.
    pub(super) fn attribute(&self, name: &str) -> Result<Option<String>, ManifestError> {
        self.find(&|key| key == name)
    }

    /// The value of an attribute of that local name, whatever its prefix.
    pub(super) fn foreign_attribute(&self, name: &str) -> Result<Option<String>, ManifestError> {
        self.find(&|key| key.split_once(':').is_some_and(|(_, local)| local == name))
    }

    /// The value of an attribute, as `read` understands it.
    pub(super) fn parsed<T>(
        &self,
        name: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, ManifestError> {
        let Some(value) = self.attribute(name)? else {
            return Ok(None);
        };
        read(value.trim()).map(Some).ok_or_else(|| self.bad(name))
    }

    /// Says that an attribute's value is not what it must be.
    fn bad(&self, name: &str) -> ManifestError {
        let element: String = self.name().chars().take(40).collect();
        ManifestError::Malformed(format!("{element}@{name} has a value that it cannot have"))
    }

    fn find(&self, wanted: &dyn Fn(&str) -> bool) -> Result<Option<String>, ManifestError> {
        for (known, attribute) in self.start.attributes().with_checks(false).enumerate() {
            if known >= MAX_ATTRIBUTES {
                let limit = MAX_ATTRIBUTES as u64;
                return Err(ManifestError::OverLimit {
                    what: "attributes of an element",
                    limit,
                });
            }
            let attribute =
                attribute.map_err(|_| ManifestError::Malformed("a malformed attribute".to_owned()))?;
            if wanted(attribute.key.into_inner()) {
                if attribute.value.len() > MAX_VALUE {
                    let limit = MAX_VALUE as u64;
                    return Err(ManifestError::OverLimit {
                        what: "bytes of an attribute",
                        limit,
                    });
                }
                return Ok(Some(expand(&attribute.value)));
            }
        }
        Ok(None)
    }
}

fn prefix(start: &BytesStart<'_>) -> Option<String> {
    start.name().prefix().map(|prefix| prefix.into_inner().to_owned())
}

/// The prefixes that an element binds, and what to.
fn bindings(start: &BytesStart<'_>) -> Vec<(Option<String>, String)> {
    let mut attributes = start.attributes();
    let attributes = attributes.with_checks(false).take(MAX_ATTRIBUTES).flatten();
    let bindings = attributes.filter_map(|attribute| {
        let prefix = match attribute.key.into_inner().strip_prefix("xmlns")? {
            "" => None,
            prefix => Some(prefix.strip_prefix(':')?.to_owned()),
        };
        Some((prefix, expand(&attribute.value)))
    });
    bindings.collect()
}

/// A text with its references replaced: those to characters, and XML's own five. All else stays as it is written.
fn expand(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let end = after.bytes().take(MAX_REFERENCE).position(|byte| byte == b';');
        let found = end.and_then(|end| Some((character(&after[..end])?, &after[end + 1..])));
        let (char, behind) = found.unwrap_or(('&', after));
        out.push(char);
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// What a reference stands for.
fn character(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let digits = name.strip_prefix('#')?;
            let (digits, radix) = digits
                .strip_prefix('x')
                .map_or((digits, 10), |digits| (digits, 16));
            char::from_u32(u32::try_from(template::number(digits, radix)?).ok()?)
        }
    }
}

fn doctype() -> ManifestError {
    ManifestError::Malformed("a document type declaration is not accepted".to_owned())
}

#[cfg(test)]
mod tests;
