//! What the host tells of its shelf, the browser's database: only the engine is concerned.

use segment_engine::input::Signature;
use segment_engine::integrity::{Record, SignedBatch};
use segment_engine::piece::{Body, Digest};
use segment_engine::shelf::{ShelfEntry, ShelfFact, read_name};

use super::{MeaningError, bytes, count};
use crate::members::Members;

/// What it means to the engine, if it is of the shelf. What a database holds may be anything: of a list what makes no sense
/// is left out.
pub(super) fn about_shelf(kind: &str, input: &dyn Members) -> Result<Option<ShelfFact>, MeaningError> {
    let named = || input.bytes("key").and_then(|name| read_name(&name));
    let key = || named().ok_or(MeaningError::Lacks("key"));
    Ok(Some(match kind {
        "shelfOpening" => ShelfFact::Opening,
        "shelfDigests" => ShelfFact::Digests(items(input, "batches", |item| batch(item).ok())),
        "shelfOpened" => ShelfFact::Opened(items(input, "entries", |item| entry(item).ok())),
        "shelved" => ShelfFact::Shelved(entry(input)?),
        "unshelvable" => ShelfFact::Unshelvable(entry(input)?),
        "unreadable" => ShelfFact::Unreadable(key()?),
        "unshelved" => ShelfFact::Unshelved {
            key: key()?,
            body: input.bytes("bytes").map(|bytes| Body::of(&bytes)),
        },
        "dropped" => ShelfFact::Dropped(items(input, "keys", |item| read_name(&item.bytes("key")?))),
        _ => return Ok(None),
    }))
}

/// The items of a list that are what they should be.
fn items<T>(from: &dyn Members, name: &str, read: impl Fn(&dyn Members) -> Option<T>) -> Vec<T> {
    let Some(list) = from.object(name) else {
        return Vec::new();
    };
    let items = (0_u32..).map_while(|index| list.object(&index.to_string()));
    items.filter_map(|item| read(&*item)).collect()
}

fn batch(from: &dyn Members) -> Result<SignedBatch, MeaningError> {
    let signature = bytes(from, "key")?;
    Ok(SignedBatch {
        message: bytes(from, "bytes")?,
        signature: Signature(signature.try_into().map_err(|_| MeaningError::Lacks("key"))?),
    })
}

fn entry(from: &dyn Members) -> Result<ShelfEntry, MeaningError> {
    let root = bytes(from, "root")?;
    Ok(ShelfEntry {
        key: read_name(&bytes(from, "key")?).ok_or(MeaningError::Lacks("key"))?,
        record: Record {
            size: count(from, "size")?,
            root: Digest(root.try_into().map_err(|_| MeaningError::Lacks("root"))?),
        },
    })
}
