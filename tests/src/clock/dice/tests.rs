//! Draws are the same everywhere, and spread as they should.

use super::*;

#[test]
fn logarithm_and_exponential_are_right() {
    for x in [0.001, 0.5, 1.0, 1.9999, 2.0, 10.0, 12345.6] {
        assert!((ln(x) - x.ln()).abs() < 1e-12, "ln {x}");
    }
    for x in [-20.0, -1.0, 0.0, 0.3, 1.0, 7.7, 30.0] {
        assert!((exp(x) / x.exp() - 1.0).abs() < 1e-12, "exp {x}");
    }
}

#[test]
fn draws_have_their_means() {
    let mut dice = Dice::new(1);
    let mean = |mut draw: Box<dyn FnMut() -> f64>| (0..40_000).map(|_| draw()).sum::<f64>() / 40_000.0;
    let mut own = dice.fork(1);
    assert!((mean(Box::new(move || own.exponential(3.0))) - 3.0).abs() < 0.06);
    let mut own = dice.fork(2);
    assert!(mean(Box::new(move || own.normal())).abs() < 0.02);
    assert!((0..1_000).all(|_| dice.below(7) < 7));
}

#[test]
fn forks_repeat_and_differ() {
    let dice = Dice::new(9);
    assert_eq!(dice.fork(1).next(), dice.fork(1).next());
    assert_ne!(dice.fork(1).next(), dice.fork(2).next());
}
