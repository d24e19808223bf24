//! Where machines are found: each has a name, a port for clients and brokers, and one for controllers.

use klamm_core::config::{Listener, Roles};
use klamm_core::edge::{Address, ListenerKind};

use crate::network::NodeId;

/// Name of the listener for clients and brokers.
pub(crate) const BROKER_LISTENER: &str = "PLAINTEXT";
/// Name of the listener for controllers.
pub(crate) const CONTROLLER_LISTENER: &str = "CONTROLLER";
const BROKER_PORT: u16 = 9092;
const CONTROLLER_PORT: u16 = 9093;

/// The address of a machine's listener.
pub(crate) fn address(node: NodeId, kind: ListenerKind) -> Address {
    let port = match kind {
        ListenerKind::Broker => BROKER_PORT,
        ListenerKind::Controller => CONTROLLER_PORT,
    };
    Address { host: format!("n{node}").into(), port }
}

/// Which machine and listener an address names.
pub(crate) fn resolve(host: &str, port: u16) -> Option<(NodeId, ListenerKind)> {
    let node = host.strip_prefix('n')?.parse().ok()?;
    match port {
        BROKER_PORT => Some((node, ListenerKind::Broker)),
        CONTROLLER_PORT => Some((node, ListenerKind::Controller)),
        _ => None,
    }
}

/// The name of a listener.
pub(crate) fn listener_name(kind: ListenerKind) -> &'static str {
    match kind {
        ListenerKind::Broker => BROKER_LISTENER,
        ListenerKind::Controller => CONTROLLER_LISTENER,
    }
}

/// The listeners of a machine with these roles.
pub(crate) fn listeners(node: NodeId, roles: Roles) -> Vec<Listener> {
    let kinds = [(roles.broker, ListenerKind::Broker), (roles.controller, ListenerKind::Controller)];
    let listener = |kind| {
        let Address { host, port } = address(node, kind);
        Listener { name: listener_name(kind).into(), advertised_host: host, advertised_port: port }
    };
    kinds.into_iter().filter(|(has, _)| *has).map(|(_, kind)| listener(kind)).collect()
}

/// The rack a node stands in, where racks are told apart.
pub(crate) fn rack_of(node: NodeId) -> String {
    format!("rack-{}", node % 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_leads_back_to_its_listener() {
        for kind in [ListenerKind::Broker, ListenerKind::Controller] {
            let Address { host, port } = address(12, kind);
            assert_eq!(resolve(&host, port), Some((12, kind)));
        }
        for (host, port) in [("n", 9092), ("n1", 80), ("localhost", 9092)] {
            assert_eq!(resolve(host, port), None, "{host}:{port}");
        }
        assert_eq!(listeners(0, Roles::CONTROLLER).len(), 1);
    }
}
