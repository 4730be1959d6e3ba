//! `/control`: who is heard, what is refused, and that each change does what it says.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use crate::demo::{Demo, client, client_of};

const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test]
async fn pages_of_other_sites_are_not_heard() {
    let demo = Demo::start(&["--no-seeder"]);
    let url = demo.url("/control");
    for (name, value) in [
        ("origin", "http://evil.example"),
        ("origin", "null"),
        ("host", "evil.example"),
    ] {
        for method in [Method::GET, Method::PATCH] {
            let request = client()
                .request(method, &url)
                .header(name, value)
                .json(&json!({}));
            let status = request.send().await.unwrap().status();
            assert_eq!(status, StatusCode::FORBIDDEN, "{name}: {value}");
        }
    }
    let own = demo.url("");
    let response = client().get(&url).header("origin", own).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert!(response.headers().get("access-control-allow-origin").is_none());
}

#[tokio::test]
async fn the_page_is_not_led_to_do_what_another_sites_link_says() {
    let demo = Demo::start(&["--no-seeder"]);
    let browser = client_of(|| reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()));
    let open =
        |site: &'static str, path: &str| browser.get(demo.url(path)).header("sec-fetch-site", site).send();
    for (site, path) in [
        ("cross-site", "/?viewers=12"),
        ("same-site", "/?viewers=12"),
        ("cross-site", "/index.html?viewers=12"),
    ] {
        let led = open(site, path).await.unwrap();
        assert_eq!(
            (led.status(), led.headers().get("location")),
            (StatusCode::SEE_OTHER, Some(&"/".parse().unwrap())),
            "{site} {path}"
        );
    }
    for (site, path) in [
        ("none", "/?viewers=12"),
        ("same-origin", "/?viewers=12"),
        ("cross-site", "/"),
    ] {
        let response = open(site, path).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{site} {path}");
        assert_eq!(
            response.headers()["content-security-policy"],
            "frame-ancestors 'self'"
        );
    }
}

