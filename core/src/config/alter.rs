//! What may be written into the metadata log as configuration.

use alloc::format;
use alloc::vec::Vec;

use klamm_wire::Str;

use super::broker_keys::broker_key;
use super::key::{ConfigError, ConfigErrorKind};
use super::topic_keys::{topic_key, topic_key_of_broker};
use super::value::{self, Kind, Value};

/// What an incremental change does to a key. Numbered as on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Operation {
    Set = 0,
    Delete = 1,
    Append = 2,
    Subtract = 3,
}

impl Operation {
    pub(crate) fn from_id(id: i8) -> Option<Self> {
        [Self::Set, Self::Delete, Self::Append, Self::Subtract].into_iter().find(|op| *op as i8 == id)
    }
}

/// Whether there is a topic key of that name.
pub(crate) fn is_topic_key(name: &str) -> bool {
    topic_key(name).is_some()
}

/// Whether a topic may have this setting.
///
/// # Errors
/// The key is unknown or the value is none of it.
pub(crate) fn check_topic(name: &str, text: &str) -> Result<(), ConfigError> {
    let row = topic_key(name).ok_or_else(|| ConfigError::unknown(name, "topic"))?;
    row.key.parse(text).map(|_| ())
}

/// Bounds of replication that Kafka sets on brokers at run time, and takes away when partitions have moved. Nothing is
/// throttled here yet, so they can be taken away and not set.
const THROTTLES: [&str; 3] = [
    "follower.replication.throttled.rate",
    "leader.replication.throttled.rate",
    "replica.alter.log.dirs.io.max.bytes.per.second",
];

/// Whether a broker (or all of them) may have this setting while running.
///
/// # Errors
/// The key is unknown, fixed at start, or the value is none of it.
pub(crate) fn check_broker(name: &str, text: &str) -> Result<(), ConfigError> {
    check_broker_alterable(name)?;
    if THROTTLES.contains(&name) {
        return Err(ConfigError::value(
            name,
            format!("'{text}' is refused: replication is not throttled yet"),
        ));
    }
    let (row, _) = topic_key_of_broker(name).expect("an alterable broker key gives a topic default");
    row.key.parse(text).map(|_| ()).map_err(|error| ConfigError { key: name.into(), ..error })
}

/// Whether the broker key can be changed at run time.
///
/// # Errors
/// The key is unknown or fixed at start.
pub(crate) fn check_broker_alterable(name: &str) -> Result<(), ConfigError> {
    match topic_key_of_broker(name) {
        None if THROTTLES.contains(&name) => Ok(()),
        Some((_, broker)) if broker.is_dynamic() => Ok(()),
        None if broker_key(name).is_none() => Err(ConfigError::unknown(name, "broker")),
        _ => Err(ConfigError {
            key: name.into(),
            kind: ConfigErrorKind::ReadOnly,
            reason: "cannot be changed while the broker runs".into(),
        }),
    }
}

/// The list that `current` becomes when elements are appended or taken away.
///
/// # Errors
/// The key is unknown or no list.
pub(crate) fn alter_list(
    name: &str,
    operation: Operation,
    current: &str,
    elements: &str,
) -> Result<Str, ConfigError> {
    assert!(matches!(operation, Operation::Append | Operation::Subtract));
    let row = topic_key(name).or_else(|| topic_key_of_broker(name).map(|(row, _)| row));
    let kind = row.ok_or_else(|| ConfigError::unknown(name, "topic"))?.key.kind;
    if kind != Kind::List {
        let verb = if operation == Operation::Append { "append to" } else { "subtract from" };
        return Err(ConfigError::value(name, format!("cannot {verb} it, its type is not list")));
    }
    let read = |text| match value::parse(Kind::List, text) {
        Ok(Value::List(list)) => list,
        _ => Vec::new(),
    };
    let (mut list, elements) = (read(current), read(elements));
    match operation {
        Operation::Append => {
            for element in elements {
                if !list.contains(&element) {
                    list.push(element);
                }
            }
        }
        _ => list.retain(|element| !elements.contains(element)),
    }
    Ok(value::join(&list).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: names and values that mean nothing are refused with the reason. Source: Kafka's
    /// `ControllerConfigurationValidator`.
    #[test]
    fn unknown_names_and_bad_values_are_refused() {
        let kind = |result: Result<(), ConfigError>| result.map_err(|error| error.kind);
        assert_eq!(check_topic("retention.ms", "1000"), Ok(()));
        assert_eq!(kind(check_topic("retention.ms", "-2")), Err(ConfigErrorKind::Value));
        assert_eq!(kind(check_topic("retention.msx", "1")), Err(ConfigErrorKind::Unknown));
        assert_eq!(kind(check_topic("segment.bytes", "1000")), Err(ConfigErrorKind::Value));
        assert_eq!(kind(check_topic("min.insync.replicas", "0")), Err(ConfigErrorKind::Value));
        assert_eq!(kind(check_topic("cleanup.policy", "purge")), Err(ConfigErrorKind::Value));
        let error = check_topic("remote.storage.enable", "true").unwrap_err();
        assert!(error.reason.contains("no remote storage"), "{error}");
    }

    /// Goal: only defaults of topic keys change at run time, in the unit of the topic key.
    #[test]
    fn most_broker_keys_are_fixed() {
        let kind = |result: Result<(), ConfigError>| result.map_err(|error| error.kind);
        assert_eq!(check_broker("log.retention.ms", "5"), Ok(()));
        assert_eq!(kind(check_broker("log.retention.ms", "-5")), Err(ConfigErrorKind::Value));
        assert_eq!(&*check_broker("log.retention.ms", "-5").unwrap_err().key, "log.retention.ms");
        assert_eq!(kind(check_broker("log.retention.hours", "5")), Err(ConfigErrorKind::ReadOnly));
        assert_eq!(kind(check_broker("num.partitions", "5")), Err(ConfigErrorKind::ReadOnly));
        assert_eq!(kind(check_broker("nothing", "5")), Err(ConfigErrorKind::Unknown));
        for throttle in THROTTLES {
            assert_eq!(check_broker_alterable(throttle), Ok(()), "it can be taken away");
            assert_eq!(kind(check_broker(throttle, "5")), Err(ConfigErrorKind::Value));
            assert!(broker_key(throttle).is_none() && topic_key_of_broker(throttle).is_none());
        }
    }

    /// Goal: lists grow and shrink by element. Source: KIP-339.
    #[test]
    fn lists_are_appended_to_and_subtracted_from() {
        let alter = |operation, current, elements| {
            alter_list("cleanup.policy", operation, current, elements).expect("a list")
        };
        assert_eq!(&*alter(Operation::Append, "delete", "compact"), "delete,compact");
        assert_eq!(&*alter(Operation::Append, "delete", "delete"), "delete");
        assert_eq!(&*alter(Operation::Subtract, "compact,delete", "compact"), "delete");
        assert_eq!(&*alter(Operation::Subtract, "delete", "delete"), "");
        assert!(alter_list("retention.ms", Operation::Append, "1", "2").is_err());
        assert!(alter_list("nothing", Operation::Append, "1", "2").is_err());
    }
}
