//! Samples of sidecars: the batches of the file, put together newest first, and none at all.

use segment_engine::input::Signature;
use segment_engine::integrity::{Sidecar, SignedBatch, read_sidecar, write_sidecar};
use segment_engine::output::PublicKey;
use serde_json::{Value, json};

use super::{batches, hex, unhex};

/// The sidecars of the file.
pub(super) fn made() -> Vec<Value> {
    let batches = batches::made();
    let newest_first: Vec<Value> = batches.iter().rev().cloned().collect();
    let describe = |batches: &[Value]| {
        let first = &newest_first[0];
        let sidecar = Sidecar {
            swarm: first["swarm"].as_str().unwrap().to_owned(),
            signer: PublicKey(unhex(&first["publicKey"]).try_into().unwrap()),
            batches: batches.iter().map(signed).collect(),
        };
        let messages: Vec<&Value> = batches.iter().map(|batch| &batch["message"]).collect();
        json!({
            "swarm": sidecar.swarm,
            "signer": hex(&sidecar.signer.0),
            "messages": messages,
            "hex": hex(&write_sidecar(&sidecar)),
        })
    };
    vec![describe(&[]), describe(&newest_first)]
}

fn signed(batch: &Value) -> SignedBatch {
    SignedBatch {
        message: unhex(&batch["message"]),
        signature: Signature(unhex(&batch["signature"]).try_into().unwrap()),
    }
}

pub(super) fn check(vector: &Value) {
    let bytes = unhex(&vector["hex"]);
    let sidecar = read_sidecar(&bytes).unwrap();
    assert_eq!(vector["swarm"], sidecar.swarm);
    assert_eq!(vector["signer"], hex(&sidecar.signer.0));
    let messages: Vec<String> = sidecar.batches.iter().map(|batch| hex(&batch.message)).collect();
    assert_eq!(vector["messages"], json!(messages));
    for batch in &sidecar.batches {
        let known = batches::made();
        assert!(known.iter().any(|known| signed(known) == *batch));
    }
    assert_eq!(write_sidecar(&sidecar), bytes);
}
