//! One node of a cluster in one process: a task that keeps its server and does to it what it is told.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use klamm_core::event::Reason;
use klamm_core::types::BrokerId;
use tokio::sync::{mpsc, oneshot, watch};

use crate::platform::Platform;
use crate::pump::Ended;
use crate::server::{Server, ServerConfig};

/// What can be done to a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Ends it as SIGKILL would end a process.
    Kill,
    /// Stops its logic where it is, as SIGSTOP would.
    Pause,
    /// Ends a pause.
    Resume,
    /// Ends it in order: what it leads is handed over first.
    Stop,
    /// Ends it in order, with all others: there is nobody to hand anything over to.
    StopWithAll,
    /// Starts it again, on the data it has left.
    Start,
}

/// What a node is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It does not serve yet.
    Starting,
    /// It serves.
    Running,
    /// Its logic stands still.
    Paused,
    /// It has ended, for this reason.
    Down(String),
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Starting => f.write_str("starting"),
            Self::Running => f.write_str("running"),
            Self::Paused => f.write_str("paused"),
            Self::Down(reason) => write!(f, "down: {reason}"),
        }
    }
}

/// What is known of a node from outside.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its `node.id`.
    pub id: BrokerId,
    /// Where clients find it.
    pub address: SocketAddr,
    /// Where its data is.
    pub directory: PathBuf,
    orders: mpsc::Sender<Given>,
    state: watch::Receiver<State>,
}

/// An order, and where to say what came of it.
type Given = (Order, oneshot::Sender<Result<(), String>>);

impl Member {
    /// Takes a server that was just launched into keeping; `config` starts it again.
    pub(super) fn new<P: Platform>(platform: P, config: ServerConfig, server: Server) -> Self {
        let (orders, given) = mpsc::channel(16);
        let (state, states) = watch::channel(State::Starting);
        let member = Self {
            id: config.node.node_id,
            address: server.addresses()[0],
            directory: config.log_dirs[0].clone(),
            orders,
            state: states,
        };
        let keeper =
            Keeper { platform: platform.clone(), config, server: Some(server), is_ready: false, state };
        platform.spawn(keeper.run(given));
        member
    }

    /// What it is doing.
    pub fn state(&self) -> State {
        self.state.borrow().clone()
    }

    /// Waits until it serves or has ended.
    pub async fn settled(&self) -> State {
        let mut state = self.state.clone();
        match state.wait_for(|state| *state != State::Starting).await {
            Ok(state) => state.clone(),
            Err(_) => State::Down("its keeper has gone".into()),
        }
    }

    /// Does something to it.
    ///
    /// # Errors
    /// It is not in the state for it, in words.
    pub async fn obey(&self, order: Order) -> Result<(), String> {
        self.tell(order).await.await.unwrap_or_else(|_| Err("its keeper has gone".into()))
    }

    /// As [`Member::obey`], without waiting for it to be done.
    pub(super) async fn tell(&self, order: Order) -> oneshot::Receiver<Result<(), String>> {
        let (answer, answered) = oneshot::channel();
        // A keeper that has gone has dropped the other end of the answer.
        let _ = self.orders.send((order, answer)).await;
        answered
    }
}

/// Owns a node's server.
struct Keeper<P: Platform> {
    platform: P,
    config: ServerConfig,
    server: Option<Server>,
    is_ready: bool,
    state: watch::Sender<State>,
}

impl<P: Platform> Keeper<P> {
    /// Until nobody can give orders any more.
    async fn run(mut self, mut orders: mpsc::Receiver<Given>) {
        loop {
            tokio::select! {
                biased;
                given = orders.recv() => {
                    let Some((order, answer)) = given else { return };
                    let result = self.obey(order).await;
                    let _ = answer.send(result);
                }
                state = self.next_state() => {
                    if let State::Down(reason) = &state {
                        tracing::error!(node = self.config.node.node_id, %reason, "a node has stopped by itself");
                        self.server = None;
                    }
                    self.state.send_replace(state);
                }
            }
        }
    }

    /// What the node does next by itself. Given up and begun again around every order.
    async fn next_state(&mut self) -> State {
        let Some(server) = &mut self.server else { return std::future::pending().await };
        if self.is_ready {
            return State::Down(how(&server.ended().await));
        }
        match server.ready().await {
            Ok(()) => {
                self.is_ready = true;
                State::Running
            }
            Err(error) => State::Down(error.to_string()),
        }
    }

    async fn obey(&mut self, order: Order) -> Result<(), String> {
        let state = self.state.borrow().clone();
        let next = match (order, self.server.take()) {
            (Order::Start, None) => {
                self.start().await?;
                State::Starting
            }
            (_, None) => return Err(format!("it is {state}")),
            (Order::Kill, Some(server)) => {
                server.crash().await;
                State::Down("killed".into())
            }
            (Order::Stop, Some(server)) => State::Down(how(&server.shutdown().await)),
            (Order::StopWithAll, Some(server)) => State::Down(how(&server.shutdown_at_once().await)),
            (Order::Pause, Some(server)) if state != State::Paused => {
                server.pause();
                self.server = Some(server);
                State::Paused
            }
            (Order::Resume, Some(server)) if state == State::Paused => {
                server.resume();
                self.server = Some(server);
                if self.is_ready { State::Running } else { State::Starting }
            }
            (Order::Start | Order::Pause | Order::Resume, server) => {
                self.server = server;
                return Err(format!("it is {state}"));
            }
        };
        self.state.send_replace(next);
        Ok(())
    }

    async fn start(&mut self) -> Result<(), String> {
        let bound = Server::bind(self.platform.clone(), self.config.clone()).await;
        let server = bound.and_then(crate::server::Bound::launch).map_err(|error| error.to_string())?;
        self.is_ready = false;
        self.server = Some(server);
        Ok(())
    }
}

/// How a server has ended, in words.
fn how(ended: &Ended) -> String {
    match ended {
        Ended::Halted(Reason::Shutdown) => "stopped".into(),
        Ended::Halted(Reason::Refused(reason)) => reason.clone(),
        Ended::Halted(Reason::LogDirFailed { kind, .. }) => format!("its directory failed: {kind}"),
        Ended::Dropped => "killed".into(),
        Ended::Panicked => "an internal check failed".into(),
    }
}
