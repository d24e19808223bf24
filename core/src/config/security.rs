//! How the listeners are secured: `listener.security.protocol.map` and its relatives.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use klamm_wire::Str;

use super::Config;
use super::key::ConfigError;

const MAP: &str = "listener.security.protocol.map";
const INTER_BROKER: &str = "security.inter.broker.protocol";
const PROTOCOLS: [&str; 4] = ["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"];

/// The keys read here.
pub(super) const KEYS: [&str; 2] = [INTER_BROKER, MAP];

/// Refuses listeners that would have to be secured, and contradictions between the keys.
///
/// A listener has the protocol that the map gives it; without a map, the one it is named after; else `PLAINTEXT`.
pub(super) fn check(given: &BTreeMap<Str, Str>, config: &Config) -> Vec<ConfigError> {
    let mut errors = Vec::new();
    let map = match given.get(MAP).map(|text| parse(text)).transpose() {
        Ok(map) => map,
        Err(error) => return [error].into(),
    };
    let own = config.listeners.iter().map(|listener| &listener.name);
    let mut names: Vec<&Str> = own.chain(&config.controller_listeners).collect();
    names.sort();
    names.dedup();
    for name in names {
        let mapped = map.as_ref().map(|map| map.get(name).copied());
        let (key, protocol) = match mapped {
            Some(Some(protocol)) => (MAP, protocol),
            // Kafka's default map has the protocols themselves, also where it is replaced by one without them.
            _ if PROTOCOLS.contains(&&**name) => ("listeners", &**name),
            None => continue,
            Some(None) => {
                errors.push(ConfigError::value(MAP, format!("says nothing about listener {name}")));
                continue;
            }
        };
        if protocol != "PLAINTEXT" {
            let reason = format!("listener {name} would speak {protocol}, and only PLAINTEXT is there");
            errors.push(ConfigError::value(key, reason));
        }
    }
    if let Some(protocol) = given.get(INTER_BROKER) {
        if given.contains_key("inter.broker.listener.name") {
            let reason = String::from("inter.broker.listener.name is given, too: one of them decides");
            errors.push(ConfigError::value(INTER_BROKER, reason));
        } else if &**protocol != "PLAINTEXT" {
            let reason = format!("brokers would speak {protocol}, and only PLAINTEXT is there");
            errors.push(ConfigError::value(INTER_BROKER, reason));
        }
    }
    errors
}

/// Reads `NAME:PROTOCOL,...`.
fn parse(text: &str) -> Result<BTreeMap<Str, &str>, ConfigError> {
    let mut map = BTreeMap::new();
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let Some((name, protocol)) = part.split_once(':') else {
            return Err(ConfigError::value(MAP, format!("'{part}' does not read NAME:PROTOCOL")));
        };
        let (name, protocol) = (name.trim(), protocol.trim());
        if !PROTOCOLS.contains(&protocol) {
            return Err(ConfigError::value(MAP, format!("'{protocol}' is none of {}", PROTOCOLS.join(", "))));
        }
        if map.insert(Str::from(name), protocol).is_some() {
            return Err(ConfigError::value(MAP, format!("listener {name} stands there twice")));
        }
    }
    Ok(map)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;

    fn refused(properties: &[(&str, &str)]) -> Option<(String, String)> {
        let errors = Settings::from_properties(Config::default(), properties.iter().copied()).err()?;
        Some((String::from(&*errors[0].key), errors[0].reason.clone()))
    }

    /// Goal: the files that Kafka ships work, with names of their own for listeners.
    #[test]
    fn plaintext_under_any_name_is_fine() {
        let map = "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL";
        assert_eq!(refused(&[(MAP, map)]), None);
        assert_eq!(refused(&[(MAP, "IN:PLAINTEXT"), ("listeners", "IN://:1")]), None);
        assert_eq!(refused(&[("listeners", "IN://:1"), (INTER_BROKER, "PLAINTEXT")]), None);
    }

    /// Goal: a listener that was meant to be secured is never served in the clear.
    #[test]
    fn what_would_have_to_be_secured_is_refused() {
        for (properties, key, word) in [
            (&[(MAP, "IN:SSL"), ("listeners", "IN://:1")][..], MAP, "SSL"),
            (&[("listeners", "SASL_SSL://:1")], "listeners", "SASL_SSL"),
            (&[(MAP, "OUT:PLAINTEXT"), ("listeners", "IN://:1")], MAP, "nothing about listener IN"),
            (&[(MAP, "IN:TLS")], MAP, "'TLS' is none of"),
            (&[(MAP, "IN")], MAP, "does not read"),
            (&[(MAP, "IN:SSL,IN:PLAINTEXT")], MAP, "twice"),
            (&[(INTER_BROKER, "SSL")], INTER_BROKER, "SSL"),
            (
                &[(INTER_BROKER, "PLAINTEXT"), ("inter.broker.listener.name", "PLAINTEXT")],
                INTER_BROKER,
                "one of them decides",
            ),
        ] {
            let (refused_key, reason) = refused(properties).expect(word);
            assert_eq!(refused_key, key, "{properties:?}");
            assert!(reason.contains(word), "{reason}");
        }
    }
}
