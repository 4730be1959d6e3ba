//! SegmentBase, SegmentList and SegmentTemplate as they are written.

use std::rc::Rc;

use super::values::{early, fraction, number, span};
use super::{Addressing, Reference, Scheme, Source, is_taken_away};
use crate::error::ManifestError;
use crate::manifest::xml::Element;

impl Source<'_> {
    /// Reads an element that says how segments are found; skips any other.
    pub(super) fn addressing(
        &mut self,
        element: &Element<'_>,
        into: &mut Addressing,
    ) -> Result<(), ManifestError> {
        let scheme = scheme(element.name());
        if scheme.is_none() || is_taken_away(element)? {
            return self.xml.skip();
        }
        let mut read = Addressing {
            scheme,
            early: element.parsed("availabilityTimeOffset", early).unwrap_or(None),
            media: element.attribute("media")?.map(Rc::from),
            initialization: element.attribute("initialization")?.map(Rc::from),
            index: element.attribute("indexRange")?.and_then(|range| span(&range)),
            ..Addressing::default()
        };
        read.timescale = read.number(element, "timescale");
        read.origin = read.number(element, "presentationTimeOffset");
        read.start_number = read.number(element, "startNumber");
        read.end_number = read.number(element, "endNumber");
        read.duration = read.noted(element.parsed("duration", fraction));
        let (mut list, mut patterns) = (Vec::new(), Vec::new());
        while let Some(child) = self.xml.child()? {
            match child.name() {
                "Initialization" => read.init = Some(self.reference(&child, "sourceURL", "range")?),
                "RepresentationIndex" => {
                    let index = self.reference(&child, "sourceURL", "range")?;
                    // An index in a file of its own has offsets whose base this reader does not know.
                    read.index = read.index.or(index.range.filter(|_| index.url.is_none()));
                }
                "Pattern" => self.pattern(&child, &mut read, &mut patterns)?,
                "SegmentTimeline" => {
                    read.timeline = Some(self.timeline(&mut read, &mut patterns)?);
                }
                "SegmentURL" => {
                    self.check_segments(list.len())?;
                    list.push(self.reference(&child, "media", "mediaRange")?);
                }
                _ => self.xml.skip()?,
            }
        }
        read.list = (!list.is_empty()).then(|| list.into());
        *into = read;
        Ok(())
    }

    fn reference(
        &mut self,
        element: &Element<'_>,
        url: &str,
        range: &str,
    ) -> Result<Reference, ManifestError> {
        let url = element.attribute(url)?.map(Rc::from);
        let range = element.attribute(range)?.and_then(|range| span(&range));
        self.xml.skip()?;
        Ok(Reference { url, range })
    }
}

impl Addressing {
    /// The value of an attribute; a malformed one is noted.
    pub(super) fn noted<T>(&mut self, read: Result<Option<T>, ManifestError>) -> Option<T> {
        read.unwrap_or_else(|_| {
            self.unreadable = true;
            None
        })
    }

    pub(super) fn number(&mut self, element: &Element<'_>, name: &str) -> Option<u64> {
        self.noted(element.parsed(name, number))
    }
}

fn scheme(name: &str) -> Option<Scheme> {
    match name {
        "SegmentBase" => Some(Scheme::Base),
        "SegmentList" => Some(Scheme::List),
        "SegmentTemplate" => Some(Scheme::Template),
        _ => None,
    }
}
