//! Who is told the secrets, and who is not.

use super::*;
use crate::scratch::Folder;

const SECRET: &str = "s3cr+t/&=";

fn access() -> Pass {
    let mut granted = OriginAccess::default();
    granted.add_header("Authorization", SECRET).unwrap();
    granted.add_query("token", SECRET).unwrap();
    Access::new(granted, Some("https://origin.example/live/manifest.mpd?a=1")).pass()
}

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

#[test]
fn only_the_host_of_the_manifest_is_told() {
    let access = access();
    for (text, home) in [
        ("https://origin.example/1.m4s", true),
        ("https://origin.example:443/1.m4s?x=y", true),
        ("https://cdn.example/1.m4s", false),
        ("https://origin.example.evil.example/1.m4s", false),
        ("https://origin.example@evil.example/1.m4s", false),
        ("https://sub.origin.example/1.m4s", false),
        ("https://origin.example:8443/1.m4s", false),
        ("http://origin.example/1.m4s", false),
    ] {
        let url = url(text);
        assert_eq!(access.headers(&url).len(), usize::from(home), "{text}");
        let told = access
            .with_credentials(&url)
            .query_pairs()
            .any(|(_, value)| value == SECRET);
        assert_eq!(told, home, "{text}");
    }
    let nobody = Access::new(OriginAccess::default(), None).pass();
    assert!(!nobody.is_home(&url("https://origin.example/")));
}

#[test]
fn what_is_shown_of_a_url_is_what_it_was() {
    let access = access();
    for text in [
        "https://origin.example/1.m4s",
        "https://origin.example/1.m4s?x=y&token=theirs",
        "https://origin.example/1.m4s?x=%20+&y",
    ] {
        let url = url(text);
        assert_ne!(access.with_credentials(&url), url);
        assert_eq!(access.without_credentials(access.with_credentials(&url)), url);
    }
}

#[test]
fn values_come_from_files_and_the_environment_and_show_nowhere() {
    let path = std::env::temp_dir().join(format!("fugitive-secret-{}", std::process::id()));
    std::fs::write(&path, "  from a file\n").unwrap();
    let file = format!("X-Key=file:{}", path.display());
    let env = "v=env:PATH".to_owned();
    let access = OriginAccess::read(&[file], &[env]).unwrap();
    assert_eq!(access.headers["x-key"], "from a file");
    assert_eq!(access.query, [("v".to_owned(), std::env::var("PATH").unwrap())]);
    let shown = format!("{access:?}");
    assert!(
        shown.contains("x-key") && !shown.contains("from a file"),
        "{shown}"
    );
}

#[test]
fn each_mistake_is_named_without_the_secret() {
    let long = "x".repeat(9_000);
    let path = std::env::temp_dir().join(format!("fugitive-long-secret-{}", std::process::id()));
    std::fs::write(&path, long).unwrap();
    let long = format!("X-Key=file:{}", path.display());
    for (text, named) in [
        ("Authorization=s3cret", "Authorization"),
        ("Authorization: Bearer s3cret=env", "NAME=env:VARIABLE"),
        ("X-Key=env:FUGITIVE_NO_SUCH_VARIABLE", "FUGITIVE_NO_SUCH_VARIABLE"),
        ("X-Key=file:/no/such/file", "/no/such/file"),
        ("Host=env:PATH", "Host"),
        ("a(b=env:PATH", "a(b"),
        (long.as_str(), "8 KiB"),
    ] {
        let line = OriginAccess::read(&[text.to_owned()], &[])
            .unwrap_err()
            .to_string();
        assert!(line.contains(named) && !line.contains('\n'), "{line}");
        assert!(!line.contains("s3cret"), "{line}");
    }
    let many: Vec<String> = (0..17).map(|n| format!("a{n}=env:PATH")).collect();
    for (headers, query) in [(&many[..], &[][..]), (&[], &many)] {
        let refused = OriginAccess::read(headers, query);
        assert!(matches!(refused, Err(AccessError::TooMany)));
    }
}

#[test]
fn a_redirect_is_freed_of_the_secret_that_its_request_had_though_another_is_valid_by_then() {
    let with = |secret: &str| {
        let mut granted = OriginAccess::default();
        granted.add_query("token", secret).unwrap();
        granted
    };
    let access = Access::new(with("old"), Some("https://origin.example/a.mpd"));
    let pass = access.pass();
    access.grant(with("new"));
    let mut headers = HeaderMap::new();
    headers.insert(
        LOCATION,
        HeaderValue::from_static("https://cdn.example/a.mpd?token=old&x=1"),
    );
    let from = url("https://origin.example/a.mpd");
    let next = pass.next(StatusCode::FOUND, &headers, &from);
    assert_eq!(next, Some(url("https://cdn.example/a.mpd?x=1")));
    assert!(
        access
            .pass()
            .with_credentials(&from)
            .query()
            .unwrap()
            .contains("new")
    );
}

