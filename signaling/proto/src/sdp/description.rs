//! Reads a description line by line, and edits what must not be carried.

use std::ops::Range;

use super::address::{self, Reach};
use super::candidate::{self, Judgement, is_ice_text, number};
use super::edit::Edited;
use super::line::{Line, Lines, Word, Words, attribute};
use super::{Filtered, IceTransportPolicy, SdpError, SdpRules};

/// How long the credentials of ICE are, in characters (RFC 8839, section 5.4).
const UFRAG: Range<usize> = 4..257;
const PASSWORD: Range<usize> = 22..257;

/// Reads one description.
#[derive(Debug)]
pub(super) struct Reader<'a, 'r> {
    rules: &'r SdpRules,
    lines: Lines<'a>,
    edited: Edited<'a>,
    place: Place,
    seen: Seen<'a>,
    candidates: usize,
    dropped: usize,
}

/// The part of the description that reading has reached.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    /// What holds for the whole session.
    Session,
    /// Right behind the section's first line, whose port is there.
    SectionStart { port: Range<usize> },
    /// Behind that line.
    Section,
}

/// The parts that must be there once, as far as they were seen.
#[derive(Debug, Default)]
struct Seen<'a> {
    fingerprint: Option<&'a str>,
    ufrag: bool,
    password: bool,
    setup: bool,
    /// An address of the whole session that is not told.
    masked: bool,
}

/// What becomes of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Worth {
    Keep,
    Remove,
}

impl<'a, 'r> Reader<'a, 'r> {
    pub(super) fn new(sdp: &'a str, rules: &'r SdpRules) -> Self {
        Self {
            rules,
            lines: Lines::new(sdp),
            edited: Edited::new(sdp),
            place: Place::Session,
            seen: Seen::default(),
            candidates: 0,
            dropped: 0,
        }
    }

