//! `klamm cluster status`: is all well, and if not, where.

use std::collections::{BTreeMap, BTreeSet};

use klamm_core::client::admin::{ClusterDescription, DescribedTopic, QuorumDescription, QuorumReplica};
use klamm_wire::Str;
use serde_json::{Value, json};

use crate::connection::{AdminSession, split};
use crate::context::Context;
use crate::exit::Outcome;
use crate::render::{counted, print_json, print_line, print_table};

/// What a broker does, in numbers of partitions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Load {
    leads: usize,
    replicas: usize,
    in_sync: usize,
}

/// Partitions that are not as they should be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Ills {
    partitions: usize,
    without_leader: usize,
    under_replicated: usize,
    not_preferred: usize,
}

pub(super) fn run(context: &Context, admin: &mut AdminSession) -> Outcome {
    let cluster = admin.describe_cluster()?;
    let quorum = admin.describe_quorum()?;
    let (topics, failure) =
        split("cannot describe all topics", admin.describe_topics(None)?, |name: &Str| name.to_string());
    let (loads, ills) = sum(&topics);
    if context.is_json() {
        print_json(&as_json(&cluster, &quorum, &loads, &ills));
    } else {
        print(context, &cluster, &quorum, &loads, &ills);
    }
    failure.map_or(Ok(()), Err)
}

fn sum(topics: &BTreeMap<Str, DescribedTopic>) -> (BTreeMap<i32, Load>, Ills) {
    let mut loads: BTreeMap<i32, Load> = BTreeMap::new();
    let mut ills = Ills::default();
    for partition in topics.values().flat_map(|topic| topic.partitions.values()) {
        ills.partitions += 1;
        ills.under_replicated += usize::from(partition.isr.len() < partition.replicas.len());
        match partition.leader {
            None => ills.without_leader += 1,
            Some(leader) => {
                loads.entry(leader).or_default().leads += 1;
                ills.not_preferred += usize::from(partition.replicas.first() != Some(&leader));
            }
        }
        for broker in &partition.replicas {
            loads.entry(*broker).or_default().replicas += 1;
        }
        for broker in &partition.isr {
            loads.entry(*broker).or_default().in_sync += 1;
        }
    }
    (loads, ills)
}

/// How far a replica of the metadata log is behind its leader.
fn lag(quorum: &QuorumDescription, replica: &QuorumReplica) -> Option<i64> {
    let leader = quorum.voters.iter().find(|voter| voter.id == quorum.leader)?;
    (replica.log_end_offset >= 0).then(|| (leader.log_end_offset - replica.log_end_offset).max(0))
}

fn role(quorum: &QuorumDescription, id: i32) -> &'static str {
    if quorum.leader == id {
        "leader"
    } else if quorum.voters.iter().any(|voter| voter.id == id) {
        "voter"
    } else {
        "observer"
    }
}

fn print(
    context: &Context,
    cluster: &ClusterDescription,
    quorum: &QuorumDescription,
    loads: &BTreeMap<i32, Load>,
    ills: &Ills,
) {
    print_line(&format!("Cluster {}", cluster.cluster_id));
    print_line(&format!(
        "Quorum   led by node {} in epoch {}, committed to offset {}",
        quorum.leader, quorum.leader_epoch, quorum.high_watermark
    ));
    print_line(&format!("Topics   {}", health(ills)));
    print_line("");
    let replicas: BTreeMap<i32, &QuorumReplica> =
        quorum.voters.iter().chain(&quorum.observers).map(|replica| (replica.id, replica)).collect();
    let brokers: BTreeMap<i32, _> = cluster.brokers.iter().map(|broker| (broker.id, broker)).collect();
    let ids: BTreeSet<i32> = brokers.keys().chain(replicas.keys()).copied().collect();
    let rows = ids.into_iter().map(|id| {
        let broker = brokers.get(&id);
        let load = loads.get(&id).copied().unwrap_or_default();
        let state = match broker {
            Some(broker) if broker.is_fenced => "fenced",
            Some(_) => "serving",
            None => "controller",
        };
        let behind = replicas.get(&id).and_then(|replica| lag(quorum, replica));
        vec![
            id.to_string(),
            broker.map_or("-".into(), |broker| format!("{}:{}", broker.host, broker.port)),
            broker.and_then(|broker| broker.rack.as_deref()).unwrap_or("-").to_owned(),
            state.to_owned(),
            load.leads.to_string(),
            format!("{}/{}", load.in_sync, load.replicas),
            if replicas.contains_key(&id) { role(quorum, id).to_owned() } else { "-".to_owned() },
            behind.map_or("-".into(), |lag| lag.to_string()),
        ]
    });
    let headers = ["NODE", "ADDRESS", "RACK", "STATE", "LEADS", "IN SYNC", "QUORUM", "LAG"];
    print_table(context, &headers, rows.collect());
}

