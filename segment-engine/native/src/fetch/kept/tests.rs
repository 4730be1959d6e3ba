//! What is kept of manifests, and what makes room.

use super::*;

const URL: &str = "http://origin.example/a.mpd";

#[test]
fn the_last_of_each_url_is_kept_however_the_url_is_written() {
    let kept = Kept::default();
    kept.put(
        "http://ORIGIN.example:80/a.mpd",
        URL,
        Bytes::from_static(b"one"),
        None,
    );
    kept.put(URL, URL, Bytes::from_static(b"two"), None);
    assert_eq!(kept.get(URL).unwrap().body, "two");
    assert!(kept.get("http://origin.example/a.mpd?x=1").is_none());
}

#[test]
fn what_came_longest_ago_makes_room() {
    let kept = Kept::default();
    let url = |number: usize| format!("http://origin.example/{number:02}.m3u8");
    for number in 0..MOST {
        kept.put(&url(number), URL, Bytes::from_static(b"text"), None);
    }
    kept.on_unchanged(&url(0));
    kept.put(URL, URL, Bytes::from_static(b"text"), None);
    assert!(kept.get(&url(0)).is_some(), "it is as good as new");
    assert!(kept.get(&url(1)).is_none());
    kept.put(URL, URL, vec![0; MOST_BYTES].into(), None);
    assert!(kept.get(&url(2)).is_none() && kept.get(URL).is_some());
    kept.put(URL, URL, vec![0; MOST_BYTES + 1].into(), None);
    assert!(
        kept.get(URL).is_none(),
        "it is too large, and the older one is not the last"
    );
}

#[test]
fn where_a_manifest_redirects_to_outlasts_what_is_kept_of_it() {
    let (kept, to) = (Kept::default(), "http://cdn.example/b/a.mpd");
    let put = |came_from| kept.put("http://ORIGIN.example:80/a.mpd", came_from, Bytes::new(), None);
    put(to);
    kept.forget(URL);
    kept.on_unchanged(URL);
    assert!(kept.get(URL).is_none());
    assert_eq!(kept.redirected(URL).as_deref(), Some(to));
    for number in 0..2 * MOST_REDIRECTED {
        kept.put(&format!("{URL}?{number}"), to, Bytes::new(), None);
    }
    assert!(kept.get(URL).is_none());
    assert_eq!(kept.redirected(URL).as_deref(), Some(to), "it was the first");
    assert_eq!(kept.redirected(&format!("{URL}?{MOST_REDIRECTED}")), None);
    put("http://cdn.example/c/a.mpd");
    assert_eq!(kept.redirected(URL).unwrap(), "http://cdn.example/c/a.mpd");
    put(URL);
    assert_eq!(kept.redirected(URL), None, "it does not redirect any more");
}
