//! Uplinks have the means that their profiles are known by.

use super::*;

#[test]
fn profiles_have_the_means_that_are_told_of_them() {
    let mean = |name: &str| {
        let profile = Profile::try_from(name.to_owned()).expect("a profile");
        let mut dice = Dice::new(1);
        (0..20_000)
            .map(|_| profile.draw(&mut dice, 4_000_000))
            .sum::<u64>() as f64
            / 20_000.0
            / 1e6
    };
    for (name, expected) in [
        ("fibre", 76.0),
        ("mixed", 11.3),
        ("cable", 16.3),
        ("poor", 2.98),
        ("emerging", 3.2),
        ("homogeneous:1.5", 6.0),
    ] {
        let mean = mean(name);
        assert!((mean / expected - 1.0).abs() < 0.05, "{name}: {mean}");
    }
    assert!(Profile::try_from("homogeneous:x".to_owned()).is_err());
}
