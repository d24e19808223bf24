//! `kafka-reassign-partitions`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use klamm_core::client::admin::Reassignment;
use klamm_core::types::TopicPartition;
use klamm_wire::Str;
use serde_json::{Value, json};

use super::{KafkaServer, exactly_one};
use crate::connection::{AdminSession, split};
use crate::context::Context;
use crate::exit::{Exit, Failure, Outcome};
use crate::render::{joined, print_line};
use crate::throttling;

const WHAT: &str = "Error";

/// Moves partitions to other brokers, with the flags of Kafka's tool.
#[derive(Debug, Args)]
pub struct KafkaReassignPartitions {
    /// Brokers to connect to
    // Not `KafkaServer`: there, --broker-list is the old name of this.
    #[arg(long, value_name = "HOST:PORT,...")]
    bootstrap_server: String,
    /// A properties file for the client; what Klamm's clients have no use for changes nothing
    #[arg(long, value_name = "FILE")]
    command_config: Option<PathBuf>,
    /// Propose where partitions could go
    #[arg(long, requires_all = ["topics_to_move_json_file", "broker_list"])]
    generate: bool,
    /// Move partitions as a file says
    #[arg(long, requires = "reassignment_json_file")]
    execute: bool,
    /// Say how far the moves of a file are
    #[arg(long, requires = "reassignment_json_file")]
    verify: bool,
    /// Cancel the moves of a file
    #[arg(long, requires = "reassignment_json_file")]
    cancel: bool,
    /// List what is being moved
    #[arg(long)]
    list: bool,
    /// {"topics": [{"topic": "t"}], "version": 1}
    #[arg(long, value_name = "FILE")]
    topics_to_move_json_file: Option<PathBuf>,
    /// {"partitions": [{"topic": "t", "partition": 0, "replicas": [1, 2, 3]}], "version": 1}
    #[arg(long, value_name = "FILE")]
    reassignment_json_file: Option<PathBuf>,
    /// Brokers that may hold the partitions
    #[arg(long, value_name = "BROKER,...", value_delimiter = ',')]
    broker_list: Vec<i32>,
    /// Go on although other partitions are being moved
    #[arg(long)]
    additional: bool,
    /// Do not look at racks
    #[arg(long)]
    disable_rack_aware: bool,
    /// With --execute: how fast partitions may be copied, in bytes per second; --verify takes it away
    #[arg(long, value_name = "BYTES", requires = "execute")]
    throttle: Option<u64>,
    /// With --verify and --cancel: leave throttles as they are
    #[arg(long)]
    preserve_throttles: bool,
}

impl KafkaReassignPartitions {
    pub(crate) fn run(self, _: &Context) -> Outcome {
        exactly_one(&[
            ("--generate", self.generate),
            ("--execute", self.execute),
            ("--verify", self.verify),
            ("--cancel", self.cancel),
            ("--list", self.list),
        ])?;
        let server = KafkaServer {
            bootstrap_server: self.bootstrap_server.clone(),
            command_config: self.command_config.clone(),
        };
        let mut admin = AdminSession::open(&server.options()?)?;
        if self.list {
            return list(&mut admin);
        }
        if self.generate {
            return self.generate(&mut admin);
        }
        let file = self.reassignment_json_file.as_ref().expect("clap asks for it");
        let targets = read_targets(file)?;
        if self.execute {
            self.execute(&mut admin, &targets)
        } else if self.verify {
            let moving = verify(&mut admin, &targets)?;
            if moving || self.preserve_throttles { Ok(()) } else { clear_throttles(&mut admin, &targets) }
        } else {
            cancel(&mut admin, &targets)?;
            if self.preserve_throttles { Ok(()) } else { clear_throttles(&mut admin, &targets) }
        }
    }

    fn generate(&self, admin: &mut AdminSession) -> Outcome {
        let file = self.topics_to_move_json_file.as_ref().expect("clap asks for it");
        let json = read_json(file)?;
        let topics = json["topics"].as_array().map_or(&[][..], Vec::as_slice);
        let names: Option<Vec<Str>> =
            topics.iter().map(|topic| Some(topic["topic"].as_str()?.into())).collect();
        let Some(names) = names.filter(|names| !names.is_empty()) else {
            let what = format!("cannot use {}", file.display());
            return Err(Failure::new(Exit::Usage, what, "it names no topics"));
        };
        let current = replicas(admin, names)?;
        let racks = self.racks(admin)?;
        let proposed = propose(&current, &self.broker_list, &racks)?;
        print_line("Current partition replica assignment");
        print_line(&as_json(&current));
        print_line("");
        print_line("Proposed partition reassignment configuration");
        print_line(&as_json(&proposed));
        Ok(())
    }

