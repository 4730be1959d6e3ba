//! `vectors/protocol-1.json`: what another implementation can test itself against, and what this one must not
//! change.
//!
//! The file is made from the samples in this folder; `UPDATE_EXPECT=1 cargo test -p segment-engine --test it
//! vectors` writes it anew. A difference that is not an addition is another protocol.

mod batches;
mod describe;
mod frames;
mod keys;
mod sidecars;
mod trees;

use expect_test::expect_file;
use segment_engine::wire::{DecodeError, Message, VERSION, decode, encode};
use serde_json::{Value, json};

const FILE: &str = include_str!("../../vectors/protocol-1.json");

#[test]
fn the_file_is_what_the_samples_make() {
    let made = json!({
        "protocol": VERSION,
        "about": [
            "Test vectors of fugitive's protocol 1; see PROTOCOL.md.",
            "Bytes are hexadecimal. Numbers of up to 64 bits are decimal texts, shorter ones are numbers.",
            "frames: encoding the frame gives hex, decoding hex gives the frame.",
            "tolerated: decoding hex gives the frame; nobody writes it so.",
            "refused: decoding hex is an error, which ends the link.",
            "trees: byte number i of the segment is i mod 251; its pieces have these leaves and this root.",
            "batches: writing the fields gives message, whose Ed25519 signature is given; all records are listed.",
            "sidecars: the batches of that swarm above and their signatures, in this order, as a sidecar of the signer.",
            "keys: the manifest, read from url (and known by identity, for a media playlist), has these segments.",
        ],
        "frames": frames::made(),
        "tolerated": frames::tolerated(),
        "refused": frames::refused(),
        "trees": trees::made(),
        "batches": batches::made(),
        "sidecars": sidecars::made(),
        "keys": keys::made(),
    });
    let text = serde_json::to_string_pretty(&made).unwrap() + "\n";
    expect_file!["../../vectors/protocol-1.json"].assert_eq(&text);
}

#[test]
fn each_frame_of_the_file_decodes_to_what_it_says_and_encodes_to_what_it_was() {
    for vector in list("frames") {
        let bytes = unhex(&vector["hex"]);
        let frame = decode(Message::from_bytes(bytes.clone())).unwrap();
        assert_eq!(describe::frame(&frame), vector["frame"], "{}", vector["name"]);
        let message = encode(&frame);
        assert_eq!(message.len(), bytes.len(), "{}", vector["name"]);
        assert_eq!(message.into_bytes(), bytes, "{}", vector["name"]);
    }
}

#[test]
fn the_file_has_every_frame() {
    let has = |tag: &str| list("frames").iter().any(|vector| vector["frame"]["type"] == tag);
    let missing: Vec<_> = describe::TYPES.into_iter().filter(|tag| !has(tag)).collect();
    assert!(missing.is_empty(), "no vector of {missing:?}");
}

#[test]
fn what_others_may_write_is_read_and_what_nobody_may_is_refused() {
    for vector in list("tolerated") {
        let frame = decode(Message::from_bytes(unhex(&vector["hex"]))).unwrap();
        assert_eq!(describe::frame(&frame), vector["frame"], "{}", vector["name"]);
    }
    for vector in list("refused") {
        let told = decode(Message::from_bytes(unhex(&vector["hex"])));
        assert!(
            matches!(told, Err(DecodeError::Malformed(_) | DecodeError::Trailing)),
            "{}: {told:?}",
            vector["name"]
        );
    }
}

#[test]
fn each_tree_of_the_file_has_its_root() {
    for vector in list("trees") {
        trees::check(&vector);
    }
}

#[test]
fn each_batch_of_the_file_reads_as_it_says_and_is_signed() {
    for vector in list("batches") {
        batches::check(&vector);
    }
}

#[test]
fn each_sidecar_of_the_file_holds_the_batches_that_it_says() {
    for vector in list("sidecars") {
        sidecars::check(&vector);
    }
}

/// One of the file's lists.
fn list(name: &str) -> Vec<Value> {
    let file: Value = serde_json::from_str(FILE).unwrap();
    let list = file[name].as_array().unwrap().clone();
    assert!(!list.is_empty(), "{name}");
    list
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &Value) -> Vec<u8> {
    let (digits, odd) = text.as_str().unwrap().as_bytes().as_chunks::<2>();
    assert!(odd.is_empty(), "{text}");
    let byte = |digits| u8::from_str_radix(str::from_utf8(digits).unwrap(), 16).unwrap();
    digits.iter().map(|digits| byte(digits.as_slice())).collect()
}
