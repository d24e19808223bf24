//! Keys of a configuration file that are for the driver around the node, and keys that Kafka has and Klamm has no use for.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use klamm_wire::Str;

use super::key::ConfigError;
use super::value::{Check, Kind, Value, parse_checked};

/// How the driver is to do its work; `None` leaves it to the driver.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DriverSettings {
    /// `num.network.threads`: threads that read requests and write answers, of all listeners together.
    pub network_threads: Option<u16>,
    /// `num.io.threads`: threads that read, sync and compute.
    pub io_threads: Option<u16>,
    /// `max.connections`: connections open at the same time.
    pub connections_max: Option<u32>,
}

const NETWORK_THREADS: &str = "num.network.threads";
const IO_THREADS: &str = "num.io.threads";
const CONNECTIONS_MAX: &str = "max.connections";

/// Whether a key is for the driver.
pub(super) fn is_driver_key(name: &str) -> bool {
    [NETWORK_THREADS, IO_THREADS, CONNECTIONS_MAX].contains(&name)
}

impl DriverSettings {
    /// Reads what was given of them.
    pub(super) fn read(given: &BTreeMap<Str, Str>, errors: &mut Vec<ConfigError>) -> Self {
        let mut number = |key: &str, max: i64| {
            let text = given.get(key)?;
            match parse_checked(Kind::Int, Check::Range { min: 1, max }, text) {
                Ok(Value::Number(number)) => Some(number),
                Ok(other) => unreachable!("{other:?} is no number"),
                Err(reason) => {
                    errors.push(ConfigError::value(key, reason));
                    None
                }
            }
        };
        // More threads than this are a slip of the hand.
        const THREADS_MAX: i64 = 1024;
        let network_threads = number(NETWORK_THREADS, THREADS_MAX);
        let io_threads = number(IO_THREADS, THREADS_MAX);
        let connections_max = number(CONNECTIONS_MAX, i64::from(i32::MAX));
        Self {
            network_threads: network_threads.map(|count| u16::try_from(count).expect("in range")),
            io_threads: io_threads.map(|count| u16::try_from(count).expect("in range")),
            connections_max: connections_max.map(|count| u32::try_from(count).expect("in range")),
        }
    }
}

const NO_POOL: &str = "there is no such pool of threads here";
const SYSTEM: &str = "the operating system decides";
const ONE_CONNECTION: &str = "nodes have one connection for each purpose";
const NO_COMPACTION: &str = "there is no compaction yet";
const NO_SHARE_GROUPS: &str = "there are no share groups yet";

/// Keys of Kafka's that a file may carry over and that change nothing here, with the reason. Ordered by name.
const WITHOUT_EFFECT: &[(&str, &str)] = &[
    ("background.threads", NO_POOL),
    ("controller.socket.timeout.ms", ONE_CONNECTION),
    ("log.cleaner.backoff.ms", NO_COMPACTION),
    ("log.cleaner.dedupe.buffer.size", NO_COMPACTION),
    ("log.cleaner.enable", NO_COMPACTION),
    ("log.cleaner.io.buffer.load.factor", NO_COMPACTION),
    ("log.cleaner.io.buffer.size", NO_COMPACTION),
    ("log.cleaner.io.max.bytes.per.second", NO_COMPACTION),
    ("log.cleaner.threads", NO_COMPACTION),
    ("num.recovery.threads.per.data.dir", NO_POOL),
    ("num.replica.alter.log.dirs.threads", NO_POOL),
    ("num.replica.fetchers", NO_POOL),
    ("queued.max.requests", "`klamm.connection.requests.max` bounds what waits"),
    ("replica.socket.receive.buffer.bytes", SYSTEM),
    ("replica.socket.timeout.ms", ONE_CONNECTION),
    ("share.coordinator.state.topic.min.isr", NO_SHARE_GROUPS),
    ("share.coordinator.state.topic.num.partitions", NO_SHARE_GROUPS),
    ("share.coordinator.state.topic.replication.factor", NO_SHARE_GROUPS),
    ("socket.listen.backlog.size", SYSTEM),
    ("socket.receive.buffer.bytes", SYSTEM),
    ("socket.send.buffer.bytes", SYSTEM),
];

/// Why a key of Kafka's changes nothing here; `None` for keys that are not known.
pub(super) fn without_effect(name: &str) -> Option<&'static str> {
    WITHOUT_EFFECT.binary_search_by(|(key, _)| key.cmp(&name)).ok().map(|at| WITHOUT_EFFECT[at].1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::broker_keys::broker_key;
    use crate::config::topic_keys::topic_key_of_broker;

    /// Goal: a key that has come to mean something is not told to mean nothing.
    #[test]
    fn the_table_is_ordered_and_names_nothing_that_works() {
        assert!(WITHOUT_EFFECT.windows(2).all(|pair| pair[0].0 < pair[1].0));
        for (key, _) in WITHOUT_EFFECT {
            assert!(without_effect(key).is_some(), "{key}");
            assert!(broker_key(key).is_none() && topic_key_of_broker(key).is_none(), "{key}");
            assert!(!is_driver_key(key), "{key}");
        }
    }

    /// Goal: threads are counted, and nonsense is refused with its key.
    #[test]
    fn threads_are_counts() {
        let read = |key: &str, text: &str| {
            let mut errors = Vec::new();
            let settings = DriverSettings::read(&BTreeMap::from([(key.into(), text.into())]), &mut errors);
            (settings, errors)
        };
        assert_eq!(read(IO_THREADS, "8").0.io_threads, Some(8));
        assert_eq!(read(NETWORK_THREADS, "3").0.network_threads, Some(3));
        assert_eq!(read(CONNECTIONS_MAX, "2147483647").0.connections_max, Some(2_147_483_647));
        for (key, text) in [(IO_THREADS, "0"), (NETWORK_THREADS, "many"), (CONNECTIONS_MAX, "-1")] {
            let (settings, errors) = read(key, text);
            assert_eq!((settings, &*errors[0].key), (DriverSettings::default(), key));
        }
    }
}
