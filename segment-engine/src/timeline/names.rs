//! Which URL each segment of a track has, and which segment a URL means.

use std::sync::Arc;

use super::address::Address;
use super::axis::{Axis, Position};
use super::template::{Captured, Template, Values};
use crate::id::ByteRange;

/// Where the bytes of a segment are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Location {
    /// Its absolute URL.
    pub(crate) url: String,
    /// The part of that resource.
    pub(crate) range: Option<ByteRange>,
}

/// A segment that a manifest lists by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Its reference, relative to each base URL; `None` if the manifest says that it is missing.
    pub(crate) reference: Option<Box<str>>,
    /// The part of the resource.
    pub(crate) range: Option<ByteRange>,
}

/// How far a template's identifiers are ahead of a segment's position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ahead {
    /// `$Number$`: the number of the first segment.
    pub(crate) number: u64,
    /// `$Time$`, in ticks; below zero where it is behind.
    pub(crate) time: i64,
}

impl Ahead {
    fn values(self, position: &Position) -> Option<Values> {
        Some(Values {
            number: self.number.checked_add(position.number)?,
            time: self.time.checked_add(position.time)?,
        })
    }
}

/// URLs of a track's segments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Names {
    /// Made from number or time.
    Template {
        /// The template, resolved against each base URL.
        bases: Vec<Template>,
        /// The offsets of its identifiers.
        ahead: Ahead,
    },
    /// Listed one by one.
    List {
        /// The base URLs.
        bases: Vec<Address>,
        /// The segments.
        entries: Arc<[Entry]>,
    },
}

/// How closely a URL must match the manifest's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Closeness {
    /// Host, path and query.
    Exact,
    /// Host and path; the manifest's URL has no query.
    AnyQuery,
    /// Path and query, whatever the host.
    AnyHost,
    /// Path, whatever the host; the manifest's URL has no query.
    PathOnly,
}

impl Closeness {
    /// All, from the closest to the loosest.
    pub(crate) const ALL: [Self; 4] = [Self::Exact, Self::AnyQuery, Self::AnyHost, Self::PathOnly];

    fn host_counts(self) -> bool {
        match self {
            Self::Exact | Self::AnyQuery => true,
            Self::AnyHost | Self::PathOnly => false,
        }
    }

    fn query_counts(self) -> bool {
        match self {
            Self::Exact | Self::AnyHost => true,
            Self::AnyQuery | Self::PathOnly => false,
        }
    }
}

/// An address that a player asked for, ready to be compared.
#[derive(Debug)]
pub(crate) struct Request {
    host: String,
    path: String,
    target: String,
    has_query: bool,
}

impl Request {
    /// Reads a URL; `None` when it is not an absolute http or https URL.
    pub(crate) fn parse(url: &str) -> Option<Self> {
        let address = Address::parse(url)?.without_cmcd();
        Some(Self {
            host: address.host().to_owned(),
            path: address.path().to_owned(),
            target: address.target(),
            has_query: address.has_query(),
        })
    }

    /// Whether a closeness could match anything that a closer one does not.
    pub(crate) fn is_worth(&self, closeness: Closeness) -> bool {
        closeness.query_counts() || self.has_query
    }

    /// Whether it means this address of the manifest.
    pub(crate) fn means(&self, address: &Address, closeness: Closeness) -> bool {
        if closeness.host_counts() && address.host() != self.host {
            return false;
        }
        if closeness.query_counts() {
            return address.target() == self.target;
        }
        !address.has_query() && address.path() == self.path
    }

    /// Whether it means one of an init segment's addresses.
    pub(crate) fn means_any(&self, addresses: &[Address], closeness: Closeness) -> bool {
        addresses.iter().any(|address| self.means(address, closeness))
    }

