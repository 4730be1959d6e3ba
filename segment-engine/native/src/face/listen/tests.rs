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
    let service = TowerToHyperService::new(router);
    for takes in [true, false] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        let (_stop, stopped) = watch::channel(false);
        let served = tokio::spawn(serve(stream, service.clone(), stopped, patience));
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