#[test]
fn a_manifest_that_repeats_the_secret_is_passed_on_without_it() {
    let told = access()
        .with_credentials(&url("https://origin.example/1.m4s?a=b"))
        .to_string();
    assert!(told.contains("token=s3cr"));
    let manifest = format!("#EXTINF:4,\n{told}\n{told}&x=1\n");
    let shown = access().text_without_credentials(manifest);
    let expected = "https://origin.example/1.m4s?a=b&token=";
    assert_eq!(shown, format!("#EXTINF:4,\n{expected}\n{expected}&x=1\n"));
}

#[tokio::test]
async fn a_secret_that_is_refused_is_read_again_and_no_more_often_than_it_may() {
    let file = secret_file("renewed");
    let access = Access::new(read(&file), Some("https://origin.example/a.mpd"));
    let (home, refused) = (url("https://origin.example/1.m4s"), StatusCode::FORBIDDEN);
    let old = access.pass();
    std::fs::write(&file, "new").unwrap();
    let elsewhere = url("https://cdn.example/1.m4s");
    assert!(
        access.renew(&old, &elsewhere, refused).await.is_none(),
        "it was told nothing"
    );
    assert!(
        access.renew(&old, &home, StatusCode::NOT_FOUND).await.is_none(),
        "it is no refusal"
    );
    let new = access
        .renew(&old, &home, refused)
        .await
        .expect("the file has another");
    assert_eq!(new.with_credentials(&home).query(), Some("token=new"));
    std::fs::write(&file, "newer").unwrap();
    assert!(
        access.renew(&new, &home, refused).await.is_none(),
        "it was read just now"
    );
    let known = access
        .renew(&old, &home, refused)
        .await
        .expect("another is known by now");
    assert_eq!(known.with_credentials(&home).query(), Some("token=new"));
}

#[tokio::test]
async fn all_that_are_refused_together_are_told_the_new_secret() {
    let file = secret_file("together");
    let access = Access::new(read(&file), Some("https://origin.example/a.mpd"));
    let (pass, home) = (access.pass(), url("https://origin.example/1.m4s"));
    std::fs::write(&file, "new").unwrap();
    let renew = || access.renew(&pass, &home, StatusCode::FORBIDDEN);
    let (one, other, third) = tokio::join!(renew(), renew(), renew());
    for renewed in [one, other, third] {
        assert_eq!(
            renewed.expect("each asks again").with_credentials(&home).query(),
            Some("token=new")
        );
    }
}

#[tokio::test]
async fn a_secret_that_cannot_be_read_again_or_is_the_same_stays() {
    for is_there in [true, false] {
        let file = secret_file("kept");
        let access = Access::new(read(&file), Some("https://origin.example/a.mpd"));
        if !is_there {
            std::fs::remove_file(&file).unwrap();
        }
        let (pass, home) = (access.pass(), url("https://origin.example/1.m4s"));
        assert!(
            access
                .renew(&pass, &home, StatusCode::UNAUTHORIZED)
                .await
                .is_none()
        );
        assert_eq!(access.pass().with_credentials(&home).query(), Some("token=old"));
    }
}

#[test]
fn what_may_be_secret_in_a_url_is_not_shown() {
    for (url, expected) in [
        (
            "https://user:secret@origin.example/a.mpd?token=1#t",
            "https://origin.example/a.mpd",
        ),
        (
            "http://origin.example:8040/a.mpd",
            "http://origin.example:8040/a.mpd",
        ),
        ("no url", "no url"),
        (
            "https://user:secret@origin.example:99999/a?token=1",
            "https://origin.example:99999/a",
        ),
        (
            "https://user:s/e@c@origin.example:x/a?token=1",
            "https://origin.example:x/a",
        ),
        (
            "user:secret@origin.example/a.mpd?token=1#t",
            "origin.example/a.mpd",
        ),
        ("https://user:se?cret@origin.example:x/a", "https://.."),
        ("https://origin.example:x/a?mail=me@example.org", "https://.."),
        ("", ""),
    ] {
        assert_eq!(redacted_url(url), expected);
    }
}

/// A file whose secret is `old`.
fn secret_file(name: &str) -> Folder {
    let file = Folder::absent(&format!("secret-{name}"));
    std::fs::write(&file, "old\n").unwrap();
    file
}

fn read(file: &Path) -> OriginAccess {
    OriginAccess::read(&[], &[format!("token=file:{}", file.display())]).unwrap()
}