    /// The part that a template's URLs are compared with; `None` if they cannot match this closely.
    fn compared(&self, template: &Template, closeness: Closeness) -> Option<&str> {
        if closeness.host_counts() && template.host() != self.host {
            return None;
        }
        if closeness.query_counts() {
            return Some(&self.target);
        }
        (!template.has_query()).then_some(&self.path)
    }
}

impl Names {
    /// Where the segment at a position is, at the first base URL.
    pub(crate) fn location(&self, position: &Position) -> Option<Location> {
        match self {
            Self::Template { bases, ahead } => Some(Location {
                url: bases.first()?.url(ahead.values(position)?),
                range: None,
            }),
            Self::List { bases, entries } => {
                let entry = entries.get(usize::try_from(position.index).ok()?)?;
                let address = bases.first()?.resolve(entry.reference.as_deref()?)?;
                Some(Location {
                    url: address.to_string(),
                    range: entry.range,
                })
            }
        }
    }

    /// The indices of the segments that a request and range mean; several mean ambiguity, and the list may then be
    /// cut.
    pub(crate) fn find(
        &self,
        request: &Request,
        range: Option<ByteRange>,
        closeness: Closeness,
        axis: &Axis,
    ) -> Vec<u64> {
        let mut found = match self {
            Self::Template { .. } if range.is_some() => Vec::new(),
            Self::Template { bases, ahead } => {
                let in_base = |base| find_in_template(base, *ahead, request, closeness, axis);
                bases.iter().flat_map(in_base).collect()
            }
            Self::List { bases, entries } => {
                let in_base = |base| find_in_list(base, entries, request, range, closeness);
                bases.iter().flat_map(in_base).collect()
            }
        };
        found.sort_unstable();
        found.dedup();
        found
    }
}

fn find_in_template(
    template: &Template,
    ahead: Ahead,
    request: &Request,
    closeness: Closeness,
    axis: &Axis,
) -> Vec<u64> {
    let Some(target) = request.compared(template, closeness) else {
        return Vec::new();
    };
    let candidates = if template.is_constant() {
        (0..axis.len().min(2)).collect()
    } else {
        let index = |captured| match captured {
            Captured::Number(number) => axis.index_of_number(number.checked_sub(ahead.number)?),
            Captured::Time(time) => axis.index_of(time.checked_sub(ahead.time)?),
        };
        template
            .capture(target)
            .into_iter()
            .filter_map(index)
            .collect::<Vec<_>>()
    };
    let is_meant = |index: &u64| {
        let values = axis.at(*index).and_then(|position| ahead.values(&position));
        values.is_some_and(|values| template.matches(target, values))
    };
    candidates.into_iter().filter(is_meant).collect()
}

fn find_in_list(
    base: &Address,
    entries: &[Entry],
    request: &Request,
    range: Option<ByteRange>,
    closeness: Closeness,
) -> Vec<u64> {
    if closeness.host_counts() && base.host() != request.host && entries.iter().all(is_relative) {
        return Vec::new();
    }
    let is_meant = |entry: &Entry| {
        let Some(reference) = entry.reference.as_deref() else {
            return false;
        };
        entry.range == range
            && may_end(reference, &request.path)
            && base
                .resolve(reference)
                .is_some_and(|address| request.means(&address, closeness))
    };
    (0u64..)
        .zip(entries)
        .filter(|(_, entry)| is_meant(entry))
        .map(|(index, _)| index)
        .take(2)
        .collect()
}

fn is_relative(entry: &Entry) -> bool {
    entry
        .reference
        .as_deref()
        .is_none_or(|reference| !reference.contains("//"))
}

/// Whether a path may be a reference's: quickly rules out most of a long list.
///
/// Only references that resolution leaves unchanged are judged.
fn may_end(reference: &str, path: &str) -> bool {
    let name = reference.split(['?', '#']).next().unwrap_or_default();
    let name = name.rsplit('/').next().unwrap_or_default();
    let plain = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-_~.".contains(&byte));
    !plain || matches!(name, "." | "..") || path.ends_with(name)
}

#[cfg(test)]
mod tests;