    /// Racks of the brokers that may hold something; empty if they do not count.
    fn racks(&self, admin: &mut AdminSession) -> Result<BTreeMap<i32, Str>, Failure> {
        let cluster = admin.describe_cluster()?;
        let known: BTreeMap<i32, Option<Str>> =
            cluster.brokers.into_iter().map(|broker| (broker.id, broker.rack)).collect();
        if let Some(unknown) = self.broker_list.iter().find(|id| !known.contains_key(id)) {
            return Err(Failure::new(Exit::Failure, WHAT, format!("Unknown broker id {unknown}")));
        }
        if self.disable_rack_aware {
            return Ok(BTreeMap::new());
        }
        let racks = self.broker_list.iter().filter_map(|id| Some((*id, known[id].clone()?)));
        let racks: BTreeMap<i32, Str> = racks.collect();
        let brokers: BTreeSet<&i32> = self.broker_list.iter().collect();
        if !racks.is_empty() && racks.len() < brokers.len() {
            let why = "Not all brokers have rack information. Add --disable-rack-aware in command line to make \
                       replica assignment without rack information.";
            return Err(Failure::new(Exit::Failure, WHAT, why));
        }
        Ok(racks)
    }

    fn execute(&self, admin: &mut AdminSession, targets: &Targets) -> Outcome {
        if !self.additional && !admin.list_reassignments(None)?.is_empty() {
            let why = "Cannot execute because there is an existing partition assignment. Use --additional to override \
                       this and create a new partition assignment in addition to the existing one.";
            return Err(Failure::new(Exit::Failure, WHAT, why));
        }
        let topics: BTreeSet<Str> = targets.keys().map(|name| name.topic.clone()).collect();
        let mut current = replicas(admin, topics.into_iter().collect())?;
        current.retain(|name, _| targets.contains_key(name));
        print_line("Current partition replica assignment");
        print_line("");
        print_line(&as_json(&current));
        print_line("");
        print_line("Save this to use as the --reassignment-json-file option during rollback");
        if let Some(rate) = self.throttle {
            let moving = admin.list_reassignments(None)?;
            print_line(
                "Warning: You must run --verify periodically, until the reassignment completes, to ensure the \
                 throttle is removed.",
            );
            throttling::set(admin, &throttling::moves(&current, targets, &moving), rate)?;
            print_line(&format!("The inter-broker throttle limit was set to {rate} B/s"));
        }
        let wanted = targets.iter().map(|(name, to)| (name.clone(), Some(to.clone()))).collect();
        let (done, failure) = split(WHAT, admin.reassign(wanted, true)?, TopicPartition::to_string);
        if let Some(failure) = failure {
            return Err(failure);
        }
        print_line(&format!(
            "Successfully started partition reassignment{} for {}",
            plural(done.len()),
            names(done.keys())
        ));
        Ok(())
    }
}

type Targets = BTreeMap<TopicPartition, Vec<i32>>;

fn names<'a>(partitions: impl Iterator<Item = &'a TopicPartition>) -> String {
    partitions.map(ToString::to_string).collect::<Vec<_>>().join(",")
}

fn list(admin: &mut AdminSession) -> Outcome {
    let moving = admin.list_reassignments(None)?;
    if moving.is_empty() {
        print_line("No partition reassignments found.");
        return Ok(());
    }
    print_line("Current partition reassignments:");
    for (name, Reassignment { replicas, adding, removing }) in &moving {
        let mut line = format!("{name}: replicas: {}.", joined(replicas));
        if !adding.is_empty() {
            line += &format!(" adding: {}.", joined(adding));
        }
        if !removing.is_empty() {
            line += &format!(" removing: {}.", joined(removing));
        }
        print_line(&line);
    }
    Ok(())
}

