//! `fugitive-seeder inspect` as people and programs run it, on good manifests and on hostile ones.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::origin::Origin;

/// What a hostile manifest may cost: time of a processor, as how long it takes is the other processes' doing too. On a
/// slow machine this many times what the longest playlist costs that is read as a whole.
const PROCESSOR: Duration = Duration::from_secs(2);
const TIMES_A_LONG_PLAYLIST: u32 = 6;
/// Who takes so long hangs.
const HANGS: Duration = Duration::from_secs(120);
/// How long a tick of `/proc` is.
const TICK: Duration = Duration::from_millis(10);
const MEMORY_KIB: u64 = 200 << 10;
/// Segments that a report may hold, and room for init segments.
const MOST_LISTED: usize = 201_000;

#[test]
fn a_file_is_listed_as_if_it_came_from_its_base_url() {
    let path = file(
        "listed.mpd",
        br#"<MPD mediaPresentationDuration="PT5S"><Period><AdaptationSet contentType="video">
        <SegmentTemplate media="$Number$.m4s" initialization="i.mp4" timescale="10" duration="20"/>
        <Representation id="v" bandwidth="7"/></AdaptationSet></Period></MPD>"#,
    );
    let base = "https://cdn.example/t/m.mpd";
    let report = json(&["--base-url", base], &path);
    assert_eq!(report["manifest"], base);
    assert_eq!(report["live"], false);
    let v = &report["representations"][0];
    assert_eq!((&v["id"], &v["bandwidth"]), (&"v".into(), &7.into()));
    let told: Vec<_> = rows(v).collect();
    assert_eq!(
        told,
        [
            ("init", "https://cdn.example/t/i.mp4", None, None),
            ("media", "https://cdn.example/t/1.m4s", Some(0.0), Some(2.0)),
            ("media", "https://cdn.example/t/2.m4s", Some(2.0), Some(2.0)),
            ("media", "https://cdn.example/t/3.m4s", Some(4.0), Some(2.0)),
        ]
    );
}

#[test]
fn now_decides_what_is_there_and_a_table_says_what_it_leaves_out() {
    let path = file(
        "live.mpd",
        br#"<MPD type="dynamic" availabilityStartTime="1970-01-01T00:00:00Z" timeShiftBufferDepth="PT20S"><Period start="PT0S">
        <AdaptationSet contentType="video"><SegmentTemplate media="$Number$.m4s" duration="2" startNumber="0"/>
        <Representation id="v"/></AdaptationSet></Period></MPD>"#,
    );
    let report = json(&["--now", "1000"], &path);
    let urls: Vec<_> = rows(&report["representations"][0]).map(|row| row.1).collect();
    assert_eq!(urls.len(), 11);
    assert_eq!(urls[10], "https://localhost/499.m4s");
    let table = run(&["--now", "1000", "--segments", "3"], &path);
    let text = String::from_utf8(table.stdout).unwrap();
    assert!(text.contains("... 8 segments before these"), "{text}");
    assert!(text.contains("499.m4s") && !text.contains("496.m4s"), "{text}");
}

