//! The members of requests as they are on the wire.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, SeqAccess, Visitor};
use signaling_proto::rooms::announce::{Id20, MAX_OFFERS};

use super::Offer;
use crate::tracker::MAX_SCRAPED;

/// Every request; which members it must have depends on what it is. Others are not looked at.
#[derive(Deserialize)]
pub(super) struct Raw<'a> {
    #[serde(borrow)]
    pub(super) action: Text<'a>,
    pub(super) info_hash: Option<Hashes>,
    pub(super) peer_id: Option<Id>,
    pub(super) to_peer_id: Option<Id>,
    pub(super) offer_id: Option<Id>,
    pub(super) left: Option<f64>,
    #[serde(borrow)]
    pub(super) event: Option<Text<'a>>,
    #[serde(borrow)]
    pub(super) offers: Option<Offers<'a>>,
    #[serde(borrow)]
    pub(super) answer: Option<Description<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Description<'a> {
    #[serde(borrow)]
    pub(super) sdp: Text<'a>,
}

/// A text, borrowed where it has no escapes.
pub(super) struct Text<'a>(pub(super) Cow<'a, str>);

/// A name of 20 bytes.
pub(super) struct Id(pub(super) Id20);

/// One info hash, or a list of them.
pub(super) enum Hashes {
    Some(Vec<Id20>),
    TooMany,
}

/// The first [`MAX_OFFERS`] of a list.
pub(super) struct Offers<'a>(pub(super) Vec<Offer<'a>>);

#[derive(Deserialize)]
struct RawOffer<'a> {
    offer_id: Id,
    #[serde(borrow)]
    offer: Description<'a>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = Cow<'de, str>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a string")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Cow::Borrowed(text))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Cow::Owned(text.to_owned()))
            }
        }
        deserializer.deserialize_str(Read).map(Text)
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl Visitor<'_> for Read {
            type Value = Id20;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("20 characters up to U+00FF")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Id20, E> {
                id(text).ok_or_else(|| E::custom("not 20 characters up to U+00FF"))
            }
        }
        deserializer.deserialize_str(Read).map(Id)
    }
}

impl<'de> Deserialize<'de> for Hashes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = Hashes;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("one info hash or a list of them")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Hashes, E> {
                let id = id(text).ok_or_else(|| E::custom("no info hash"))?;
                Ok(Hashes::Some(vec![id]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Hashes, A::Error> {
                let mut hashes = Vec::new();
                while hashes.len() < MAX_SCRAPED {
                    let Some(Id(hash)) = list.next_element()? else {
                        return Ok(Hashes::Some(hashes));
                    };
                    hashes.push(hash);
                }
                Ok(match skip(list)? {
                    0 => Hashes::Some(hashes),
                    _ => Hashes::TooMany,
                })
            }
        }
        deserializer.deserialize_any(Read)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Offers<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = Vec<Offer<'de>>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a list of offers")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let mut offers = Vec::new();
                while offers.len() < MAX_OFFERS {
                    let Some(raw) = list.next_element::<RawOffer<'de>>()? else {
                        return Ok(offers);
                    };
                    let RawOffer { offer_id, offer } = raw;
                    offers.push(Offer {
                        id: offer_id.0,
                        sdp: offer.sdp.0,
                    });
                }
                skip(list)?;
                Ok(offers)
            }
        }
        deserializer.deserialize_seq(Read).map(Offers)
    }
}

/// Reads the rest of a list without keeping it; how many there were.
fn skip<'de, A: SeqAccess<'de>>(mut list: A) -> Result<usize, A::Error> {
    let mut count = 0;
    while list.next_element::<IgnoredAny>()?.is_some() {
        count += 1;
    }
    Ok(count)
}

fn id(text: &str) -> Option<Id20> {
    let mut bytes = [0; 20];
    let mut characters = text.chars();
    for byte in &mut bytes {
        *byte = u8::try_from(characters.next()?).ok()?;
    }
    characters.next().is_none().then_some(Id20(bytes))
}
