//! What counts as one place, and that counts come back to nothing.

use super::{Admission, Place};

impl Admission {
    pub(crate) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }
}

#[test]
fn addresses_of_one_customer_are_one_place() {
    let place = |text: &str| Place::of(text.parse().unwrap());
    assert_eq!(
        place("2001:db8:1:2::1"),
        place("2001:db8:1:2:ffff:ffff:ffff:ffff")
    );
    assert_ne!(place("2001:db8:1:2::1"), place("2001:db8:1:3::1"));
    assert_ne!(place("192.0.2.1"), place("192.0.2.2"));
    assert_eq!(place("::ffff:192.0.2.1"), place("192.0.2.1"));
}

#[test]
fn a_place_holds_its_limit_and_leaves_nothing_behind() {
    let mut admission = Admission::default();
    let place = Place::of([192, 0, 2, 1].into());
    assert!(admission.enter(place, 2) && admission.enter(place, 2) && !admission.enter(place, 2));
    admission.exit(place);
    assert!(admission.enter(place, 2));
    admission.exit(place);
    admission.exit(place);
    admission.exit(place);
    assert!(admission.is_empty());
}
