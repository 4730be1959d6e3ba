//! From a representation's addressing to its [`Media`]: the times of its segments and their URLs.
//!
//! What many representations share is built once; the total cost of one manifest is bounded here.

use std::rc::Rc;
use std::sync::Arc;

use super::Limits;
use super::iso8601::Nanos;
use super::mpd::{Addressing, Reference, Scheme, Span};
use super::times::{self, Times};
use crate::error::ManifestError;
use crate::id::ByteRange;
use crate::timeline::address::Address;
use crate::timeline::axis::Axis;
use crate::timeline::clock::Clock;
use crate::timeline::index::Index;
use crate::timeline::media::{Init, Media};
use crate::timeline::names::{Ahead, Entry, Names};
use crate::timeline::template::{self, Purpose, Template, TemplateError, TemplatePart, Values};
use crate::timeline::{Live, Omission};

/// Bytes of URL text that all templates and addresses of a manifest may hold together.
const MAX_URL_BYTES: usize = 16 << 20;

/// Why a representation has no segments here.
#[derive(Debug)]
pub(super) enum Fault {
    /// It is left out; the rest of the manifest can be read.
    Left(Omission),
    /// The manifest breaks a bound, or is malformed.
    Fatal(ManifestError),
}

impl From<ManifestError> for Fault {
    fn from(error: ManifestError) -> Self {
        Self::Fatal(error)
    }
}

impl From<TemplateError> for Fault {
    fn from(error: TemplateError) -> Self {
        let (what, limit) = match error {
            TemplateError::Unknown => return Self::Left(Omission::Identifier),
            TemplateError::Address => return Self::Left(Omission::Address),
            TemplateError::Width => ("width in a template", template::MAX_WIDTH),
            TemplateError::Identifiers => ("identifiers in a template", template::MAX_IDENTIFIERS),
        };
        let limit = limit as u64;
        Self::Fatal(ManifestError::OverLimit { what, limit })
    }
}

/// What surrounds a representation.
pub(super) struct Context<'a> {
    pub(super) start: Nanos,
    pub(super) duration: Option<Nanos>,
    pub(super) dynamic: bool,
    pub(super) bases: &'a [Address],
    pub(super) representation: &'a str,
    pub(super) bandwidth: Option<u64>,
    pub(super) clock: Option<Clock>,
    pub(super) live: Option<Live>,
}

/// Builds the segments of representations.
pub(super) struct Places {
    times: Times,
    url_bytes: usize,
    last_list: Option<Listed>,
}

/// A list, and what was built from it.
struct Listed {
    written: Rc<[Reference]>,
    entries: Arc<[Entry]>,
}

