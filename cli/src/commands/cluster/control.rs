//! What is done to the nodes of a running `klamm serve --nodes`.

use std::io::ErrorKind;
use std::path::PathBuf;

use clap::Args;
use klamm_net::cluster::Layout;
use klamm_net::cluster::control;
use serde_json::{Value, json};

use crate::commands::serve;
use crate::context::Context;
use crate::exit::{Exit, Failure, Outcome};
use crate::render::{print_json, print_line, print_table};

/// Which cluster of this machine.
#[derive(Debug, Args)]
pub(super) struct Local {
    /// The directory that `klamm serve --nodes` was given [default: ./klamm-data]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

impl Local {
    fn directory(&self) -> PathBuf {
        self.data.clone().unwrap_or_else(|| serve::DIRECTORY.into())
    }

    /// Gives an order to a node: the word of the control socket, what has happened in words.
    pub(super) fn order(&self, context: &Context, word: &str, done: &str, node: i32) -> Outcome {
        self.send(&format!("{word} {node}"), &format!("cannot {word} node {node}"))?;
        if context.is_json() {
            print_json(&json!({ "node": node, "done": done }));
        } else {
            print_line(&format!("Node {node} {done}."));
        }
        Ok(())
    }

    /// What the nodes of the process are doing.
    pub(super) fn nodes(&self, context: &Context) -> Outcome {
        let lines = self.send("status", "cannot list the nodes")?;
        let rows = lines.iter().map(|line| {
            let mut words = line.splitn(3, ' ').map(str::to_owned);
            (0..3).map(|_| words.next().unwrap_or_default()).collect::<Vec<String>>()
        });
        if context.is_json() {
            let node = |row: Vec<String>| json!({ "node": row[0].parse::<i32>().ok(), "address": row[1], "state": row[2] });
            print_json(&rows.map(node).collect::<Value>());
        } else {
            print_table(context, &["NODE", "ADDRESS", "STATE"], rows.collect());
        }
        Ok(())
    }

    fn send(&self, line: &str, what: &str) -> Result<Vec<String>, Failure> {
        let directory = self.directory();
        control::order(&directory, line).map_err(|error| match error.kind() {
            ErrorKind::NotFound | ErrorKind::ConnectionRefused => {
                let place = directory.display();
                let why = format!("no `klamm serve --nodes` runs on {place}");
                let next = match Layout::read(&directory) {
                    Ok(Some(Layout { nodes, .. })) => format!("start it with `klamm serve --nodes {nodes}`"),
                    _ => {
                        "name its directory with --data; a node that is a process of its own takes signals: \
                          kill -KILL, kill -STOP, kill -CONT"
                            .to_owned()
                    }
                };
                Failure::new(Exit::Unreachable, what, why).next(next)
            }
            _ => Failure::new(Exit::Failure, what, error),
        })
    }
}
