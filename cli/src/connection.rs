//! Reaching a cluster: the options for it, and clients that commands can call without thinking about tasks.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::TcpStream;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use clap::Args;
use klamm_core::Rng;
use klamm_core::client::admin::{
    Admin, AdminCall, AdminCommand, AdminError, AdminOutcome, AdminReply, ApiError, ByName, ByPartition,
    CallId, ClusterDescription, ConfigChange, ConfigEntry, ConfigResource, CreatedTopic, DescribedTopic,
    ElectionType, FeatureDescription, FeatureUpdate, GroupDescription, GroupListing, ListedOffset, LogDir,
    NewTopic, NewVoter, QuorumDescription, Reassignment,
};
use klamm_core::client::consumer::CommittedOffset;
use klamm_core::client::{ClientMachine, ClusterConfig};
use klamm_core::types::{Offset, TopicPartition};
use klamm_net::client::Client;
use klamm_wire::{ErrorCode, Str, Uuid};
use tokio::runtime::Runtime;

use crate::exit::{Exit, Failure};

/// How long a command tries unless it is told otherwise.
const TIMEOUT_SECONDS: u32 = 30;
/// How long it waits for somebody to begin to listen.
const LISTENING_SECONDS: u32 = 2;
/// What to do when there is no broker.
const START_ONE: &str = "start a broker with `klamm serve`, or name one with --bootstrap-server";

/// Where the cluster is.
#[derive(Clone, Debug, Args)]
pub struct ClusterOptions {
    /// Brokers to ask first
    #[arg(
        short,
        long = "bootstrap-server",
        visible_alias = "bootstrap",
        value_name = "HOST:PORT,...",
        default_value = "127.0.0.1:9092",
        value_delimiter = ',',
        global = true
    )]
    pub bootstrap_server: Vec<String>,
    /// Give up after so many seconds [default: 30, and 2 where nobody listens]
    #[arg(long, value_name = "SECONDS", global = true)]
    timeout: Option<u32>,
}

impl ClusterOptions {
    /// The options as Kafka's tools take them.
    pub fn of(bootstrap_server: &str) -> Self {
        let bootstrap_server = bootstrap_server.split(',').map(|server| server.trim().to_owned()).collect();
        Self { bootstrap_server, timeout: None }
    }

    /// Tries for so many milliseconds, in whole seconds; as it was with `None`.
    #[must_use]
    pub fn within_ms(self, timeout_ms: Option<u32>) -> Self {
        Self { timeout: timeout_ms.map(|ms| ms.div_ceil(1000)).or(self.timeout), ..self }
    }

    /// How long to try, in milliseconds.
    pub fn timeout_ms(&self) -> u32 {
        self.timeout.unwrap_or(TIMEOUT_SECONDS).saturating_mul(1000)
    }

    /// Fails if nobody listens at any of the addresses: clients would ask again and again for the whole timeout.
    ///
    /// A broker that is about to start is given a moment. Whatever else is wrong with an address is left to the client.
    ///
    /// # Errors
    /// All connections were refused.
    pub fn knock(&self) -> Result<(), Failure> {
        let patience = Duration::from_secs(self.timeout.unwrap_or(LISTENING_SECONDS).into());
        let started = Instant::now();
        let refused = |server: &String| {
            let failed = TcpStream::connect(server).map_err(|error| error.kind());
            failed.err() == Some(io::ErrorKind::ConnectionRefused)
        };
        while self.bootstrap_server.iter().all(refused) {
            if started.elapsed() >= patience {
                let what = format!("cannot reach {}", self.shown());
                return Err(Failure::new(Exit::Unreachable, what, "nobody listens there").next(START_ONE));
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    }

    /// How machines reach the cluster.
    ///
    /// # Errors
    /// An address that is none.
    pub fn config(&self, client_id: &str) -> Result<ClusterConfig, Failure> {
        let bootstrap = self.bootstrap_server.iter().map(|server| parse_address(server));
        Ok(ClusterConfig {
            bootstrap: bootstrap.collect::<Result<_, _>>()?,
            client_id: client_id.into(),
            ..ClusterConfig::default()
        })
    }

    /// The addresses as one text, for sentences.
    pub fn shown(&self) -> String {
        self.bootstrap_server.join(",")
    }
}

fn parse_address(text: &str) -> Result<(Str, u16), Failure> {
    let split = text.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse::<u16>().ok()?)));
    match split {
        Some((host, port)) if !host.is_empty() && port > 0 => {
            Ok((host.trim_start_matches('[').trim_end_matches(']').into(), port))
        }
        _ => Err(Failure::new(Exit::Usage, format!("`{text}` is no address"), "it must be HOST:PORT")
            .next("for example --bootstrap-server 127.0.0.1:9092")),
    }
}

/// A generator that differs from run to run: it decides about jitter and about partitions of records without key.
pub fn entropy() -> Rng {
    let nanos = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    let seed = u64::try_from(nanos & u128::from(u64::MAX)).expect("masked");
    Rng::new(seed ^ u64::from(std::process::id()))
}

