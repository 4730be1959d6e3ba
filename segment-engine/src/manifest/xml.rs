//! XML as far as an MPD needs it: elements, attributes, text, in one pass and within bounds.
//!
//! Elements whose prefix is neither the root's nor bound there to the root's namespace have the empty name, so that none of
//! them is taken for an MPD's. No entity is ever expanded beyond XML's own five: a document type declaration is refused.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "of quick-xml's events, an MPD needs few"
)]

use std::borrow::Cow;

use quick_xml::XmlVersion;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::reader::Reader;

use crate::error::ManifestError;

/// The attributes of one element that are looked at.
const MAX_ATTRIBUTES: usize = 128;
/// The prefixes of one namespace that are known beside the root's.
const MAX_PREFIXES: usize = 4;
/// The longest text of an element, in bytes.
const MAX_TEXT: usize = 64 << 10;

/// A document that is read from front to back.
pub(super) struct Xml<'a> {
    reader: Reader<&'a [u8]>,
    /// Those of the MPD's own elements.
    prefixes: Vec<Option<String>>,
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
        Self {
            reader,
            prefixes: Vec::new(),
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
                    self.prefixes = prefixes(&start);
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
                    let own = self.prefixes.contains(&prefix(&start));
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
                Event::GeneralRef(reference) => text.push_str(&self.resolve(&reference)?),
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

    fn resolve(&self, reference: &BytesRef<'_>) -> Result<Cow<'static, str>, ManifestError> {
        if let Ok(Some(char)) = reference.resolve_char_ref() {
            return Ok(Cow::Owned(char.to_string()));
        }
        let known = resolve_xml_entity(&reference.xml10_content());
        known
            .map(Cow::Borrowed)
            .ok_or_else(|| ManifestError::Malformed("an undeclared entity".to_owned()))
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
        self.find(|key| key == name)
    }

    /// The value of an attribute of that local name, whatever its prefix.
    pub(super) fn foreign_attribute(&self, name: &str) -> Result<Option<String>, ManifestError> {
        self.find(|key| key.split_once(':').is_some_and(|(_, local)| local == name))
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

    fn find(&self, wanted: impl Fn(&str) -> bool) -> Result<Option<String>, ManifestError> {
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
                let value = attribute.normalized_value(XmlVersion::Implicit1_0);
                let value = value.map_err(|_| ManifestError::Malformed("an undeclared entity".to_owned()))?;
                return Ok(Some(value.into_owned()));
            }
        }
        Ok(None)
    }
}

fn prefix(start: &BytesStart<'_>) -> Option<String> {
    start.name().prefix().map(|prefix| prefix.into_inner().to_owned())
}

/// The root's prefix, and those that the root binds to its own namespace (Namespaces in XML 1.0, 3).
fn prefixes(root: &BytesStart<'_>) -> Vec<Option<String>> {
    let mut attributes = root.attributes();
    let attributes = attributes.with_checks(false).take(MAX_ATTRIBUTES).flatten();
    let bindings = attributes.filter_map(|attribute| {
        let prefix = match attribute.key.into_inner().strip_prefix("xmlns")? {
            "" => None,
            prefix => Some(prefix.strip_prefix(':')?.to_owned()),
        };
        let namespace = attribute.normalized_value(XmlVersion::Implicit1_0).ok()?;
        Some((prefix, namespace.into_owned()))
    });
    let bindings: Vec<_> = bindings.collect();
    let mut own = vec![prefix(root)];
    if let Some((_, namespace)) = bindings.iter().find(|(prefix, _)| *prefix == own[0]) {
        let same = bindings.iter().filter(|(_, other)| other == namespace);
        own.extend(same.map(|(prefix, _)| prefix.clone()).take(MAX_PREFIXES));
    }
    own
}

fn doctype() -> ManifestError {
    ManifestError::Malformed("a document type declaration is not accepted".to_owned())
}

#[cfg(test)]
mod tests;
