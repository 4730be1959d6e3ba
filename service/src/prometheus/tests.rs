//! The text of a page.

use super::*;

#[test]
fn a_figure_has_its_help_its_kind_and_its_samples() {
    let mut page = Page::default();
    page.head("links", Kind::Gauge, "Connections to peers.");
    page.sample("links", "", 3);
    page.head("sent_bytes_total", Kind::Counter, "Bytes sent.");
    page.sample("sent_bytes_total", "stream=\"one\",role=\"viewer\"", 7);
    page.head("lag_seconds", Kind::Histogram, "Lag.");
    page.sample("lag_seconds_sum", "", 0.5);
    let expected = "# HELP links Connections to peers.\n# TYPE links gauge\nlinks 3\n\
                    # HELP sent_bytes_total Bytes sent.\n# TYPE sent_bytes_total counter\n\
                    sent_bytes_total{stream=\"one\",role=\"viewer\"} 7\n\
                    # HELP lag_seconds Lag.\n# TYPE lag_seconds histogram\nlag_seconds_sum 0.5\n";
    assert_eq!(page.into_text(), expected);
}
