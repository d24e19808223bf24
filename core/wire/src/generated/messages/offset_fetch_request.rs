//! `OffsetFetchRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the OffsetFetch API (key 9), versions 1 to 10.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OffsetFetchRequest {
    pub group_id: Str,
    pub topics: Option<Vec<OffsetFetchRequestTopic>>,
    pub groups: Vec<OffsetFetchRequestGroup>,
    pub require_stable: bool,
}

impl Default for OffsetFetchRequest {
    fn default() -> Self {
        Self {
            group_id: Str::default(),
            topics: Some(Vec::new()),
            groups: Vec::new(),
            require_stable: false,
        }
    }
}

impl Wire for OffsetFetchRequest {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=5 => 6,
            6..=6 => 3,
            7..=7 => 4,
            _ => 3,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            group_id: if v.number <= 7 { d.read(v, "OffsetFetchRequest.group_id")? } else { Str::default() },
            topics: if v.number <= 7 {
                if v.number >= 2 { d.read(v, "OffsetFetchRequest.topics")? } else { Some(d.read(v, "OffsetFetchRequest.topics")?) }
            } else {
                Some(Vec::new())
            },
            groups: if v.number >= 8 { d.read(v, "OffsetFetchRequest.groups")? } else { Vec::new() },
            require_stable: if v.number >= 7 { d.read(v, "OffsetFetchRequest.require_stable")? } else { false },
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        if v.number <= 7 { e.write(&self.group_id, v, "OffsetFetchRequest.group_id"); } else { e.absent(!self.group_id.is_empty(), "OffsetFetchRequest.group_id"); }
        if v.number <= 7 { if v.number >= 2 { e.write(&self.topics, v, "OffsetFetchRequest.topics"); } else { e.required(self.topics.as_ref(), v, "OffsetFetchRequest.topics"); } } else { e.absent(self.topics.as_ref().is_none_or(|x| !x.is_empty()), "OffsetFetchRequest.topics"); }
        if v.number >= 8 { e.write(&self.groups, v, "OffsetFetchRequest.groups"); } else { e.absent(!self.groups.is_empty(), "OffsetFetchRequest.groups"); }
        if v.number >= 7 { e.write(&self.require_stable, v, "OffsetFetchRequest.require_stable"); } else { e.absent(self.require_stable, "OffsetFetchRequest.require_stable"); }
        e.tags(v, |_| {});
    }
}

/// Part of [`OffsetFetchRequest`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OffsetFetchRequestGroup {
    pub group_id: Str,
    pub member_id: Option<Str>,
    pub member_epoch: i32,
    pub topics: Option<Vec<OffsetFetchRequestTopics>>,
}

impl Default for OffsetFetchRequestGroup {
    fn default() -> Self {
        Self {
            group_id: Str::default(),
            member_id: None,
            member_epoch: -1,
            topics: Some(Vec::new()),
        }
    }
}

impl Wire for OffsetFetchRequestGroup {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=8 => 3,
            _ => 8,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            group_id: d.read(v, "OffsetFetchRequestGroup.group_id")?,
            member_id: if v.number >= 9 { d.read(v, "OffsetFetchRequestGroup.member_id")? } else { None },
            member_epoch: if v.number >= 9 { d.read(v, "OffsetFetchRequestGroup.member_epoch")? } else { -1 },
            topics: d.read(v, "OffsetFetchRequestGroup.topics")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.group_id, v, "OffsetFetchRequestGroup.group_id");
        if v.number >= 9 { e.write(&self.member_id, v, "OffsetFetchRequestGroup.member_id"); }
        if v.number >= 9 { e.write(&self.member_epoch, v, "OffsetFetchRequestGroup.member_epoch"); }
        e.write(&self.topics, v, "OffsetFetchRequestGroup.topics");
        e.tags(v, |_| {});
    }
}

/// Part of [`OffsetFetchRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct OffsetFetchRequestTopics {
    pub name: Str,
    pub topic_id: Uuid,
    pub partition_indexes: Vec<i32>,
}

impl Wire for OffsetFetchRequestTopics {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=9 => 3,
            _ => 18,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            name: if v.number <= 9 { d.read(v, "OffsetFetchRequestTopics.name")? } else { Str::default() },
            topic_id: if v.number >= 10 { d.read(v, "OffsetFetchRequestTopics.topic_id")? } else { Uuid::ZERO },
            partition_indexes: d.read(v, "OffsetFetchRequestTopics.partition_indexes")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        if v.number <= 9 { e.write(&self.name, v, "OffsetFetchRequestTopics.name"); }
        if v.number >= 10 { e.write(&self.topic_id, v, "OffsetFetchRequestTopics.topic_id"); }
        e.write(&self.partition_indexes, v, "OffsetFetchRequestTopics.partition_indexes");
        e.tags(v, |_| {});
    }
}

/// Part of [`OffsetFetchRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct OffsetFetchRequestTopic {
    pub name: Str,
    pub partition_indexes: Vec<i32>,
}

impl Wire for OffsetFetchRequestTopic {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=5 => 6,
            _ => 3,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            name: d.read(v, "OffsetFetchRequestTopic.name")?,
            partition_indexes: d.read(v, "OffsetFetchRequestTopic.partition_indexes")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.name, v, "OffsetFetchRequestTopic.name");
        e.write(&self.partition_indexes, v, "OffsetFetchRequestTopic.partition_indexes");
        e.tags(v, |_| {});
    }
}

impl Message for OffsetFetchRequest {
    const NAME: &'static str = "OffsetFetchRequest";
    const VERSIONS: RangeInclusive<i16> = 1..=10;
    const FLEXIBLE_FROM: i16 = 6;
}
