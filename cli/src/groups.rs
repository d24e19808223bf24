//! What several commands need to know about groups: lag, and new offsets.

use std::collections::{BTreeMap, BTreeSet};

use klamm_core::client::admin::{DescribedTopic, GroupDescription, GroupMember};
use klamm_core::types::{Offset, TopicPartition};
use klamm_wire::Str;

use crate::connection::{AdminSession, split};
use crate::exit::{Exit, Failure};

/// One partition of a group.
#[derive(Clone, Debug)]
pub struct PartitionLag {
    /// Which.
    pub partition: TopicPartition,
    /// The next record to be consumed; `None` if nothing was committed.
    pub committed: Option<Offset>,
    /// End of the log; `None` if nobody can tell.
    pub end: Option<Offset>,
    /// Who consumes it.
    pub member: Option<GroupMember>,
}

impl PartitionLag {
    /// Records that wait; `None` if an offset is missing.
    pub fn lag(&self) -> Option<Offset> {
        Some((self.end? - self.committed?).max(0))
    }
}

/// A group with all partitions that it has offsets of, or that its members have.
#[derive(Clone, Debug)]
pub struct GroupLag {
    /// State, strategy, members.
    pub description: GroupDescription,
    /// By name.
    pub partitions: Vec<PartitionLag>,
}

/// Looks a group over.
///
/// # Errors
/// There is no such group, or the cluster does not answer.
pub fn lag(admin: &mut AdminSession, group: &Str) -> Result<GroupLag, Failure> {
    let mut described = admin.describe_groups(vec![group.clone()])?;
    let description = match described.remove(group) {
        Some(Ok(description)) => description,
        Some(Err(error)) => {
            return Err(Failure::new(Exit::Failure, format!("cannot describe group {group}"), error));
        }
        None => return Err(unknown(group)),
    };
    let (offsets, _) = split("", admin.group_offsets(group.clone())?, ToString::to_string);
    if &*description.state == "Dead" && offsets.is_empty() {
        return Err(unknown(group));
    }
    let owned = description.members.iter().flat_map(|member| &member.assignment);
    let names: BTreeSet<TopicPartition> = offsets.keys().chain(owned).cloned().collect();
    let ends = admin.list_offsets(names.iter().map(|name| (name.clone(), -1)).collect())?;
    let partition = |partition: TopicPartition| PartitionLag {
        committed: offsets.get(&partition).map(|committed| committed.offset),
        end: ends.get(&partition).and_then(|end| end.ok()).map(|end| end.offset),
        member: description.members.iter().find(|m| m.assignment.contains(&partition)).cloned(),
        partition,
    };
    let partitions = names.into_iter().map(partition).collect();
    Ok(GroupLag { description, partitions })
}

fn unknown(group: &Str) -> Failure {
    Failure::new(Exit::Failure, format!("cannot describe group {group}"), "there is no such group")
        .next("see `klamm group list`")
}

/// Where offsets are moved to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResetTo {
    /// The log start.
    Earliest,
    /// The end.
    Latest,
    /// Where the group is, or the end.
    Current,
    /// This offset, or the nearest that exists.
    Offset(Offset),
    /// So many records further, or back.
    Shift(i64),
    /// The first record at least as young, in milliseconds since the epoch.
    Timestamp(i64),
    /// Exactly these.
    Exactly(BTreeMap<TopicPartition, Offset>),
}

/// All partitions of topics, or the chosen ones: `topic` or `topic:0,1,2`.
///
/// # Errors
/// A topic does not exist, or the text is no list of partitions.
pub fn select_partitions(
    admin: &mut AdminSession,
    chosen: &[String],
) -> Result<BTreeSet<TopicPartition>, Failure> {
    let mut selected = BTreeSet::new();
    for choice in chosen {
        if let Some((topic, indexes)) = choice.split_once(':') {
            for index in indexes.split(',') {
                let partition = index.parse().map_err(|_| {
                    Failure::new(Exit::Usage, format!("`{choice}` names no partitions"), "write topic:0,1,2")
                })?;
                selected.insert(TopicPartition { topic: topic.into(), partition });
            }
            continue;
        }
        let name: Str = choice.as_str().into();
        let (topics, failure) =
            split("cannot look at the topic", admin.describe_topics(Some(vec![name]))?, Str::to_string);
        if let Some(failure) = failure {
            return Err(failure.next("see `klamm topic list`"));
        }
        selected.extend(topics.iter().flat_map(|(name, topic)| partitions(name, topic)));
    }
    Ok(selected)
}

/// The partitions of a topic.
pub fn partitions(name: &Str, topic: &DescribedTopic) -> Vec<TopicPartition> {
    let of_topic = |partition: &i32| TopicPartition { topic: name.clone(), partition: *partition };
    topic.partitions.keys().map(of_topic).collect()
}

/// The offsets that a reset would set. Never outside of the log.
///
/// # Errors
/// The cluster does not answer, or some partition has no leader.
pub fn plan_reset(
    admin: &mut AdminSession,
    group: &Str,
    selected: &BTreeSet<TopicPartition>,
    to: &ResetTo,
) -> Result<BTreeMap<TopicPartition, Offset>, Failure> {
    let mut listed = |timestamp: i64| {
        let asked = selected.iter().map(|name| (name.clone(), timestamp)).collect();
        let (offsets, failure) =
            split("cannot look offsets up", admin.list_offsets(asked)?, ToString::to_string);
        failure.map_or(Ok(offsets), Err)
    };
    let (starts, ends) = (listed(-2)?, listed(-1)?);
    let by_time = match to {
        ResetTo::Timestamp(ms) => listed(*ms)?,
        _ => BTreeMap::new(),
    };
    let current: BTreeMap<TopicPartition, Offset> = match to {
        ResetTo::Current | ResetTo::Shift(_) => {
            let (offsets, _) = split("", admin.group_offsets(group.clone())?, ToString::to_string);
            offsets.into_iter().map(|(name, committed)| (name, committed.offset)).collect()
        }
        _ => BTreeMap::new(),
    };
    let mut plan = BTreeMap::new();
    for name in selected {
        let (start, end) = (starts[name].offset, ends[name].offset);
        let wanted = match to {
            ResetTo::Earliest => start,
            ResetTo::Latest => end,
            ResetTo::Current => current.get(name).copied().unwrap_or(end),
            ResetTo::Offset(offset) => *offset,
            ResetTo::Shift(by) => current.get(name).copied().unwrap_or(end).saturating_add(*by),
            ResetTo::Timestamp(_) => Some(by_time[name].offset).filter(|offset| *offset >= 0).unwrap_or(end),
            ResetTo::Exactly(offsets) => match offsets.get(name) {
                Some(offset) => *offset,
                None => continue,
            },
        };
        plan.insert(name.clone(), wanted.clamp(start, end));
    }
    Ok(plan)
}
