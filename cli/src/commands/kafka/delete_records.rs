//! `kafka-delete-records`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use klamm_core::types::TopicPartition;
use serde_json::Value;

use super::KafkaServer;
use crate::connection::AdminSession;
use crate::context::Context;
use crate::exit::{Exit, Failure, Outcome};
use crate::render::print_line;

/// Deletes records below offsets, with the flags of Kafka's tool.
#[derive(Debug, Args)]
pub struct KafkaDeleteRecords {
    #[command(flatten)]
    server: KafkaServer,
    /// A file like {"partitions": [{"topic": "foo", "partition": 1, "offset": 1}], "version": 1}; the offset -1 is the
    /// end
    #[arg(long)]
    offset_json_file: PathBuf,
}

impl KafkaDeleteRecords {
    pub(crate) fn run(self, _: &Context) -> Outcome {
        let path = self.offset_json_file.display();
        let text = std::fs::read_to_string(&self.offset_json_file)
            .map_err(|error| Failure::new(Exit::Usage, format!("cannot read {path}"), error))?;
        let offsets = parse_offsets(&text)
            .map_err(|why| Failure::new(Exit::Usage, format!("{path} does not say what to delete"), why))?;
        let mut admin = AdminSession::open(&self.server.options()?)?;
        print_line("Executing records delete operation");
        let results = admin.delete_records(offsets)?;
        print_line("Records delete operation completed:");
        let mut failed = 0;
        for (name, result) in results {
            match result {
                Ok(low_watermark) => {
                    print_line(&format!("partition: {name}\tlow_watermark: {low_watermark}"))
                }
                Err(code) => {
                    failed += 1;
                    print_line(&format!("partition: {name}\terror: {code}"));
                }
            }
        }
        if failed > 0 {
            let what = format!("records of {failed} partitions were not deleted");
            return Err(Failure::new(Exit::Failure, what, "see above"));
        }
        Ok(())
    }
}

fn parse_offsets(text: &str) -> Result<BTreeMap<TopicPartition, i64>, String> {
    let root: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let partitions = root["partitions"].as_array().ok_or("there is no list `partitions`")?;
    let mut offsets = BTreeMap::new();
    for entry in partitions {
        let topic = entry["topic"].as_str().ok_or("an entry has no topic")?;
        let partition = entry["partition"].as_i64().and_then(|p| i32::try_from(p).ok());
        let partition = partition.ok_or("an entry has no partition")?;
        let offset = entry["offset"].as_i64().ok_or("an entry has no offset")?;
        let name = TopicPartition { topic: topic.into(), partition };
        if offsets.insert(name.clone(), offset).is_some() {
            return Err(format!("Offset json file contains duplicate topic partitions: {name}"));
        }
    }
    Ok(offsets)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: the file of Kafka's tool is read, and one that is ambiguous is refused.
    #[test]
    fn the_offset_file_is_read() {
        let entry = r#"{"topic": "foo", "partition": 1, "offset": 7}"#;
        let offsets = parse_offsets(&format!(r#"{{"partitions": [{entry}], "version": 1}}"#)).unwrap();
        assert_eq!(offsets, [(TopicPartition { topic: "foo".into(), partition: 1 }, 7)].into());
        assert!(parse_offsets(&format!(r#"{{"partitions": [{entry}, {entry}]}}"#)).is_err());
        assert!(parse_offsets("{}").is_err());
    }
}
