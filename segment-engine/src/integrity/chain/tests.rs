//! Chains of batches: what is kept, what is refused, what is missing.

use std::time::Duration;

use super::*;
use crate::input::Signature;
use crate::integrity::write_batch;

const NOW: UnixTime = UnixTime::from_millis(1_700_000_000_000);

/// Batches of one signer, as it makes them.
struct Signer {
    run: Run,
    now: UnixTime,
}

impl Signer {
    fn new(seed: u8) -> Self {
        Self {
            run: Run::new(Rng::new([seed; 32])),
            now: NOW,
        }
    }

    fn sign(&mut self) -> (Arc<SignedBatch>, Batch) {
        let (sequence, previous) = self.run.next(self.now);
        self.now = self.now + Duration::from_secs(1);
        let content = Batch {
            sequence,
            made: self.now,
            expires: self.now + Duration::from_secs(60),
            previous,
            records: Vec::new(),
        };
        let batch = signed(&content);
        self.run.on_made(Digest::of(&[&batch.message]));
        (batch, content)
    }
}

fn signed(content: &Batch) -> Arc<SignedBatch> {
    Arc::new(SignedBatch {
        message: write_batch("film", content),
        signature: Signature([0; 64]),
    })
}

fn accept(chain: &mut Chain, (batch, content): &(Arc<SignedBatch>, Batch)) -> Result<(), Refusal> {
    chain.accept(batch.clone(), content, NOW)
}

#[test]
fn a_run_counts_up_and_links() {
    let mut signer = Signer::new(1);
    let contents = [signer.sign().1, signer.sign().1, signer.sign().1];
    assert_eq!(contents[0].sequence >> 32, 1_700_000_000);
    assert_eq!(contents[0].previous, NONE);
    for pair in contents.windows(2) {
        assert_eq!(pair[1].sequence, pair[0].sequence + 1);
        assert_eq!(pair[1].previous, Digest::of(&[&signed(&pair[0]).message]));
    }
    assert_ne!(
        Signer::new(2).sign().1.sequence,
        contents[0].sequence,
        "two seeders that start at once do not meet"
    );
}

#[test]
fn batches_are_handed_on_in_their_order_whichever_came_first() {
    let mut signer = Signer::new(1);
    let batches = [signer.sign(), signer.sign(), signer.sign()];
    let mut chain = Chain::default();
    for index in [2, 0, 1] {
        accept(&mut chain, &batches[index]).unwrap();
    }
    assert!(chain.batches().eq(batches.iter().map(|(batch, _)| batch)));
    assert_eq!(accept(&mut chain, &batches[1]), Err(Refusal::Known));
}

#[test]
fn gaps_are_counted_until_they_close() {
    let mut signer = Signer::new(1);
    let batches: Vec<_> = (0..6).map(|_| signer.sign()).collect();
    let mut chain = Chain::default();
    let told = [(2, 0), (3, 0), (5, 1), (0, 2), (4, 1), (1, 0)];
    for (index, gaps) in told {
        accept(&mut chain, &batches[index]).unwrap();
        assert_eq!(chain.gaps(), gaps, "with {index}");
    }
}

#[test]
fn runs_are_no_gaps_to_each_other() {
    let (mut first, mut later) = (Signer::new(1), Signer::new(2));
    later.now = NOW + Duration::from_secs(9);
    let mut chain = Chain::default();
    for batch in [first.sign(), first.sign(), later.sign(), later.sign()] {
        accept(&mut chain, &batch).unwrap();
    }
    assert_eq!((chain.gaps(), chain.equivocations()), (0, 0));
}

#[test]
fn a_link_to_another_batch_than_the_one_that_is_kept_is_a_gap() {
    let mut signer = Signer::new(1);
    let first = signer.sign();
    let (_, second) = signer.sign();
    let second = Batch {
        previous: Digest([5; 28]),
        ..second
    };
    let mut chain = Chain::default();
    accept(&mut chain, &first).unwrap();
    accept(&mut chain, &(signed(&second), second)).unwrap();
    assert_eq!(chain.gaps(), 1);
}

#[test]
fn of_two_batches_of_one_sequence_the_newer_is_kept_whichever_comes_first() {
    let older = Signer::new(1).sign();
    let newer = Batch {
        made: older.1.made + Duration::from_millis(1),
        ..older.1.clone()
    };
    let newer = (signed(&newer), newer);
    for (first, second, told) in [
        (&older, &newer, Ok(())),
        (&newer, &older, Err(Refusal::Superseded)),
    ] {
        let mut chain = Chain::default();
        accept(&mut chain, first).unwrap();
        assert_eq!(accept(&mut chain, second), told);
        assert!(chain.batches().eq([&newer.0]));
        assert_eq!(chain.equivocations(), 1);
        for batch in [first, second] {
            let digest = Digest::of(&[&batch.0.message]);
            assert!(chain.has(&digest), "neither is checked again");
            assert_eq!(accept(&mut chain, batch), Err(Refusal::Known));
        }
        assert_eq!(chain.equivocations(), 1, "and it is counted once");
    }
}

#[test]
fn of_two_batches_of_one_sequence_and_one_time_all_keep_the_same() {
    let one = Signer::new(1).sign();
    let other = Batch {
        expires: one.1.expires + Duration::from_secs(1),
        ..one.1.clone()
    };
    let other = (signed(&other), other);
    let kept = |first, second| {
        let mut chain = Chain::default();
        accept(&mut chain, first).unwrap();
        // Which of both it is shows in the outcome.
        let _ = accept(&mut chain, second);
        chain.batches().cloned().collect::<Vec<_>>()
    };
    assert_eq!(kept(&one, &other), kept(&other, &one));
}

#[test]
fn what_has_expired_is_neither_taken_nor_kept() {
    let mut signer = Signer::new(1);
    let (first, second) = (signer.sign(), signer.sign());
    let mut chain = Chain::default();
    let late = first.1.expires;
    assert_eq!(
        chain.accept(first.0.clone(), &first.1, late),
        Err(Refusal::Expired)
    );
    accept(&mut chain, &first).unwrap();
    accept(&mut chain, &second).unwrap();
    chain.expire(late);
    assert!(chain.batches().eq([&second.0]));
    assert!(!chain.has(&Digest::of(&[&first.0.message])));
}

#[test]
fn no_more_than_the_most_batches_are_kept() {
    let mut signer = Signer::new(1);
    let mut chain = Chain::default();
    let batches: Vec<_> = (0..MAX_BATCHES + 3).map(|_| signer.sign()).collect();
    for (index, batch) in batches.iter().enumerate() {
        assert_eq!(
            chain.is_scattered(),
            index > MAX_BATCHES / 2,
            "after {index} batches"
        );
        accept(&mut chain, batch).unwrap();
    }
    assert!(chain.batches().eq(batches[3..].iter().map(|(batch, _)| batch)));
    assert_eq!((chain.kept.len(), chain.seen.len()), (MAX_BATCHES, MAX_BATCHES));
    chain.retire();
    assert_eq!(chain.batches().count(), 0);
    assert_eq!(accept(&mut chain, &batches[0]), Ok(()));
}
