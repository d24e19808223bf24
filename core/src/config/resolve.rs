//! From overrides to the settings of one topic.

use alloc::collections::BTreeMap;

use klamm_wire::Str;

use super::topic_keys::{topic_key, topic_key_of_broker};
use super::{Config, FlushPolicy, TopicConfig};

/// Keys of one resource with their values, as the metadata log holds them.
pub(crate) type Overrides = BTreeMap<Str, Str>;

/// Everything that says something about a topic, weakest first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ConfigLayers<'a> {
    /// Static settings of this broker.
    pub(crate) config: &'a Config,
    /// Dynamic settings of every broker.
    pub(crate) cluster: &'a Overrides,
    /// Dynamic settings of this broker.
    pub(crate) broker: &'a Overrides,
    /// The topic's own settings.
    pub(crate) topic: &'a Overrides,
}

impl ConfigLayers<'_> {
    /// What holds for the topic.
    ///
    /// Never fails: values that make no sense are left out, because what is in the metadata log was checked
    /// when it was written. A bound in `flush.messages` or `flush.ms` turns `written` into `synced`.
    pub(crate) fn resolve(&self) -> TopicConfig {
        let mut resolved = self.config.topic.clone();
        for (name, text) in self.cluster.iter().chain(self.broker) {
            if let Some((row, broker)) = topic_key_of_broker(name)
                && broker.is_dynamic()
            {
                row.key.set_lenient(&mut resolved, text);
            }
        }
        for (name, text) in self.topic {
            if let Some(row) = topic_key(name) {
                row.key.set_lenient(&mut resolved, text);
            }
        }
        if resolved.flush_messages < i64::MAX || resolved.flush_ms < i64::MAX {
            resolved.flush_policy = FlushPolicy::Synced;
        }
        resolved
    }
}

/// What a topic key, or a broker key that gives its default, is without a setting of its own.
pub(crate) fn inherited_text(layers: ConfigLayers<'_>, name: &str) -> Str {
    let row = topic_key(name).or_else(|| topic_key_of_broker(name).map(|(row, _)| row));
    row.map_or_else(|| "".into(), |row| (row.key.access.get)(&layers.resolve()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn overrides(pairs: &[(&str, &str)]) -> Overrides {
        pairs.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect()
    }

    fn resolve(cluster: &[(&str, &str)], broker: &[(&str, &str)], topic: &[(&str, &str)]) -> TopicConfig {
        let (cluster, broker, topic) = (overrides(cluster), overrides(broker), overrides(topic));
        ConfigLayers { config: &Config::default(), cluster: &cluster, broker: &broker, topic: &topic }
            .resolve()
    }

    /// Goal: topic beats broker beats cluster beats static. Source: KIP-226.
    #[test]
    fn the_nearest_setting_wins() {
        let (cluster, broker) = ([("log.retention.ms", "1")], [("log.retention.ms", "2")]);
        assert_eq!(resolve(&[], &[], &[]), TopicConfig::default());
        assert_eq!(resolve(&cluster, &[], &[]).retention_ms, 1);
        assert_eq!(resolve(&cluster, &broker, &[]).retention_ms, 2);
        assert_eq!(resolve(&cluster, &broker, &[("retention.ms", "3")]).retention_ms, 3);
    }

    /// Goal: a metadata log written by another program cannot break a broker.
    #[test]
    fn values_that_make_no_sense_are_left_out() {
        let config = resolve(
            &[("log.retention.hours", "5"), ("num.partitions", "9")],
            &[],
            &[
                ("retention.ms", "soon"),
                ("segment.bytes", "-5"),
                ("no.such.key", "1"),
                ("cleanup.policy", "x"),
            ],
        );
        assert_eq!(config, TopicConfig::default());
    }

    /// Goal: small bounds reach the log, so that the simulator meets rolls in every run.
    #[test]
    fn sizes_below_kafkas_minimum_hold_once_they_are_in_the_log() {
        assert_eq!(resolve(&[], &[], &[("segment.bytes", "4096")]).segment_bytes, 4096);
    }

    /// Goal: a client that asks for syncs gets at least as many. Method: `written` is what it fights.
    #[test]
    fn a_flush_bound_makes_the_topic_synced() {
        let written = ("klamm.flush.policy", "written");
        assert_eq!(resolve(&[], &[], &[written]).flush_policy, FlushPolicy::Written);
        assert_eq!(resolve(&[], &[], &[written, ("flush.messages", "1")]).flush_policy, FlushPolicy::Synced);
        assert_eq!(resolve(&[written], &[], &[("flush.ms", "1000")]).flush_policy, FlushPolicy::Synced);
    }
}
