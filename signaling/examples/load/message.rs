//! Messages of WebTorrent's tracker protocol: JSON in text frames, whose identifiers are binary strings of 20 code points
//! below 256. Only what a load client needs: it writes announces and answers, and reads what comes of them.

use std::borrow::Cow;
use std::fmt::{self, Write};

use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, Visitor};

/// Bytes of an identifier.
const ID: usize = 20;
/// How much of a refusal's reason is kept.
const REASON: usize = 120;

/// Names a swarm (`info_hash`), a peer (`peer_id`) or an offer (`offer_id`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Id(pub(crate) [u8; ID]);

/// What an announcing peer tells.
#[derive(Debug)]
pub(crate) struct Announce<'a> {
    pub(crate) swarm: Id,
    pub(crate) peer: Id,
    pub(crate) event: Option<&'static str>,
    /// Each offer's name, and its description as a JSON object.
    pub(crate) offers: &'a [(Id, &'a str)],
}

/// What a peer answers to an offer.
#[derive(Debug)]
pub(crate) struct Answer<'a> {
    pub(crate) swarm: Id,
    pub(crate) peer: Id,
    pub(crate) to: Id,
    pub(crate) offer: Id,
    /// The description as a JSON object.
    pub(crate) description: &'a str,
}

/// What a tracker says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Message {
    /// It took an announce.
    Response,
    /// Another peer's offer.
    Offer { peer: Id, offer: Id },
    /// Another peer's answer to our offer.
    Answer { offer: Id },
    /// It did not do what was asked.
    Failure(String),
    /// Something that needs no reaction.
    Other,
}

/// As it is on the wire. What descriptions hold is skipped: reading it is the browser's work.
#[derive(Debug, Deserialize)]
struct Wire<'a> {
    #[serde(borrow, default)]
    action: Cow<'a, str>,
    peer_id: Option<Id>,
    offer_id: Option<Id>,
    offer: Option<IgnoredAny>,
    answer: Option<IgnoredAny>,
    #[serde(rename = "failure reason")]
    failure: Option<String>,
}

impl Announce<'_> {
    /// Writes the message, in the place of what `out` held.
    pub(crate) fn write(&self, out: &mut String) {
        out.clear();
        out.push_str(r#"{"action":"announce","info_hash":"#);
        self.swarm.write(out);
        out.push_str(r#","peer_id":"#);
        self.peer.write(out);
        let wanted = self.offers.len();
        // Writing to a String cannot fail.
        let _ = write!(out, r#","numwant":{wanted},"uploaded":0,"downloaded":0,"left":1"#);
        if let Some(event) = self.event {
            let _ = write!(out, r#","event":"{event}""#);
        }
        out.push_str(r#","offers":["#);
        for (number, (id, description)) in self.offers.iter().enumerate() {
            out.push_str(if number == 0 {
                r#"{"offer":"#
            } else {
                r#",{"offer":"#
            });
            out.push_str(description);
            out.push_str(r#","offer_id":"#);
            id.write(out);
            out.push('}');
        }
        out.push_str("]}");
    }
}

impl Answer<'_> {
    /// Writes the message, in the place of what `out` held.
    pub(crate) fn write(&self, out: &mut String) {
        out.clear();
        out.push_str(r#"{"action":"announce","info_hash":"#);
        self.swarm.write(out);
        out.push_str(r#","peer_id":"#);
        self.peer.write(out);
        out.push_str(r#","to_peer_id":"#);
        self.to.write(out);
        out.push_str(r#","offer_id":"#);
        self.offer.write(out);
        out.push_str(r#","answer":"#);
        out.push_str(self.description);
        out.push('}');
    }
}

impl Message {
    /// Reads a tracker's message.
    ///
    /// # Errors
    /// It is no JSON, or has identifiers that are none.
    pub(crate) fn parse(payload: &[u8]) -> Result<Self, serde_json::Error> {
        let wire: Wire = serde_json::from_slice(payload)?;
        if let Some(reason) = wire.failure {
            return Ok(Self::Failure(reason.chars().take(REASON).collect()));
        }
        Ok(match (wire.offer, wire.answer, wire.peer_id, wire.offer_id) {
            (Some(_), None, Some(peer), Some(offer)) => Self::Offer { peer, offer },
            (None, Some(_), _, Some(offer)) => Self::Answer { offer },
            (None, None, _, _) if wire.action == "announce" => Self::Response,
            _ => Self::Other,
        })
    }
}

impl Id {
    /// Writes the identifier as `JSON.stringify` does.
    fn write(self, out: &mut String) {
        out.push('"');
        for byte in self.0 {
            match byte {
                b'"' | b'\\' => {
                    out.push('\\');
                    out.push(char::from(byte));
                }
                b'\n' => out.push_str("\\n"),
                b'\r' => out.push_str("\\r"),
                b'\t' => out.push_str("\\t"),
                0x08 => out.push_str("\\b"),
                0x0c => out.push_str("\\f"),
                0..0x20 => {
                    let _ = write!(out, "\\u{byte:04x}");
                }
                _ => out.push(char::from(byte)),
            }
        }
        out.push('"');
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(BinaryString)
    }
}

struct BinaryString;

impl Visitor<'_> for BinaryString {
    type Value = Id;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "{ID} characters below 256")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Id, E> {
        let mut bytes = [0; ID];
        let mut characters = text.chars();
        for byte in &mut bytes {
            let character = characters
                .next()
                .and_then(|character| u8::try_from(character).ok());
            *byte = character.ok_or_else(|| E::invalid_length(text.chars().count(), &self))?;
        }
        match characters.next() {
            None => Ok(Id(bytes)),
            Some(_) => Err(E::invalid_length(text.chars().count(), &self)),
        }
    }
}

#[cfg(test)]
mod tests;
