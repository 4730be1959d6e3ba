//! Holds what peers say to each other to the rules for descriptions and candidates, before it is carried.

use std::borrow::Cow;

use crate::message::{Candidate, Signal};
use crate::sdp::{SdpError, SdpRules, Verdict, filter_candidate, filter_description};

/// What is left of a signal.
pub(super) struct Filtered {
    /// The signal as it may be carried; none for a candidate that may not.
    pub(super) signal: Option<Signal>,
    /// How many candidates were taken out.
    pub(super) dropped: usize,
}

pub(super) fn filter(signal: Signal, rules: &SdpRules) -> Result<Filtered, SdpError> {
    match signal {
        Signal::Offer { sdp } => description(sdp, rules, |sdp| Signal::Offer { sdp }),
        Signal::Answer { sdp } => description(sdp, rules, |sdp| Signal::Answer { sdp }),
        Signal::Candidate(candidate) => trickled(candidate, rules),
    }
}

fn description(
    sdp: String,
    rules: &SdpRules,
    signal: impl FnOnce(String) -> Signal,
) -> Result<Filtered, SdpError> {
    let (changed, dropped) = {
        let filtered = filter_description(&sdp, rules)?;
        (owned(filtered.sdp), filtered.dropped)
    };
    Ok(Filtered {
        signal: Some(signal(changed.unwrap_or(sdp))),
        dropped,
    })
}

fn trickled(mut candidate: Candidate, rules: &SdpRules) -> Result<Filtered, SdpError> {
    let changed = match filter_candidate(&candidate.candidate, rules)? {
        Verdict::Carry(text) => owned(text),
        Verdict::Drop => {
            return Ok(Filtered {
                signal: None,
                dropped: 1,
            });
        }
    };
    if let Some(text) = changed {
        candidate.candidate = text;
    }
    Ok(Filtered {
        signal: Some(Signal::Candidate(candidate)),
        dropped: 0,
    })
}

/// The text, if it was changed.
fn owned(text: Cow<'_, str>) -> Option<String> {
    match text {
        Cow::Borrowed(_) => None,
        Cow::Owned(text) => Some(text),
    }
}
