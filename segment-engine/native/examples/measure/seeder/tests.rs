//! The figures that a seeder tells.

use super::*;

#[test]
fn figures_are_summed_up_over_their_labels() {
    let text = "# HELP fugitive_seeder_peers x\nfugitive_seeder_peers{stream=\"a\",role=\"viewer\"} 3\n\
                fugitive_seeder_peers{stream=\"a\",role=\"seeder\"} 1\nfugitive_seeder_streams 1\n";
    let metrics = Metrics::parse(text);
    assert_eq!(metrics.of("peers"), 4.0);
    assert_eq!(metrics.of("streams"), 1.0);
    assert_eq!(metrics.of("links"), 0.0);
}
