//! Variables of a playlist (EXT-X-DEFINE of RFC 8216, second edition, 4.3): filled in before anything is read.
//!
//! The variables that a media playlist imports are those of the multivariant playlist that names it. A line that uses
//! an unknown one is refused later, like any text in which a reference is left.

use super::sift::{attribute, bad, lines};
use crate::error::ManifestError;
use crate::timeline::address::Address;
use std::borrow::Cow;

/// The most definitions that are read of one playlist, whether or not they define anything.
const MAX_VARIABLES: usize = 256;

/// Names and values.
type Variables = Vec<(String, String)>;

/// A playlist's text with its variables filled in, at most `limit` bytes; and the variables.
pub(super) fn fill_in<'a>(
    text: &'a str,
    url: &Address,
    imported: &[(String, String)],
    limit: usize,
) -> Result<(Cow<'a, str>, Variables), ManifestError> {
    const TAG: &str = "#EXT-X-DEFINE:";
    let mut variables = Vec::new();
    if !text.contains(TAG) {
        return Ok((Cow::Borrowed(text), variables));
    }
    let mut filled = String::with_capacity(text.len());
    let mut definitions = 0;
    for line in lines(text) {
        let start = filled.len();
        substitute(line, &variables, &mut filled);
        filled.push('\n');
        if filled.len() > limit {
            return Err(ManifestError::OverLimit {
                what: "bytes with variables filled in",
                limit: limit as u64,
            });
        }
        let list = filled[start..].trim().strip_prefix(TAG);
        let Some(list) = list.filter(|_| definitions < MAX_VARIABLES) else {
            continue;
        };
        definitions += 1;
        let named = attribute(list, "NAME").zip(attribute(list, "VALUE").map(str::to_owned));
        let queried = attribute(list, "QUERYPARAM").and_then(|name| Some((name, queried(url, name)?)));
        let known = |name| imported.iter().find(|(known, _)| known == name);
        let imports = attribute(list, "IMPORT").and_then(|name| Some((name, known(name)?.1.clone())));
        if let Some((name, value)) = named.or(queried).or(imports) {
            if variables.iter().any(|(known, _): &(String, _)| known == name) {
                return Err(bad("a variable (EXT-X-DEFINE) that is defined twice"));
            }
            let variable = (name.to_owned(), value);
            variables.push(variable);
        }
    }
    Ok((Cow::Owned(filled), variables))
}

/// The decoded value of a query parameter; `None` also if a playlist could not contain it as a value: whoever chooses
/// the query must not choose lines and attributes.
fn queried(url: &Address, name: &str) -> Option<String> {
    let is_value = |value: &String| !value.contains(|c: char| c == '"' || c.is_control());
    url.parameter(name).filter(is_value)
}

/// Writes a line with its references replaced; references to unknown variables stay.
fn substitute(mut line: &str, variables: &[(String, String)], into: &mut String) {
    while let Some((before, rest)) = line.split_once("{$") {
        into.push_str(before);
        let (name, after) = rest.split_at(rest.find(ends_name).unwrap_or(rest.len()));
        let named = after.strip_prefix('}').and_then(|after| {
            let known = variables.iter().find(|(known, _)| known == name)?;
            Some((&known.1, after))
        });
        match named {
            Some((value, after)) => {
                into.push_str(value);
                line = after;
            }
            None => {
                into.push_str("{$");
                line = rest;
            }
        }
    }
    into.push_str(line);
}

/// Whether a character cannot be in a variable's name (EXT-X-DEFINE): what follows a brace is then read no further.
fn ends_name(c: char) -> bool {
    !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}

#[cfg(test)]
mod tests;
