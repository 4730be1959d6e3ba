//! No reference stands for two files.

use super::*;

#[test]
fn a_reference_of_two_files_is_an_error_that_names_both() {
    let mut references = References::default();
    references.add("a.js", Path::new("one/a.js")).unwrap();
    references.add("b.js", Path::new("one/b.js")).unwrap();
    let error = references.add("a.js", Path::new("two/a.js")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot read two/a.js: one/a.js would be served under the same URL: rename one of them"
    );
}
