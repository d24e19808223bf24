//! `VotersRecord`: generated from the schema text.

use crate::codec::prelude::*;

/// Message inside a record or file, version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct VotersRecord {
    pub version: i16,
    pub voters: Vec<Voter>,
}

impl Wire for VotersRecord {
    fn min_size(_: Version) -> usize {
        4
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            version: d.read(v, "VotersRecord.version")?,
            voters: d.read(v, "VotersRecord.voters")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.version, v, "VotersRecord.version");
        e.write(&self.voters, v, "VotersRecord.voters");
        e.tags(v, |_| {});
    }
}

/// Part of [`VotersRecord`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Voter {
    pub voter_id: i32,
    pub voter_directory_id: Uuid,
    pub endpoints: Vec<Endpoint>,
    pub kraft_version_feature: KRaftVersionFeature,
}

impl Wire for Voter {
    fn min_size(_: Version) -> usize {
        27
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            voter_id: d.read(v, "Voter.voter_id")?,
            voter_directory_id: d.read(v, "Voter.voter_directory_id")?,
            endpoints: d.read(v, "Voter.endpoints")?,
            kraft_version_feature: d.read(v, "Voter.kraft_version_feature")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.voter_id, v, "Voter.voter_id");
        e.write(&self.voter_directory_id, v, "Voter.voter_directory_id");
        e.write(&self.endpoints, v, "Voter.endpoints");
        e.write(&self.kraft_version_feature, v, "Voter.kraft_version_feature");
        e.tags(v, |_| {});
    }
}

/// Part of [`VotersRecord`].
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

/// Part of [`VotersRecord`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Endpoint {
    pub name: Str,
    pub host: Str,
    pub port: u16,
}

impl Wire for Endpoint {
    fn min_size(_: Version) -> usize {
        5
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            name: d.read(v, "Endpoint.name")?,
            host: d.read(v, "Endpoint.host")?,
            port: d.read(v, "Endpoint.port")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.name, v, "Endpoint.name");
        e.write(&self.host, v, "Endpoint.host");
        e.write(&self.port, v, "Endpoint.port");
        e.tags(v, |_| {});
    }
}

impl Message for VotersRecord {
    const NAME: &'static str = "VotersRecord";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