impl Places {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            times: Times::new(limits),
            url_bytes: 0,
            last_list: None,
        }
    }

    /// The segments of a representation.
    pub(super) fn media(&mut self, addressing: &Addressing, context: &Context<'_>) -> Result<Media, Fault> {
        if context.bases.is_empty() {
            return Err(Fault::Left(Omission::Address));
        }
        if addressing.unreadable || addressing.timescale == Some(0) {
            return Err(Fault::Left(Omission::Untimed));
        }
        // Even if no name is made of them: checking that costs more.
        self.weigh(context.bases.iter().map(Address::weight).sum())?;
        let inits = self.inits(addressing, context)?;
        let start = context.start.as_position();
        let mut index = None;
        let (axis, names) = match addressing.scheme {
            Some(Scheme::Template) => self.template(addressing, context)?,
            Some(Scheme::List) => self.list(addressing, context)?,
            Some(Scheme::Base) | None => match closed(addressing.index)? {
                Some(range) if addressing.scheme.is_some() => {
                    index = Some(Index {
                        addresses: context.bases.to_vec(),
                        range,
                        origin: addressing.origin.unwrap_or(0),
                        timescale: addressing.timescale.unwrap_or(1),
                        start,
                    });
                    (Axis::Empty { start }, None)
                }
                Some(_) | None => whole(context),
            },
        };
        Ok(Media {
            inits,
            index,
            axis,
            names,
            clock: context.clock,
            live: context.live,
        })
    }

    fn template(
        &mut self,
        addressing: &Addressing,
        context: &Context<'_>,
    ) -> Result<(Axis, Option<Names>), Fault> {
        let start = context.start.as_position();
        let Some(media) = &addressing.media else {
            return Ok((Axis::Empty { start }, None));
        };
        let runs = self.times.runs(addressing, context, None)?;
        let ahead = Ahead {
            number: if addressing.is_numbered {
                0
            } else {
                times::start_number(addressing)?
            },
            time: match media.contains("$Time") {
                true => times::ahead(addressing, &runs)?,
                false => 0,
            },
        };
        let bases = self.templates(media, Purpose::Media, context)?;
        Ok((Axis::Runs(runs), Some(Names::Template { bases, ahead })))
    }

    fn list(
        &mut self,
        addressing: &Addressing,
        context: &Context<'_>,
    ) -> Result<(Axis, Option<Names>), Fault> {
        let start = context.start.as_position();
        let Some(list) = &addressing.list else {
            return Ok((Axis::Empty { start }, None));
        };
        let entries = match &self.last_list {
            Some(known) if Rc::ptr_eq(&known.written, list) => Arc::clone(&known.entries),
            _ => list.iter().map(entry).collect::<Result<_, _>>()?,
        };
        self.last_list = Some(Listed {
            written: Rc::clone(list),
            entries: Arc::clone(&entries),
        });
        let runs = self.times.runs(addressing, context, Some(entries.len() as u64))?;
        let bases = context.bases.to_vec();
        Ok((Axis::Runs(runs), Some(Names::List { bases, entries })))
    }

    /// The template at each base URL at which it can be used; at least one.
    fn templates(
        &mut self,
        text: &str,
        purpose: Purpose,
        context: &Context<'_>,
    ) -> Result<Vec<Template>, Fault> {
        let parts = parts(text, purpose, context)?;
        let resolved = context
            .bases
            .iter()
            .filter_map(|base| Template::resolve(&parts, base).ok());
        let templates: Vec<_> = resolved.collect();
        self.weigh(templates.iter().map(Template::weight).sum())?;
        // What does not resolve took its time, too.
        self.weigh(text.len() * (context.bases.len() - templates.len()))?;
        if templates.is_empty() {
            return Err(Fault::Left(Omission::Address));
        }
        Ok(templates)
    }

    /// Counts bytes of URL text that are kept, or took time.
    pub(super) fn weigh(&mut self, bytes: usize) -> Result<(), ManifestError> {
        self.url_bytes += bytes;
        if self.url_bytes > MAX_URL_BYTES {
            let limit = MAX_URL_BYTES as u64;
            let what = "bytes in URLs";
            return Err(ManifestError::OverLimit { what, limit });
        }
        Ok(())
    }

    /// The init segment, if there is one.
    fn inits(&mut self, addressing: &Addressing, context: &Context<'_>) -> Result<Vec<Init>, Fault> {
        let (addresses, range): (Vec<_>, _) = match (&addressing.init, &addressing.initialization) {
            (Some(init), _) => {
                let reference = init.url.as_deref().unwrap_or_default();
                let resolved = context.bases.iter().filter_map(|base| base.resolve(reference));
                let addresses: Vec<_> = resolved.collect();
                self.weigh(reference.len() * (context.bases.len() - addresses.len()))?;
                (addresses, closed(init.range)?)
            }
            (None, Some(template)) => {
                let templates = self.templates(template, Purpose::Init, context)?;
                let values = Values { number: 0, time: 0 };
                let urls = templates.iter().map(|template| template.url(values));
                (urls.filter_map(|url| Address::parse(&url)).collect(), None)
            }
            (None, None) => return Ok(Vec::new()),
        };
        if addresses.is_empty() {
            return Err(Fault::Left(Omission::Address));
        }
        self.weigh(addresses.iter().map(Address::weight).sum())?;
        Ok(vec![Init {
            time: 0,
            addresses,
            range,
            from: 0,
            is_elsewhere: false,
            is_queried: false,
        }])
    }
}

/// A representation that is one file.
fn whole(context: &Context<'_>) -> (Axis, Option<Names>) {
    let duration = context.duration.map_or(0, Nanos::as_micros);
    let duration = std::time::Duration::from_micros(u64::try_from(duration).unwrap_or(0));
    let axis = Axis::Whole {
        start: context.start.as_position(),
        duration,
    };
    let entries = Arc::from([Entry {
        reference: Some("".into()),
        range: None,
    }]);
    (
        axis,
        Some(Names::List {
            bases: context.bases.to_vec(),
            entries,
        }),
    )
}

fn entry(reference: &Reference) -> Result<Entry, Fault> {
    Ok(Entry {
        reference: Some(reference.url.as_deref().unwrap_or_default().into()),
        range: closed(reference.range)?,
    })
}

/// A range with both ends: peers name a segment by them, and nobody knows the last byte of one without end.
fn closed(span: Option<Span>) -> Result<Option<ByteRange>, Fault> {
    match span {
        None => Ok(None),
        Some(Span::Known(range)) => Ok(Some(range)),
        Some(Span::Open) => Err(Fault::Left(Omission::OpenRange)),
    }
}

fn parts(text: &str, purpose: Purpose, context: &Context<'_>) -> Result<Vec<TemplatePart>, TemplateError> {
    let names = template::Known {
        purpose,
        representation: context.representation,
        bandwidth: context.bandwidth,
    };
    template::parts(text, names)
}

#[cfg(test)]
mod tests;
