//! The worse network is as bad as it is told, and no worse.

use super::*;

#[test]
fn a_candidate_is_split_around_its_address() {
    let line = "a=candidate:1 1 udp 2130706431 127.0.0.1 4000 typ host";
    let (before, address, after) = split_candidate(line).unwrap();
    assert_eq!(before, "a=candidate:1 1 udp 2130706431");
    assert_eq!(address, "127.0.0.1:4000".parse::<SocketAddr>().unwrap());
    assert_eq!(after, "typ host");
    assert!(split_candidate("a=mid:0").is_none());
    assert!(split_candidate("candidate:1 1 udp").is_none());
}

#[tokio::test]
async fn a_path_delays_and_loses_as_it_is_told() {
    let path = Path {
        delay: Duration::from_millis(20),
        loss: 0.5,
        seed: 1,
    };
    let shim = Shim::start(path).await.unwrap();
    let ends = [
        UdpSocket::bind("127.0.0.1:0").await.unwrap(),
        UdpSocket::bind("127.0.0.1:0").await.unwrap(),
    ];
    for (side, end) in ends.iter().enumerate() {
        let address = end.local_addr().unwrap();
        let text = format!("candidate:1 1 udp 1 {} {} typ host", address.ip(), address.port());
        assert!(!shim.rewrite(side, &text).contains(&address.port().to_string()));
    }
    let begun = std::time::Instant::now();
    for number in 0..100_u8 {
        ends[0].send_to(&[number], shim.stand_ins[1]).await.unwrap();
    }
    let mut came = Vec::new();
    let mut buffer = [0; 8];
    let patience = Duration::from_millis(500);
    while let Ok(Ok((_, source))) = tokio::time::timeout(patience, ends[1].recv_from(&mut buffer)).await {
        assert_eq!(source, shim.stand_ins[0]);
        assert!(begun.elapsed() >= path.delay);
        came.push(buffer[0]);
    }
    assert!((30..70).contains(&came.len()), "{came:?}");
    assert!(came.is_sorted());
}
