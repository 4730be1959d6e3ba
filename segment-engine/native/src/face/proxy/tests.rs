//! Paths.

use super::*;

#[test]
fn the_path_after_the_streams_name_is_taken_as_it_came() {
    assert_eq!(rest("/film/v180/a%2Fb.m4s"), Some("v180/a%2Fb.m4s"));
    assert_eq!(rest("/film/"), Some(""));
    assert_eq!(rest("/film"), None);
}
