//! Which replicas of a topic are copied no faster than their brokers' bounds allow.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use klamm_wire::Str;

use crate::types::BrokerId;

/// Replicas of one topic, as `*.replication.throttled.replicas` names them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum ThrottledReplicas {
    /// None of them.
    #[default]
    None,
    /// All of them: `*`.
    All,
    /// These: `partition:broker,...`.
    Some(Vec<(i32, BrokerId)>),
}

impl ThrottledReplicas {
    /// Whether the replica of a partition on a broker is one of them.
    pub fn contains(&self, partition: i32, broker: BrokerId) -> bool {
        match self {
            Self::None => false,
            Self::All => true,
            Self::Some(replicas) => replicas.contains(&(partition, broker)),
        }
    }

    /// From the elements of the list.
    ///
    /// # Errors
    /// An element that names no replica, in words.
    pub(crate) fn parse(list: &[Str]) -> Result<Self, String> {
        match list {
            [] => return Ok(Self::None),
            [all] if &**all == "*" => return Ok(Self::All),
            _ => {}
        }
        let replica = |element: &Str| {
            let (partition, broker) = element.split_once(':')?;
            let number = |text: &str| text.parse::<i32>().ok().filter(|number| *number >= 0);
            Some((number(partition)?, number(broker)?))
        };
        let replicas: Result<Vec<_>, String> = list
            .iter()
            .map(|element| replica(element).ok_or_else(|| format!("'{element}' is not partition:broker")))
            .collect();
        Ok(Self::Some(replicas?))
    }

    /// The list as text.
    pub(crate) fn to_text(&self) -> String {
        match self {
            Self::None => String::new(),
            Self::All => "*".into(),
            Self::Some(replicas) => {
                let replica = |(partition, broker): &(i32, BrokerId)| format!("{partition}:{broker}");
                replicas.iter().map(replica).collect::<Vec<_>>().join(",")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<ThrottledReplicas, String> {
        let list: Vec<Str> = text.split(',').filter(|element| !element.is_empty()).map(Into::into).collect();
        ThrottledReplicas::parse(&list)
    }

    /// Goal: lists read back as they were written, and anything else is refused. Source: Kafka's
    /// `ThrottledReplicaListValidator`.
    #[test]
    fn lists_of_replicas_are_read() {
        for text in ["", "*", "0:1", "0:1,3:2"] {
            assert_eq!(parse(text).expect(text).to_text(), text);
        }
        for text in ["0", "0:", ":1", "a:1", "*,0:1", "0:1:2", "-1:1"] {
            assert!(parse(text).is_err(), "{text}");
        }
        let some = parse("0:1,3:2").expect("a list");
        assert!(some.contains(3, 2) && !some.contains(3, 1) && !some.contains(1, 1));
        assert!(parse("*").expect("all").contains(7, 7));
        assert!(!parse("").expect("none").contains(0, 0));
    }
}
