//! The entries of a SegmentTimeline as they are written, and patterns of durations.

use std::rc::Rc;

use super::values::repeat;
use super::{Addressing, Source, Step, over};
use crate::error::ManifestError;
use crate::manifest::xml::Element;

/// The most entries of a pattern, and the most patterns of a timeline, that are read.
const MAX_PATTERN: usize = 256;
/// The most entries that patterns add to all timelines of an MPD.
const MAX_EXPANDED: usize = 400_000;

/// A repeating pattern of durations (ISO/IEC 23009-1, 5.3.9.6.5).
pub(super) struct Pattern {
    id: String,
    steps: Rc<[Step]>,
}

impl Source<'_> {
    /// Reads the entries of a SegmentTimeline, or of a pattern.
    pub(super) fn timeline(
        &mut self,
        of: &mut Addressing,
        patterns: &mut Vec<Pattern>,
    ) -> Result<Rc<[Step]>, ManifestError> {
        let mut steps = Vec::new();
        let mut skipped = None;
        while let Some(child) = self.xml.child()? {
            match child.name() {
                "Pattern" => {
                    self.pattern(&child, of, patterns)?;
                    continue;
                }
                "S" | "P" => {
                    self.check_segments(steps.len())?;
                    let mut step = of.step(&child);
                    step.time = step.time.or(skipped.take());
                    of.is_numbered |= step.number.is_some();
                    of.is_open |= step.repeat < 0;
                    if let Some(id) = child.attribute("p")? {
                        let entry = of.number(&child, "pE").unwrap_or(0);
                        let known = patterns.iter().find(|known| known.id == id);
                        let steps_of = known.map_or(&[][..], |known| &*known.steps);
                        if !self.expand(step, steps_of, entry, &mut steps)? {
                            of.unreadable = true;
                        }
                    } else if step.duration > 0 {
                        steps.push(step);
                    } else {
                        skipped = step.time;
                    }
                }
                _ => {}
            }
            self.xml.skip()?;
        }
        Ok(steps.into())
    }

    /// Reads a `Pattern` of durations, which is written as a timeline is.
    pub(super) fn pattern(
        &mut self,
        element: &Element<'_>,
        of: &mut Addressing,
        patterns: &mut Vec<Pattern>,
    ) -> Result<(), ManifestError> {
        let id = element.attribute("id")?.unwrap_or_default();
        let steps = self.timeline(of, patterns)?;
        if steps.len() <= MAX_PATTERN && patterns.len() < MAX_PATTERN {
            patterns.push(Pattern { id, steps });
        }
        Ok(())
    }

    /// Adds the segments of an `S` whose durations follow a pattern, which repeats from its given entry on. Returns
    /// whether the `S` says how many segments there are.
    fn expand(
        &mut self,
        mut step: Step,
        pattern: &[Step],
        entry: u64,
        steps: &mut Vec<Step>,
    ) -> Result<bool, ManifestError> {
        let counts = pattern.iter().map(|part| part.repeat);
        if counts.clone().chain([step.repeat]).min() < Some(0) || pattern.is_empty() {
            return Ok(false);
        }
        let length = counts.fold(0u64, |sum, more| sum.saturating_add(more.unsigned_abs() + 1));
        let (mut skipped, mut left) = (entry % length, step.repeat.unsigned_abs() + 1);
        for part in pattern.iter().cycle() {
            let count = (part.repeat.unsigned_abs() + 1).saturating_sub(skipped).min(left);
            skipped = skipped.saturating_sub(part.repeat.unsigned_abs() + 1);
            if count == 0 {
                continue;
            }
            self.expanded += 1;
            if self.expanded > MAX_EXPANDED {
                return Err(over("entries of patterns", MAX_EXPANDED));
            }
            step.duration = part.duration;
            step.repeat = (count - 1).cast_signed();
            steps.push(step);
            (step.time, step.number) = (None, None);
            left -= count;
            if left == 0 {
                break;
            }
        }
        Ok(true)
    }
}

impl Addressing {
    /// Reads an `S`, or a `P` of a pattern; its duration may be missing.
    fn step(&mut self, element: &Element<'_>) -> Step {
        Step {
            time: self.number(element, "t"),
            number: self.number(element, "n"),
            duration: self.number(element, "d").unwrap_or(0),
            repeat: self.noted(element.parsed("r", repeat)).unwrap_or(0),
        }
    }
}
