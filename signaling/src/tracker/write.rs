//! Writes messages to clients.

use std::fmt::Write;

use signaling_proto::rooms::announce::{Census, Id20};

/// The most bytes that a message takes beside its description: three names of 20 bytes, six for each byte where all are
/// escaped, and its members' names.
const FRAME: usize = 512;

/// The part that is the same in all that one connection has for the peers of one info hash.
#[derive(Debug)]
pub(super) struct Letterhead(String);

/// The kind of message that is carried between peers.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Offer,
    Answer,
}

impl Letterhead {
    pub(super) fn new(info_hash: &Id20, peer: &Id20) -> Self {
        let mut text = String::with_capacity(FRAME / 2);
        text.push_str(r#"{"action":"announce","info_hash":"#);
        push_id(&mut text, info_hash);
        text.push_str(r#","peer_id":"#);
        push_id(&mut text, peer);
        text.push_str(r#","offer_id":"#);
        Self(text)
    }

    /// Writes an offer or an answer, as a peer gets it.
    pub(super) fn write(&self, kind: Kind, offer: &Id20, sdp: &str) -> String {
        // Each line's end takes two bytes more than it has.
        let mut text = String::with_capacity(FRAME + sdp.len() + sdp.len() / 8);
        text.push_str(&self.0);
        push_id(&mut text, offer);
        text.push_str(match kind {
            Kind::Offer => r#","offer":{"type":"offer","sdp":"#,
            Kind::Answer => r#","answer":{"type":"answer","sdp":"#,
        });
        push_text(&mut text, sdp);
        text.push_str("}}");
        text
    }
}

/// Writes the response to an announce.
pub(super) fn announced(info_hash: &Id20, interval_s: u64, census: &Census) -> String {
    let mut text = String::with_capacity(FRAME / 2);
    text.push_str(r#"{"action":"announce","info_hash":"#);
    push_id(&mut text, info_hash);
    let Census {
        complete, incomplete, ..
    } = census;
    // Writing to a string cannot fail.
    let _ = write!(
        text,
        r#","interval":{interval_s},"complete":{complete},"incomplete":{incomplete}}}"#
    );
    text
}

/// Writes the response to a scrape.
pub(super) fn scraped(files: &[(Id20, Census)]) -> String {
    let mut text = String::with_capacity(FRAME * (1 + files.len() / 2));
    text.push_str(r#"{"action":"scrape","files":{"#);
    for (place, (info_hash, census)) in files.iter().enumerate() {
        if place > 0 {
            text.push(',');
        }
        push_id(&mut text, info_hash);
        let Census {
            complete,
            incomplete,
            downloaded,
        } = census;
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            r#":{{"complete":{complete},"incomplete":{incomplete},"downloaded":{downloaded}}}"#
        );
    }
    text.push_str("}}");
    text
}

/// Writes an error, of an announce where an info hash is named.
pub(super) fn failure(reason: &str, info_hash: Option<&Id20>) -> String {
    let mut text = String::with_capacity(FRAME);
    text.push_str(r#"{"failure reason":"#);
    push_text(&mut text, reason);
    if let Some(info_hash) = info_hash {
        text.push_str(r#","action":"announce","info_hash":"#);
        push_id(&mut text, info_hash);
    }
    text.push('}');
    text
}

/// Writes 20 bytes as a string of 20 characters.
fn push_id(to: &mut String, id: &Id20) {
    to.push('"');
    for byte in id.0 {
        match byte {
            b'"' | b'\\' => {
                to.push('\\');
                to.push(char::from(byte));
            }
            0..=0x1f => push_control(to, byte),
            _ => to.push(char::from(byte)),
        }
    }
    to.push('"');
}

/// Writes a text; what lies between two characters to be escaped is copied at once.
fn push_text(to: &mut String, text: &str) {
    to.push('"');
    let mut copied = 0;
    for (place, byte) in text.bytes().enumerate() {
        if byte >= b' ' && byte != b'"' && byte != b'\\' {
            continue;
        }
        // It is one byte of ASCII, so the text before and after it is whole characters.
        to.push_str(&text[copied..place]);
        copied = place + 1;
        match byte {
            b'\r' => to.push_str("\\r"),
            b'\n' => to.push_str("\\n"),
            b'"' => to.push_str("\\\""),
            b'\\' => to.push_str("\\\\"),
            _ => push_control(to, byte),
        }
    }
    to.push_str(&text[copied..]);
    to.push('"');
}

fn push_control(to: &mut String, byte: u8) {
    // Writing to a string cannot fail.
    let _ = write!(to, "\\u{byte:04x}");
}

#[cfg(test)]
mod tests;
