//! What may be written into the metadata log as configuration.

use alloc::format;
use alloc::vec::Vec;

use klamm_wire::Str;

use super::broker_keys::broker_key;
use super::key::{ConfigError, ConfigErrorKind};
use super::topic_keys::{topic_key, topic_key_of_broker};
use super::value::{self, Check, Kind, Value};

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

/// Of a broker, or of all of them: bytes per second that its leaders send to throttled replicas.
pub(crate) const LEADER_RATE: &str = "leader.replication.throttled.rate";
/// Of a broker, or of all of them: bytes per second that its throttled replicas fetch.
pub(crate) const FOLLOWER_RATE: &str = "follower.replication.throttled.rate";

/// Bounds of replication: set on brokers at run time only, and taken away when partitions have moved.
pub(super) const THROTTLED_RATES: [(&str, &str); 2] = [
    (FOLLOWER_RATE, "How many bytes of throttled replicas this broker fetches per second."),
    (LEADER_RATE, "How many bytes of throttled replicas this broker sends per second."),
];

/// Kafka sets it when replicas move between directories of a broker, and takes it away with the others. There is one
/// directory, so it can be taken away and not set.
const DIRECTORY_RATE: &str = "replica.alter.log.dirs.io.max.bytes.per.second";

fn is_throttled_rate(name: &str) -> bool {
    THROTTLED_RATES.iter().any(|(rate, _)| *rate == name)
}

/// Whether a broker (or all of them) may have this setting while running.
///
/// # Errors
/// The key is unknown, fixed at start, or the value is none of it.
pub(crate) fn check_broker(name: &str, text: &str) -> Result<(), ConfigError> {
    check_broker_alterable(name)?;
    if name == DIRECTORY_RATE {
        let reason = format!("'{text}' is refused: replicas do not move between directories");
        return Err(ConfigError::value(name, reason));
    }
    if is_throttled_rate(name) {
        let checked = value::parse_checked(Kind::Long, Check::at_least(0), text);
        return checked.map(|_| ()).map_err(|reason| ConfigError::value(name, reason));
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
        None if is_throttled_rate(name) || name == DIRECTORY_RATE => Ok(()),
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
        assert_eq!(check_broker_alterable(DIRECTORY_RATE), Ok(()), "it can be taken away");
        assert_eq!(kind(check_broker(DIRECTORY_RATE, "5")), Err(ConfigErrorKind::Value));
    }

    /// Goal: bounds of replication are set while a broker runs, and in no other way.
    #[test]
    fn replication_is_throttled_at_run_time() {
        for (rate, _) in THROTTLED_RATES {
            assert_eq!(check_broker_alterable(rate), Ok(()));
            assert_eq!(check_broker(rate, "0"), Ok(()));
            assert_eq!(check_broker(rate, "-1").unwrap_err().kind, ConfigErrorKind::Value);
            assert!(broker_key(rate).is_none() && topic_key_of_broker(rate).is_none());
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
