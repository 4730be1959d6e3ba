//! From a representation's addressing to its [`Media`]: the times of its segments and their URLs.
//!
//! What many representations share is built once; what one manifest may cost in all is bounded here.

use std::rc::Rc;
use std::sync::Arc;

use super::Limits;
use super::iso8601::Nanos;
use super::mpd::{Addressing, Reference, Scheme, Step};
use crate::error::ManifestError;
use crate::timeline::Live;
use crate::timeline::address::Address;
use crate::timeline::axis::Axis;
use crate::timeline::clock::Clock;
use crate::timeline::media::{Init, Media};
use crate::timeline::names::{Entry, Names};
use crate::timeline::runs::{Run, RunError, RunList, Runs};
use crate::timeline::template::{self, Piece, Template, TemplateError, Values};

/// Bytes of URL text that all templates of a manifest may hold together.
const MAX_TEMPLATE_BYTES: usize = 16 << 20;
/// Runs of segments that all timelines of a manifest may hold together: 32 bytes each.
const MAX_RUNS: usize = 1 << 20;

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
    segments: usize,
    template_bytes: usize,
    runs: usize,
    last_timeline: Option<(TimelineKey, Arc<[Run]>)>,
    last_list: Option<Listed>,
}

/// A list, and what was made of it.
struct Listed {
    written: Rc<[Reference]>,
    entries: Arc<[Entry]>,
}

/// What a timeline's runs depend on.
#[derive(Clone)]
struct TimelineKey {
    steps: Rc<[Step]>,
    end: Option<u64>,
    most: Option<u64>,
}

impl PartialEq for TimelineKey {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.steps, &other.steps) && self.end == other.end && self.most == other.most
    }
}

