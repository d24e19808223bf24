//! `listeners` and `advertised.listeners`.

use alloc::format;
use alloc::vec::Vec;

use klamm_wire::Str;

use super::Listener;
use super::key::ConfigError;

/// An address with the name of its listener.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Endpoint {
    /// For example `PLAINTEXT`.
    pub name: Str,
    /// Empty for every interface.
    pub host: Str,
    /// 0 lets the system choose, for a listener that binds.
    pub port: u16,
}

/// Reads `NAME://host:port,...`; an IPv6 address stands in brackets.
pub(crate) fn parse(key: &str, text: &str) -> Result<Vec<Endpoint>, ConfigError> {
    let mut endpoints: Vec<Endpoint> = Vec::new();
    for part in text.split(',').map(str::trim) {
        let endpoint = parse_one(part)
            .ok_or_else(|| ConfigError::value(key, format!("'{part}' does not read NAME://host:port")))?;
        if endpoints.iter().any(|other| other.name == endpoint.name) {
            return Err(ConfigError::value(key, format!("listener {} stands there twice", endpoint.name)));
        }
        // Where they are advertised, a balancer may stand in front of several.
        let is_taken = |other: &&Endpoint| {
            key == "listeners" && other.port == endpoint.port && other.host == endpoint.host
        };
        if let Some(other) = endpoints.iter().find(is_taken).filter(|other| other.port != 0) {
            let reason = format!("{} and {} have the same address", other.name, endpoint.name);
            return Err(ConfigError::value(key, reason));
        }
        endpoints.push(endpoint);
    }
    Ok(endpoints)
}

fn parse_one(text: &str) -> Option<Endpoint> {
    let (name, address) = text.split_once("://")?;
    let (host, port) = address.rsplit_once(':')?;
    let host = host.strip_prefix('[').map_or(Some(host), |rest| rest.strip_suffix(']'))?;
    let port = port.parse().ok()?;
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte)) {
        return None;
    }
    Some(Endpoint { name: name.into(), host: host.into(), port })
}

/// What clients are told: the advertised endpoint of each bound one, or the bound one itself.
pub(crate) fn advertise(
    bound: &[Endpoint],
    advertised: Option<&[Endpoint]>,
) -> Result<Vec<Listener>, ConfigError> {
    const KEY: &str = "advertised.listeners";
    for endpoint in advertised.unwrap_or_default() {
        if !bound.iter().any(|other| other.name == endpoint.name) {
            return Err(ConfigError::value(KEY, format!("there is no listener {}", endpoint.name)));
        }
    }
    let of = |endpoint: &Endpoint| {
        let told = advertised.and_then(|all| all.iter().find(|other| other.name == endpoint.name));
        let told = told.unwrap_or(endpoint);
        if matches!(&*told.host, "0.0.0.0" | "::") {
            let reason = format!("clients cannot connect to {}; name an address they can reach", told.host);
            return Err(ConfigError::value(KEY, reason));
        }
        // A listener on every interface without a name to advertise is reached from this machine only.
        let host = if told.host.is_empty() { "127.0.0.1".into() } else { told.host.clone() };
        Ok(Listener { name: told.name.clone(), advertised_host: host, advertised_port: told.port })
    };
    bound.iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: Kafka's spellings are read. Source: Kafka's `EndPoint` and the shipped server.properties.
    #[test]
    fn listeners_have_a_name_a_host_and_a_port() {
        let endpoint = |name: &str, host: &str, port| Endpoint { name: name.into(), host: host.into(), port };
        assert_eq!(parse("listeners", "PLAINTEXT://:9092"), Ok([endpoint("PLAINTEXT", "", 9092)].into()));
        assert_eq!(
            parse("listeners", "A://localhost:1, B://[::1]:2"),
            Ok([endpoint("A", "localhost", 1), endpoint("B", "::1", 2)].into())
        );
        for wrong in ["", "localhost:9092", "A://localhost", "A://localhost:99999", "://h:1", "A://[::1:2"] {
            assert!(parse("listeners", wrong).is_err(), "{wrong}");
        }
        assert!(parse("listeners", "A://h:1,A://h:2").unwrap_err().reason.contains("twice"));
        assert!(parse("listeners", "A://h:1,B://h:1").unwrap_err().reason.contains("same address"));
        assert!(parse("advertised.listeners", "A://h:1,B://h:1").is_ok());
        assert!(parse("listeners", "A://h:0,B://h:0").is_ok(), "the system chooses two");
    }

    /// Goal: a client never gets an address that only means something to the broker.
    #[test]
    fn what_is_advertised_can_be_connected_to() {
        let bound = parse("listeners", "A://:9092").expect("legal");
        assert_eq!(&*advertise(&bound, None).expect("legal")[0].advertised_host, "127.0.0.1");
        let told = parse("advertised.listeners", "A://broker.example:19092").expect("legal");
        let listener = &advertise(&bound, Some(&told)).expect("legal")[0];
        assert_eq!((&*listener.advertised_host, listener.advertised_port), ("broker.example", 19092));
        let everywhere = parse("listeners", "A://0.0.0.0:9092").expect("legal to bind");
        assert!(advertise(&everywhere, None).is_err());
        let other = parse("advertised.listeners", "B://h:1").expect("legal");
        assert!(advertise(&bound, Some(&other)).is_err(), "nobody listens there");
    }
}
