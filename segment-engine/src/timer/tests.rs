//! Timers go off in order, once, and when they were set last.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

const fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis)
}

#[test]
fn pops_in_order_of_time_and_only_what_is_due() {
    let mut timers = Timers::default();
    timers.set(Timer::Publish, at(30));
    timers.set(Timer::Announce, at(10));
    assert_eq!(timers.next(), Some(at(10)));
    assert_eq!(timers.pop_due(at(9)), None);
    assert_eq!(timers.pop_due(at(30)), Some(Timer::Announce));
    assert_eq!(timers.pop_due(at(30)), Some(Timer::Publish));
    assert_eq!(timers.pop_due(at(30)), None);
}

#[test]
fn a_timer_is_set_once() {
    let mut timers = Timers::default();
    timers.set(Timer::Announce, at(10));
    timers.set_no_later(Timer::Announce, at(20));
    assert_eq!(timers.next(), Some(at(10)));
    timers.set(Timer::Announce, at(20));
    assert_eq!(timers.next(), Some(at(20)));
    timers.stop(&Timer::Announce);
    assert_eq!(timers.next(), None);
}

proptest! {
    #[test]
    fn does_what_a_list_of_deadlines_does(steps in prop::collection::vec((0_u8..4, 0_usize..6, 0_u64..20), 0..80)) {
        let (mut timers, mut list) = (Timers::default(), BTreeMap::new());
        for (step, which, millis) in steps {
            let timer = Timer::Refresh(which);
            match step {
                0 => {
                    timers.set(timer.clone(), at(millis));
                    list.insert(timer, at(millis));
                }
                1 => {
                    timers.set_no_later(timer.clone(), at(millis));
                    let set = list.entry(timer).or_insert(at(millis));
                    *set = at(millis).min(*set);
                }
                2 => {
                    timers.stop(&timer);
                    list.remove(&timer);
                }
                _ => {
                    let first = list.iter().map(|(timer, at)| (*at, timer.clone())).min();
                    let due = first.filter(|(due, _)| *due <= at(millis)).map(|(_, timer)| timer);
                    due.as_ref().map(|timer| list.remove(timer));
                    prop_assert_eq!(timers.pop_due(at(millis)), due);
                }
            }
            prop_assert_eq!(timers.next(), list.values().min().copied());
        }
    }
}
