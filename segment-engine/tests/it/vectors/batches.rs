//! Samples of batches: two that are chained, signed with a key that everybody knows.

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use segment_engine::id::{ByteRange, SegmentKey, SegmentKind, TrackKey};
use segment_engine::integrity::{Batch, Record, read_batch, write_batch};
use segment_engine::piece::Digest;
use segment_engine::time::UnixTime;
use serde_json::{Value, json};

use super::trees::segment;
use super::{describe, hex, unhex};

const SWARM: &str = "a title";

/// The batches of the file.
pub(super) fn made() -> Vec<Value> {
    let track = TrackKey([1, 2, 3, 4, 5, 6, 7, 8]);
    let key = |kind, time, range| SegmentKey {
        track,
        kind,
        time,
        range,
    };
    let row = |key, size| (key, Record::of(&segment(size)));
    let made = UnixTime::from_millis(1_700_000_000_123);
    let first = Batch {
        sequence: (1_700_000_000 << 32) + 77,
        made,
        expires: UnixTime::from_millis(made.as_millis() + 7_200_000),
        previous: Digest([0; 28]),
        records: vec![
            row(key(SegmentKind::Init, 0, ByteRange::new(0, 699)), 700),
            row(key(SegmentKind::Media, -1, None), 100_000),
            row(key(SegmentKind::Media, 900_000, None), 40_000),
        ],
    };
    let second = Batch {
        sequence: first.sequence + 1,
        made: UnixTime::from_millis(made.as_millis() + 4_000),
        previous: Digest::of(&[&write_batch(SWARM, &first)]),
        records: vec![],
        ..first.clone()
    };
    [first, second].iter().map(vector).collect()
}

fn vector(batch: &Batch) -> Value {
    let signer = SigningKey::from_bytes(&[7; 32]);
    let message = write_batch(SWARM, batch);
    let mut vector = fields(batch);
    vector["swarm"] = SWARM.into();
    vector["message"] = hex(&message).into();
    vector["secretKey"] = hex(signer.as_bytes()).into();
    vector["publicKey"] = hex(signer.verifying_key().as_bytes()).into();
    vector["signature"] = hex(&signer.sign(&message).to_bytes()).into();
    vector
}

fn fields(batch: &Batch) -> Value {
    let record = |(key, record): &(SegmentKey, Record)| json!({ "key": describe::key(key), "size": record.size, "root": hex(&record.root.0) });
    json!({
        "sequence": batch.sequence.to_string(),
        "made": batch.made.as_millis().to_string(),
        "expires": batch.expires.as_millis().to_string(),
        "previous": hex(&batch.previous.0),
        "records": batch.records.iter().map(record).collect::<Vec<_>>(),
    })
}

pub(super) fn check(vector: &Value) {
    let message = unhex(&vector["message"]);
    let swarm = vector["swarm"].as_str().unwrap();
    let batch = read_batch(&message, swarm).unwrap();
    assert_eq!(write_batch(swarm, &batch), message);
    let fields = fields(&batch);
    for (name, value) in fields.as_object().unwrap() {
        assert_eq!(*value, vector[name], "{name}");
    }
    let key = VerifyingKey::from_bytes(&unhex(&vector["publicKey"]).try_into().unwrap()).unwrap();
    let signature = Signature::from_bytes(&unhex(&vector["signature"]).try_into().unwrap());
    assert!(key.verify_strict(&message, &signature).is_ok());
    assert!(key.verify_strict(&message[1..], &signature).is_err());
}
