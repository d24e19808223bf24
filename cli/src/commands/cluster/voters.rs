//! `klamm cluster add-controller` and `remove-controller`: who votes in the quorum.

use std::path::PathBuf;

use clap::Args;
use klamm_wire::Uuid;
use serde_json::json;

use crate::commands::kafka::voter_of;
use crate::connection::AdminSession;
use crate::context::Context;
use crate::exit::{Exit, Failure, Outcome};
use crate::render::{print_json, print_line};

/// Gives a controller a vote.
#[derive(Debug, Args)]
pub(super) struct AddController {
    /// The server.properties of the controller: its id, its listeners, and the directory that has its id
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

/// Takes a controller's vote.
#[derive(Debug, Args)]
pub(super) struct RemoveController {
    /// Its node id
    id: i32,
    /// Its directory id, if it votes no more with the directory it has now
    #[arg(long, value_name = "ID")]
    directory_id: Option<String>,
}

impl AddController {
    pub(super) fn run(&self, context: &Context, admin: &mut AdminSession) -> Outcome {
        let voter = voter_of(&self.config)?;
        let (id, directory) = (voter.id, voter.directory_id);
        let added = admin.add_voter(voter)?;
        added.map_err(|error| {
            let what = format!("cannot give controller {id} a vote");
            Failure::new(Exit::Failure, what, error).next(
                "it has to run and to have caught up: `klamm kafka-metadata-quorum describe --replication`",
            )
        })?;
        told(context, "votes now", id, directory);
        Ok(())
    }
}

impl RemoveController {
    pub(super) fn run(&self, context: &Context, admin: &mut AdminSession) -> Outcome {
        let what = || format!("cannot take the vote of controller {}", self.id);
        let directory = match &self.directory_id {
            Some(text) => Uuid::from_base64(text).ok_or_else(|| {
                let why = "a directory id is 22 characters of the base64 url alphabet";
                Failure::new(Exit::Usage, format!("`{text}` is no directory id"), why)
            })?,
            None => {
                let quorum = admin.describe_quorum()?;
                let voter = quorum.voters.iter().find(|voter| voter.id == self.id);
                let voter = voter.ok_or_else(|| Failure::new(Exit::Failure, what(), "it has none"))?;
                voter.directory_id
            }
        };
        let removed = admin.remove_voter(self.id, directory)?;
        removed.map_err(|error| Failure::new(Exit::Failure, what(), error))?;
        told(context, "votes no more", self.id, directory);
        Ok(())
    }
}

fn told(context: &Context, what: &str, id: i32, directory: Uuid) {
    if context.is_json() {
        print_json(&json!({ "controller": id, "directory_id": directory.to_base64(), "result": what }));
    } else {
        print_line(&format!("Controller {id} {what}."));
    }
}
