//! Judges one candidate (RFC 8839, section 5.1; TCP: RFC 6544).
//!
//! `foundation component transport priority address port typ type`, then pairs of a name and a value; `raddr` and `rport`
//! are two of them that stand together.

use std::ops::Range;

use super::address::{self, Reach};
use super::line::{Word, Words};
use super::{IceTransportPolicy, SdpError, SdpRules};

/// The longest foundation, in characters.
const MAX_FOUNDATION: usize = 32;
/// The largest number of a component.
const MAX_COMPONENT: u16 = 256;

/// What becomes of a candidate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Judgement {
    /// It passes.
    Carry,
    /// It passes with its related address replaced.
    Mask { range: Range<usize>, by: &'static str },
    /// It is taken away.
    Drop,
}

/// Judges what stands behind `candidate:`. Its form is looked at even where the rules forbid it.
pub(super) fn judge(value: &str, rules: &SdpRules) -> Result<Judgement, SdpError> {
    let mut words = Words::new(value);
    let carried = judge_required(&mut words, rules)?;
    let mask = judge_extensions(&mut words, rules)?;
    Ok(match (carried, mask) {
        (Fate::Drop, _) => Judgement::Drop,
        (Fate::Carry, Some((range, by))) => Judgement::Mask { range, by },
        (Fate::Carry, None) => Judgement::Carry,
    })
}

/// Tells whether a text has one of these lengths, and only characters that ICE uses in foundations and credentials.
pub(super) fn is_ice_text(text: &str, lengths: Range<usize>) -> bool {
    lengths.contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/')
}

/// Reads a number written in digits alone.
pub(super) fn number<N: std::str::FromStr>(text: &str) -> Option<N> {
    // The standard's reader takes a sign, too.
    let digit = text.bytes().next()?.is_ascii_digit();
    digit.then(|| text.parse().ok())?
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Carry,
    Drop,
}

fn judge_required(words: &mut Words<'_>, rules: &SdpRules) -> Result<Fate, SdpError> {
    let foundation = word(words)?.text;
    let component = number::<u16>(word(words)?.text).ok_or(MALFORMED)?;
    let transport = word(words)?.text;
    number::<u32>(word(words)?.text).ok_or(MALFORMED)?;
    let address = address::judge(word(words)?.text)?;
    let port = number::<u16>(word(words)?.text).ok_or(MALFORMED)?;
    let (typ, kind) = (word(words)?.text, word(words)?.text);
    let fits = is_ice_text(foundation, 1..MAX_FOUNDATION + 1) && (1..=MAX_COMPONENT).contains(&component);
    if !fits || typ != "typ" {
        return Err(MALFORMED);
    }
    let udp = transport.eq_ignore_ascii_case("udp");
    let known_transport = udp || transport.eq_ignore_ascii_case("tcp");
    let allowed = match rules.transport_policy {
        IceTransportPolicy::All => matches!(kind, "host" | "srflx" | "prflx" | "relay"),
        IceTransportPolicy::Relay => kind == "relay",
    };
    // Only who connects by TCP itself has no port to be reached at. A name stands for a machine in its own network.
    let reachable = (port != 0 || !udp) && (kind == "host" || address != Reach::Masked);
    if allowed && known_transport && reachable && address.is_carried(rules.addresses) {
        return Ok(Fate::Carry);
    }
    Ok(Fate::Drop)
}

/// Reads the pairs, and returns what of them must not be told.
fn judge_extensions(
    words: &mut Words<'_>,
    rules: &SdpRules,
) -> Result<Option<(Range<usize>, &'static str)>, SdpError> {
    let mut mask = None;
    let mut related = false;
    while let Some(name) = words.next() {
        let value = word(words)?;
        match name.text {
            "raddr" if !related => {
                related = true;
                mask = judge_related(value, words, rules)?;
            }
            "" | "raddr" | "rport" => return Err(MALFORMED),
            _ => {}
        }
    }
    Ok(mask)
}

fn judge_related(
    related: Word<'_>,
    words: &mut Words<'_>,
    rules: &SdpRules,
) -> Result<Option<(Range<usize>, &'static str)>, SdpError> {
    let reach = address::judge(related.text)?;
    let (name, port) = (word(words)?.text, word(words)?);
    if name != "rport" || number::<u16>(port.text).is_none() {
        return Err(MALFORMED);
    }
    let told = match rules.transport_policy {
        IceTransportPolicy::All => reach.is_carried(rules.addresses),
        // A relay's related address is its user's own.
        IceTransportPolicy::Relay => false,
    };
    if told || reach == Reach::Unspecified {
        return Ok(None);
    }
    let by = match address::placeholder(related.text) {
        "::" => ":: rport 0",
        _ => "0.0.0.0 rport 0",
    };
    Ok(Some((related.start..port.end(), by)))
}

const MALFORMED: SdpError = SdpError::Malformed("candidate");

fn word<'a>(words: &mut Words<'a>) -> Result<Word<'a>, SdpError> {
    words.next().filter(|word| !word.text.is_empty()).ok_or(MALFORMED)
}
