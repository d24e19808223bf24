//! The commands, one file each.
//!
//! To add one: a file with a `clap::Args` struct that has `run(self, &Context) -> Outcome`, its `mod` line,
//! and its line in the list below. The variant's name is the command's name in kebab case, so `KafkaTopics`
//! is `kafka-topics` and is also found when the binary is called by that name.

mod cluster;
mod completion;
mod config;
mod consume;
mod group;
mod jepsen;
mod kafka;
mod log;
mod perf;
mod produce;
mod serve;
mod sim;
mod storage;
mod topic;

use clap::Subcommand;

use crate::context::Context;
use crate::exit::Outcome;

macro_rules! commands {
    ($($(#[$attribute:meta])* $name:ident($arguments:ty),)*) => {
        /// Everything `klamm` can do.
        #[derive(Debug, Subcommand)]
        pub enum Command {
            $($(#[$attribute])* $name($arguments),)*
        }

        impl Command {
            /// Does it.
            ///
            /// # Errors
            /// The sentence for stderr and the exit code.
            pub fn run(self, context: &Context) -> Outcome {
                match self {
                    $(Self::$name(command) => command.run(context),)*
                }
            }
        }
    };
}

commands! {
    /// Starts a broker, or a cluster
    Serve(serve::Serve),
    /// Creates, shows, changes and deletes topics
    Topic(topic::Topic),
    /// Writes the lines of stdin as records
    Produce(produce::Produce),
    /// Prints the records of topics
    Consume(consume::Consume),
    /// Shows consumer groups with their lag, moves their offsets, deletes them
    Group(group::Group),
    /// Shows and changes settings of topics, brokers and groups
    Config(config::Config),
    /// Shows the cluster, moves and elects, kills nodes of `serve --nodes`
    Cluster(cluster::Cluster),
    /// Looks into data directories
    Log(log::Log),
    /// Prepares data directories, and says whose they are
    Storage(storage::Storage),
    /// Measures throughput and latency of a broker
    Perf(perf::Perf),
    /// Kafka's own flags: creates, lists, describes, alters and deletes topics
    KafkaTopics(kafka::KafkaTopics),
    /// Kafka's own flags: writes the lines of stdin as records
    KafkaConsoleProducer(kafka::KafkaConsoleProducer),
    /// Kafka's own flags: prints the records of topics
    KafkaConsoleConsumer(kafka::KafkaConsoleConsumer),
    /// Kafka's own flags: lists, describes, resets and deletes consumer groups
    KafkaConsumerGroups(kafka::KafkaConsumerGroups),
    /// Kafka's own flags: describes and alters settings
    KafkaConfigs(kafka::KafkaConfigs),
    /// Kafka's own flags: prints offsets of topics
    KafkaGetOffsets(kafka::KafkaGetOffsets),
    /// Kafka's own flags: deletes records below offsets
    KafkaDeleteRecords(kafka::KafkaDeleteRecords),
    /// Kafka's own flags: elects leaders
    KafkaLeaderElection(kafka::KafkaLeaderElection),
    /// Kafka's own flags: moves partitions to other brokers
    KafkaReassignPartitions(kafka::KafkaReassignPartitions),
    /// Kafka's own flags: describes the metadata quorum and changes its voters
    KafkaMetadataQuorum(kafka::KafkaMetadataQuorum),
    /// Kafka's own flags: prepares data directories
    KafkaStorage(kafka::KafkaStorage),
    /// Kafka's own flags: shows the cluster's id and brokers, forgets brokers
    KafkaCluster(kafka::KafkaCluster),
    /// Kafka's own flags: shows and changes levels of features
    KafkaFeatures(kafka::KafkaFeatures),
    /// Runs simulated brokers under every fault and checks what they promise
    Sim(sim::Sim),
    /// Judges histories of clients: what was lost, doubled, out of order or seen too early
    Jepsen(jepsen::Jepsen),
    /// Prints a completion script for a shell
    Completion(completion::Completion),
}
