//! The way in for those who play with a cluster: a socket in its directory that takes one order per line.
//!
//! | line | answer |
//! |---|---|
//! | `status` | a line per node: id, address, state |
//! | `kill 2`, `pause 2`, `resume 2`, `stop 2`, `start 2` | nothing |
//!
//! An answer ends with a line `ok`, or `error: ` and the reason. Who may write to the directory may give orders.

use std::fs;
use std::io::{self, BufRead as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixListener;

use super::{Cluster, Order};

const SOCKET: &str = "control.sock";
/// A node that hands over what it leads may take two sessions to stop.
const PATIENCE: Duration = Duration::from_secs(60);

/// The words for orders.
pub const ORDERS: [(&str, Order); 5] = [
    ("kill", Order::Kill),
    ("pause", Order::Pause),
    ("resume", Order::Resume),
    ("stop", Order::Stop),
    ("start", Order::Start),
];

/// Takes orders until it is dropped.
#[derive(Debug)]
pub struct Control {
    socket: PathBuf,
    serving: tokio::task::JoinHandle<()>,
}

impl Drop for Control {
    fn drop(&mut self) {
        self.serving.abort();
        let _ = fs::remove_file(&self.socket);
    }
}

impl Control {
    /// Listens in the directory of a cluster, whose locks this process holds.
    ///
    /// # Errors
    /// The socket cannot be made, for example because its path is too long for one.
    pub fn listen(directory: &Path, cluster: Cluster) -> io::Result<Self> {
        let socket = directory.join(SOCKET);
        // Left by a process that was killed: the directory is ours, so nobody listens there.
        match fs::remove_file(&socket) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = UnixListener::bind(&socket)?;
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let cluster = cluster.clone();
                tokio::spawn(async move {
                    // Whoever has gone wants no answer.
                    let _ = converse(stream, &cluster).await;
                });
            }
        });
        Ok(Self { socket, serving })
    }
}

async fn converse(mut stream: tokio::net::UnixStream, cluster: &Cluster) -> io::Result<()> {
    let (reader, mut writer) = stream.split();
    let mut lines = BufReader::new(reader).lines();
    while let Some(line) = lines.next_line().await? {
        let answer = match answer(&line, cluster).await {
            Ok(text) => format!("{text}ok\n"),
            Err(reason) => format!("error: {reason}\n"),
        };
        writer.write_all(answer.as_bytes()).await?;
    }
    Ok(())
}

async fn answer(line: &str, cluster: &Cluster) -> Result<String, String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    match words[..] {
        ["status"] => {
            let line =
                |member: &super::Member| format!("{} {} {}\n", member.id, member.address, member.state());
            Ok(cluster.members.iter().map(line).collect())
        }
        [word, id] => {
            let order = ORDERS.iter().find(|(name, _)| *name == word).map(|(_, order)| *order);
            let order = order.ok_or_else(|| format!("'{word}' is no order"))?;
            let member = id.parse().ok().and_then(|id| cluster.member(id));
            let member = member.ok_or_else(|| {
                format!("there is no node {id}; there are nodes 1 to {}", cluster.members.len())
            })?;
            member.obey(order).await.map(|()| String::new()).map_err(|state| format!("node {id}: {state}"))
        }
        _ => Err("an order is a word and the id of a node".into()),
    }
}

/// Gives one order to the cluster of a directory; returns the lines of its answer.
///
/// # Errors
/// `NotFound` and `ConnectionRefused` if no cluster runs there; `Other` with the reason if the order was not obeyed.
pub fn order(directory: &Path, line: &str) -> io::Result<Vec<String>> {
    let mut stream = UnixStream::connect(directory.join(SOCKET))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(format!("{line}\n").as_bytes())?;
    let mut lines = Vec::new();
    for line in io::BufReader::new(stream).lines() {
        let line = line?;
        match line.strip_prefix("error: ") {
            Some(reason) => return Err(io::Error::other(reason.to_owned())),
            None if line == "ok" => return Ok(lines),
            None => lines.push(line),
        }
    }
    Err(io::ErrorKind::UnexpectedEof.into())
}
