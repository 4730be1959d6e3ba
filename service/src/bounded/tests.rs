//! What is read of a file, and what is not.

use super::*;

#[test]
fn a_file_is_read_up_to_its_bound_and_no_further() {
    let path = std::env::temp_dir().join(format!("fugitive-bounded-{}", std::process::id()));
    std::fs::write(&path, "twelve bytes").unwrap();
    assert_eq!(read(&path, 12).unwrap(), b"twelve bytes");
    assert_eq!(read_text(&path, u64::MAX).unwrap(), "twelve bytes");
    assert_eq!(read(&path, 11).unwrap_err().kind(), ErrorKind::FileTooLarge);
    std::fs::write(&path, [0xff]).unwrap();
    assert_eq!(read_text(&path, 12).unwrap_err().kind(), ErrorKind::InvalidData);
    std::fs::remove_file(&path).unwrap();
    assert_eq!(read(&path, 12).unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn a_folder_is_called_one_however_small_the_bound() {
    let error = read(&std::env::temp_dir(), 1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::IsADirectory);
}

#[test]
#[cfg(unix)]
fn a_device_without_an_end_is_too_large() {
    let error = read(Path::new("/dev/zero"), 1 << 16).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::FileTooLarge);
    assert_eq!(error.to_string(), "it has more than 64 KiB");
}

#[test]
fn the_bound_is_told_in_the_unit_that_suits_it() {
    for (most, told) in [(300, "300 bytes"), (8 << 10, "8 KiB"), (1 << 20, "1 MiB")] {
        assert_eq!(too_large(most).to_string(), format!("it has more than {told}"));
    }
}