/// One line about all partitions.
fn health(ills: &Ills) -> String {
    let mut said = vec![counted(u32::try_from(ills.partitions).unwrap_or(u32::MAX), "partition")];
    let mut ill = |count: usize, what: &str| {
        if count > 0 {
            said.push(format!("{count} {what}"));
        }
    };
    ill(ills.without_leader, "without leader");
    ill(ills.under_replicated, "with replicas out of sync");
    ill(ills.not_preferred, "not led by the preferred replica");
    if said.len() == 1 {
        said.push("all in sync".to_owned());
    }
    said.join(", ")
}

fn as_json(
    cluster: &ClusterDescription,
    quorum: &QuorumDescription,
    loads: &BTreeMap<i32, Load>,
    ills: &Ills,
) -> Value {
    let broker = |broker: &klamm_core::client::admin::ClusterBroker| {
        let load = loads.get(&broker.id).copied().unwrap_or_default();
        json!({
            "id": broker.id,
            "host": &*broker.host,
            "port": broker.port,
            "rack": broker.rack.as_deref(),
            "fenced": broker.is_fenced,
            "leads": load.leads,
            "replicas": load.replicas,
            "in_sync": load.in_sync,
        })
    };
    json!({
        "cluster_id": &*cluster.cluster_id,
        "brokers": cluster.brokers.iter().map(broker).collect::<Value>(),
        "quorum": quorum_as_json(quorum),
        "partitions": ills.partitions,
        "without_leader": ills.without_leader,
        "under_replicated": ills.under_replicated,
        "not_preferred": ills.not_preferred,
    })
}

/// The quorum for scripts.
pub(super) fn quorum_as_json(quorum: &QuorumDescription) -> Value {
    let replica = |replica: &QuorumReplica| {
        json!({
            "id": replica.id,
            "directory_id": replica.directory_id.to_base64(),
            "log_end_offset": replica.log_end_offset,
            "lag": lag(quorum, replica),
            "last_fetch_ms": replica.last_fetch_ms,
            "last_caught_up_ms": replica.last_caught_up_ms,
        })
    };
    json!({
        "leader": quorum.leader,
        "epoch": quorum.leader_epoch,
        "high_watermark": quorum.high_watermark,
        "voters": quorum.voters.iter().map(replica).collect::<Value>(),
        "observers": quorum.observers.iter().map(replica).collect::<Value>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use klamm_core::client::admin::DescribedPartition;

    /// Goal: what is wrong is counted, and what is right is called so.
    #[test]
    fn ills_are_counted_by_kind() {
        let partition = |leader, isr: &[i32]| DescribedPartition {
            leader,
            replicas: vec![1, 2, 3],
            isr: isr.to_vec(),
            ..DescribedPartition::default()
        };
        let topic = |partitions: Vec<DescribedPartition>| {
            let partitions = (0..).zip(partitions).collect();
            BTreeMap::from([(Str::from("t"), DescribedTopic { partitions, ..DescribedTopic::default() })])
        };
        let (loads, ills) = sum(&topic(vec![partition(Some(1), &[1, 2, 3])]));
        assert_eq!(health(&ills), "1 partition, all in sync");
        assert_eq!(loads[&1], Load { leads: 1, replicas: 1, in_sync: 1 });
        let (loads, ills) = sum(&topic(vec![partition(Some(2), &[2, 3]), partition(None, &[])]));
        assert_eq!(
            health(&ills),
            "2 partitions, 1 without leader, 2 with replicas out of sync, 1 not led by the preferred replica"
        );
        assert_eq!(loads[&1], Load { leads: 0, replicas: 2, in_sync: 0 });
    }
}
