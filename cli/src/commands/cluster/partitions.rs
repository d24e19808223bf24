//! `klamm cluster elect` and `klamm cluster reassign`: who leads partitions, and who holds them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use clap::Args;
use klamm_core::client::admin::{ApiError, ElectionType, Reassignment};
use klamm_core::types::TopicPartition;
use klamm_wire::{ErrorCode, Str};
use serde_json::{Value, json};

use crate::connection::{AdminSession, split};
use crate::context::Context;
use crate::exit::{Exit, Failure, Outcome};
use crate::render::{joined, print_json, print_line, print_table};
use crate::throttling;

/// How often a wait looks whether it is over.
const LOOK: Duration = Duration::from_millis(200);

/// Elects leaders.
#[derive(Debug, Args)]
pub(super) struct Elect {
    /// Topics, or single partitions as TOPIC:PARTITION; all topics if none is given
    names: Vec<String>,
    /// Where no replica that has everything is left, take one that may lack records: these are lost
    #[arg(long)]
    unclean: bool,
}

/// Moves partitions to other brokers.
#[derive(Debug, Args)]
pub(super) struct Reassign {
    /// Topics, or single partitions as TOPIC:PARTITION; with --list and --cancel, all that move if none is given
    names: Vec<String>,
    /// The brokers that shall hold them, the preferred leader first. Several partitions are spread: each begins
    /// with another one
    #[arg(long, value_name = "BROKER,...", value_delimiter = ',', conflicts_with_all = ["list", "cancel"])]
    to: Vec<i32>,
    /// Replicas of each partition; as many as it has if not given
    #[arg(long, requires = "to")]
    replication_factor: Option<usize>,
    /// Show what is being moved
    #[arg(long, conflicts_with = "cancel")]
    list: bool,
    /// Leave what is being moved where it was
    #[arg(long)]
    cancel: bool,
    /// Wait until everything has moved
    #[arg(long, requires = "to")]
    wait: bool,
    /// How fast partitions may be copied, in bytes per second of each broker. Holds until --unthrottle, or with --wait
    /// until everything has moved
    #[arg(long, value_name = "BYTES", requires = "to")]
    throttle: Option<u64>,
    /// Take away throttles of the topics, or of all, and of all brokers
    #[arg(long, conflicts_with_all = ["to", "list", "cancel"])]
    unthrottle: bool,
}

impl Elect {
    pub(super) fn run(&self, context: &Context, admin: &mut AdminSession) -> Outcome {
        let kind = if self.unclean { ElectionType::Unclean } else { ElectionType::Preferred };
        let wanted = if self.names.is_empty() { None } else { Some(chosen(admin, &self.names)?) };
        let results = admin.elect_leaders(kind, wanted.map(|replicas| replicas.into_keys().collect()))?;
        let word = |result: &Result<(), ApiError>| match result {
            Ok(()) => "elected".to_owned(),
            Err(error) if error.code == ErrorCode::ELECTION_NOT_NEEDED => "led already".to_owned(),
            Err(error) => error.to_string(),
        };
        told(context, &results, word);
        let is_bad = |error: &ApiError| error.code != ErrorCode::ELECTION_NOT_NEEDED;
        refused("not every leader was elected", results, is_bad)
    }
}

