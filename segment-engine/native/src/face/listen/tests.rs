//! Connections of those who take nothing.

use axum::routing::get;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;

#[tokio::test]
async fn whoever_takes_nothing_of_an_answer_is_let_go_and_whoever_is_slow_is_not() {
    // More than buffers of sockets hold.
    const ANSWER: usize = 32 << 20;
    let patience = Duration::from_millis(1_000);
    let router = Router::new().route("/", get(|| async { vec![7; ANSWER] }));
    for takes in [true, false] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        let (_stop, stopped) = watch::channel(false);
        let place = Places::default().take().await;
        let served = tokio::spawn(serve(stream, router.clone(), place, stopped, patience));
        let request = b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
        client.write_all(request).await.unwrap();
        if takes {
            // Longer than the patience in all, and never so long at once.
            let (mut taken, mut part) = (0, vec![0; ANSWER / 8]);
            while client.read_exact(&mut part).await.is_ok() {
                taken += part.len();
                tokio::time::sleep(patience / 5).await;
            }
            assert_eq!(taken, ANSWER);
        }
        let ended = tokio::time::timeout(Duration::from_secs(20), served).await;
        assert!(ended.is_ok(), "{takes}");
    }
}

#[tokio::test]
async fn the_operator_is_answered_where_players_have_taken_all_places() {
    let router = Router::new()
        .route("/healthz", get(|| async { "ok" }))
        .route("/film/1.m4s", get(|| async { "segment" }));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (_stop, stopped) = watch::channel(false);
    let _listening = AbortOnDrop(tokio::spawn(listen(listener, router, Places::new(1, 1), stopped)));
    let mut player = TcpStream::connect(address).await.unwrap();
    assert!(ask(&mut player, "/film/1.m4s").await.starts_with("HTTP/1.1 200"));
    let mut operator = TcpStream::connect(address).await.unwrap();
    assert!(ask(&mut operator, "/healthz").await.starts_with("HTTP/1.1 200"));
    let refused = ask(&mut operator, "/film/1.m4s").await;
    assert!(
        refused.starts_with("HTTP/1.1 503") && refused.contains("retry-after"),
        "{refused}"
    );
    assert_eq!(operator.read(&mut [0]).await.unwrap(), 0, "it is closed");
    let mut second = TcpStream::connect(address).await.unwrap();
    assert!(ask(&mut second, "/healthz").await.starts_with("HTTP/1.1 200"));
    drop(player);
    // The place is free once the server has seen the end.
    let again = async {
        loop {
            let mut third = TcpStream::connect(address).await.unwrap();
            if ask(&mut third, "/film/1.m4s").await.starts_with("HTTP/1.1 200") {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), again)
        .await
        .unwrap();
}

/// Asks for a path, and returns the answer, which comes in one part.
async fn ask(stream: &mut TcpStream, path: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut part = vec![0; 4_096];
    let read = stream.read(&mut part).await.unwrap();
    String::from_utf8(part[..read].to_vec()).unwrap()
}

/// A task that ends with the test.
struct AbortOnDrop(tokio::task::JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}
