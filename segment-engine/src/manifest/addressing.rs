//! From a representation's addressing to its [`Media`]: the times of its segments and their URLs.
//!
//! What many representations share is built once; what one manifest may cost in all is bounded here.

use std::rc::Rc;
use std::sync::Arc;

use super::Limits;
use super::iso8601::Nanos;
use super::mpd::{Addressing, Reference, Scheme};
use super::times::{self, Times};
use crate::error::ManifestError;
use crate::timeline::Live;
use crate::timeline::address::Address;
use crate::timeline::axis::Axis;
use crate::timeline::clock::Clock;
use crate::timeline::media::{Init, Media};
use crate::timeline::names::{Entry, Names};
use crate::timeline::template::{self, Piece, Template, TemplateError, Values};

/// Bytes of URL text that all templates of a manifest may hold together.
const MAX_TEMPLATE_BYTES: usize = 16 << 20;
/// What surrounds a representation.
pub(super) struct Context<'a> {
    pub(super) start: Nanos,
    pub(super) duration: Option<Nanos>,
    pub(super) dynamic: bool,
    pub(super) bases: &'a [Address],
    pub(super) representation: &'a str,
    pub(super) bandwidth: u64,
    pub(super) clock: Option<Clock>,
    pub(super) live: Option<Live>,
}

/// Builds the segments of representations.
pub(super) struct Places {
    times: Times,
    template_bytes: usize,
    last_list: Option<Listed>,
}

/// A list, and what was made of it.
struct Listed {
    written: Rc<[Reference]>,
    entries: Arc<[Entry]>,
}

impl Places {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            times: Times::new(limits),
            template_bytes: 0,
            last_list: None,
        }
    }

    /// The segments of a representation; `None` where this reader cannot say what they are.
    pub(super) fn media(
        &mut self,
        addressing: &Addressing,
        context: &Context<'_>,
    ) -> Result<Option<Media>, ManifestError> {
        if context.bases.is_empty() {
            return Ok(None);
        }
        let Some(inits) = self.inits(addressing, context)? else {
            return Ok(None);
        };
        let placed = match addressing.scheme {
            Some(Scheme::Template) => self.template(addressing, context)?,
            Some(Scheme::List) => self.list(addressing, context)?,
            Some(Scheme::Base) if addressing.index.is_some() => Some((
                Axis::Empty {
                    start: context.start.as_position(),
                },
                None,
            )),
            Some(Scheme::Base) | None => Some(whole(context)),
        };
        let Some((axis, names)) = placed else {
            return Ok(None);
        };
        Ok(Some(Media {
            inits,
            axis,
            names,
            clock: context.clock,
            live: context.live,
        }))
    }

    fn template(
        &mut self,
        addressing: &Addressing,
        context: &Context<'_>,
    ) -> Result<Option<(Axis, Option<Names>)>, ManifestError> {
        let start = context.start.as_position();
        let Some(media) = &addressing.media else {
            return Ok(Some((Axis::Empty { start }, None)));
        };
        let Some(runs) = self.times.runs(addressing, context, None)? else {
            return Ok(None);
        };
        let first = times::start_number(addressing)?;
        let Some(bases) = self.templates(media, context)? else {
            return Ok(None);
        };
        Ok(Some((Axis::Runs(runs), Some(Names::Template { bases, first }))))
    }

    fn list(
        &mut self,
        addressing: &Addressing,
        context: &Context<'_>,
    ) -> Result<Option<(Axis, Option<Names>)>, ManifestError> {
        let start = context.start.as_position();
        let Some(list) = &addressing.list else {
            return Ok(Some((Axis::Empty { start }, None)));
        };
        let entries = match &self.last_list {
            Some(known) if Rc::ptr_eq(&known.written, list) => Arc::clone(&known.entries),
            _ => list.iter().map(entry).collect(),
        };
        self.last_list = Some(Listed {
            written: Rc::clone(list),
            entries: Arc::clone(&entries),
        });
        let Some(runs) = self.times.runs(addressing, context, Some(entries.len() as u64))? else {
            return Ok(None);
        };
        let bases = context.bases.to_vec();
        Ok(Some((Axis::Runs(runs), Some(Names::List { bases, entries }))))
    }

    /// A template at each base URL; `None` where none of them can be used.
    fn templates(
        &mut self,
        text: &str,
        context: &Context<'_>,
    ) -> Result<Option<Vec<Template>>, ManifestError> {
        let Some(pieces) = known(pieces(text, context))? else {
            return Ok(None);
        };
        let mut templates = Vec::new();
        for base in context.bases {
            if let Some(template) = known(Template::resolve(&pieces, base))? {
                self.template_bytes += template.weight();
                templates.push(template);
            }
        }
        if self.template_bytes > MAX_TEMPLATE_BYTES {
            let limit = MAX_TEMPLATE_BYTES as u64;
            return Err(ManifestError::OverLimit {
                what: "bytes in templates",
                limit,
            });
        }
        Ok((!templates.is_empty()).then_some(templates))
    }

    /// The init segment, if there is one; `None` where it is there and cannot be read.
    fn inits(
        &mut self,
        addressing: &Addressing,
        context: &Context<'_>,
    ) -> Result<Option<Vec<Init>>, ManifestError> {
        let (addresses, range): (Vec<_>, _) = match (&addressing.init, &addressing.initialization) {
            (Some(init), _) => {
                let reference = init.url.as_deref().unwrap_or_default();
                (
                    context
                        .bases
                        .iter()
                        .filter_map(|base| base.resolve(reference))
                        .collect(),
                    init.range,
                )
            }
            (None, Some(template)) => {
                let Some(templates) = self.templates(template, context)? else {
                    return Ok(None);
                };
                let values = Values { number: 0, time: 0 };
                let fixed = templates.iter().filter(|template| template.is_constant());
                (
                    fixed
                        .filter_map(|template| Address::parse(&template.url(values)))
                        .collect(),
                    None,
                )
            }
            (None, None) => return Ok(Some(Vec::new())),
        };
        if addresses.is_empty() {
            return Ok(None);
        }
        Ok(Some(vec![Init {
            time: 0,
            addresses,
            range,
        }]))
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

fn entry(reference: &Reference) -> Entry {
    Entry {
        reference: Some(reference.url.as_deref().unwrap_or_default().into()),
        range: reference.range,
    }
}

fn pieces(text: &str, context: &Context<'_>) -> Result<Vec<Piece>, TemplateError> {
    let names = template::Known {
        representation: context.representation,
        bandwidth: context.bandwidth,
    };
    template::pieces(text, names)
}

/// Tells what breaks a bound from what this reader does not know.
fn known<T>(result: Result<T, TemplateError>) -> Result<Option<T>, ManifestError> {
    match result {
        Ok(known) => Ok(Some(known)),
        Err(TemplateError::Unknown | TemplateError::Address) => Ok(None),
        Err(TemplateError::Width) => Err(ManifestError::OverLimit {
            what: "width in a template",
            limit: template::MAX_WIDTH as u64,
        }),
        Err(TemplateError::Identifiers) => Err(ManifestError::OverLimit {
            what: "identifiers in a template",
            limit: template::MAX_IDENTIFIERS as u64,
        }),
    }
}
