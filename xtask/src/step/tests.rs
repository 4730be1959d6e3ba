//! What a reader of the progress lines sees.

use super::*;

#[test]
fn writes_short_and_long_times() {
    assert_eq!(elapsed(Duration::from_millis(4_230)), "4.2 s");
    assert_eq!(elapsed(Duration::from_secs(185)), "3 min 05 s");
}

#[test]
fn counts_steps_and_returns_what_they_return() {
    let mut steps = Steps::new(2);
    assert_eq!(steps.run("one", || Ok(1)).unwrap(), 1);
    assert!(steps.run::<()>("two", || anyhow::bail!("no")).is_err());
    assert_eq!(steps.current, 2);
}
