//! Who this node is in the cluster, and where the others are.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use klamm_wire::Str;

use super::Config;
use super::key::ConfigError;
use crate::edge::Address;
use crate::types::BrokerId;

/// `process.roles`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Roles {
    /// Holds partitions and serves clients.
    pub broker: bool,
    /// Votes in the metadata quorum and may be the active controller.
    pub controller: bool,
}

impl Roles {
    /// Combined mode.
    pub const BOTH: Self = Self { broker: true, controller: true };
    /// A broker that follows a quorum of others.
    pub const BROKER: Self = Self { broker: true, controller: false };
    /// A controller without partitions.
    pub const CONTROLLER: Self = Self { broker: false, controller: true };

    /// Reads `broker`, `controller` or both with a comma between them.
    pub(crate) fn parse(text: &str) -> Result<Self, ConfigError> {
        let mut roles = Self { broker: false, controller: false };
        for role in text.split(',').map(str::trim) {
            let known = match role {
                "broker" => &mut roles.broker,
                "controller" => &mut roles.controller,
                other => {
                    let reason = format!("'{other}' is neither broker nor controller");
                    return Err(ConfigError::value("process.roles", reason));
                }
            };
            if core::mem::replace(known, true) {
                return Err(ConfigError::value("process.roles", format!("'{role}' stands there twice")));
            }
        }
        Ok(roles)
    }
}

/// One of the configured voters of the metadata quorum.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Voter {
    /// Its `node.id`.
    pub id: BrokerId,
    /// Its controller listener.
    pub address: Address,
}

const VOTERS: &str = "controller.quorum.voters";
const BOOTSTRAP_SERVERS: &str = "controller.quorum.bootstrap.servers";

/// Reads `id@host:port,...`.
pub(crate) fn parse_voters(text: &str) -> Result<Vec<Voter>, ConfigError> {
    let mut voters: Vec<Voter> = Vec::new();
    for part in parts(text) {
        let voter = part.split_once('@').and_then(|(id, address)| {
            let id = id.parse().ok().filter(|id| *id >= 0)?;
            Some(Voter { id, address: parse_address(address)? })
        });
        let voter = voter
            .ok_or_else(|| ConfigError::value(VOTERS, format!("'{part}' does not read id@host:port")))?;
        if voters.iter().any(|other| other.id == voter.id) {
            return Err(ConfigError::value(VOTERS, format!("voter {} stands there twice", voter.id)));
        }
        voters.push(voter);
    }
    Ok(voters)
}

/// Reads `host:port,...`.
pub(crate) fn parse_bootstrap_servers(text: &str) -> Result<Vec<Address>, ConfigError> {
    let address = |part: &str| {
        parse_address(part)
            .ok_or_else(|| ConfigError::value(BOOTSTRAP_SERVERS, format!("'{part}' does not read host:port")))
    };
    parts(text).map(address).collect()
}

fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty())
}

fn parse_address(text: &str) -> Option<Address> {
    let (host, port) = text.rsplit_once(':')?;
    let host = host.strip_prefix('[').map_or(Some(host), |rest| rest.strip_suffix(']'))?;
    let port = port.parse().ok()?;
    (!host.is_empty()).then(|| Address { host: host.into(), port })
}

