//! Which broker coordinates a group.

use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;

use klamm_wire::messages::{FindCoordinatorRequest, FindCoordinatorResponse, Request};
use klamm_wire::{ErrorCode, Str};

use super::super::{ErrorClass, NodeRef};
use crate::time::Timestamp;
use crate::types::BrokerId;

/// The key type of groups, in contrast to transactional ids.
const KEY_TYPE_GROUP: i8 = 0;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Search {
    /// To be asked for, not before the given time.
    Wanted(Timestamp),
    InFlight,
    Found(BrokerId, NodeRef),
    /// Asking again would not help.
    Refused(ErrorCode),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    search: Search,
    failures: u32,
}

/// Coordinators by group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Coordinators {
    groups: BTreeMap<Str, Entry>,
}

impl Coordinators {
    /// The coordinator, if it is known; else it is looked for.
    pub(super) fn find(&mut self, group: &Str) -> Result<Option<NodeRef>, ErrorCode> {
        let wanted = || Entry { search: Search::Wanted(Timestamp::default()), failures: 0 };
        match &self.groups.entry(group.clone()).or_insert_with(wanted).search {
            Search::Found(_, node) => Ok(Some(node.clone())),
            Search::Refused(code) => {
                let code = *code;
                self.groups.remove(group); // the next call asks anew
                Err(code)
            }
            Search::Wanted(_) | Search::InFlight => Ok(None),
        }
    }

    /// The coordinator with its id, if it is known.
    pub(super) fn known(&self, group: &Str) -> Option<(BrokerId, NodeRef)> {
        match &self.groups.get(group)?.search {
            Search::Found(id, node) => Some((*id, node.clone())),
            _ => None,
        }
    }

    pub(super) fn forget(&mut self, group: &Str, retry_at: Timestamp) {
        if let Some(entry) = self.groups.get_mut(group)
            && matches!(entry.search, Search::Found(..))
        {
            entry.search = Search::Wanted(retry_at);
        }
    }

    pub(super) fn failures(&self, group: &Str) -> u32 {
        self.groups.get(group).map_or(0, |entry| entry.failures)
    }

    /// Groups whose coordinator should be asked for now.
    pub(super) fn wanted(&self, now: Timestamp) -> Vec<Str> {
        let due = |entry: &Entry| matches!(entry.search, Search::Wanted(at) if at <= now);
        self.groups.iter().filter(|(_, entry)| due(entry)).map(|(group, _)| group.clone()).collect()
    }

    pub(super) fn request(&mut self, group: &Str, version: i16) -> Request {
        let entry = self.groups.get_mut(group).expect("asked for because it is wanted");
        entry.search = Search::InFlight;
        let mut request = FindCoordinatorRequest { key_type: KEY_TYPE_GROUP, ..Default::default() };
        if version >= 4 {
            request.coordinator_keys = vec![group.clone()];
        } else {
            request.key = group.clone();
        }
        request.into()
    }

    pub(super) fn on_failed(&mut self, group: &Str, retry_at: Timestamp) {
        if let Some(entry) = self.groups.get_mut(group) {
            entry.failures += 1;
            entry.search = Search::Wanted(retry_at);
        }
    }

    pub(super) fn on_answered(
        &mut self,
        group: &Str,
        response: &FindCoordinatorResponse,
        retry_at: Timestamp,
    ) {
        let Some(entry) = self.groups.get_mut(group) else { return };
        let listed = response.coordinators.iter().find(|c| c.key == *group);
        let (code, id, host, port) = match listed {
            Some(found) => (found.error_code, found.node_id, found.host.clone(), found.port),
            None => (response.error_code, response.node_id, response.host.clone(), response.port),
        };
        let address = u16::try_from(port).ok().filter(|port| *port != 0 && !host.is_empty());
        entry.search = match (ErrorClass::of(code), address) {
            (ErrorClass::None, Some(port)) => {
                entry.failures = 0;
                Search::Found(id, NodeRef::data(host, port))
            }
            (ErrorClass::Fatal, _) => Search::Refused(code),
            _ => {
                entry.failures += 1;
                Search::Wanted(retry_at)
            }
        };
    }

    pub(super) fn next_deadline(&self) -> Option<Timestamp> {
        let at = |entry: &Entry| match entry.search {
            Search::Wanted(at) => Some(at),
            _ => None,
        };
        self.groups.values().filter_map(at).min()
    }
}
