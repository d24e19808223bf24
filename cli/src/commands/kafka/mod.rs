//! Kafka's own tools by their own names, flags and output, so that scripts and habits keep working.
//!
//! `klamm kafka-topics --create ...` and a link to the binary called `kafka-topics.sh` are the same. What a tool
//! prints on success goes to stdout as Kafka's does; failures are told in our way and exit with 1.

mod cluster;
mod configs;
mod console_consumer;
mod console_producer;
mod consumer_groups;
mod delete_records;
mod features;
mod get_offsets;
mod leader_election;
mod metadata_quorum;
mod reassign_partitions;
mod storage;
mod topics;

pub(super) use cluster::KafkaCluster;
pub(super) use configs::KafkaConfigs;
pub(super) use console_consumer::KafkaConsoleConsumer;
pub(super) use console_producer::KafkaConsoleProducer;
pub(super) use consumer_groups::KafkaConsumerGroups;
pub(super) use delete_records::KafkaDeleteRecords;
pub(super) use features::KafkaFeatures;
pub(super) use get_offsets::KafkaGetOffsets;
pub(super) use leader_election::KafkaLeaderElection;
pub(super) use metadata_quorum::{KafkaMetadataQuorum, voter_of};
pub(super) use reassign_partitions::KafkaReassignPartitions;
pub(super) use storage::KafkaStorage;
pub(super) use topics::KafkaTopics;

use std::path::PathBuf;

use clap::Args;
use klamm_wire::Str;
use regex_lite::Regex;

use super::serve::properties;
use crate::connection::ClusterOptions;
use crate::exit::{Exit, Failure};
use crate::render::print_line;

/// How Kafka's tools are told where the cluster is.
#[derive(Debug, Args)]
pub(super) struct KafkaServer {
    /// Brokers to connect to
    #[arg(long, alias = "broker-list", value_name = "HOST:PORT,...")]
    bootstrap_server: String,
    /// A properties file for the client; what Klamm's clients have no use for changes nothing
    #[arg(long, aliases = ["producer.config", "consumer.config", "admin.config"], value_name = "FILE")]
    command_config: Option<PathBuf>,
}

impl KafkaServer {
    /// The cluster, unless the file asks for a way to it that is not there.
    fn options(&self) -> Result<ClusterOptions, Failure> {
        for (key, value) in self.command_config.as_deref().map_or(Ok(Vec::new()), properties::pairs)? {
            if key == "security.protocol" && value != "PLAINTEXT" {
                let why = format!("{key}={value}, and only PLAINTEXT is spoken");
                let what =
                    format!("cannot use {}", self.command_config.clone().unwrap_or_default().display());
                return Err(Failure::new(Exit::Usage, what, why));
            }
        }
        Ok(ClusterOptions::of(&self.bootstrap_server))
    }
}

/// Which topics are meant: a comma-separated list of regular expressions, each for the whole name.
pub(super) struct TopicFilter(Option<Regex>);

impl TopicFilter {
    /// Without a text, all topics.
    pub(super) fn new(text: Option<&str>) -> Result<Self, Failure> {
        let Some(text) = text else { return Ok(Self(None)) };
        let pattern = text.trim().replace(',', "|").replace(' ', "");
        let pattern = pattern.trim_matches(['"', '\'']);
        match Regex::new(&format!("^(?:{pattern})$")) {
            Ok(regex) => Ok(Self(Some(regex))),
            Err(error) => Err(Failure::new(Exit::Usage, format!("`{text}` matches no topic"), error)),
        }
    }

    pub(super) fn matches(&self, topic: &Str) -> bool {
        self.0.as_ref().is_none_or(|regex| regex.is_match(topic))
    }
}

/// Exactly one of the actions must be chosen.
pub(super) fn exactly_one(actions: &[(&str, bool)]) -> Result<(), Failure> {
    let chosen = actions.iter().filter(|(_, chosen)| *chosen).count();
    if chosen == 1 {
        return Ok(());
    }
    let names: Vec<&str> = actions.iter().map(|(name, _)| *name).collect();
    let what = "Command must include exactly one action";
    Err(Failure::new(Exit::Usage, what, format!("it is one of {}", names.join(", "))))
}

/// Prints rows as Kafka's `ToolsUtils.prettyPrintTable` does: padded, with a tabulator behind every column.
pub(super) fn print_columns(headers: &[&str], rows: &[Vec<String>]) {
    let width =
        |at: usize| rows.iter().map(|row| row[at].len()).chain([headers[at].len()]).max().unwrap_or(0);
    let line = |cells: Vec<&str>| {
        let padded =
            cells.iter().enumerate().map(|(at, cell)| format!("{cell:<width$}\t", width = width(at)));
        print_line(&padded.collect::<String>());
    };
    line(headers.to_vec());
    rows.iter().for_each(|row| line(row.iter().map(String::as_str).collect()));
}

/// Splits `a=b,c=[d,e]` into names and values; brackets hold commas together.
pub(super) fn split_settings(text: &str) -> Result<Vec<(String, String)>, Failure> {
    let mut settings = Vec::new();
    let mut depth = 0;
    let pieces = text.split(|c: char| {
        depth += i32::from(c == '[') - i32::from(c == ']');
        c == ',' && depth == 0
    });
    for piece in pieces.filter(|piece| !piece.trim().is_empty()) {
        let Some((name, value)) = piece.split_once('=') else {
            return Err(Failure::new(
                Exit::Usage,
                format!("`{piece}` is no setting"),
                "it must be name=value",
            ));
        };
        let value = value.trim();
        let bare = value.strip_prefix('[').and_then(|value| value.strip_suffix(']')).unwrap_or(value);
        settings.push((name.trim().to_owned(), bare.to_owned()));
    }
    Ok(settings)
}

/// Splits `name=value` of `--property` and its relatives.
pub(super) fn parse_property(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) => Ok((name.to_owned(), value.to_owned())),
        None => Err("it must be name=value".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: lists of values survive in a list of settings. Source: Kafka's `ConfigCommand`.
    #[test]
    fn brackets_hold_values_together() {
        let settings = split_settings("a=1,cleanup.policy=[compact,delete],b=").unwrap();
        let expected = [("a", "1"), ("cleanup.policy", "compact,delete"), ("b", "")];
        assert_eq!(settings, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert!(split_settings("a").is_err());
    }

    /// Goal: a filter is for whole names, and commas separate alternatives.
    #[test]
    fn a_topic_filter_matches_whole_names() {
        let filter = TopicFilter::new(Some("a.*,b")).unwrap();
        let matching = ["a", "abc", "b", "bc", "xa"].map(|topic| filter.matches(&topic.into()));
        assert_eq!(matching, [true, true, true, false, false]);
    }
}