impl Reassign {
    pub(super) fn run(&self, context: &Context, admin: &mut AdminSession) -> Outcome {
        let wanted = if self.names.is_empty() { None } else { Some(chosen(admin, &self.names)?) };
        if self.list {
            return list(context, admin, wanted.map(|replicas| replicas.into_keys().collect()));
        }
        if self.unthrottle {
            let named = wanted.map(|replicas| replicas.into_keys().map(|name| name.topic).collect());
            return unthrottle(admin, named);
        }
        if self.cancel {
            let moving = admin.list_reassignments(wanted.map(|replicas| replicas.into_keys().collect()))?;
            let results = admin.reassign(moving.into_keys().map(|name| (name, None)).collect(), true)?;
            told(context, &results, |result| outcome_word(result, "cancelled"));
            return refused("not everything was cancelled", results, |_| true);
        }
        let Some(wanted) = wanted.filter(|_| !self.to.is_empty()) else {
            let why = "a move needs topics or partitions, and --to";
            return Err(Failure::new(Exit::Usage, "cannot reassign", why)
                .next("for example `klamm cluster reassign my-topic --to 1,2,3`, or --list"));
        };
        let targets = self.targets(&wanted)?;
        let names: BTreeSet<TopicPartition> = targets.keys().cloned().collect();
        if let Some(rate) = self.throttle {
            let moving = admin.list_reassignments(None)?;
            throttling::set(admin, &throttling::moves(&wanted, &targets, &moving), rate)?;
        }
        let results =
            admin.reassign(targets.into_iter().map(|(name, to)| (name, Some(to))).collect(), true)?;
        told(context, &results, |result| outcome_word(result, "moving"));
        refused("not everything is moving", results, |_| true)?;
        if self.wait {
            wait(admin, &names)?;
        }
        match self.throttle {
            Some(_) if self.wait => {
                unthrottle(admin, Some(names.into_iter().map(|name| name.topic).collect()))
            }
            Some(_) => {
                eprintln!("throttled until `klamm cluster reassign --unthrottle`");
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Each partition begins with another broker, so that leaderships are spread.
    fn targets(
        &self,
        wanted: &BTreeMap<TopicPartition, Vec<i32>>,
    ) -> Result<BTreeMap<TopicPartition, Vec<i32>>, Failure> {
        let target = |(at, (name, replicas)): (usize, (&TopicPartition, &Vec<i32>))| {
            let count = self.replication_factor.unwrap_or(replicas.len());
            if count == 0 || count > self.to.len() {
                let why = format!("{name} needs {count} brokers, and --to names {}", self.to.len());
                return Err(Failure::new(Exit::Usage, "cannot reassign", why));
            }
            let brokers = self.to.iter().cycle().skip(at % self.to.len()).take(count);
            Ok((name.clone(), brokers.copied().collect()))
        };
        wanted.iter().enumerate().map(target).collect()
    }
}

/// Replication of these topics, or of all, is as fast as it can be again.
fn unthrottle(admin: &mut AdminSession, topics: Option<BTreeSet<Str>>) -> Outcome {
    let topics = match topics {
        Some(topics) => topics,
        None => admin.describe_topics(None)?.into_keys().collect(),
    };
    let brokers = throttling::all_brokers(admin)?;
    throttling::clear_brokers(admin, &brokers)?;
    throttling::clear_topics(admin, &topics)
}

/// The partitions that names stand for, with their replicas.
fn chosen(admin: &mut AdminSession, names: &[String]) -> Result<BTreeMap<TopicPartition, Vec<i32>>, Failure> {
    let split_name = |name: &String| match name.rsplit_once(':') {
        Some((topic, partition)) => match partition.parse::<i32>() {
            Ok(partition) => Ok((Str::from(topic), Some(partition))),
            Err(_) => Err(Failure::new(
                Exit::Usage,
                format!("`{name}` is no partition"),
                "it must be TOPIC:PARTITION",
            )),
        },
        None => Ok((Str::from(name.as_str()), None)),
    };
    let wanted: Vec<(Str, Option<i32>)> = names.iter().map(split_name).collect::<Result<_, _>>()?;
    let topics: BTreeSet<Str> = wanted.iter().map(|(topic, _)| topic.clone()).collect();
    let described = admin.describe_topics(Some(topics.into_iter().collect()))?;
    let (described, failure) = split("cannot describe all topics", described, |name: &Str| name.to_string());
    if let Some(failure) = failure {
        return Err(failure);
    }
    let mut found = BTreeMap::new();
    for (topic, only) in wanted {
        let partitions = &described[&topic].partitions;
        if let Some(missing) = only.filter(|index| !partitions.contains_key(index)) {
            let why = format!("{topic} has {} partitions, counted from 0", partitions.len());
            return Err(Failure::new(Exit::Failure, format!("there is no partition {topic}:{missing}"), why));
        }
        let meant = partitions.iter().filter(|(index, _)| only.is_none_or(|only| only == **index));
        found.extend(meant.map(|(index, partition)| {
            (TopicPartition { topic: topic.clone(), partition: *index }, partition.replicas.clone())
        }));
    }
    Ok(found)
}

fn list(context: &Context, admin: &mut AdminSession, wanted: Option<BTreeSet<TopicPartition>>) -> Outcome {
    let moving = admin.list_reassignments(wanted)?;
    if context.is_json() {
        let entry = |(name, moving): (&TopicPartition, &Reassignment)| {
            json!({
                "topic": &*name.topic,
                "partition": name.partition,
                "replicas": moving.replicas,
                "adding": moving.adding,
                "removing": moving.removing,
            })
        };
        print_json(&moving.iter().map(entry).collect::<Value>());
    } else if moving.is_empty() {
        print_line("Nothing is being moved.");
    } else {
        let row = |(name, moving): (&TopicPartition, &Reassignment)| {
            let sets = [&moving.replicas, &moving.adding, &moving.removing];
            [name.to_string()].into_iter().chain(sets.map(|set| joined(set))).collect()
        };
        print_table(
            context,
            &["PARTITION", "REPLICAS", "ADDING", "REMOVING"],
            moving.iter().map(row).collect(),
        );
    }
    Ok(())
}

/// Until nothing of it moves any more. Interrupting it changes nothing.
fn wait(admin: &mut AdminSession, names: &BTreeSet<TopicPartition>) -> Outcome {
    let mut told_at = Instant::now();
    loop {
        let left = admin.list_reassignments(Some(names.clone()))?.len();
        if left == 0 {
            return Ok(());
        }
        if told_at.elapsed() >= Duration::from_secs(2) {
            told_at = Instant::now();
            eprintln!("{left} of {} still move", names.len());
        }
        std::thread::sleep(LOOK);
    }
}

fn outcome_word(result: &Result<(), ApiError>, done: &str) -> String {
    match result {
        Ok(()) => done.to_owned(),
        Err(error) => error.to_string(),
    }
}

fn told(
    context: &Context,
    results: &BTreeMap<TopicPartition, Result<(), ApiError>>,
    word: impl Fn(&Result<(), ApiError>) -> String,
) {
    if context.is_json() {
        let entry = |(name, result): (&TopicPartition, &Result<(), ApiError>)| {
            let error = result.as_ref().err().map(|error| error.code.name());
            json!({ "topic": &*name.topic, "partition": name.partition, "error": error })
        };
        print_json(&results.iter().map(entry).collect::<Value>());
        return;
    }
    let rows = results.iter().map(|(name, result)| vec![name.to_string(), word(result)]);
    print_table(context, &["PARTITION", "RESULT"], rows.collect());
}

fn refused(
    what: &str,
    results: BTreeMap<TopicPartition, Result<(), ApiError>>,
    is_bad: impl Fn(&ApiError) -> bool,
) -> Outcome {
    let bad = results.into_iter().filter(|(_, result)| result.as_ref().is_err_and(&is_bad)).collect();
    split(what, bad, TopicPartition::to_string).1.map_or(Ok(()), Err)
}
