//! From the keys and values of a `server.properties` to typed settings.

use alloc::collections::BTreeMap;
use alloc::string::ToString;
use alloc::vec;
use alloc::vec::Vec;

use klamm_wire::{Str, Uuid};

use super::Config;
use super::broker_keys::broker_key;
use super::driver::{self, DriverSettings};
use super::key::ConfigError;
use super::listeners::{self, Endpoint};
use super::quorum::{self, Roles};
use super::security;
use super::topic_keys::{TOPIC_KEYS, TopicKey};
use super::value::Value;

/// What a configuration file says, to the node and to the driver around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// For the node.
    pub config: Config,
    /// `listeners`: where to bind, in the order of `config.listeners`.
    pub listeners: Vec<Endpoint>,
    /// `log.dirs` or `log.dir`; empty if neither was given.
    pub log_dirs: Vec<Str>,
    /// For the driver.
    pub driver: DriverSettings,
    /// Keys of Kafka's that change nothing here, each with the reason.
    pub without_effect: Vec<(Str, &'static str)>,
    /// Keys that Klamm does not know. They change nothing; whoever reads the file decides what to do.
    pub unknown: Vec<Str>,
}

/// Keys that are handled here, outside the tables.
const OWN_KEYS: [&str; 9] = [
    "advertised.listeners",
    "broker.id",
    "controller.listener.names",
    "controller.quorum.bootstrap.servers",
    "controller.quorum.voters",
    "inter.broker.listener.name",
    "listeners",
    "log.dir",
    "process.roles",
];

impl Settings {
    /// Reads keys and values over `base`, usually `Config::default()`.
    ///
    /// # Errors
    /// All values that are wrong, each with its key and the reason.
    pub fn from_properties<K: AsRef<str>, V: AsRef<str>>(
        base: Config,
        properties: impl IntoIterator<Item = (K, V)>,
    ) -> Result<Self, Vec<ConfigError>> {
        let mut given: BTreeMap<Str, Str> = BTreeMap::new();
        for (key, value) in properties {
            given.insert(key.as_ref().trim().into(), value.as_ref().trim().into());
        }
        let mut reader = Reader {
            given,
            config: base,
            without_effect: Vec::new(),
            unknown: Vec::new(),
            errors: Vec::new(),
        };
        reader.topic_defaults();
        reader.broker_keys();
        let driver = DriverSettings::read(&reader.given, &mut reader.errors);
        let listeners = reader.listeners();
        let log_dirs = reader.log_dirs();
        reader.contradictions();
        if !reader.errors.is_empty() {
            return Err(reader.errors);
        }
        let Reader { given, mut config, without_effect, unknown, .. } = reader;
        config.flush_policy = config.topic.flush_policy;
        let has_effect = |key: &Str| !unknown.contains(key) && driver::without_effect(key).is_none();
        config.given = given.into_iter().filter(|(key, _)| has_effect(key)).collect();
        Ok(Self { config, listeners, log_dirs, driver, without_effect, unknown })
    }
}

struct Reader {
    given: BTreeMap<Str, Str>,
    config: Config,
    without_effect: Vec<(Str, &'static str)>,
    unknown: Vec<Str>,
    errors: Vec<ConfigError>,
}

impl Reader {
    fn topic_defaults(&mut self) {
        for row in TOPIC_KEYS {
            if let Err(error) = self.topic_default(row) {
                self.errors.push(error);
            }
        }
    }

    /// Of several names for one default the most specific one counts; all that were given are checked.
    fn topic_default(&mut self, row: &TopicKey) -> Result<(), ConfigError> {
        for broker in row.broker.iter().rev() {
            let Some(text) = self.given.get(broker.name) else { continue };
            let value = row.key.parse(text).map_err(|error| ConfigError::value(broker.name, error.reason))?;
            let value = match value {
                // Kafka: any negative log.retention.* means for ever, in whatever unit.
                Value::Number(number) if number >= 0 => Value::Number(number.saturating_mul(broker.unit)),
                other => other,
            };
            (row.key.access.set)(&mut self.config.topic, &value);
        }
        Ok(())
    }

    fn broker_keys(&mut self) {
        let given = core::mem::take(&mut self.given);
        for (name, text) in &given {
            if let Some(key) = broker_key(name) {
                match key.parse(text) {
                    Ok(value) => (key.access.set)(&mut self.config, &value),
                    Err(error) => self.errors.push(error),
                }
            } else if let Some(reason) = driver::without_effect(name) {
                self.without_effect.push((name.clone(), reason));
            } else if !is_read_elsewhere(name) {
                self.unknown.push(name.clone());
            }
        }
        self.given = given;
        if let Some(text) = self.given.get("cluster.id")
            && Uuid::from_base64(text).is_none()
        {
            self.errors
                .push(ConfigError::value("cluster.id", "not 22 characters of the base64 url alphabet"));
        }
        self.node_id();
        self.cluster();
    }

