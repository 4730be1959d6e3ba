//! Against floating point, and data whose entropy is known.

use proptest::prelude::*;

use super::*;

/// In bits, as a person reads it.
fn bits(data: &[u8]) -> f64 {
    of_bytes(std::iter::once(data)) as f64 / BIT as f64
}

#[test]
fn known_data_has_its_entropy() {
    let all: Vec<u8> = (0..=255).collect();
    let table: [(&str, &[u8], f64); 6] = [
        ("nothing", b"", 0.0),
        ("one byte", b"x", 0.0),
        ("the same byte", &[7; 5000], 0.0),
        ("two as often", b"abababab", 1.0),
        ("3:1", b"aaabaaab", 0.811_278),
        ("every byte once", &all, 8.0),
    ];
    for (what, data, expected) in table {
        assert!((bits(data) - expected).abs() < 1e-3, "{what}: {}", bits(data));
    }
}

#[test]
fn samples_count_together() {
    assert_eq!(of_bytes([&b"aaaa"[..], b"bbbb"].into_iter()), BIT);
}

#[test]
fn logarithms_of_powers_are_exact() {
    for power in 0_u32..32 {
        assert_eq!(log2(1_u32 << power), u64::from(power) * BIT);
    }
}

proptest! {
    #[test]
    fn logarithms_are_those_of_floating_point(number in 1_u32..) {
        let expected = f64::from(number).log2();
        let found = log2(number) as f64 / BIT as f64;
        prop_assert!((found - expected).abs() < 1e-4, "{found} {expected}");
    }

    #[test]
    fn lies_between_none_and_all(data in prop::collection::vec(any::<u8>(), 0..3000)) {
        prop_assert!(of_bytes(std::iter::once(&*data)) <= 8 * BIT);
    }
}
