//! Finding programs, and telling Debian from its relatives.

use super::*;

#[test]
fn tells_debian_from_its_relatives() {
    assert!(is_debian(
        "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\n"
    ));
    assert!(!is_debian("ID=ubuntu\nID_LIKE=debian\n"));
}

#[test]
fn finds_a_program_and_misses_one() {
    assert!(find_program("sh").is_some());
    assert!(find_program("no-such-program-here").is_none());
}