#[test]
fn what_cannot_be_read_ends_with_code_1_and_one_line() {
    let bad = file("bad.mpd", b"<MPD><Period>");
    for args in [
        vec![bad.to_str().unwrap()],
        vec!["/no/such.mpd"],
        vec!["http://127.0.0.1:9/a.mpd"],
        vec![bad.to_str().unwrap(), "--base-url", "file:///m.mpd"],
    ] {
        let output = command(&args).output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{args:?}: {text}");
        assert_eq!(text.lines().count(), 1, "{args:?}: {text}");
        assert!(output.stdout.is_empty());
    }
    let output = run(&["--json"], &bad);
    assert_eq!(output.status.code(), Some(1));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(told["error"].as_str().unwrap().contains("ends"), "{told}");
    let output = run(&["--now", "soon"], &bad);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn warns_of_what_is_left_out_and_why() {
    let path = file(
        "left.mpd",
        br#"<MPD mediaPresentationDuration="PT4S"><Period><AdaptationSet contentType="video">
        <SegmentTemplate media="$Number$-$SubNumber$.m4s" duration="2"/><Representation id="sub"/>
        <Representation id="odd"><BaseURL>ftp://host/</BaseURL></Representation></AdaptationSet></Period></MPD>"#,
    );
    let report = json(&[], &path);
    let warnings: Vec<_> = report["warnings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|warning| warning.as_str().unwrap())
        .collect();
    for (id, word) in [("sub", "$SubNumber$"), ("odd", "http")] {
        let told = |warning: &&str| warning.contains(id) && warning.contains(word);
        assert!(warnings.iter().any(told), "{id}: {warnings:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn from_a_url_playlists_and_indexes_are_read_too() {
    let origin = Origin::start().await;
    let url = origin.url("master.m3u8");
    let report = tokio::task::spawn_blocking(move || json(&[], Path::new(&url)))
        .await
        .unwrap();
    let playlists = report["playlists"].as_array().unwrap().len();
    assert!(playlists >= 2, "{report}");
    let representations = report["representations"].as_array().unwrap();
    assert_eq!(representations.len(), playlists);
    for found in representations {
        assert!(rows(found).any(|row| row.0 == "media"), "{found}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn from_a_url_no_more_is_kept_than_a_title_may_have_and_a_warning_says_so() {
    // 2 KB for each of 4,000 init segments, of which the playlist says four bytes.
    let folder = vec!["d".repeat(200); 10].join("/");
    let path = file("many.m3u8", b"");
    std::fs::create_dir_all(path.with_file_name(&folder)).unwrap();
    let inits: String = (0..4000)
        .map(|n| format!("#EXT-X-MAP:URI=\"{n}\"\n#EXTINF:1,\ns\n"))
        .collect();
    file(
        &format!("{folder}/inits.m3u8"),
        format!("#EXTM3U\n{inits}").as_bytes(),
    );
    let variants: String = (0..9)
        .map(|n| format!("#EXT-X-STREAM-INF:BANDWIDTH={n}\n{folder}/inits.m3u8?{n}\n"))
        .collect();
    file("many.m3u8", format!("#EXTM3U\n{variants}").as_bytes());
    let origin = Origin::of(path.parent().unwrap()).await;
    let url = origin.url("many.m3u8");
    let report = tokio::task::spawn_blocking(move || json(&["--segments", "1"], Path::new(&url)))
        .await
        .unwrap();
    let warnings = report["warnings"].to_string();
    for told in ["4 media playlists are left unread", "init segments are left out"] {
        assert!(warnings.contains(told), "{warnings}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn from_a_url_an_index_is_read_and_its_subsegments_are_listed() {
    // Two subsegments of 2 s, of 40 and 50 bytes; the box is 56 bytes long.
    let mut film = vec![0; 100];
    film.extend([0, 0, 0, 56]);
    film.extend(b"sidx");
    for field in [0, 1, 1, 0, 0, 2, 40, 2, 0, 50, 2, 0] {
        film.extend(u32::to_be_bytes(field));
    }
    film.extend([7; 90]);
    file("film.mp4", &film);
    let mpd = br#"<MPD mediaPresentationDuration="PT4S"><Period><AdaptationSet contentType="video"><Representation id="v">
        <BaseURL>film.mp4</BaseURL><SegmentBase indexRange="100-155"><Initialization range="0-99"/></SegmentBase>
        </Representation></AdaptationSet></Period></MPD>"#;
    let path = file("film.mpd", mpd);
    let origin = Origin::of(path.parent().unwrap()).await;
    let url = origin.url("film.mpd");
    let report = tokio::task::spawn_blocking(move || json(&[], Path::new(&url)))
        .await
        .unwrap();
    let v = &report["representations"][0];
    let ranges: Vec<_> = v["segments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["kind"].as_str().unwrap(), row["range"].as_str().unwrap()))
        .collect();
    assert_eq!(
        ranges,
        [
            ("init", "0-99"),
            ("index", "100-155"),
            ("media", "156-195"),
            ("media", "196-245"),
        ]
    );
    let from_file = json(&[], &path);
    assert_eq!(
        rows(&from_file["representations"][0]).count(),
        2,
        "a file is not fetched from"
    );
}

#[test]
fn hostile_manifests_end_in_an_error_or_a_bounded_list() {
    let (long, _) = inspected("long.m3u8", long_playlist().as_bytes());
    assert!(long.processor < PROCESSOR * 5, "{:?}", long.processor);
    let allowed = PROCESSOR.max(long.processor * TIMES_A_LONG_PLAYLIST);
    for (name, body) in hostile() {
        let (cost, listed) = inspected(name, &body);
        let Cost {
            code,
            peak,
            processor,
        } = cost;
        assert!(processor < allowed, "{name} took {processor:?} of {allowed:?}");
        assert!(peak < MEMORY_KIB, "{name} took {peak} KiB");
        let told: Value = serde_json::from_slice(&listed).unwrap();
        match code {
            Some(1) => assert!(!told["error"].as_str().unwrap().is_empty(), "{name}"),
            Some(0) => {
                let representations = told["representations"].as_array().unwrap();
                let listed: usize = representations.iter().map(|found| rows(found).count()).sum();
                assert!(listed <= MOST_LISTED, "{name} lists {listed}");
                for row in representations.iter().flat_map(rows) {
                    assert!(row.1.starts_with("http"), "{name}: {}", row.1);
                    assert!(row.3.unwrap_or(0.0) >= 0.0, "{name}");
                }
            }
            other => panic!("{name} ended with {other:?}"),
        }
    }
}

/// What it costs to read a manifest, and what is told of it.
fn inspected(name: &str, body: &[u8]) -> (Cost, Vec<u8>) {
    let path = file(name, body);
    let mut child = command(&[path.to_str().unwrap(), "--json", "--now", "1700000000"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let watched = watch(child);
    let mut listed = Vec::new();
    stdout.read_to_end(&mut listed).unwrap();
    (watched.join().unwrap(), listed)
}

/// As many segments as a representation may have.
fn long_playlist() -> String {
    format!("#EXTM3U\n{}", "#EXTINF:1,\na\n".repeat(100_000))
}

/// Manifests that are made to hurt.
#[expect(clippy::too_many_lines, reason = "a table")]
fn hostile() -> Vec<(&'static str, Vec<u8>)> {
    let mpd = |inner: &str| {
        format!(
            r#"<MPD mediaPresentationDuration="PT1H"><Period><AdaptationSet>{inner}</AdaptationSet></Period></MPD>"#
        )
    };
    let template = |attributes: &str, inner: &str| {
        mpd(&format!(
            r#"<SegmentTemplate {attributes}>{inner}</SegmentTemplate><Representation id="v"/>"#
        ))
    };
    let many = |count: usize, text: &str| text.repeat(count);
    let lol: String = (1..20)
        .map(|n| format!("<!ENTITY l{n} \"{}\">", many(10, &format!("&l{};", n - 1))))
        .collect();
    let bases = many(50_000, "<BaseURL>a/</BaseURL>");
    let steps = |step: &str| {
        template(
            "media='$Time$'",
            &format!("<SegmentTimeline>{step}</SegmentTimeline>"),
        )
    };
    let levels = format!(
        "<MPD mediaPresentationDuration='PT1H'>{bases}<Period>{bases}<AdaptationSet>{bases}<SegmentTemplate media='$Number$' \
         duration='1'/><Representation>{bases}</Representation></AdaptationSet></Period></MPD>"
    );
    let text: Vec<(&'static str, String)> = vec![
        (
            "entities.mpd",
            format!("<!DOCTYPE MPD [<!ENTITY l0 \"lol\">{lol}]><MPD>&l19;</MPD>"),
        ),
        ("repeats.mpd", steps("<S t='0' d='1' r='1000000000'/>")),
        (
            "repeats-many.mpd",
            steps(&many(50_000, "<S d='1' r='1000000000'/>")),
        ),
        (
            "open-end.mpd",
            steps("<S t='0' d='1' r='-1'/>").replace("mediaPresentationDuration=\"PT1H\"", "type='dynamic'"),
        ),
        (
            "ranges.mpd",
            mpd(
                "<SegmentList duration='1'><SegmentURL mediaRange='0-99999999999999999999999'/></SegmentList><Representation/>",
            ),
        ),
        (
            "ranges-whole.mpd",
            mpd(
                "<SegmentList duration='1'><SegmentURL mediaRange='0-18446744073709551615'/></SegmentList><Representation/>",
            ),
        ),
        (
            "width.mpd",
            template("media='$Number%0999999999d$' duration='1'", ""),
        ),
        (
            "huge-template.mpd",
            template(
                &format!("media='{}$Number$' duration='1'", many(7_000_000, "a")),
                "",
            ),
        ),
        (
            "long-urls.mpd",
            template(
                &format!(
                    "media='{}$Number$' duration='1' timescale='10000000'",
                    many(7_900, "a")
                ),
                "",
            ),
        ),
        (
            "identifiers.mpd",
            template(
                &format!("media='{}' duration='1'", many(1_000_000, "$Number$")),
                "",
            ),
        ),
        (
            "timescale.mpd",
            template("media='$Number$' timescale='0' duration='1'", ""),
        ),
        (
            "tiny.mpd",
            template(
                "media='$Number$' timescale='18446744073709551615' duration='1'",
                "",
            ),
        ),
        (
            "schemes.mpd",
            template("media='javascript:alert($Number$)' duration='1'", "") + "<!-- file: -->",
        ),
        (
            "file-scheme.mpd",
            mpd(
                "<BaseURL>file:///etc/</BaseURL><SegmentTemplate media='$Number$' duration='1'/><Representation/>",
            ),
        ),
        ("deep.mpd", format!("<MPD>{}", many(400_000, "<Period>"))),
        ("deep-unknown.mpd", format!("<MPD><x>{}", many(1_000_000, "<y>"))),
        ("bases.mpd", levels),
        ("sets.mpd", mpd(&many(300_000, "</AdaptationSet><AdaptationSet>"))),
        ("representations.mpd", mpd(&many(300_000, "<Representation/>"))),
        (
            "events.mpd",
            format!(
                "<MPD><Period><EventStream>{}</EventStream></Period></MPD>",
                many(130_000, "<Event/>")
            ),
        ),
        ("protection.mpd", mpd(&many(52_000, "<ContentProtection/>"))),
        (
            "taken-away.mpd",
            format!(
                "<MPD><Period xmlns:x='x' x:href='urn:mpeg:dash:resolve-to-zero:2013'><AdaptationSet>{}</AdaptationSet></Period></MPD>",
                many(61_000, "<Representation/>")
            ),
        ),
        ("attributes.mpd", format!("<MPD {}/>", many(900_000, "a='' "))),
        ("unclosed.mpd", format!("<MPD a='{}", many(8_000_000, "x"))),
        ("lines.m3u8", format!("#EXTM3U\n{}", many(10_000_000, "\n"))),
        ("short-lines.m3u8", format!("#EXTM3U\n{}", many(4_000_000, "#\n"))),
        (
            "segments.m3u8",
            format!("#EXTM3U\n{}", many(500_000, "#EXTINF:1,\na\n")),
        ),
        ("allowed.m3u8", long_playlist()),
        (
            "maps.m3u8",
            format!(
                "#EXTM3U\n{}",
                (0..200_000)
                    .map(|n| format!("#EXT-X-MAP:URI=\"{n}\"\n"))
                    .collect::<String>()
            ),
        ),
        (
            "ranges.m3u8",
            "#EXTM3U\n#EXTINF:1,\n#EXT-X-BYTERANGE:18446744073709551615@18446744073709551615\na\n".to_owned(),
        ),
        (
            "schemes.m3u8",
            "#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n#EXTINF:1,\njavascript:a\n#EXTINF:1,\nb\n".to_owned(),
        ),
        (
            "long.m3u8",
            format!(
                "#EXTM3U\n#EXTINF:1e308,\na\n#EXTINF:{},\nb\n",
                many(1_000_000, "9")
            ),
        ),
        (
            "variants.m3u8",
            format!("#EXTM3U\n{}", many(200_000, "#EXT-X-STREAM-INF:BANDWIDTH=1\na\n")),
        ),
        (
            "attribute-list.m3u8",
            format!("#EXTM3U\n#EXT-X-MEDIA:{}\n", many(1_000_000, "A=\"\",")),
        ),
    ];
    let mut all: Vec<_> = text
        .into_iter()
        .map(|(name, text)| (name, text.into_bytes()))
        .collect();
    all.push(("bytes.mpd", [b"<MPD>".to_vec(), vec![0xff; 1000]].concat()));
    all.push(("bytes.m3u8", [b"#EXTM3U\n".to_vec(), vec![0x80; 1000]].concat()));
    all.push(("nothing.mpd", Vec::new()));
    all.push(("large.mpd", vec![b' '; 64 << 20]));
    all
}

/// What a process has cost.
struct Cost {
    code: Option<i32>,
    /// The most memory that it has had, in KiB.
    peak: u64,
    processor: Duration,
}

/// Waits for a process; one that hangs is killed.
fn watch(mut child: Child) -> std::thread::JoinHandle<Cost> {
    std::thread::spawn(move || {
        let (started, mut peak) = (Instant::now(), 0);
        while let Some(now) = peak_of(child.id()) {
            peak = peak.max(now);
            if started.elapsed() > HANGS {
                child.kill().unwrap();
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        // It has ended, and is not waited for yet: what it took is still told.
        let processor = processor_of(child.id());
        let code = child.wait().unwrap().code();
        Cost {
            code,
            peak,
            processor,
        }
    })
}

/// The most memory that a process has had so far, in KiB; `None` once it has ended.
fn peak_of(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

/// The time that processors have given to all threads of a process, for itself and in the kernel.
fn processor_of(process: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    // The name in brackets may have spaces in it; the 14th and 15th fields are meant.
    let (_, fields) = stat.rsplit_once(')').unwrap();
    let ticks = fields.split_whitespace().skip(11).take(2);
    TICK * ticks.map(|field| field.parse::<u32>().unwrap()).sum()
}

/// Kind, URL, start and duration of each row.
fn rows(representation: &Value) -> impl Iterator<Item = (&str, &str, Option<f64>, Option<f64>)> {
    let rows = representation["segments"].as_array().unwrap().iter();
    rows.map(|row| {
        let text = |key: &str| row[key].as_str().unwrap();
        (
            text("kind"),
            text("url"),
            row["start"].as_f64(),
            row["duration"].as_f64(),
        )
    })
}

fn json(flags: &[&str], manifest: &Path) -> Value {
    let output = run(&[flags, &["--json"]].concat(), manifest);
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn run(flags: &[&str], manifest: &Path) -> Output {
    command(&[flags, &[manifest.to_str().unwrap()]].concat())
        .output()
        .unwrap()
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fugitive-seeder"));
    command.arg("inspect").args(arguments).stdin(Stdio::null());
    command
}

fn file(name: &str, body: &[u8]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("inspect");
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    std::fs::write(&path, body).unwrap();
    path
}
