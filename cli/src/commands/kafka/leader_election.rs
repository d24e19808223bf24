//! `kafka-leader-election`.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use klamm_core::client::admin::ElectionType;
use klamm_core::types::TopicPartition;
use klamm_wire::ErrorCode;

use super::reassign_partitions::read_json;
use super::{KafkaServer, exactly_one};
use crate::connection::AdminSession;
use crate::context::Context;
use crate::exit::{Exit, Failure, Outcome};
use crate::render::print_line;

/// Elects leaders, with the flags of Kafka's tool.
#[derive(Debug, Args)]
pub struct KafkaLeaderElection {
    #[command(flatten)]
    server: KafkaServer,
    /// Which replica shall lead
    #[arg(long, value_enum, ignore_case = true)]
    election_type: Election,
    /// Of this topic, the partition that --partition names
    #[arg(long, requires = "partition")]
    topic: Option<String>,
    /// Of the topic that --topic names
    #[arg(long, requires = "topic")]
    partition: Option<i32>,
    /// Of every partition there is
    #[arg(long)]
    all_topic_partitions: bool,
    /// Of the partitions in a file: {"partitions": [{"topic": "t", "partition": 0}]}
    #[arg(long, value_name = "FILE")]
    path_to_json_file: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Election {
    /// The first one
    Preferred,
    /// Any one, also if records are lost
    Unclean,
}

impl KafkaLeaderElection {
    pub(crate) fn run(self, _: &Context) -> Outcome {
        exactly_one(&[
            ("--topic with --partition", self.topic.is_some()),
            ("--all-topic-partitions", self.all_topic_partitions),
            ("--path-to-json-file", self.path_to_json_file.is_some()),
        ])?;
        let wanted = self.wanted()?;
        let (kind, name) = match self.election_type {
            Election::Preferred => (ElectionType::Preferred, "PREFERRED"),
            Election::Unclean => (ElectionType::Unclean, "UNCLEAN"),
        };
        let results = AdminSession::open(&self.server.options()?)?.elect_leaders(kind, wanted)?;
        let joined = |code: ErrorCode| {
            let with = results.iter().filter(|(_, result)| {
                result.as_ref().map_or_else(|error| error.code, |()| ErrorCode::NONE) == code
            });
            with.map(|(partition, _)| partition.to_string()).collect::<Vec<_>>().join(", ")
        };
        let elected = joined(ErrorCode::NONE);
        if !elected.is_empty() {
            print_line(&format!("Successfully completed leader election ({name}) for partitions {elected}"));
        }
        let needless = joined(ErrorCode::ELECTION_NOT_NEEDED);
        if !needless.is_empty() {
            print_line(&format!("Valid replica already elected for partitions {needless}"));
        }
        let failed: Vec<String> = results
            .iter()
            .filter_map(|(partition, result)| {
                let error = result.as_ref().err().filter(|e| e.code != ErrorCode::ELECTION_NOT_NEEDED)?;
                Some(format!("Error completing leader election ({name}) for partition: {partition}: {error}"))
            })
            .collect();
        failed.iter().for_each(|line| print_line(line));
        match failed.len() {
            0 => Ok(()),
            count => Err(Failure::new(
                Exit::Failure,
                format!("{count} replica(s) could not be elected"),
                "see above",
            )),
        }
    }

    fn wanted(&self) -> Result<Option<BTreeSet<TopicPartition>>, Failure> {
        if let (Some(topic), Some(partition)) = (&self.topic, self.partition) {
            return Ok(Some([TopicPartition { topic: topic.as_str().into(), partition }].into()));
        }
        let Some(file) = &self.path_to_json_file else { return Ok(None) };
        let json = read_json(file)?;
        let entries = json["partitions"].as_array().map_or(&[][..], Vec::as_slice);
        let partition = |entry: &serde_json::Value| {
            let topic = entry["topic"].as_str()?;
            let partition = i32::try_from(entry["partition"].as_i64()?).ok()?;
            Some(TopicPartition { topic: topic.into(), partition })
        };
        let wanted: Option<BTreeSet<TopicPartition>> = entries.iter().map(partition).collect();
        match wanted.filter(|wanted| !wanted.is_empty()) {
            Some(wanted) => Ok(Some(wanted)),
            None => {
                let what = format!("cannot use {}", file.display());
                Err(Failure::new(Exit::Usage, what, "it names no partitions, each with topic and partition"))
            }
        }
    }
}
