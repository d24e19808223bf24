//! `StreamsGroupMemberMetadataValue`: generated from the schema text.

use crate::codec::prelude::*;

/// Value of the coordinator records of type 19, version 0.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StreamsGroupMemberMetadataValue {
    pub instance_id: Option<Str>,
    pub rack_id: Option<Str>,
    pub client_id: Str,
    pub client_host: Str,
    pub rebalance_timeout_ms: i32,
    pub topology_epoch: i32,
    pub process_id: Str,
    pub user_endpoint: Option<Endpoint>,
    pub client_tags: Vec<KeyValue>,
}

impl Default for StreamsGroupMemberMetadataValue {
    fn default() -> Self {
        Self {
            instance_id: Some(Str::default()),
            rack_id: Some(Str::default()),
            client_id: Str::default(),
            client_host: Str::default(),
            rebalance_timeout_ms: -1,
            topology_epoch: 0,
            process_id: Str::default(),
            user_endpoint: None,
            client_tags: Vec::new(),
        }
    }
}

impl Wire for StreamsGroupMemberMetadataValue {
    fn min_size(_: Version) -> usize {
        16
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            instance_id: d.read(v, "StreamsGroupMemberMetadataValue.instance_id")?,
            rack_id: d.read(v, "StreamsGroupMemberMetadataValue.rack_id")?,
            client_id: d.read(v, "StreamsGroupMemberMetadataValue.client_id")?,
            client_host: d.read(v, "StreamsGroupMemberMetadataValue.client_host")?,
            rebalance_timeout_ms: d.read(v, "StreamsGroupMemberMetadataValue.rebalance_timeout_ms")?,
            topology_epoch: d.read(v, "StreamsGroupMemberMetadataValue.topology_epoch")?,
            process_id: d.read(v, "StreamsGroupMemberMetadataValue.process_id")?,
            user_endpoint: d.read(v, "StreamsGroupMemberMetadataValue.user_endpoint")?,
            client_tags: d.read(v, "StreamsGroupMemberMetadataValue.client_tags")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.instance_id, v, "StreamsGroupMemberMetadataValue.instance_id");
        e.write(&self.rack_id, v, "StreamsGroupMemberMetadataValue.rack_id");
        e.write(&self.client_id, v, "StreamsGroupMemberMetadataValue.client_id");
        e.write(&self.client_host, v, "StreamsGroupMemberMetadataValue.client_host");
        e.write(&self.rebalance_timeout_ms, v, "StreamsGroupMemberMetadataValue.rebalance_timeout_ms");
        e.write(&self.topology_epoch, v, "StreamsGroupMemberMetadataValue.topology_epoch");
        e.write(&self.process_id, v, "StreamsGroupMemberMetadataValue.process_id");
        e.write(&self.user_endpoint, v, "StreamsGroupMemberMetadataValue.user_endpoint");
        e.write(&self.client_tags, v, "StreamsGroupMemberMetadataValue.client_tags");
        e.tags(v, |_| {});
    }
}

/// Part of [`StreamsGroupMemberMetadataValue`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct KeyValue {
    pub key: Str,
    pub value: Str,
}

impl Wire for KeyValue {
    fn min_size(_: Version) -> usize {
        3
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            key: d.read(v, "KeyValue.key")?,
            value: d.read(v, "KeyValue.value")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.key, v, "KeyValue.key");
        e.write(&self.value, v, "KeyValue.value");
        e.tags(v, |_| {});
    }
}

/// Part of [`StreamsGroupMemberMetadataValue`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Endpoint {
    pub host: Str,
    pub port: u16,
}

impl Wire for Endpoint {
    fn min_size(_: Version) -> usize {
        4
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            host: d.read(v, "Endpoint.host")?,
            port: d.read(v, "Endpoint.port")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.host, v, "Endpoint.host");
        e.write(&self.port, v, "Endpoint.port");
        e.tags(v, |_| {});
    }
}

impl Nullable for Endpoint {}

impl Message for StreamsGroupMemberMetadataValue {
    const NAME: &'static str = "StreamsGroupMemberMetadataValue";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
