//! What a long run shows of memory and files.

use super::*;

#[test]
fn memory_that_rises_after_the_second_quarter_is_told() {
    let held_at = |resident_kib, files| Holding {
        resident_kib,
        threads: 4,
        files,
        connections: 4,
    };
    let samples: Vec<Holding> = [50, 50, 100, 100, 110, 120, 130, 130]
        .map(|kib| held_at(kib, 9))
        .to_vec();
    let told = crate::report::table(&held(&samples, held_at(50, 9), held_at(130, 11)));
    let line = |name: &str| told.lines().find(|line| line.contains(name)).unwrap().to_owned();
    assert!(
        line("memory_last").contains("1.300") && line("memory_last").contains("MISSED"),
        "{told}"
    );
    assert!(
        line("files_left").contains("2.000") && line("files_left").contains("MISSED"),
        "{told}"
    );
}
