//! Clients that send garbage, too much, or do not read.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use klamm_core::edge::{ConnId, Effects, Input};
use klamm_net::{Server, TokioPlatform};
use klamm_wire::frame::{RequestHeader, encode_request};
use klamm_wire::messages::ApiVersionsRequest;
use klamm_wire::{ApiKey, Str};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

use crate::fake::{Fake, answer};
use crate::pipes::Pipes;
use crate::requests::{create_topic, read_all};
use crate::rig::{Rig, config};
use klamm_net::Platform as _;

fn api_versions_frame(correlation_id: i32) -> Vec<u8> {
    let header = RequestHeader {
        api_key: ApiKey::ApiVersions,
        api_version: 0,
        correlation_id,
        client_id: Some(Str::from("test")),
    };
    let request = ApiVersionsRequest::default().into();
    encode_request(&header, &request).expect("version 0 carries nothing").to_bytes().to_vec()
}

/// Reads to the end of the stream; a reset is an end, too.
async fn rest(stream: &mut TcpStream) -> Vec<u8> {
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest).await;
    rest
}

/// Goal: frames that cannot be requests end their connection without an answer, and nobody else's.
/// Source: Kafka's `NetworkReceive` and `SocketServer`.
#[tokio::test]
async fn hostile_frames_end_their_connection_only() {
    let rig = Rig::start().await;
    let mut other = rig.connect().await;
    create_topic(&mut other, "t").await;
    let hostile: [&[u8]; 8] = [
        b"\xff\xff\xff\xff",                                         // a negative size
        b"\x80\0\0\0",                                               // the most negative one
        b"\x7f\xff\xff\xff",                                         // above the limit
        b"\0\0\0\0",                                                 // nothing
        b"\0\0\0\x01\0",                                             // less than a header
        b"\0\0\0\x0a\x7f\xff\0\0\0\0\0\x01\xff\xff",                 // no such API
        b"\0\0\0\x0a\0\x03\0\x63\0\0\0\x01\xff\xff",                 // no such version of Metadata
        b"\0\0\0\x0e\0\x03\0\x01\0\0\0\x01\xff\xff\x7f\xff\xff\xff", // an array longer than the frame
    ];
    for frame in hostile {
        let mut stream = TcpStream::connect(("127.0.0.1", rig.port())).await.expect("a connection");
        stream.write_all(frame).await.expect("it is sent");
        assert_eq!(rest(&mut stream).await, b"", "{frame:?}");
    }
    assert_eq!(read_all(&mut other, "t").await, []);
    rig.stop().await;
}

/// Goal: a frame is served in the order it came even if garbage follows at once.
#[tokio::test]
async fn what_came_before_the_garbage_is_served() {
    let rig = Rig::start().await;
    let mut stream = TcpStream::connect(("127.0.0.1", rig.port())).await.expect("a connection");
    let (frame, mut size) = (api_versions_frame(7), [0; 4]);
    stream.write_all(&frame).await.expect("it is sent");
    stream.read_exact(&mut size).await.expect("an answer");
    let mut content = vec![0; u32::from_be_bytes(size) as usize];
    stream.read_exact(&mut content).await.expect("an answer");
    assert_eq!(content[..4], [0, 0, 0, 7]);
    stream.write_all(b"\xff\xff\xff\xff").await.expect("it is sent");
    assert_eq!(rest(&mut stream).await, b"");
    rig.stop().await;
}

/// Goal: a client that sends and never reads is neither served without end nor kept for ever.
/// Method: a narrow pipe, answers wider than it, a short stall time.
#[tokio::test]
async fn a_client_that_does_not_read_is_slowed_down_and_closed() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let handled = Arc::new(AtomicUsize::new(0));
    let (closed, when_closed) = oneshot::channel();
    let (count, mut closed) = (handled.clone(), Some(closed));
    let mut config = config(directory.path());
    config.limits.write_stall = Duration::from_millis(50);
    let requests_max = config.node.connection_requests_max as usize;
    let platform = Pipes::new(1000);
    let server = Server::start_with(platform.clone(), config, |_, _| {
        Fake(move |input, fx: &mut Effects| match input {
            Input::Request(id, request) => {
                count.fetch_add(1, Ordering::Relaxed);
                fx.push(answer(id, &request, 1000));
            }
            Input::Closed(ConnId(1)) => closed.take().expect("once").send(()).expect("the test listens"),
            _ => {}
        })
    });
    let _server = server.await.expect("it starts");
    let mut stream = platform.connect("", 0).await.expect("a connection");
    let frames: Vec<u8> = (0..1000).flat_map(api_versions_frame).collect();
    // The pipe takes what is read at the other end; then the server is gone.
    stream.write_all(&frames).await.expect_err("the server stops reading long before the end");
    when_closed.await.expect("the node is told");
    let handled = handled.load(Ordering::Relaxed);
    assert!((1..=requests_max).contains(&handled), "{handled} requests were served");
}

/// Goal: more connections than configured are closed as they come; those that are open stay.
#[tokio::test]
async fn connections_above_the_limit_are_closed() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let mut config = config(directory.path());
    config.limits.connections = 1;
    let server = Server::start(TokioPlatform::current(), config).await.expect("it starts");
    let port = server.addresses()[0].port();
    let mut first = crate::rig::connect(&TokioPlatform::current(), port).await;
    create_topic(&mut first, "t").await;
    let mut second = TcpStream::connect(("127.0.0.1", port)).await.expect("the system accepts it");
    assert_eq!(rest(&mut second).await, b"");
    assert_eq!(read_all(&mut first, "t").await, []);
}
