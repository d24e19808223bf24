//! `MetadataRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the Metadata API (key 3), versions 0 to 13.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MetadataRequest {
    pub topics: Option<Vec<MetadataRequestTopic>>,
    pub allow_auto_topic_creation: bool,
    pub include_cluster_authorized_operations: bool,
    pub include_topic_authorized_operations: bool,
}

impl Default for MetadataRequest {
    fn default() -> Self {
        Self {
            topics: Some(Vec::new()),
            allow_auto_topic_creation: true,
            include_cluster_authorized_operations: false,
            include_topic_authorized_operations: false,
        }
    }
}

impl Wire for MetadataRequest {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=3 => 4,
            4..=7 => 5,
            8..=8 => 7,
            9..=10 => 5,
            _ => 4,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            topics: if v.number >= 1 { d.read(v, "MetadataRequest.topics")? } else { Some(d.read(v, "MetadataRequest.topics")?) },
            allow_auto_topic_creation: if v.number >= 4 { d.read(v, "MetadataRequest.allow_auto_topic_creation")? } else { true },
            include_cluster_authorized_operations: if (8..=10).contains(&v.number) { d.read(v, "MetadataRequest.include_cluster_authorized_operations")? } else { false },
            include_topic_authorized_operations: if v.number >= 8 { d.read(v, "MetadataRequest.include_topic_authorized_operations")? } else { false },
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        if v.number >= 1 { e.write(&self.topics, v, "MetadataRequest.topics"); } else { e.required(self.topics.as_ref(), v, "MetadataRequest.topics"); }
        if v.number >= 4 { e.write(&self.allow_auto_topic_creation, v, "MetadataRequest.allow_auto_topic_creation"); } else { e.absent(!self.allow_auto_topic_creation, "MetadataRequest.allow_auto_topic_creation"); }
        if (8..=10).contains(&v.number) { e.write(&self.include_cluster_authorized_operations, v, "MetadataRequest.include_cluster_authorized_operations"); } else { e.absent(self.include_cluster_authorized_operations, "MetadataRequest.include_cluster_authorized_operations"); }
        if v.number >= 8 { e.write(&self.include_topic_authorized_operations, v, "MetadataRequest.include_topic_authorized_operations"); } else { e.absent(self.include_topic_authorized_operations, "MetadataRequest.include_topic_authorized_operations"); }
        e.tags(v, |_| {});
    }
}

/// Part of [`MetadataRequest`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MetadataRequestTopic {
    pub topic_id: Uuid,
    pub name: Option<Str>,
}

impl Default for MetadataRequestTopic {
    fn default() -> Self {
        Self {
            topic_id: Uuid::ZERO,
            name: Some(Str::default()),
        }
    }
}

impl Wire for MetadataRequestTopic {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=9 => 2,
            _ => 18,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            topic_id: if v.number >= 10 { d.read(v, "MetadataRequestTopic.topic_id")? } else { Uuid::ZERO },
            name: if v.number >= 10 { d.read(v, "MetadataRequestTopic.name")? } else { Some(d.read(v, "MetadataRequestTopic.name")?) },
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        if v.number >= 10 { e.write(&self.topic_id, v, "MetadataRequestTopic.topic_id"); }
        if v.number >= 10 { e.write(&self.name, v, "MetadataRequestTopic.name"); } else { e.required(self.name.as_ref(), v, "MetadataRequestTopic.name"); }
        e.tags(v, |_| {});
    }
}

impl Message for MetadataRequest {
    const NAME: &'static str = "MetadataRequest";
    const VERSIONS: RangeInclusive<i16> = 0..=13;
    const FLEXIBLE_FROM: i16 = 9;
}
