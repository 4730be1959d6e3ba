//! The simulator's command line, as a real process: what it prints, what it writes, and how it ends.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// Three viewers for half a minute.
const TINY: &str = r#"
about = "three viewers"
[stream]
kind = "live"
segment = "2s"
hold_back = "6s"
video = ["800kbit"]
[viewers]
count = 3
arrival = { kind = "spread", over = "2s" }
[time]
warm_up = "10s"
measure = "8s"
[goals]
stalls = "<= 0"
"#;

/// What breaks every run of a scenario: engines refuse such a budget.
const BREAKS: &str = "engine.store=0";

/// A folder of a test's own, which holds the scenario `tiny`.
struct Bench {
    folder: PathBuf,
}

impl Bench {
    fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::remove_dir_all(&folder).ok();
        fs::create_dir_all(&folder).expect("a folder for a test");
        let bench = Self { folder };
        bench.write("tiny.toml", TINY);
        bench
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.join(name), text).expect("a file for a test");
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.join(name)).expect("it was written")
    }

    /// Runs the simulator on the scenarios of this folder, into which it writes too.
    fn sim(&self, arguments: &[&str]) -> Ended {
        let output = Command::new(env!("CARGO_BIN_EXE_swarm-sim"))
            .args(["--folder", ".", "--out", "."])
            .args(arguments)
            .current_dir(&self.folder)
            .output();
        Ended::new(&output.expect("it starts"))
    }
}

/// What is left of a process.
#[derive(Debug)]
struct Ended {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Ended {
    fn new(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("it prints UTF-8");
        Self {
            code: output.status.code(),
            out: text(&output.stdout),
            err: text(&output.stderr),
        }
    }