/// What does not fit together. Each error names the key to change.
pub(crate) fn contradictions(config: &Config) -> Vec<ConfigError> {
    let mut errors = Vec::new();
    let mut refuse = |key: &str, reason: String| errors.push(ConfigError::value(key, reason));
    let Config { node_id, roles, quorum_voters: voters, controller_listeners, .. } = config;
    let is_voter = voters.iter().any(|voter| voter.id == *node_id);
    let alone = voters.is_empty() && config.quorum_bootstrap_servers.is_empty();
    if roles.controller && !voters.is_empty() && !is_voter {
        refuse(VOTERS, format!("node {node_id} is a controller and not among the voters"));
    }
    if !roles.controller && is_voter {
        refuse("process.roles", format!("node {node_id} is a voter of the quorum and must be a controller"));
    }
    if !roles.controller && alone {
        refuse(VOTERS, "a broker needs a quorum to follow: name its voters".into());
    }
    if !alone && controller_listeners.is_empty() {
        refuse("controller.listener.names", "names no listener, and the quorum is found by it".into());
    }
    let listener = |name: &Str| config.listeners.iter().find(|listener| listener.name == *name);
    if roles.controller {
        for name in controller_listeners.iter().filter(|name| listener(name).is_none()) {
            refuse("controller.listener.names", format!("there is no listener {name}"));
        }
    } else {
        for name in controller_listeners.iter().filter(|name| listener(name).is_some()) {
            refuse("listeners", format!("{name} is a controller listener, and this node is no controller"));
        }
    }
    if roles.broker && config.broker_listeners().next().is_none() {
        refuse("listeners", "no listener is left for clients".into());
    }
    if let Some(name) = &config.inter_broker_listener {
        if roles.broker && listener(name).is_none() {
            refuse("inter.broker.listener.name", format!("there is no listener {name}"));
        }
        if controller_listeners.contains(name) {
            refuse("inter.broker.listener.name", format!("{name} is a controller listener"));
        }
    }
    errors
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Listener;

    /// Goal: Kafka's spellings are read and written back. Source: Kafka's `QuorumConfig`.
    #[test]
    fn voters_have_an_id_and_an_address() {
        let text = "1@localhost:9093, 2@[::1]:9094,3@host.example:1";
        let voters = parse_voters(text).expect("legal");
        assert_eq!(voters.iter().map(|voter| voter.id).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(&*voters[1].address.host, "::1");
        assert_eq!(alloc::format!("{}", voters[1].address), "[::1]:9094");
        for wrong in ["localhost:9093", "1@localhost", "x@h:1", "-1@h:1", "1@:1", "1@h:1,1@i:1"] {
            assert!(parse_voters(wrong).is_err(), "{wrong}");
        }
        assert_eq!(parse_voters("").expect("nobody"), []);
    }

    /// Goal: roles are read in any order and nothing else is.
    #[test]
    fn roles_are_broker_and_controller() {
        assert_eq!(Roles::parse("controller, broker").expect("legal"), Roles::BOTH);
        assert_eq!(Roles::parse("broker").expect("legal"), Roles::BROKER);
        for wrong in ["", "broker,broker", "leader"] {
            assert!(Roles::parse(wrong).is_err(), "{wrong}");
        }
    }

    /// Goal: a node that could never take part is refused, with the key to change.
    #[test]
    fn a_node_that_fits_nowhere_is_refused() {
        let listener =
            |name: &str| Listener { name: name.into(), advertised_host: "h".into(), advertised_port: 1 };
        let fits = Config {
            node_id: 1,
            quorum_voters: parse_voters("1@h:2").expect("legal"),
            controller_listeners: ["CONTROLLER".into()].into(),
            listeners: [listener("PLAINTEXT"), listener("CONTROLLER")].into(),
            ..Config::default()
        };
        let refused = |change: fn(&mut Config)| {
            let mut config = fits.clone();
            change(&mut config);
            contradictions(&config).first().map(|error| String::from(&*error.key))
        };
        assert_eq!(contradictions(&Config::default()), []);
        assert_eq!(refused(|_| {}), None);
        assert_eq!(refused(|c| c.node_id = 2).as_deref(), Some(VOTERS));
        assert_eq!(refused(|c| c.roles = Roles::BROKER).as_deref(), Some("process.roles"));
        assert_eq!(refused(|c| c.controller_listeners.clear()).as_deref(), Some("controller.listener.names"));
        assert_eq!(refused(|c| drop(c.listeners.pop())).as_deref(), Some("controller.listener.names"));
        assert_eq!(refused(|c| drop(c.listeners.remove(0))).as_deref(), Some("listeners"));
        let inter_broker = |name: &str| {
            contradictions(&Config { inter_broker_listener: Some(name.into()), ..fits.clone() })
                .first()
                .map(|error| String::from(&*error.key))
        };
        assert_eq!(inter_broker("PLAINTEXT"), None);
        assert_eq!(inter_broker("OTHER").as_deref(), Some("inter.broker.listener.name"));
        assert_eq!(inter_broker("CONTROLLER").as_deref(), Some("inter.broker.listener.name"));
        assert_eq!(
            contradictions(&Config { roles: Roles::BROKER, ..Config::default() })
                .first()
                .map(|error| &*error.key),
            Some(VOTERS)
        );
    }
}