/// Whether anything is still being moved.
fn verify(admin: &mut AdminSession, targets: &Targets) -> Result<bool, Failure> {
    let topics: BTreeSet<Str> = targets.keys().map(|name| name.topic.clone()).collect();
    let moving = admin.list_reassignments(None)?;
    let current = replicas(admin, topics.into_iter().collect())?;
    print_line("Status of partition reassignment:");
    for (name, target) in targets {
        let line = match (moving.get(name), current.get(name)) {
            (Some(_), _) => format!("Reassignment of partition {name} is still in progress."),
            (None, Some(replicas)) if replicas == target => {
                format!("Reassignment of partition {name} is completed.")
            }
            (None, replicas) => format!(
                "There is no active reassignment of partition {name}, but replica set is {} rather than {}.",
                joined(replicas.map_or(&[], Vec::as_slice)),
                joined(target)
            ),
        };
        print_line(&line);
    }
    Ok(!moving.is_empty())
}

fn clear_throttles(admin: &mut AdminSession, targets: &Targets) -> Outcome {
    let mut brokers = throttling::all_brokers(admin)?;
    brokers.extend(targets.values().flatten());
    let topics: BTreeSet<Str> = targets.keys().map(|name| name.topic.clone()).collect();
    print_line("");
    let listed: Vec<i32> = brokers.iter().copied().collect();
    print_line(&format!(
        "Clearing broker-level throttles on broker{} {}",
        plural(listed.len()),
        joined(&listed)
    ));
    throttling::clear_brokers(admin, &brokers)?;
    let listed: Vec<&str> = topics.iter().map(|topic| &**topic).collect();
    print_line(&format!(
        "Clearing topic-level throttles on topic{} {}",
        plural(listed.len()),
        listed.join(",")
    ));
    throttling::clear_topics(admin, &topics)
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

fn cancel(admin: &mut AdminSession, targets: &Targets) -> Outcome {
    let moving = admin.list_reassignments(Some(targets.keys().cloned().collect()))?;
    if moving.is_empty() {
        print_line("None of the specified partition reassignments are active.");
        return Ok(());
    }
    let wanted = moving.into_keys().map(|name| (name, None)).collect();
    let (done, failure) = split(WHAT, admin.reassign(wanted, true)?, TopicPartition::to_string);
    let what = format!("Successfully cancelled partition reassignment{} for: ", plural(done.len()));
    print_line(&(what + &names(done.keys())));
    failure.map_or(Ok(()), Err)
}

/// Who holds the partitions of topics.
fn replicas(admin: &mut AdminSession, topics: Vec<Str>) -> Result<Targets, Failure> {
    let (described, failure) = split(WHAT, admin.describe_topics(Some(topics))?, Str::to_string);
    if let Some(failure) = failure {
        return Err(failure);
    }
    let partitions = described.iter().flat_map(|(topic, described)| {
        described.partitions.iter().map(|(index, partition)| {
            (TopicPartition { topic: topic.clone(), partition: *index }, partition.replicas.clone())
        })
    });
    Ok(partitions.collect())
}

/// Spreads partitions over brokers: each begins one broker further, and takes the next ones of other racks first.
fn propose(current: &Targets, brokers: &[i32], racks: &BTreeMap<i32, Str>) -> Result<Targets, Failure> {
    let brokers: Vec<i32> = brokers.iter().copied().collect::<BTreeSet<i32>>().into_iter().collect();
    let mut proposed = Targets::new();
    for (at, (name, replicas)) in current.iter().enumerate() {
        if replicas.len() > brokers.len() {
            let why = format!(
                "Replication factor: {} larger than available brokers: {}",
                replicas.len(),
                brokers.len()
            );
            return Err(Failure::new(Exit::Failure, WHAT, why));
        }
        let mut left: Vec<i32> =
            (0..brokers.len()).map(|step| brokers[(at + step) % brokers.len()]).collect();
        let (mut chosen, mut used) = (Vec::new(), BTreeSet::new());
        while chosen.len() < replicas.len() {
            let fresh = left.iter().position(|id| racks.get(id).is_none_or(|rack| !used.contains(rack)));
            let id = left.remove(fresh.unwrap_or(0));
            if fresh.is_none() {
                used.clear(); // every rack has one: around again
            }
            used.extend(racks.get(&id).cloned());
            chosen.push(id);
        }
        proposed.insert(name.clone(), chosen);
    }
    Ok(proposed)
}

fn as_json(assignment: &Targets) -> String {
    let partition = |(name, replicas): (&TopicPartition, &Vec<i32>)| {
        let log_dirs = vec!["any"; replicas.len()];
        json!({ "topic": &*name.topic, "partition": name.partition, "replicas": replicas, "log_dirs": log_dirs })
    };
    json!({ "version": 1, "partitions": assignment.iter().map(partition).collect::<Value>() }).to_string()
}

/// The JSON in a file that a tool was given.
pub(super) fn read_json(file: &Path) -> Result<Value, Failure> {
    let what = || format!("cannot use {}", file.display());
    let text = fs::read_to_string(file).map_err(|error| Failure::new(Exit::Usage, what(), error))?;
    serde_json::from_str(&text).map_err(|error| Failure::new(Exit::Usage, what(), error))
}

fn read_targets(file: &Path) -> Result<Targets, Failure> {
    let json = read_json(file)?;
    let what = || format!("cannot use {}", file.display());
    let mut targets = Targets::new();
    for entry in json["partitions"].as_array().map_or(&[][..], Vec::as_slice) {
        let parsed = parse_target(entry).ok_or_else(|| {
            Failure::new(Exit::Usage, what(), format!("{entry} has no topic, partition and replicas"))
        })?;
        if entry["log_dirs"].as_array().is_some_and(|dirs| dirs.iter().any(|dir| dir != "any")) {
            let why = format!("{entry} names log directories, and brokers have one each");
            return Err(Failure::new(Exit::Usage, what(), why));
        }
        if targets.insert(parsed.0.clone(), parsed.1).is_some() {
            return Err(Failure::new(Exit::Usage, what(), format!("{} stands there twice", parsed.0)));
        }
    }
    if targets.is_empty() {
        return Err(Failure::new(Exit::Usage, what(), "Partition reassignment list cannot be empty"));
    }
    Ok(targets)
}

fn parse_target(entry: &Value) -> Option<(TopicPartition, Vec<i32>)> {
    let topic = entry["topic"].as_str()?.into();
    let partition = i32::try_from(entry["partition"].as_i64()?).ok()?;
    let replicas = entry["replicas"].as_array()?.iter();
    let replicas: Option<Vec<i32>> = replicas.map(|id| i32::try_from(id.as_i64()?).ok()).collect();
    let replicas = replicas.filter(|replicas| !replicas.is_empty())?;
    Some((TopicPartition { topic, partition }, replicas))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn partitions(count: i32, replicas: &[i32]) -> Targets {
        let name = |partition| TopicPartition { topic: "t".into(), partition };
        (0..count).map(|partition| (name(partition), replicas.to_vec())).collect()
    }

    /// Goal: a proposal spreads leaders, never names a broker twice, and goes around the racks.
    #[test]
    fn proposals_are_spread() {
        let current = partitions(6, &[1, 2]);
        let proposed = propose(&current, &[3, 4, 5], &BTreeMap::new()).expect("enough brokers");
        let leaders: Vec<i32> = proposed.values().map(|replicas| replicas[0]).collect();
        assert_eq!(leaders, [3, 4, 5, 3, 4, 5]);
        let racks = BTreeMap::from([(1, "a".into()), (2, "a".into()), (3, "b".into()), (4, "b".into())]);
        for replicas in propose(&current, &[1, 2, 3, 4], &racks).expect("enough brokers").values() {
            assert_ne!(racks[&replicas[0]], racks[&replicas[1]], "{replicas:?}");
        }
        for replicas in propose(&partitions(4, &[1, 2, 3]), &[1, 2, 3, 4], &racks).expect("enough").values() {
            assert_eq!(replicas.iter().collect::<BTreeSet<_>>().len(), 3);
        }
        assert!(propose(&current, &[1], &BTreeMap::new()).is_err());
    }

    /// Goal: what is printed can be given back. Source: Kafka's `ReassignPartitionsCommand`.
    #[test]
    fn assignments_read_back_as_written() {
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("moves.json");
        let current = partitions(2, &[1, 2]);
        fs::write(&file, as_json(&current)).expect("a file");
        assert_eq!(read_targets(&file), Ok(current));
        for wrong in ["", "{}", r#"{"partitions":[{"topic":"t","partition":0,"replicas":[]}]}"#] {
            fs::write(&file, wrong).expect("a file");
            assert_eq!(read_targets(&file).unwrap_err().exit, Exit::Usage, "{wrong}");
        }
    }
}
