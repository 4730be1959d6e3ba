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

type Signed = (Arc<SignedBatch>, Batch);

fn accept(chain: &mut Chain, (batch, content): &Signed) -> Result<Standing, Refusal> {
    chain.accept(batch.clone(), content, NOW)
}

/// All that is kept, newest first.
fn kept(chain: &Chain) -> Vec<Arc<SignedBatch>> {
    let mut all = VecSet::default();
    chain.kept.keys().for_each(|sequence| {
        all.insert(*sequence);
    });
    chain.newest_first(&all)
}

fn batches<'a>(of: impl IntoIterator<Item = &'a Signed>) -> Vec<Arc<SignedBatch>> {
    of.into_iter().map(|(batch, _)| batch.clone()).collect()
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
fn the_newest_are_handed_on_first_whichever_came_first() {
    let mut signer = Signer::new(1);
    let signed = [signer.sign(), signer.sign(), signer.sign()];
    let mut chain = Chain::default();
    for index in [2, 0, 1] {
        accept(&mut chain, &signed[index]).unwrap();
    }
    assert_eq!(kept(&chain), batches(signed.iter().rev()));
    let mut two = VecSet::default();
    two.insert(signed[0].1.sequence);
    two.insert(signed[2].1.sequence);
    assert_eq!(chain.newest_first(&two), batches([&signed[2], &signed[0]]));
    assert_eq!(accept(&mut chain, &signed[1]), Err(Refusal::Known));
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
fn what_is_missing_from_before_the_first_that_came_is_no_gap() {
    let mut signer = Signer::new(1);
    let signed: Vec<_> = (0..6).map(|_| signer.sign()).collect();
    let mut chain = Chain::default();
    for (index, gaps) in [(3, 0), (1, 0), (5, 1), (4, 0)] {
        let (batch, content) = &signed[index];
        chain
            .accept(batch.clone(), content, NOW + Duration::from_secs(4))
            .unwrap();
        assert_eq!(chain.gaps(), gaps, "with {index}");
    }
}

#[test]
fn two_batches_of_one_sequence_void_each_other_whichever_comes_first() {
    let one = Signer::new(1).sign();
    let with_life = |seconds| {
        let content = Batch {
            expires: one.1.expires + Duration::from_secs(seconds),
            ..one.1.clone()
        };
        (signed(&content), content)
    };
    let (other, third) = (with_life(1), with_life(2));
    for (first, second) in [(&one, &other), (&other, &one)] {
        let mut chain = Chain::default();
        assert_eq!(accept(&mut chain, first), Ok(Standing::Good));
        assert_eq!(accept(&mut chain, second), Ok(Standing::Contradicts));
        assert_eq!(
            chain.newest_first(&VecSet::default()),
            batches([first, second]),
            "a new peer is given the proof"
        );
        for batch in [first, second] {
            let digest = Digest::of(&[&batch.0.message]);
            assert!(chain.has(&digest), "neither is checked again");
            assert_eq!(accept(&mut chain, batch), Err(Refusal::Known));
        }
        assert_eq!(accept(&mut chain, &third), Err(Refusal::Void), "nothing is added");
        assert_eq!(chain.equivocations(), 1, "it is counted once");
        chain.expire(other.1.expires);
        assert_eq!(kept(&chain), []);
    }
}

#[test]
fn two_signers_that_drew_alike_part_once_they_contradict_each_other() {
    let mut signers = [Signer::new(1), Signer::new(1)];
    let first: Vec<u64> = signers
        .iter_mut()
        .map(|signer| signer.sign().1.sequence)
        .collect();
    assert_eq!(first[0], first[1]);
    // From here on they sign different things.
    signers[1].now = NOW + Duration::from_secs(9);
    let contradicted: Vec<u64> = signers
        .iter_mut()
        .map(|signer| signer.sign().1.sequence)
        .collect();
    assert_eq!(contradicted[0], contradicted[1]);
    for signer in &mut signers {
        signer.run.end_at(contradicted[0]);
        signer.now = NOW + Duration::from_secs(20);
    }
    let contents = signers.each_mut().map(|signer| signer.sign().1);
    assert_ne!(contents[0].sequence, contents[1].sequence);
    assert!(contents.iter().all(|content| content.previous == NONE));
    signers[0].run.end_at(contents[0].sequence + 1);
    assert_eq!(
        signers[0].sign().1.sequence,
        contents[0].sequence + 1,
        "what it has not come to is another's"
    );
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
    assert_eq!(kept(&chain), [second.0]);
    assert!(!chain.has(&Digest::of(&[&first.0.message])));
}

#[test]
fn no_more_than_the_most_batches_are_kept() {
    let mut signer = Signer::new(1);
    let mut chain = Chain::default();
    let signed: Vec<_> = (0..MAX_BATCHES + 3).map(|_| signer.sign()).collect();
    for (index, batch) in signed.iter().enumerate() {
        assert_eq!(
            chain.is_scattered(),
            index > MAX_BATCHES / 2,
            "after {index} batches"
        );
        accept(&mut chain, batch).unwrap();
    }
    assert_eq!(kept(&chain), batches(signed[3..].iter().rev()));
    for batch in &signed[..3] {
        assert_eq!(
            accept(&mut chain, batch),
            Err(Refusal::Known),
            "it is not passed on again"
        );
    }
    chain.retire();
    assert_eq!(kept(&chain), []);
    assert_eq!(accept(&mut chain, &signed[3]), Err(Refusal::Known));
}

#[test]
fn a_full_chain_refuses_what_is_older_than_all_of_it() {
    let (mut old, mut signer) = (Signer::new(2), Signer::new(1));
    old.now = NOW + Duration::from_secs(1 << 20);
    let early = old.sign();
    old.now = NOW;
    let early_made = Batch { made: NOW, ..early.1 };
    let early = (signed(&early_made), early_made);
    let mut chain = Chain::default();
    (0..MAX_BATCHES).for_each(|_| {
        accept(&mut chain, &signer.sign()).unwrap();
    });
    assert!(chain.is_old(&early.1), "though its sequence is the highest");
    for _ in 0..2 {
        assert!(accept(&mut chain, &early).is_err());
        assert_eq!(kept(&chain).len(), MAX_BATCHES);
    }
    old.now = signer.now;
    let late = old.sign();
    assert_eq!(accept(&mut chain, &late), Ok(Standing::Good));
    assert_eq!(kept(&chain).len(), MAX_BATCHES);
}

#[test]
fn remembers_a_bounded_number_of_batches_until_they_expire() {
    let mut signer = Signer::new(1);
    let mut chain = Chain::default();
    let mut last = NOW;
    for _ in 0..=MAX_SEEN {
        let (batch, content) = signer.sign();
        last = content.expires;
        accept(&mut chain, &(batch, content)).unwrap();
    }
    assert_eq!(chain.seen.len(), MAX_SEEN);
    chain.expire(last);
    assert_eq!(chain.seen.len(), 0);
}
