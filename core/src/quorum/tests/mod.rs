//! The quorum, one node at a time and many at once.

mod alone;
mod bench;
mod checks;
mod cluster;
mod faults;
mod files;
mod followers;
mod leaders;
mod log;
mod members;
mod node;
mod random;
mod received;
mod votes;

impl super::Quorum {
    /// Whether commands may be decided: this node leads, and a record of its epoch is committed.
    fn is_active(&self) -> bool {
        matches!(&self.role, super::Role::Leader(leader) if leader.is_active())
            && self.busy != super::Busy::State
    }
}
