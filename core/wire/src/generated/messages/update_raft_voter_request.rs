//! `UpdateRaftVoterRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the UpdateRaftVoter API (key 82), version 0.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UpdateRaftVoterRequest {
    pub cluster_id: Option<Str>,
    pub current_leader_epoch: i32,
    pub voter_id: i32,
    pub voter_directory_id: Uuid,
    pub listeners: Vec<Listener>,
    pub kraft_version_feature: KRaftVersionFeature,
}

impl Default for UpdateRaftVoterRequest {
    fn default() -> Self {
        Self {
            cluster_id: Some(Str::default()),
            current_leader_epoch: 0,
            voter_id: 0,
            voter_directory_id: Uuid::ZERO,
            listeners: Vec::new(),
            kraft_version_feature: KRaftVersionFeature::default(),
        }
    }
}

impl Wire for UpdateRaftVoterRequest {
    fn min_size(_: Version) -> usize {
        32
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            cluster_id: d.read(v, "UpdateRaftVoterRequest.cluster_id")?,
            current_leader_epoch: d.read(v, "UpdateRaftVoterRequest.current_leader_epoch")?,
            voter_id: d.read(v, "UpdateRaftVoterRequest.voter_id")?,
            voter_directory_id: d.read(v, "UpdateRaftVoterRequest.voter_directory_id")?,
            listeners: d.read(v, "UpdateRaftVoterRequest.listeners")?,
            kraft_version_feature: d.read(v, "UpdateRaftVoterRequest.kraft_version_feature")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.cluster_id, v, "UpdateRaftVoterRequest.cluster_id");
        e.write(&self.current_leader_epoch, v, "UpdateRaftVoterRequest.current_leader_epoch");
        e.write(&self.voter_id, v, "UpdateRaftVoterRequest.voter_id");
        e.write(&self.voter_directory_id, v, "UpdateRaftVoterRequest.voter_directory_id");
        e.write(&self.listeners, v, "UpdateRaftVoterRequest.listeners");
        e.write(&self.kraft_version_feature, v, "UpdateRaftVoterRequest.kraft_version_feature");
        e.tags(v, |_| {});
    }
}

/// Part of [`UpdateRaftVoterRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct KRaftVersionFeature {
    pub min_supported_version: i16,
    pub max_supported_version: i16,
}

impl Wire for KRaftVersionFeature {
    fn min_size(_: Version) -> usize {
        5
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            min_supported_version: d.read(v, "KRaftVersionFeature.min_supported_version")?,
            max_supported_version: d.read(v, "KRaftVersionFeature.max_supported_version")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.min_supported_version, v, "KRaftVersionFeature.min_supported_version");
        e.write(&self.max_supported_version, v, "KRaftVersionFeature.max_supported_version");
        e.tags(v, |_| {});
    }
}

/// Part of [`UpdateRaftVoterRequest`].
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

impl Message for UpdateRaftVoterRequest {
    const NAME: &'static str = "UpdateRaftVoterRequest";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
