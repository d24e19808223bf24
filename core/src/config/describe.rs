//! What `DescribeConfigs` shows: every key with its value, where the value comes from, and what lies below it.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use klamm_wire::Str;

use super::Config;
use super::alter::THROTTLED_RATES;
use super::broker_keys::BROKER_KEYS;
use super::key::Key;
use super::resolve::{ConfigLayers, Overrides};
use super::topic_keys::{BrokerName, TOPIC_KEYS, TopicKey};
use super::value::Kind;

/// Where a value comes from. Numbered as on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Source {
    Topic = 1,
    Broker = 2,
    Cluster = 3,
    Static = 4,
    Default = 5,
}

/// One setting below a key, strongest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Synonym {
    pub(crate) name: &'static str,
    pub(crate) value: Str,
    pub(crate) source: Source,
}

/// One key of a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) name: &'static str,
    /// `None` if nothing is set and the default stands under another name.
    pub(crate) value: Option<Str>,
    pub(crate) source: Source,
    pub(crate) read_only: bool,
    pub(crate) kind: Kind,
    pub(crate) doc: &'static str,
    /// The value's own setting first.
    pub(crate) synonyms: Vec<Synonym>,
}

impl Entry {
    /// The value is the strongest synonym's.
    fn new<T>(key: &Key<T>, name: &'static str, read_only: bool, synonyms: Vec<Synonym>) -> Self {
        let value = synonyms.first().map(|first| first.value.clone());
        let source = synonyms.first().map_or(Source::Default, |first| first.source);
        Self { name, value, source, read_only, kind: key.kind, doc: key.doc, synonyms }
    }
}

/// Every key of a topic, ordered by name.
pub(crate) fn describe_topic(layers: ConfigLayers<'_>) -> Vec<Entry> {
    let resolved = layers.resolve();
    let describe = |row: &'static TopicKey| {
        let name = row.key.name;
        let own = layers.topic.get(name);
        let own = own.map(|value| Synonym { name, value: value.clone(), source: Source::Topic });
        let mut synonyms: Vec<Synonym> = own.into_iter().collect();
        synonyms.extend(broker_synonyms(row, layers));
        if row.broker.is_empty() {
            synonyms.push(Synonym { name, value: topic_default(row).into(), source: Source::Default });
        }
        // What holds, in the topic key's unit; a synonym may stand in hours.
        let value = Some((row.key.access.get)(&resolved).into());
        Entry { value, ..Entry::new(&row.key, name, false, synonyms) }
    };
    TOPIC_KEYS.iter().map(describe).collect()
}

/// Every key of this broker, ordered by name: the ones of its own and the defaults of topic keys.
pub(crate) fn describe_broker(config: &Config, cluster: &Overrides, broker: &Overrides) -> Vec<Entry> {
    let layers = ConfigLayers { config, cluster, broker, topic: &Overrides::new() };
    let mut entries: Vec<Entry> = BROKER_KEYS.iter().map(|key| own_entry(key, config)).collect();
    for row in TOPIC_KEYS {
        let all = broker_synonyms(row, layers);
        for name in row.broker {
            let own = all.iter().filter(|synonym| synonym.name == name.name).cloned().collect();
            entries.push(Entry::new(&row.key, name.name, !name.is_dynamic(), own));
        }
    }
    entries.extend(THROTTLED_RATES.iter().filter_map(|(name, doc)| rate_entry(name, doc, cluster, broker)));
    entries.sort_unstable_by_key(|entry| entry.name);
    entries
}

/// A bound of replication, while it is set: it has no default.
fn rate_entry(
    name: &'static str,
    doc: &'static str,
    cluster: &Overrides,
    broker: &Overrides,
) -> Option<Entry> {
    let dynamic = [(broker, Source::Broker), (cluster, Source::Cluster)];
    let set = |(overrides, source): (&Overrides, Source)| {
        Some(Synonym { name, value: overrides.get(name)?.clone(), source })
    };
    let synonyms: Vec<Synonym> = dynamic.into_iter().filter_map(set).collect();
    let first = synonyms.first()?;
    let (value, source) = (Some(first.value.clone()), first.source);
    Some(Entry { name, value, source, read_only: false, kind: Kind::Long, doc, synonyms })
}

fn own_entry(key: &Key<Config>, config: &Config) -> Entry {
    let default = (key.access.get)(&Config::default());
    let value = (key.access.get)(config);
    let mut synonyms = Vec::new();
    if value != default || config.given.contains_key(key.name) {
        synonyms.push(Synonym { name: key.name, value: value.into(), source: Source::Static });
    }
    synonyms.push(Synonym { name: key.name, value: default.into(), source: Source::Default });
    Entry::new(key, key.name, true, synonyms)
}