impl Places {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            segments: limits.segments,
            template_bytes: 0,
            runs: 0,
            last_timeline: None,
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
        let Some(runs) = self.runs(addressing, context, None)? else {
            return Ok(None);
        };
        let first = start_number(addressing)?;
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
        let Some(runs) = self.runs(addressing, context, Some(entries.len() as u64))? else {
            return Ok(None);
        };
        let bases = context.bases.to_vec();
        Ok(Some((Axis::Runs(runs), Some(Names::List { bases, entries }))))
    }

    /// The times of segments; `listed` is how many there are, where the manifest lists them.
    fn runs(
        &mut self,
        addressing: &Addressing,
        context: &Context<'_>,
        listed: Option<u64>,
    ) -> Result<Option<Runs>, ManifestError> {
        let timescale = addressing.timescale.unwrap_or(1);
        let origin = addressing.origin.unwrap_or(0);
        let numbered = match addressing.end_number {
            Some(end) => Some(end.saturating_add(1).saturating_sub(start_number(addressing)?)),
            None => None,
        };
        let most = numbered.into_iter().chain(listed).min();
        let length = context.duration.map(|duration| ticks(duration, timescale));
        if let Some(steps) = &addressing.timeline {
            let end = length.map(|length| origin.saturating_add(length.down));
            let key = TimelineKey {
                steps: Rc::clone(steps),
                end,
                most,
            };
            let runs = self.timeline(key)?;
            return Ok(Some(Runs {
                timescale,
                origin,
                start: context.start.as_position(),
                runs,
            }));
        }
        let Some(duration) = addressing.duration else {
            return self.sole(addressing, context, listed);
        };
        let finer = |ticks: u64| ticks.checked_mul(duration.per).ok_or_else(overflow);
        let (timescale, origin, duration) = (finer(timescale)?, finer(origin)?, duration.ticks);
        let length = context.duration.map(|length| ticks(length, timescale));
        // A live list moves with its first number: a segment keeps its time when those before it are gone.
        let gone = match listed {
            Some(_) if context.dynamic => start_number(addressing)?.saturating_sub(1).checked_mul(duration),
            Some(_) | None => Some(0),
        };
        let first = gone
            .and_then(|gone| origin.checked_add(gone))
            .ok_or_else(overflow)?;
        let within = match listed {
            Some(_) => None,
            None => length.map(|length| length.up.div_ceil(duration)),
        };
        let count = within.into_iter().chain(most).min().unwrap_or(u64::MAX);
        let mut list = RunList::default();
        if count > 0 {
            list.push(first, duration, count).map_err(run_error)?;
        }
        let start = context.start.as_position();
        Ok(Some(Runs {
            timescale,
            origin: first,
            start,
            runs: self.counted(list)?,
        }))
    }

    /// Without duration and timeline there is one segment, as long as its period.
    fn sole(
        &mut self,
        addressing: &Addressing,
        context: &Context<'_>,
        listed: Option<u64>,
    ) -> Result<Option<Runs>, ManifestError> {
        let micros = context.duration.map_or(0, Nanos::as_micros);
        let length = u64::try_from(micros).unwrap_or(0);
        if length == 0 || listed.is_some_and(|listed| listed != 1) || addressing.end_number.is_some() {
            return Ok(None);
        }
        let mut list = RunList::default();
        list.push(0, length, 1).map_err(run_error)?;
        let start = context.start.as_position();
        Ok(Some(Runs {
            timescale: 1_000_000,
            origin: 0,
            start,
            runs: self.counted(list)?,
        }))
    }

    fn timeline(&mut self, key: TimelineKey) -> Result<Arc<[Run]>, ManifestError> {
        if let Some((known, runs)) = &self.last_timeline
            && *known == key
        {
            return Ok(Arc::clone(runs));
        }
        let mut list = RunList::default();
        for (index, step) in key.steps.iter().enumerate() {
            let time = step.time.unwrap_or_else(|| list.end());
            let next = key.steps.get(index + 1).and_then(|next| next.time);
            let count = match u64::try_from(step.repeat) {
                Ok(repeat) => repeat.saturating_add(1),
                // A negative count repeats up to the next time that is given, or the period's end.
                Err(_) => match next.or(key.end) {
                    Some(end) => end.saturating_sub(time).div_ceil(step.duration),
                    None => u64::MAX,
                },
            };
            if count > 0 {
                list.push(time, step.duration, count).map_err(run_error)?;
            }
        }
        if let Some(most) = key.most {
            list.truncate(most);
        }
        let runs = self.counted(list)?;
        self.last_timeline = Some((key, Arc::clone(&runs)));
        Ok(runs)
    }

    fn counted(&mut self, list: RunList) -> Result<Arc<[Run]>, ManifestError> {
        self.runs += list.runs();
        if self.runs > MAX_RUNS || list.runs() > self.segments {
            return Err(ManifestError::OverLimit {
                what: "timeline entries",
                limit: MAX_RUNS as u64,
            });
        }
        Ok(list.finish())
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

/// A period's length in ticks, rounded either way.
#[derive(Clone, Copy)]
struct Ticks {
    down: u64,
    up: u64,
}

fn ticks(duration: Nanos, timescale: u64) -> Ticks {
    let product = u128::try_from(duration.0).unwrap_or(0) * u128::from(timescale);
    let whole = |ticks: u128| u64::try_from(ticks).unwrap_or(u64::MAX);
    Ticks {
        down: whole(product / 1_000_000_000),
        up: whole(product.div_ceil(1_000_000_000)),
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

/// The first segment's number. It is kept within 63 bits, so that no number that follows overflows.
fn start_number(addressing: &Addressing) -> Result<u64, ManifestError> {
    let number = addressing.start_number.unwrap_or(1);
    if i64::try_from(number).is_err() {
        return Err(overflow());
    }
    Ok(number)
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

fn run_error(error: RunError) -> ManifestError {
    match error {
        RunError::ZeroDuration => ManifestError::Malformed("a segment without duration".to_owned()),
        RunError::Backwards => ManifestError::Malformed("a timeline that goes back".to_owned()),
        RunError::Overflow => overflow(),
    }
}

fn overflow() -> ManifestError {
    ManifestError::OverLimit {
        what: "a time or number of segments",
        limit: i64::MAX.unsigned_abs(),
    }
}

#[cfg(test)]
mod tests;
