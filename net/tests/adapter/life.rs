//! Starts that cannot work, and stops.

use std::fs;
use std::path::Path;

use klamm_net::{Server, StartError, TokioPlatform};
use klamm_wire::Uuid;

use crate::requests::{create_topic, read_all};
use crate::rig::{Rig, config};

/// Every file below a directory with its content.
fn snapshot(directory: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(snapshot(&path));
        } else {
            files.push((path.display().to_string(), fs::read(&path).expect("a file")));
        }
    }
    files.sort();
    files
}

async fn refused(config: klamm_net::ServerConfig) -> StartError {
    Server::start(TokioPlatform::current(), config).await.expect_err("it cannot start")
}

/// Goal: a busy port is named, and the directory stays as it was.
#[tokio::test]
async fn a_busy_port_is_refused() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port();
    let directory = tempfile::tempdir().expect("a temporary directory");
    let mut config = config(directory.path());
    config.listeners[0].port = port;
    let error = refused(config).await;
    assert!(matches!(error, StartError::AddressInUse(_)), "{error:?}");
    assert_eq!(error.to_string(), format!("127.0.0.1:{port} is in use by another process"));
    assert!(snapshot(directory.path()).iter().all(|(name, _)| name.ends_with("/.lock")));
}

/// Goal: two servers never share a directory, and the second does not disturb the first.
#[tokio::test]
async fn a_directory_in_use_is_refused() {
    let rig = Rig::start().await;
    let error = refused(config(rig.directory.path())).await;
    assert!(matches!(error, StartError::DirectoryInUse(_)), "{error:?}");
    create_topic(&mut rig.connect().await, "t").await;
    // Once the first has ended, the directory is free.
    let directory = rig.stop().await;
    Rig::start_in(directory).await.stop().await;
}

/// Goal: a directory that cannot be made is named, with the reason.
#[tokio::test]
async fn an_unusable_directory_is_refused() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let file = directory.path().join("file");
    fs::write(&file, "content").expect("a file");
    for path in [file.clone(), file.join("below")] {
        let error = refused(config(&path)).await;
        assert!(matches!(error, StartError::Directory(..)), "{error:?}");
        assert!(error.to_string().contains(&path.display().to_string()), "{error}");
    }
    assert_eq!(fs::read(&file).expect("still there"), b"content");
}

/// Goal: the directory of another cluster is refused in words and stays as it was.
#[tokio::test]
async fn the_directory_of_another_cluster_is_refused() {
    let directory = Rig::start().await.stop().await;
    let before = snapshot(directory.path());
    let mut config = config(directory.path());
    config.node.cluster_id = Some(Uuid([7; 16]));
    let error = refused(config).await;
    assert!(matches!(&error, StartError::Refused(why) if why.contains("cluster")), "{error:?}");
    assert_eq!(snapshot(directory.path()), before);
}

/// Goal: a directory whose own description is damaged is refused in words and stays as it was.
#[tokio::test]
async fn a_damaged_directory_is_refused() {
    let directory = Rig::start().await.stop().await;
    fs::write(directory.path().join("meta.properties"), b"\x00\xff not properties").expect("a file");
    let before = snapshot(directory.path());
    let error = refused(config(directory.path())).await;
    assert!(matches!(&error, StartError::Refused(why) if why.contains("meta.properties")), "{error:?}");
    assert_eq!(snapshot(directory.path()), before);
}

/// Goal: an orderly stop leaves the marker that spares the next start the recovery; a start takes it away, so
/// that a crash is seen as one. Source: Kafka's `.kafka_cleanshutdown`.
#[tokio::test]
async fn an_orderly_stop_leaves_its_marker() {
    let rig = Rig::start().await;
    let marker = rig.directory.path().join(".kafka_cleanshutdown");
    assert!(!marker.exists());
    create_topic(&mut rig.connect().await, "t").await;
    let rig = Rig::start_in(rig.stop().await).await;
    assert!(!marker.exists());
    assert_eq!(read_all(&mut rig.connect().await, "t").await, []);
    let directory = rig.stop().await;
    assert!(marker.exists());
    drop(directory);
}
