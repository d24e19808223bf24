//! `kafka-storage`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::commands::storage::{Format, info, random_uuid};
use crate::context::Context;
use crate::exit::Outcome;

/// Prepares data directories, with the flags of Kafka's tool.
#[derive(Debug, Args)]
pub struct KafkaStorage {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Prepare the data directory of a node
    Format(Format),
    /// Say whose the data directory of a node is
    Info {
        /// The node's server.properties
        #[arg(short, long, value_name = "FILE")]
        config: PathBuf,
    },
    /// Print a new id
    RandomUuid,
}

impl KafkaStorage {
    pub(crate) fn run(self, context: &Context) -> Outcome {
        match self.action {
            Action::Format(format) => format.run(),
            Action::Info { config } => info(context, &config),
            Action::RandomUuid => {
                random_uuid();
                Ok(())
            }
        }
    }
}