    /// Reads all of it.
    pub(super) fn read(mut self) -> Result<Filtered<'a>, SdpError> {
        if self.first(b'v', "v=")?.value != "0" {
            return Err(SdpError::Malformed("v="));
        }
        let origin = self.first(b'o', "o=")?;
        self.mask_origin(&origin)?;
        self.first(b's', "s=")?;
        while let Some(line) = self.lines.next()? {
            if self.judge(&line)? == Worth::Remove {
                self.edited.remove(line.whole());
            }
        }
        self.check_complete()?;
        Ok(Filtered {
            sdp: self.edited.finish(),
            candidates: self.candidates,
            dropped: self.dropped,
        })
    }

    /// The next line, which must be of this kind.
    fn first(&mut self, kind: u8, name: &'static str) -> Result<Line<'a>, SdpError> {
        let line = self.lines.next()?.ok_or(SdpError::Missing(name))?;
        if line.kind == kind {
            Ok(line)
        } else {
            Err(SdpError::Missing(name))
        }
    }

    fn judge(&mut self, line: &Line<'a>) -> Result<Worth, SdpError> {
        let place = self.place.clone();
        if let Place::SectionStart { .. } = place {
            self.place = Place::Section;
        }
        match (line.kind, place) {
            (b'a', place) => self.judge_attribute(line, &place),
            (b't', Place::Session) => Ok(Worth::Keep),
            (b'm', Place::Session) => self.open_section(line),
            (b'c', place) => self.judge_connection(line, place),
            (b'm', _) => Err(SdpError::NotDataChannel),
            (b'v' | b'o' | b's' | b't', _) => Err(SdpError::Malformed("order of lines")),
            _ => Ok(Worth::Remove),
        }
    }

    /// `m=application <port> UDP/DTLS/SCTP webrtc-datachannel`. The older `DTLS/SCTP` with a port of SCTP as its format has
    /// left all browsers.
    fn open_section(&mut self, line: &Line<'a>) -> Result<Worth, SdpError> {
        let [media, port, transport, format] = words(line.value).ok_or(SdpError::NotDataChannel)?;
        let known = matches!(transport.text, "UDP/DTLS/SCTP" | "TCP/DTLS/SCTP");
        if media.text != "application" || !known || format.text != "webrtc-datachannel" {
            return Err(SdpError::NotDataChannel);
        }
        number::<u16>(port.text).ok_or(SdpError::Malformed("m="))?;
        let port = line.place(&port.range());
        if self.seen.masked {
            self.mask_port(port.clone());
        }
        self.place = Place::SectionStart { port };
        Ok(Worth::Keep)
    }

    /// `c=IN IP4 <address>`, of the session or right behind the section's first line.
    fn judge_connection(&mut self, line: &Line<'a>, place: Place) -> Result<Worth, SdpError> {
        const MALFORMED: SdpError = SdpError::Malformed("c=");
        let [network, family, address] = words(line.value).ok_or(MALFORMED)?;
        if network.text != "IN" || !matches!(family.text, "IP4" | "IP6") {
            return Err(MALFORMED);
        }
        let reach = address::judge(address.text)?;
        let told = match self.rules.transport_policy {
            IceTransportPolicy::All => reach.is_carried(self.rules.addresses),
            // It may be a relay's, but nothing here tells.
            IceTransportPolicy::Relay => false,
        };
        let hidden = !told && reach != Reach::Unspecified;
        match (place, hidden) {
            (Place::Session, true) => self.seen.masked = true,
            (Place::SectionStart { port }, true) if !self.seen.masked => self.mask_port(port),
            (Place::Session | Place::SectionStart { .. }, _) => {}
            (Place::Section, _) => return Err(MALFORMED),
        }
        if hidden {
            self.mask_address(line, address);
        }
        Ok(Worth::Keep)
    }

    /// `o=<user> <session> <version> IN IP4 <address>`. Nobody sends anything to this address, and browsers write the
    /// unspecified or the loopback one.
    fn mask_origin(&mut self, line: &Line<'a>) -> Result<(), SdpError> {
        let [_, _, _, _, _, address] = words(line.value).ok_or(SdpError::Malformed("o="))?;
        let reach = address::judge(address.text)?;
        if !matches!(address.text, "127.0.0.1" | "::1") && reach != Reach::Unspecified {
            self.mask_address(line, address);
        }
        Ok(())
    }

    fn mask_address(&mut self, line: &Line<'a>, address: Word<'a>) {
        let by = address::placeholder(address.text);
        self.edited.replace(line.place(&address.range()), by);
    }

    fn mask_port(&mut self, port: Range<usize>) {
        const DISCARD: &str = "9";
        self.edited.replace(port, DISCARD);
    }

    fn judge_attribute(&mut self, line: &Line<'a>, place: &Place) -> Result<Worth, SdpError> {
        let (name, value) = attribute(line.value);
        match name {
            "candidate" => return self.judge_candidate(line, place),
            "fingerprint" => self.see_fingerprint(value)?,
            "ice-ufrag" => see(&mut self.seen.ufrag, "ice-ufrag", is_ice_text(value, UFRAG))?,
            "ice-pwd" => see(&mut self.seen.password, "ice-pwd", is_ice_text(value, PASSWORD))?,
            "setup" => {
                let known = matches!(value, "actpass" | "active" | "passive");
                see(&mut self.seen.setup, "setup", known)?;
            }
            "sctp-port" => check(number::<u16>(value).is_some(), "sctp-port")?,
            "max-message-size" => check(number::<u64>(value).is_some(), "max-message-size")?,
            "end-of-candidates" | "extmap-allow-mixed" | "group" | "ice-lite" | "ice-options" | "mid"
            | "msid-semantic" | "inactive" | "recvonly" | "sendonly" | "sendrecv" => {}
            _ => return Ok(Worth::Remove),
        }
        Ok(Worth::Keep)
    }

    fn judge_candidate(&mut self, line: &Line<'a>, place: &Place) -> Result<Worth, SdpError> {
        const NAME: usize = "candidate:".len();
        if *place == Place::Session || self.candidates == self.rules.max_candidates {
            self.dropped += 1;
            return Ok(Worth::Remove);
        }
        let value = line.value.get(NAME..).unwrap_or_default();
        match candidate::judge(value, self.rules)? {
            Judgement::Carry => {}
            Judgement::Mask { range, by } => {
                let range = range.start + NAME..range.end + NAME;
                self.edited.replace(line.place(&range), by);
            }
            Judgement::Drop => {
                self.dropped += 1;
                return Ok(Worth::Remove);
            }
        }
        self.candidates += 1;
        Ok(Worth::Keep)
    }

    /// `a=fingerprint:sha-256 <bytes>`. The same one may stand at both levels.
    fn see_fingerprint(&mut self, value: &'a str) -> Result<(), SdpError> {
        check(is_fingerprint(value), "fingerprint")?;
        let first = *self.seen.fingerprint.get_or_insert(value);
        if first.eq_ignore_ascii_case(value) {
            Ok(())
        } else {
            Err(SdpError::Repeated("fingerprint"))
        }
    }

    fn check_complete(&self) -> Result<(), SdpError> {
        let parts = [
            (self.place != Place::Session, "m="),
            (self.seen.fingerprint.is_some(), "fingerprint"),
            (self.seen.ufrag, "ice-ufrag"),
            (self.seen.password, "ice-pwd"),
            (self.seen.setup, "setup"),
        ];
        match parts.into_iter().find(|(there, _)| !there) {
            Some((_, part)) => Err(SdpError::Missing(part)),
            None => Ok(()),
        }
    }
}

/// Tells whether a text is the name of a hash, and as many bytes as that has: in hexadecimal, with colons between them.
fn is_fingerprint(value: &str) -> bool {
    let Some((hash, hex)) = value.split_once(' ') else {
        return false;
    };
    let bytes = match hash {
        _ if hash.eq_ignore_ascii_case("sha-256") => 32,
        _ if hash.eq_ignore_ascii_case("sha-384") => 48,
        _ if hash.eq_ignore_ascii_case("sha-512") => 64,
        _ => return false,
    };
    let fits = |byte: &[u8]| match byte {
        [high, low, colon @ ..] => {
            high.is_ascii_hexdigit() && low.is_ascii_hexdigit() && matches!(colon, [] | [b':'])
        }
        _ => false,
    };
    hex.len() == bytes * 3 - 1 && hex.as_bytes().chunks(3).all(fits)
}

fn see(seen: &mut bool, name: &'static str, fits: bool) -> Result<(), SdpError> {
    check(fits, name)?;
    if std::mem::replace(seen, true) {
        return Err(SdpError::Repeated(name));
    }
    Ok(())
}

fn check(fits: bool, name: &'static str) -> Result<(), SdpError> {
    if fits {
        Ok(())
    } else {
        Err(SdpError::Malformed(name))
    }
}

/// Reads a text of exactly `N` words.
fn words<const N: usize>(value: &str) -> Option<[Word<'_>; N]> {
    let mut words = Words::new(value);
    let mut found = [Word { text: "", start: 0 }; N];
    for word in &mut found {
        *word = words.next().filter(|word| !word.text.is_empty())?;
    }
    words.next().is_none().then_some(found)
}
