//! Connections of those who take nothing.

use axum::routing::get;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;

#[tokio::test]
async fn whoever_takes_nothing_of_an_answer_is_let_go_and_whoever_is_slow_is_not() {
    // More than buffers of sockets hold.
    const ANSWER: usize = 32 << 20;
    let patience = Duration::from_millis(400);
    let router = Router::new().route("/", get(|| async { vec![7; ANSWER] }));
    let service = TowerToHyperService::new(router);
    for (pauses, whole) in [(1, true), (4, true), (usize::MAX, false)] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        let (_stop, stopped) = watch::channel(false);
        let served = tokio::spawn(serve(stream, service.clone(), stopped, patience));
        client
            .write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
            .await
            .unwrap();
        if whole {
            let (mut taken, mut part) = (0, vec![0; ANSWER / pauses]);
            while let Ok(read @ 1..) = client.read(&mut part).await {
                taken += read;
                if pauses > 1 {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            }
            assert!(taken > ANSWER, "{taken}");
        }
        let ended = tokio::time::timeout(Duration::from_secs(20), served).await;
        assert!(ended.is_ok(), "{pauses}");
    }
}
