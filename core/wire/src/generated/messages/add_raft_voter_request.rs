//! `AddRaftVoterRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the AddRaftVoter API (key 80), versions 0 to 1.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AddRaftVoterRequest {
    pub cluster_id: Option<Str>,
    pub timeout_ms: i32,
    pub voter_id: i32,
    pub voter_directory_id: Uuid,
    pub listeners: Vec<Listener>,
    pub ack_when_committed: bool,
}

impl Default for AddRaftVoterRequest {
    fn default() -> Self {
        Self {
            cluster_id: Some(Str::default()),
            timeout_ms: 0,
            voter_id: 0,
            voter_directory_id: Uuid::ZERO,
            listeners: Vec::new(),
            ack_when_committed: true,
        }
    }
}

impl Wire for AddRaftVoterRequest {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=0 => 27,
            _ => 28,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            cluster_id: d.read(v, "AddRaftVoterRequest.cluster_id")?,
            timeout_ms: d.read(v, "AddRaftVoterRequest.timeout_ms")?,
            voter_id: d.read(v, "AddRaftVoterRequest.voter_id")?,
            voter_directory_id: d.read(v, "AddRaftVoterRequest.voter_directory_id")?,
            listeners: d.read(v, "AddRaftVoterRequest.listeners")?,
            ack_when_committed: if v.number >= 1 { d.read(v, "AddRaftVoterRequest.ack_when_committed")? } else { true },
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.cluster_id, v, "AddRaftVoterRequest.cluster_id");
        e.write(&self.timeout_ms, v, "AddRaftVoterRequest.timeout_ms");
        e.write(&self.voter_id, v, "AddRaftVoterRequest.voter_id");
        e.write(&self.voter_directory_id, v, "AddRaftVoterRequest.voter_directory_id");
        e.write(&self.listeners, v, "AddRaftVoterRequest.listeners");
        if v.number >= 1 { e.write(&self.ack_when_committed, v, "AddRaftVoterRequest.ack_when_committed"); } else { e.absent(!self.ack_when_committed, "AddRaftVoterRequest.ack_when_committed"); }
        e.tags(v, |_| {});
    }
}

/// Part of [`AddRaftVoterRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Listener {
    pub name: Str,
    pub host: Str,
    pub port: u16,
}

impl Wire for Listener {
    fn min_size(_: Version) -> usize {
        5
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            name: d.read(v, "Listener.name")?,
            host: d.read(v, "Listener.host")?,
            port: d.read(v, "Listener.port")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.name, v, "Listener.name");
        e.write(&self.host, v, "Listener.host");
        e.write(&self.port, v, "Listener.port");
        e.tags(v, |_| {});
    }
}

impl Message for AddRaftVoterRequest {
    const NAME: &'static str = "AddRaftVoterRequest";
    const VERSIONS: RangeInclusive<i16> = 0..=1;
    const FLEXIBLE_FROM: i16 = 0;
}