/// What the broker says about a topic key, strongest first: dynamic settings, static ones, the default.
fn broker_synonyms(row: &'static TopicKey, layers: ConfigLayers<'_>) -> Vec<Synonym> {
    let mut synonyms = Vec::new();
    let dynamic = [(layers.broker, Source::Broker), (layers.cluster, Source::Cluster)];
    for (overrides, source) in dynamic {
        for broker in row.broker.iter().filter(|broker| broker.is_dynamic()) {
            if let Some(value) = overrides.get(broker.name) {
                synonyms.push(Synonym { name: broker.name, value: value.clone(), source });
            }
        }
    }
    let before = synonyms.len();
    for broker in row.broker {
        if let Some(value) = layers.config.given.get(broker.name) {
            synonyms.push(Synonym { name: broker.name, value: value.clone(), source: Source::Static });
        }
    }
    let (Some(first), Some(last)) = (row.broker.first(), row.broker.last()) else { return synonyms };
    let value = (row.key.access.get)(&layers.config.topic);
    if synonyms.len() == before && value != topic_default(row) {
        // Set without a file: it stands under the name in the topic key's unit.
        synonyms.push(Synonym { name: first.name, value: value.into(), source: Source::Static });
    }
    synonyms.push(Synonym { name: last.name, value: default_in(row, *last).into(), source: Source::Default });
    synonyms
}

fn topic_default(row: &TopicKey) -> String {
    (row.key.access.get)(&super::TopicConfig::default())
}

/// The default in the unit of the broker key.
fn default_in(row: &TopicKey, broker: BrokerName) -> String {
    let default = topic_default(row);
    match default.parse::<i64>() {
        Ok(number) if broker.unit != 1 => (number / broker.unit).to_string(),
        _ => default,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;

    fn entry<'a>(entries: &'a [Entry], name: &str) -> &'a Entry {
        entries.iter().find(|entry| entry.name == name).unwrap_or_else(|| panic!("{name} is shown"))
    }

    fn overrides(pairs: &[(&str, &str)]) -> Overrides {
        pairs.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect()
    }

    fn sources(entry: &Entry) -> Vec<(&str, &str, Source)> {
        entry.synonyms.iter().map(|synonym| (synonym.name, &*synonym.value, synonym.source)).collect()
    }

    /// Goal: a topic without settings shows every key with Kafka's default and its source. Source: what clients
    /// look for by name.
    #[test]
    fn a_plain_topic_shows_every_default() {
        let (config, none) = (Config::default(), Overrides::new());
        let entries =
            describe_topic(ConfigLayers { config: &config, cluster: &none, broker: &none, topic: &none });
        assert_eq!(entries.len(), TOPIC_KEYS.len());
        for (name, value) in [
            ("cleanup.policy", "delete"),
            ("min.insync.replicas", "1"),
            ("retention.ms", "604800000"),
            ("segment.bytes", "1073741824"),
            ("max.message.bytes", "1048588"),
            ("compression.type", "producer"),
            ("remote.storage.enable", "false"),
        ] {
            let entry = entry(&entries, name);
            assert_eq!(entry.value.as_deref(), Some(value), "{name}");
            assert_eq!(entry.source, Source::Default, "{name}");
            assert!(!entry.read_only && !entry.doc.is_empty());
        }
        assert_eq!(
            sources(entry(&entries, "retention.ms")),
            [("log.retention.hours", "168", Source::Default)]
        );
    }

    /// Goal: each layer is named, strongest first. Source: KIP-226.
    #[test]
    fn synonyms_go_from_the_topic_down_to_the_default() {
        let settings =
            Settings::from_properties(Config::default(), [("log.retention.minutes", "4")]).expect("legal");
        let (cluster, broker) =
            (overrides(&[("log.retention.ms", "2")]), overrides(&[("log.retention.ms", "3")]));
        let topic = overrides(&[("retention.ms", "1")]);
        let layers =
            ConfigLayers { config: &settings.config, cluster: &cluster, broker: &broker, topic: &topic };
        let entries = describe_topic(layers);
        let retention = entry(&entries, "retention.ms");
        assert_eq!((retention.value.as_deref(), retention.source), (Some("1"), Source::Topic));
        assert_eq!(
            sources(retention),
            [
                ("retention.ms", "1", Source::Topic),
                ("log.retention.ms", "3", Source::Broker),
                ("log.retention.ms", "2", Source::Cluster),
                ("log.retention.minutes", "4", Source::Static),
                ("log.retention.hours", "168", Source::Default),
            ]
        );
        let broker = describe_broker(&settings.config, &cluster, &broker);
        let minutes = entry(&broker, "log.retention.minutes");
        assert_eq!((minutes.value.as_deref(), minutes.source), (Some("4"), Source::Static));
        assert!(minutes.read_only && !entry(&broker, "log.retention.ms").read_only);
        assert_eq!(entry(&broker, "log.retention.ms").value.as_deref(), Some("3"));
    }

    /// Goal: a setting made in code, not in a file, is shown as what it is.
    #[test]
    fn a_field_set_directly_counts_as_static() {
        let mut config = Config::default();
        config.topic.segment_bytes = 4096;
        config.num_partitions = 5;
        let none = Overrides::new();
        let entries = describe_broker(&config, &none, &none);
        let segment = entry(&entries, "log.segment.bytes");
        assert_eq!((segment.value.as_deref(), segment.source), (Some("4096"), Source::Static));
        let partitions = entry(&entries, "num.partitions");
        assert_eq!((partitions.value.as_deref(), partitions.source), (Some("5"), Source::Static));
        assert!(partitions.read_only);
        assert_eq!(entry(&entries, "log.retention.ms").value, None);
        assert_eq!(entry(&entries, "log.retention.hours").value.as_deref(), Some("168"));
        assert!(entries.windows(2).all(|pair| pair[0].name <= pair[1].name));
    }
}