    /// The figures of `--json`, by name.
    fn figures(&self) -> Vec<(String, Value)> {
        let all: Value = serde_json::from_str(&self.out).expect("nothing but JSON");
        let keys: Vec<&String> = all.as_object().expect("an object").keys().collect();
        assert_eq!(keys, ["figures"]);
        let figures = all["figures"].as_array().expect("a list").iter();
        let named = figures.map(|figure| {
            (
                figure["name"].as_str().expect("a name").to_owned(),
                figure.clone(),
            )
        });
        named.collect()
    }
}

#[test]
fn what_cannot_be_run_is_named_and_nothing_is_printed_as_a_result() {
    let bench = Bench::new("refused");
    bench.write("broken.toml", "about = 3");
    bench.write("words.failed.toml", "these are words");
    bench.write("tiny.failed.toml", TINY);
    // (arguments, the exit code, what is said of it)
    let table: [(&[&str], i32, &str); 11] = [
        (&["nowhere"], 1, "nowhere.toml: No such file"),
        (&[], 1, "name a scenario, or give --all"),
        (&["broken"], 1, "broken.toml"),
        (
            &["tiny", "--set", "viewers.count=0"],
            1,
            "viewers.count must be 1 to",
        ),
        (
            &["tiny", "--set", "viewers.colour=1"],
            1,
            "unknown field `colour`",
        ),
        (
            &["tiny", "--seed", "one"],
            2,
            "invalid value 'one' for '--seed <N>'",
        ),
        (&["tiny", "--seed", "-1"], 2, "unexpected argument '-1'"),
        (
            &["tiny", "--seed", "18446744073709551615", "--seeds", "2"],
            1,
            "go beyond the last seed",
        ),
        (
            &["--replay", "nowhere.failed.toml"],
            1,
            "reading nowhere.failed.toml",
        ),
        (
            &["--replay", "words.failed.toml"],
            1,
            "words.failed.toml is no trace",
        ),
        (
            &["--replay", "tiny.failed.toml"],
            1,
            "tiny.failed.toml is no trace",
        ),
    ];
    for (arguments, code, said) in table {
        let ended = bench.sim(arguments);
        assert_eq!(ended.code, Some(code), "{arguments:?}: {ended:?}");
        assert!(ended.err.contains(said), "{arguments:?}: {ended:?}");
        assert_eq!(ended.out, "", "{arguments:?}");
    }
}

#[test]
fn scenarios_are_listed_with_what_they_are() {
    let bench = Bench::new("listed");
    let ended = bench.sim(&["--list"]);
    assert_eq!(
        (ended.code, ended.out.as_str()),
        (Some(0), "tiny               three viewers\n")
    );
}

#[test]
fn figures_for_a_program_are_one_object_and_the_same_for_the_same_seed() {
    let bench = Bench::new("json");
    let runs = [5, 5, 6].map(|seed| bench.sim(&["tiny", "--json", "--seed", &seed.to_string()]));
    let figures = runs.each_ref().map(Ended::figures);
    for (run, figures) in runs.iter().zip(&figures) {
        assert_eq!(run.code, Some(0), "{run:?}");
        for (name, figure) in figures {
            assert!(figure["value"].is_f64(), "{figure}");
            assert!(figure["unit"].is_string(), "{figure}");
            let (goal, holds) = if name == "stalls" {
                (Value::from("<= 0"), Value::from(true))
            } else {
                (Value::Null, Value::Null)
            };
            assert_eq!((&figure["goal"], &figure["holds"]), (&goal, &holds), "{figure}");
        }
        let names = figures
            .iter()
            .filter(|(name, _)| name == "stalls" || name == "offload");
        assert_eq!(names.count(), 2);
    }
    // What the run took is the machine's.
    let [one, again, other] = figures.map(|mut figures| {
        figures.retain(|(name, _)| name != "cpu" && name != "events_per_second");
        figures
    });
    assert_eq!(one, again);
    assert_ne!(one, other);
}

#[test]
fn as_many_seeds_are_run_as_were_asked_for() {
    let bench = Bench::new("seeds");
    let ended = bench.sim(&["tiny", "--seed", "7", "--seeds", "3"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(
        ended.out.starts_with("tiny: three viewers\n  seeds 7, 8, 9\n"),
        "{ended:?}"
    );
}

#[test]
fn a_missed_goal_is_marked_and_ends_with_a_failure() {
    let bench = Bench::new("missed");
    let impossible = ["tiny", "--set", "goals.offload='>= 2'"];
    let ended = bench.sim(&impossible);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let missed: Vec<&str> = ended.out.lines().filter(|line| line.contains("MISSED")).collect();
    assert!(
        matches!(missed[..], [line] if line.contains("offload")),
        "{ended:?}"
    );
    let ended = bench.sim(&[&impossible[..], &["--json"]].concat());
    assert_eq!(ended.code, Some(1));
    let figures = ended.figures();
    let of_offload = figures.iter().find(|(name, _)| name == "offload");
    assert_eq!(of_offload.expect("it is a figure").1["holds"], Value::from(false));
}

#[test]
fn a_run_that_fails_tells_its_seed_and_is_run_again_from_the_file_that_it_left() {
    let bench = Bench::new("failed");
    let ended = bench.sim(&["tiny", "--seed", "4", "--json", "--set", BREAKS]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert_eq!(ended.figures(), []);
    for said in [
        "FAILED: tiny with seed 4, at ",
        "store_bytes",
        "again: cargo xtask sim --replay ./tiny-4.failed.toml",
    ] {
        assert!(ended.err.contains(said), "{said}: {ended:?}");
    }

    let again = bench.sim(&["--replay", "tiny-4.failed.toml"]);
    assert_eq!(again.code, Some(1), "{again:?}");
    assert!(
        again.err.contains("it fails with: ") && again.err.contains("store_bytes"),
        "{again:?}"
    );

    let mended = bench
        .read("tiny-4.failed.toml")
        .replace("store = 0", "store = 100");
    bench.write("tiny-4.failed.toml", &mended);
    let again = bench.sim(&["--replay", "tiny-4.failed.toml"]);
    assert_eq!(again.code, Some(0), "{again:?}");
    assert!(again.err.contains("it ran to its end; fingerprint "), "{again:?}");
    assert!(
        again.out.lines().count() > 100,
        "what the node was told is printed"
    );
}

#[test]
fn what_an_engine_is_told_is_written_and_reads_back() {
    let bench = Bench::new("recorded");
    let ended = bench.sim(&["tiny", "--seed", "2", "--record", "2"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let bytes = fs::read(bench.folder.join("tiny-2-node-2.trace")).expect("it was written");
    assert!(
        segment_engine::trace::read(&bytes).is_ok(),
        "{} bytes",
        bytes.len()
    );
    let ended = bench.sim(&["tiny", "--record", "99"]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.err.contains("there is no node 99"), "{ended:?}");
}