    /// `broker.id` is the old name of `node.id`.
    fn node_id(&mut self) {
        let Some(old) = self.given.get("broker.id") else { return };
        let key = broker_key("node.id").expect("the table has node.id");
        match key.parse(old) {
            Err(error) => self.errors.push(ConfigError::value("broker.id", error.reason)),
            Ok(Value::Number(id)) if self.given.contains_key("node.id") => {
                if id != i64::from(self.config.node_id) {
                    self.errors.push(ConfigError::value("broker.id", "differs from node.id"));
                }
            }
            Ok(value) => (key.access.set)(&mut self.config, &value),
        }
    }

    /// What this node is and where the others are.
    fn cluster(&mut self) {
        let Self { given, config, errors, .. } = self;
        let mut read = |key: &str, set: &mut dyn FnMut(&mut Config, &str) -> Result<(), ConfigError>| {
            if let Some(Err(error)) = given.get(key).map(|text| set(config, text)) {
                errors.push(error);
            }
        };
        read("process.roles", &mut |config, text| Roles::parse(text).map(|roles| config.roles = roles));
        read("controller.quorum.voters", &mut |config, text| {
            quorum::parse_voters(text).map(|voters| config.quorum_voters = voters)
        });
        read("controller.quorum.bootstrap.servers", &mut |config, text| {
            quorum::parse_bootstrap_servers(text).map(|servers| config.quorum_bootstrap_servers = servers)
        });
        read("controller.listener.names", &mut |config, text| {
            let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
            config.controller_listeners = names.map(Into::into).collect();
            Ok(())
        });
        read("inter.broker.listener.name", &mut |config, text| {
            config.inter_broker_listener = Some(text).filter(|name| !name.is_empty()).map(Into::into);
            Ok(())
        });
    }

    fn listeners(&mut self) -> Vec<Endpoint> {
        let read = |key: &str| self.given.get(key).map(|text| listeners::parse(key, text)).transpose();
        let default = || vec![Endpoint { name: "PLAINTEXT".into(), host: "".into(), port: 9092 }];
        match (read("listeners"), read("advertised.listeners")) {
            // Nothing said: what the caller set stays.
            (Ok(None), Ok(None)) => {
                let of = |listener: &super::Listener| Endpoint {
                    name: listener.name.clone(),
                    host: listener.advertised_host.clone(),
                    port: listener.advertised_port,
                };
                self.config.listeners.iter().map(of).collect()
            }
            (Ok(bound), Ok(advertised)) => {
                let bound = bound.unwrap_or_else(default);
                match listeners::advertise(&bound, advertised.as_deref()) {
                    Ok(listeners) => self.config.listeners = listeners,
                    Err(error) => self.errors.push(error),
                }
                bound
            }
            (bound, advertised) => {
                self.errors.extend(bound.err().into_iter().chain(advertised.err()));
                Vec::new()
            }
        }
    }

    /// `log.dir` is the old name of `log.dirs`, which counts if both are given.
    fn log_dirs(&mut self) -> Vec<Str> {
        let given = ["log.dirs", "log.dir"].into_iter().find_map(|key| Some((key, self.given.get(key)?)));
        let Some((name, text)) = given else { return Vec::new() };
        let key = broker_key("log.dirs").expect("the table has log.dirs");
        match key.parse(text) {
            Ok(Value::List(dirs)) if !dirs.is_empty() && dirs.iter().all(|dir| !dir.is_empty()) => {
                (key.access.set)(&mut self.config, &Value::List(dirs.clone()));
                dirs
            }
            _ => {
                self.errors.push(ConfigError::value(name, "names no directory"));
                Vec::new()
            }
        }
    }