#[tokio::test]
async fn it_is_not_there_where_others_may_ask() {
    let demo = Demo::start_on("0.0.0.0:0", &["--no-seeder"]);
    let config: Value = get(&demo, "/config.json").await;
    assert!(config.get("controlUrl").is_none(), "{config}");
    let response = client().get(demo.url("/control")).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_is_out_of_range_changes_nothing() {
    let demo = Demo::start(&["--no-seeder"]);
    let before = get(&demo, "/control").await;
    for change in [
        json!({ "viewers": { "count": 13 }, "origin": { "kbps": 500 } }),
        json!({ "origin": { "delayMs": 5_001 } }),
        json!({ "origin": { "kbps": 1_000_001 } }),
        json!({ "origin": { "kbps": -1 } }),
        json!({ "viewers": { "stream": "no-such", "count": 1 } }),
        json!({ "seeders": "off" }),
        json!({ "signaling": true }),
    ] {
        let (status, text) = patch(&demo, &change).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{change}: {text}");
    }
    let (status, text) = patch(&demo, &json!({ "seeder": "off" })).await;
    assert_eq!(status, StatusCode::CONFLICT, "{text}");
    assert_eq!(get(&demo, "/control").await, before);
}

#[tokio::test]
async fn the_origin_is_made_slow_and_goes_away() {
    let demo = Demo::start(&["--no-seeder"]);
    let segment = demo.url("/media/v540/1.m4s");
    let took = async || {
        let start = std::time::Instant::now();
        let response = client().get(&segment).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        let length = response.content_length().unwrap();
        assert_eq!(response.bytes().await.unwrap().len() as u64, length);
        (start.elapsed(), length)
    };
    let (_, length) = took().await;
    change(&demo, json!({ "origin": { "kbps": 2_000, "delayMs": 300 } })).await;
    let (slow, _) = took().await;
    let least = Duration::from_millis(300 + length * 8 / 2_000 - 20);
    assert!(slow >= least, "{slow:?}, and not {least:?}");

    let state = change(
        &demo,
        json!({ "origin": { "kbps": 0, "delayMs": 0, "power": "off" } }),
    )
    .await;
    assert_eq!(state["origin"]["sentToViewers"], 2 * length);
    let status = client().get(&segment).send().await.unwrap().status();
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    change(&demo, json!({ "origin": { "power": "on" } })).await;
    took().await;
}

#[tokio::test]
async fn signaling_is_cut_and_restored() {
    let demo = Demo::start(&["--no-seeder"]);
    let status = async || client().get(demo.url("/healthz")).send().await.unwrap().status();
    assert_eq!(status().await, StatusCode::OK);
    assert_eq!(
        change(&demo, json!({ "signaling": "off" })).await["signaling"],
        "off"
    );
    assert_eq!(status().await, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(
        change(&demo, json!({ "signaling": "on" })).await["signaling"],
        "on"
    );
    assert_eq!(status().await, StatusCode::OK);
}

#[tokio::test]
async fn simulated_viewers_play_and_play_on_when_the_seeder_is_killed() {
    let demo = Demo::start(&[]);
    let told = change(&demo, json!({ "viewers": { "stream": "live", "count": 3 } })).await;
    assert_eq!(told["viewers"]["count"], 3);
    wait_for(&demo, "all three are fed by others", |viewers| {
        viewers.len() == 3
            && viewers.iter().all(|viewer| {
                let given = &viewer["delivered"];
                viewer["playing"] == "playing"
                    && given["seeder"].as_u64().unwrap() + given["peer"].as_u64().unwrap() > 0
            })
    })
    .await;

    let killed = change(&demo, json!({ "seeder": "off" })).await;
    assert_eq!(killed["seeder"], "off");
    assert!(
        killed["members"]
            .as_array()
            .unwrap()
            .iter()
            .all(|member| member["role"] == "viewer")
    );
    let positions = |viewers: &[Value]| -> Vec<f64> {
        viewers
            .iter()
            .map(|viewer| viewer["positionS"].as_f64().unwrap())
            .collect()
    };
    let before = positions(&viewers(&demo).await);
    sleep(Duration::from_secs(6)).await;
    let after = viewers(&demo).await;
    for (before, after) in before.iter().zip(positions(&after)) {
        assert!(after > before + 4.0, "stood still: {before} to {after}");
    }
    let left = change(&demo, json!({ "viewers": { "count": 0 } })).await;
    assert_eq!(left["members"], json!([]));
}

#[tokio::test]
async fn a_poisoned_viewer_is_found_out_by_the_others() {
    let demo = Demo::start(&[]);
    change(
        &demo,
        json!({ "viewers": { "stream": "vod", "count": 1, "poison": "on" } }),
    )
    .await;
    wait_for(&demo, "the poisoned one has a stock", |viewers| {
        viewers.len() == 1 && viewers[0]["positionS"].as_f64().unwrap() > 1.0
    })
    .await;
    // With nobody else to ask, the next one gets to it.
    change(&demo, json!({ "seeder": "off", "viewers": { "count": 3 } })).await;
    wait_for(&demo, "somebody has found it out", |viewers| {
        viewers
            .iter()
            .any(|viewer| viewer["corrupt"].as_u64().unwrap() > 0)
    })
    .await;
    let viewers = viewers(&demo).await;
    let poisoned: Vec<_> = viewers.iter().map(|viewer| viewer["poisoned"] == true).collect();
    assert_eq!(poisoned, [true, false, false]);
    assert_eq!(viewers[0]["corrupt"], 0, "the honest are not taken for it");
}

async fn get(demo: &Demo, path: &str) -> Value {
    client()
        .get(demo.url(path))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap()
}

async fn patch(demo: &Demo, change: &Value) -> (StatusCode, String) {
    let request = client().patch(demo.url("/control")).json(change);
    let response = request.send().await.unwrap();
    (response.status(), response.text().await.unwrap())
}

/// Makes a change that is to work; the state after it.
async fn change(demo: &Demo, change: Value) -> Value {
    let (status, text) = patch(demo, &change).await;
    assert_eq!(status, StatusCode::OK, "{change}: {text}");
    serde_json::from_str(&text).unwrap()
}

async fn viewers(demo: &Demo) -> Vec<Value> {
    let mut state = get(demo, "/control").await;
    let mut members = state["members"].take();
    let members = members.as_array_mut().unwrap();
    members
        .drain(..)
        .filter(|member| member["role"] == "viewer")
        .collect()
}

async fn wait_for(demo: &Demo, what: &str, enough: impl Fn(&[Value]) -> bool) {
    let waiting = async {
        while !enough(&viewers(demo).await) {
            sleep(Duration::from_millis(200)).await;
        }
    };
    if timeout(PATIENCE, waiting).await.is_err() {
        panic!("not in time: {what}: {:#?}", viewers(demo).await);
    }
}