/// The runtime of a command.
///
/// # Errors
/// The operating system gives no threads.
pub fn runtime() -> Result<Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Failure::new(Exit::Failure, "cannot start", error))
}

/// Starts a client machine on a runtime.
pub fn spawn<M>(runtime: &Runtime, machine: M) -> Client<M>
where
    M: ClientMachine + Send + 'static,
    M::Command: Send,
    M::Outcome: Send,
{
    let _inside = runtime.enter();
    Client::spawn(machine)
}

/// An admin client to be called step by step.
pub struct AdminSession {
    /// For other clients beside it.
    pub runtime: Runtime,
    client: Client<Admin>,
    next_call: u64,
    options: ClusterOptions,
}

/// Makes one method per call: its name, what it asks, what it expects.
macro_rules! calls {
    ($($(#[$doc:meta])* $name:ident($($arg:ident: $type:ty),*) = $call:expr, $reply:ident -> $result:ty;)*) => {
        impl AdminSession {
            $(
                $(#[$doc])*
                ///
                /// # Errors
                /// The call as a whole failed.
                pub fn $name(&mut self, $($arg: $type),*) -> Result<$result, Failure> {
                    match self.call($call)? {
                        AdminReply::$reply(result) => Ok(result),
                        other => unreachable!("{other:?} answers another call"),
                    }
                }
            )*
        }
    };
}

calls! {
    /// Creates topics.
    create_topics(topics: Vec<NewTopic>, validate_only: bool) =
        AdminCall::CreateTopics(topics, validate_only), TopicsCreated -> ByName<CreatedTopic>;
    /// Deletes topics.
    delete_topics(topics: Vec<Str>) = AdminCall::DeleteTopics(topics), Done -> ByName<()>;
    /// Raises numbers of partitions.
    create_partitions(counts: BTreeMap<Str, i32>) =
        AdminCall::CreatePartitions(counts, false), Done -> ByName<()>;
    /// Describes topics, or all of them.
    describe_topics(topics: Option<Vec<Str>>) =
        AdminCall::DescribeTopics(topics), Topics -> ByName<DescribedTopic>;
    /// Describes settings.
    describe_configs(resources: Vec<ConfigResource>) = AdminCall::DescribeConfigs(resources),
        Configs -> BTreeMap<ConfigResource, Result<Vec<ConfigEntry>, ApiError>>;
    /// Changes settings.
    alter_configs(resource: ConfigResource, changes: Vec<ConfigChange>) =
        AdminCall::AlterConfigs(resource, changes, false), Done -> ByName<()>;
    /// Lists groups.
    list_groups() = AdminCall::ListGroups, Groups -> BTreeMap<Str, GroupListing>;
    /// Describes groups.
    describe_groups(groups: Vec<Str>) =
        AdminCall::DescribeGroups(groups), GroupDescriptions -> ByName<GroupDescription>;
    /// Deletes groups.
    delete_groups(groups: Vec<Str>) = AdminCall::DeleteGroups(groups), Done -> ByName<()>;
    /// What a group has committed.
    group_offsets(group: Str) = AdminCall::ListGroupOffsets(group), GroupOffsets -> ByPartition<CommittedOffset>;
    /// Sets what a group has committed.
    alter_group_offsets(group: Str, offsets: BTreeMap<TopicPartition, Offset>) =
        AdminCall::AlterGroupOffsets(group, offsets), Partitions -> ByPartition<()>;
    /// Forgets what a group has committed.
    delete_group_offsets(group: Str, partitions: BTreeSet<TopicPartition>) =
        AdminCall::DeleteGroupOffsets(group, partitions), Partitions -> ByPartition<()>;
    /// Looks offsets up.
    list_offsets(timestamps: BTreeMap<TopicPartition, i64>) =
        AdminCall::ListOffsets(timestamps), Offsets -> ByPartition<ListedOffset>;
    /// Deletes records.
    delete_records(offsets: BTreeMap<TopicPartition, Offset>) =
        AdminCall::DeleteRecords(offsets), LowWatermarks -> ByPartition<Offset>;
    /// Describes disks.
    describe_log_dirs() = AdminCall::DescribeLogDirs, LogDirs -> BTreeMap<i32, Vec<LogDir>>;
    /// Describes the cluster.
    describe_cluster() = AdminCall::DescribeCluster, Cluster -> ClusterDescription;
    /// Elects leaders.
    elect_leaders(kind: ElectionType, partitions: Option<BTreeSet<TopicPartition>>) =
        AdminCall::ElectLeaders(kind, partitions), PartitionsDone -> BTreeMap<TopicPartition, Result<(), ApiError>>;
    /// Moves partitions to other brokers, or cancels that.
    reassign(targets: BTreeMap<TopicPartition, Option<Vec<i32>>>, allow_replication_factor_change: bool) =
        AdminCall::Reassign(targets, allow_replication_factor_change),
        PartitionsDone -> BTreeMap<TopicPartition, Result<(), ApiError>>;
    /// What is being moved.
    list_reassignments(partitions: Option<BTreeSet<TopicPartition>>) =
        AdminCall::ListReassignments(partitions), Reassignments -> BTreeMap<TopicPartition, Reassignment>;
    /// Describes the metadata quorum.
    describe_quorum() = AdminCall::DescribeQuorum, Quorum -> QuorumDescription;
    /// Makes a controller a voter.
    add_voter(voter: NewVoter) = AdminCall::AddVoter(voter), Changed -> Result<(), ApiError>;
    /// Takes a voter's vote.
    remove_voter(id: i32, directory_id: Uuid) =
        AdminCall::RemoveVoter(id, directory_id), Changed -> Result<(), ApiError>;
    /// Forgets a broker.
    unregister_broker(id: i32) = AdminCall::UnregisterBroker(id), Changed -> Result<(), ApiError>;
    /// Describes features.
    describe_features() = AdminCall::DescribeFeatures, Features -> FeatureDescription;
    /// Changes levels of features.
    update_features(updates: Vec<FeatureUpdate>, validate_only: bool) =
        AdminCall::UpdateFeatures(updates, validate_only), Changed -> Result<(), ApiError>;
}

impl AdminSession {
    /// Connects as soon as something is called.
    ///
    /// # Errors
    /// An address that is none.
    pub fn open(options: &ClusterOptions) -> Result<Self, Failure> {
        let config = options.config("klamm-admin")?;
        options.knock()?;
        let runtime = runtime()?;
        let client = spawn(&runtime, Admin::new(config, options.timeout_ms(), entropy()));
        Ok(Self { runtime, client, next_call: 0, options: options.clone() })
    }

    fn call(&mut self, call: AdminCall) -> Result<AdminReply, Failure> {
        let id = CallId(self.next_call);
        self.next_call += 1;
        let (runtime, client) = (&self.runtime, &mut self.client);
        let result = runtime.block_on(async {
            client.command(AdminCommand::Call(id, call)).await;
            loop {
                match client.outcome().await {
                    Some(AdminOutcome::Done(done, result)) if done == id => return result,
                    Some(AdminOutcome::Done(..)) => {}
                    Some(AdminOutcome::Closed) | None => return Err(AdminError::Closed),
                }
            }
        });
        result.map_err(|error| self.failure(error))
    }

    fn failure(&self, error: AdminError) -> Failure {
        match error {
            AdminError::TimedOut(ErrorCode::NONE | ErrorCode::NETWORK_EXCEPTION) => {
                unreachable_brokers(&self.options)
            }
            AdminError::TimedOut(_) => Failure::new(Exit::Unreachable, "the cluster did not do it", error)
                .next("look at the state of the brokers, or wait longer with --timeout"),
            AdminError::Unsupported(_) => {
                Failure::new(Exit::Failure, "the cluster cannot do it", error).next("use a newer broker")
            }
            AdminError::Refused(_) | AdminError::Closed => {
                Failure::new(Exit::Failure, "the cluster did not do it", error)
            }
        }
    }
}

/// The failure of everything that found nobody to talk to.
pub fn unreachable_brokers(options: &ClusterOptions) -> Failure {
    let why = format!("no answer within {} s", options.timeout_ms() / 1000);
    Failure::new(Exit::Unreachable, format!("cannot reach {}", options.shown()), why).next(START_ONE)
}

/// Splits results into those that worked and the failure of the others, if there are any.
pub fn split<K: Ord, T, E: std::fmt::Display>(
    what: &str,
    results: BTreeMap<K, Result<T, E>>,
    name: impl Fn(&K) -> String,
) -> (BTreeMap<K, T>, Option<Failure>) {
    let mut good = BTreeMap::new();
    let mut bad = Vec::new();
    for (key, result) in results {
        match result {
            Ok(value) => drop(good.insert(key, value)),
            Err(error) => bad.push(format!("{}: {error}", name(&key))),
        }
    }
    let failure = (!bad.is_empty()).then(|| Failure::new(Exit::Failure, what, bad.join("; ")));
    (good, failure)
}

/// Fails if anything failed.
///
/// # Errors
/// What failed, all in one sentence.
pub fn all_or_failure<E: std::fmt::Display>(
    what: &str,
    results: BTreeMap<Str, Result<(), E>>,
) -> Result<(), Failure> {
    match split(what, results, |name| name.to_string()).1 {
        None => Ok(()),
        Some(failure) => Err(failure),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: what cannot be an address is told before anything is tried.
    #[test]
    fn addresses_have_a_host_and_a_port() {
        assert_eq!(parse_address("localhost:9092").unwrap(), ("localhost".into(), 9092));
        assert_eq!(parse_address("[::1]:9092").unwrap(), ("::1".into(), 9092));
        for wrong in ["localhost", ":9092", "localhost:", "localhost:0", "localhost:70000"] {
            assert_eq!(parse_address(wrong).unwrap_err().exit, Exit::Usage, "{wrong}");
        }
    }
}