    fn contradictions(&mut self) {
        if self.errors.is_empty() {
            self.errors.extend(quorum::contradictions(&self.config));
            self.errors.extend(security::check(&self.given, &self.config));
        }
        self.times();
        let (min, max) = (self.config.group_min_session_timeout_ms, self.config.group_max_session_timeout_ms);
        if min > max {
            let reason = alloc::format!("{max} is below group.min.session.timeout.ms, which is {min}");
            self.errors.push(ConfigError::value("group.max.session.timeout.ms", reason));
        }
        let segment = self.config.offsets_topic_segment_bytes;
        let row = super::topic_keys::topic_key("segment.bytes").expect("the table has segment.bytes");
        if self.given.contains_key("offsets.topic.segment.bytes")
            && let Err(error) = row.key.parse(&segment.to_string())
        {
            self.errors.push(ConfigError::value("offsets.topic.segment.bytes", error.reason));
        }
    }
}

impl Reader {
    /// Times that would make a cluster that never comes to rest.
    fn times(&mut self) {
        let Config {
            broker_heartbeat_interval_ms: heartbeat,
            broker_session_timeout_ms: session,
            replica_fetch_wait_max_ms: wait,
            replica_lag_time_max_ms: lag,
            ..
        } = self.config;
        // One heartbeat may be lost.
        if heartbeat > session / 2 {
            let reason =
                alloc::format!("{heartbeat} is above half of broker.session.timeout.ms, which is {session}");
            self.errors.push(ConfigError::value("broker.heartbeat.interval.ms", reason));
        }
        if i64::from(wait) > lag {
            let reason = alloc::format!("{wait} is above replica.lag.time.max.ms, which is {lag}");
            self.errors.push(ConfigError::value("replica.fetch.wait.max.ms", reason));
        }
    }
}

/// Whether a key has a place outside of the table of broker keys.
fn is_read_elsewhere(name: &str) -> bool {
    OWN_KEYS.contains(&name)
        || security::KEYS.contains(&name)
        || driver::is_driver_key(name)
        || super::topic_keys::topic_key_of_broker(name).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::FlushPolicy;

    fn read(properties: &[(&str, &str)]) -> Result<Settings, Vec<ConfigError>> {
        Settings::from_properties(Config::default(), properties.iter().copied())
    }

    /// Goal: a typical file is read whole, and what Klamm does not know is named and changes nothing.
    #[test]
    fn a_properties_file_becomes_settings() {
        let settings = read(&[
            ("node.id", "7"),
            ("process.roles", "broker,controller"),
            ("listeners", "PLAINTEXT://:19092"),
            ("advertised.listeners", "PLAINTEXT://localhost:19092"),
            ("log.dirs", "/a, /b"),
            ("num.partitions", "3"),
            ("num.io.threads", "8"),
            ("socket.send.buffer.bytes", "102400"),
            ("no.such.key", "8"),
            ("klamm.flush.policy", "written"),
        ])
        .expect("legal");
        assert_eq!(settings.config.node_id, 7);
        assert_eq!(settings.config.num_partitions, 3);
        assert_eq!(settings.config.log_dirs, 2);
        assert_eq!(settings.log_dirs, ["/a".into(), "/b".into()]);
        assert_eq!(settings.config.log_dir_names, settings.log_dirs);
        assert_eq!(&*settings.config.listeners[0].advertised_host, "localhost");
        assert_eq!(settings.config.flush_policy, FlushPolicy::Written);
        assert_eq!(settings.config.topic.flush_policy, FlushPolicy::Written);
        assert_eq!(settings.driver.io_threads, Some(8));
        assert_eq!(settings.unknown, ["no.such.key".into()]);
        assert_eq!(&*settings.without_effect[0].0, "socket.send.buffer.bytes");
        for key in ["no.such.key", "socket.send.buffer.bytes"] {
            assert!(!settings.config.given.contains_key(key), "{key}");
        }
    }

    /// Goal: nothing given changes nothing.
    #[test]
    fn an_empty_file_is_the_default() {
        assert_eq!(read(&[]).expect("legal").config, Config::default());
    }

    /// Goal: the most specific unit wins, whatever the order in the file. Source: Kafka's
    /// `KafkaConfig.logRetentionTimeMillis`.
    #[test]
    fn milliseconds_beat_minutes_and_minutes_beat_hours() {
        let retention =
            |properties: &[(&str, &str)]| read(properties).expect("legal").config.topic.retention_ms;
        assert_eq!(retention(&[("log.retention.hours", "2")]), 7_200_000);
        assert_eq!(retention(&[("log.retention.hours", "2"), ("log.retention.minutes", "3")]), 180_000);
        assert_eq!(retention(&[("log.retention.ms", "5"), ("log.retention.minutes", "3")]), 5);
        assert_eq!(retention(&[("log.retention.hours", "-1")]), -1);
    }

    /// Goal: every wrong value is reported at once, each with its own key.
    #[test]
    fn errors_name_every_key_that_is_wrong() {
        let errors = read(&[
            ("num.partitions", "0"),
            ("log.segment.bytes", "100"),
            ("log.retention.hours", "many"),
            ("listeners", "nonsense"),
            ("log.dirs", "/a,"),
            ("process.roles", "brok"),
            ("cluster.id", "short"),
            ("broker.id", "1"),
            ("node.id", "2"),
            ("group.min.session.timeout.ms", "10"),
            ("group.max.session.timeout.ms", "5"),
            ("offsets.topic.segment.bytes", "10"),
            ("num.io.threads", "0"),
            ("broker.heartbeat.interval.ms", "6000"),
            ("replica.lag.time.max.ms", "499"),
        ])
        .expect_err("all of them are wrong");
        let mut keys: Vec<&str> = errors.iter().map(|error| &*error.key).collect();
        keys.sort_unstable();
        assert_eq!(
            keys,
            [
                "broker.heartbeat.interval.ms",
                "broker.id",
                "cluster.id",
                "group.max.session.timeout.ms",
                "listeners",
                "log.dirs",
                "log.retention.hours",
                "log.segment.bytes",
                "num.io.threads",
                "num.partitions",
                "offsets.topic.segment.bytes",
                "process.roles",
                "replica.fetch.wait.max.ms",
            ]
        );
    }
}
