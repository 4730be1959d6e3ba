//! Reads as much of a datagram on a shared port as is needed to find the connection that it belongs to.
//!
//! The first byte tells the protocols apart (RFC 7983, section 7); of STUN (RFC 8489) the header and the USERNAME are
//! read. Whether a message is what it says to be is checked by the stack, which knows the passwords.

/// The fixed bytes 4 to 8 of each STUN message.
const MAGIC_COOKIE: [u8; 4] = [0x21, 0x12, 0xA4, 0x42];
const HEADER: usize = 20;
const USERNAME: u16 = 0x0006;
/// The longest USERNAME (RFC 8489, section 14.3), in bytes.
const MAX_USERNAME: usize = 513;
/// How many attributes are looked at before the USERNAME: ICE's checks have it first or second.
const MAX_ATTRIBUTES: usize = 16;
/// TURN's method by which a client gets a relay (RFC 8656).
const ALLOCATE: u16 = 0x003;

/// Names a STUN request, and the response to it.
pub(super) type TransactionId = [u8; 12];

/// A datagram's kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packet<'a> {
    /// A STUN request that names the connection it is for.
    Check {
        /// The receiver's fragment: what is before the colon (RFC 8445, section 7.2.2).
        fragment: &'a str,
    },
    /// A STUN response.
    Response(TransactionId),
    /// A packet of a connection that is known by its address: DTLS, a STUN indication, TURN's data.
    Other,
    /// A packet that no connection here could use.
    Foreign,
}

/// The answer that a sent datagram will have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sent {
    /// A response with this name will come.
    Request(TransactionId),
    /// A response with this name will come, and the receiver will be a relay of this connection.
    Allocate(TransactionId),
    /// Nothing.
    Other,
}

/// Classifies a received datagram.
pub(super) fn received(datagram: &[u8]) -> Packet<'_> {
    match datagram.first() {
        Some(0..=3) => stun(datagram),
        Some(20..=79) => Packet::Other,
        _ => Packet::Foreign,
    }
}

/// Classifies a datagram that is to be sent.
pub(super) fn sent(datagram: &[u8]) -> Sent {
    let Some(header) = Header::read(datagram) else {
        return Sent::Other;
    };
    match (header.class, header.method) {
        (Class::Request, ALLOCATE) => Sent::Allocate(header.transaction),
        (Class::Request, _) => Sent::Request(header.transaction),
        (Class::Indication | Class::Response, _) => Sent::Other,
    }
}

fn stun(datagram: &[u8]) -> Packet<'_> {
    let Some(header) = Header::read(datagram) else {
        return Packet::Foreign;
    };
    match header.class {
        Class::Response => Packet::Response(header.transaction),
        Class::Indication => Packet::Other,
        Class::Request => username(datagram)
            .and_then(|username| username.split_once(':'))
            .map_or(Packet::Foreign, |(fragment, _)| Packet::Check { fragment }),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Request,
    Indication,
    Response,
}

struct Header {
    class: Class,
    method: u16,
    transaction: TransactionId,
}

impl Header {
    fn read(datagram: &[u8]) -> Option<Self> {
        let (kind, rest) = datagram.split_first_chunk::<2>()?;
        let (length, rest) = rest.split_first_chunk::<2>()?;
        let (cookie, rest) = rest.split_first_chunk::<4>()?;
        let (transaction, body) = rest.split_first_chunk::<12>()?;
        let kind = u16::from_be_bytes(*kind);
        let length = usize::from(u16::from_be_bytes(*length));
        if kind >> 14 != 0 || *cookie != MAGIC_COOKIE || length != body.len() || length % 4 != 0 {
            return None;
        }
        // The class is in bits 4 and 8, the method around them.
        let class = match (kind & 0x100 != 0, kind & 0x010 != 0) {
            (false, false) => Class::Request,
            (false, true) => Class::Indication,
            (true, _) => Class::Response,
        };
        Some(Self {
            class,
            method: (kind & 0x000f) | ((kind & 0x00e0) >> 1) | ((kind & 0x3e00) >> 2),
            transaction: *transaction,
        })
    }
}

fn username(datagram: &[u8]) -> Option<&str> {
    let mut attributes = datagram.get(HEADER..)?;
    for _ in 0..MAX_ATTRIBUTES {
        let (kind, rest) = attributes.split_first_chunk::<2>()?;
        let (length, rest) = rest.split_first_chunk::<2>()?;
        let length = usize::from(u16::from_be_bytes(*length));
        let value = rest.get(..length)?;
        if u16::from_be_bytes(*kind) == USERNAME {
            return (length <= MAX_USERNAME)
                .then(|| std::str::from_utf8(value).ok())
                .flatten();
        }
        attributes = rest.get(length.next_multiple_of(4)..)?;
    }
    None
}

#[cfg(test)]
pub(super) mod tests;
