//! `kafka-get-offsets`.

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;
use klamm_core::types::TopicPartition;
use klamm_wire::Str;

use super::{KafkaServer, TopicFilter};
use crate::connection::{AdminSession, split};
use crate::context::Context;
use crate::exit::{Exit, Failure, Outcome};
use crate::groups::partitions;
use crate::render::print_line;

/// Prints offsets of topics as topic:partition:offset, with the flags of Kafka's tool.
#[derive(Debug, Args)]
pub struct KafkaGetOffsets {
    #[command(flatten)]
    server: KafkaServer,
    /// Regular expressions of topics, joined by commas
    #[arg(long)]
    topic: Option<String>,
    /// Only these partitions, joined by commas
    #[arg(long, value_delimiter = ',')]
    partitions: Vec<i32>,
    /// latest, earliest, max-timestamp, or milliseconds since the epoch
    #[arg(long, default_value = "latest", allow_negative_numbers = true)]
    time: String,
    /// Leave out topics the cluster keeps for itself
    #[arg(long)]
    exclude_internal_topics: bool,
}

impl KafkaGetOffsets {
    pub(crate) fn run(self, _: &Context) -> Outcome {
        let timestamp = match self.time.as_str() {
            "latest" => -1,
            "earliest" => -2,
            "max-timestamp" => -3,
            ms => ms.parse().map_err(|_| {
                let why = "it is latest, earliest, max-timestamp, or milliseconds since the epoch";
                Failure::new(Exit::Usage, format!("Malformed time argument {ms}"), why)
            })?,
        };
        let filter = TopicFilter::new(self.topic.as_deref())?;
        let mut admin = AdminSession::open(&self.server.options()?)?;
        let (mut topics, _) = split("", admin.describe_topics(None)?, Str::to_string);
        topics.retain(|name, topic| {
            filter.matches(name) && !(self.exclude_internal_topics && topic.is_internal)
        });
        let chosen =
            |name: &TopicPartition| self.partitions.is_empty() || self.partitions.contains(&name.partition);
        let names: BTreeSet<TopicPartition> =
            topics.iter().flat_map(|(name, topic)| partitions(name, topic)).filter(chosen).collect();
        if names.is_empty() {
            let why = "Could not match any topic-partitions with the specified filters";
            return Err(Failure::new(Exit::Failure, "Error occurred", why));
        }
        let asked: BTreeMap<TopicPartition, i64> = names.into_iter().map(|name| (name, timestamp)).collect();
        let (offsets, failure) =
            split("Skip getting offsets", admin.list_offsets(asked)?, ToString::to_string);
        for (name, listed) in offsets {
            if listed.offset >= 0 {
                print_line(&format!("{}:{}:{}", name.topic, name.partition, listed.offset));
            } else {
                print_line(&format!("{}:{}:", name.topic, name.partition));
            }
        }
        failure.map_or(Ok(()), Err)
    }
}
