//! The page's parts: ticks, lines, tables, and what is run for them.

use clap::Parser;

use super::axis::{Scale, Ticks};
use super::look::Look;
use super::page::escape;
use super::plot::{Line, Plot, number, path};
use super::*;

const PLOT: Plot = Plot {
    title: "Copies <all>",
    unit: "copies",
    span: (0.0, 1.0),
    places: 2,
    lines: &[Line {
        figure: "copies",
        label: "mean & more",
        look: Look::Middle,
    }],
};

#[test]
fn ticks_are_round_and_span_the_range() {
    let table: [(f64, f64, &[&str]); 6] = [
        (0.9, 1.0, &["0.90", "0.92", "0.94", "0.96", "0.98", "1.00"]),
        (0.0, 5.0, &["0", "1", "2", "3", "4", "5"]),
        (0.0, 1.63, &["0.0", "0.5", "1.0", "1.5", "2.0"]),
        (0.0, 4.2, &["0", "1", "2", "3", "4", "5"]),
        (0.0, 130.0, &["0", "50", "100", "150"]),
        (3.0, 3.0, &["3"]),
    ];
    for (low, high, expected) in table {
        let ticks = Ticks::over(low, high);
        let labels: Vec<String> = ticks.at.iter().map(|tick| ticks.label(*tick)).collect();
        assert_eq!(labels, expected, "{low} to {high}");
    }
}

#[test]
fn a_scale_goes_up_as_well_as_down() {
    let scale = Scale {
        values: (20.0, 300.0),
        places: (200.0, 60.0),
    };
    assert_eq!(scale.place(20.0), 200.0);
    assert_eq!(scale.place(160.0), 130.0);
    assert_eq!(scale.place(300.0), 60.0);
    let one = Scale {
        values: (7.0, 7.0),
        ..scale
    };
    assert_eq!(one.place(7.0), 200.0);
}

#[test]
fn a_line_has_a_gap_where_a_figure_is_missing() {
    let places = [Some((1.0, 2.0)), Some((3.0, 4.06)), None, Some((5.0, 6.0))];
    assert_eq!(path(&places), "M1.0 2.0L3.0 4.1M5.0 6.0");
    assert_eq!(path(&[]), "");
}

#[test]
fn a_plot_has_a_marker_at_each_figure() {
    let svg = PLOT.svg("viewers", &points());
    assert!(svg.contains("d=\"M58.0 118.0L372.0 30.0\""), "{svg}");
    assert_eq!(svg.matches("class=\"dot\"").count(), 2);
    assert!(
        svg.contains("<title>mean &amp; more, at 50: 1.00</title>"),
        "{svg}"
    );
    assert!(
        svg.contains("aria-label=\"Copies &lt;all&gt;, over viewers;"),
        "{svg}"
    );
}

#[test]
fn a_table_has_a_row_for_each_point() {
    let mut points = points();
    points[1].figures.clear();
    let table = PLOT.table("viewers", &points);
    let rows =
        "<tr><th scope=\"row\">20</th><td>0.50</td></tr><tr><th scope=\"row\">50</th><td>failed</td></tr>";
    assert!(table.contains(rows), "{table}");
    assert!(
        table.contains("<th scope=\"col\">mean &amp; more</th>"),
        "{table}"
    );
}

#[test]
fn a_count_keeps_the_half_of_a_median() {
    assert_eq!(number(Some(3.0), 0), "3");
    assert_eq!(number(Some(3.5), 0), "3.5");
    assert_eq!(number(Some(0.98765), 3), "0.988");
    assert_eq!(number(None, 3), "failed");
}

#[test]
fn text_is_escaped() {
    assert_eq!(
        escape("a<b> & \"c\" 'd'"),
        "a&lt;b&gt; &amp; &quot;c&quot; &#39;d&#39;"
    );
}

#[test]
fn what_two_rows_show_is_run_once() {
    let command = command(&[]);
    let mut plan = Plan::new(&command);
    let viewers = plan
        .vary(&VIEWERS, |count| format!("viewers.count={count}"))
        .unwrap();
    let hold_backs = plan
        .vary(&HOLD_BACKS, |seconds| format!("stream.hold_back={seconds}s"))
        .unwrap();
    assert_eq!(plan.scenarios.len(), 9);
    assert_eq!(viewers[2], (100.0, 2));
    assert_eq!(hold_backs[3], (12.0, 2));
    assert_eq!(plan.scenarios[2].name, "report-100-viewers-12s");
}

#[test]
fn the_page_names_the_command_that_made_it() {
    let command = command(&["--seed", "4", "--seeds", "3", "--set", "network.loss=0.02"]);
    assert_eq!(
        called(&command),
        "cargo xtask sim --report --seed 4 --seeds 3 --set 'network.loss=0.02'"
    );
    assert_eq!(seeds(&command), "Medians over the seeds 4 to 6.");
}

#[test]
fn a_scenario_is_refused() {
    assert!(write(&command(&["live-20"])).is_err());
}

fn command(options: &[&str]) -> Command {
    Command::parse_from(["swarm-sim", "--report"].iter().chain(options))
}

fn points() -> Vec<Point> {
    [(20.0, 0.5), (50.0, 1.0)]
        .into_iter()
        .map(|(at, copies)| Point {
            at,
            figures: BTreeMap::from([("copies".to_owned(), copies)]),
        })
        .collect()
}
