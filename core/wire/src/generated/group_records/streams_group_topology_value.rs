//! `StreamsGroupTopologyValue`: generated from the schema text.

use crate::codec::prelude::*;

/// Value of the coordinator records of type 23, version 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct StreamsGroupTopologyValue {
    pub epoch: i32,
    pub subtopologies: Vec<Subtopology>,
}

impl Wire for StreamsGroupTopologyValue {
    fn min_size(_: Version) -> usize {
        6
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            epoch: d.read(v, "StreamsGroupTopologyValue.epoch")?,
            subtopologies: d.read(v, "StreamsGroupTopologyValue.subtopologies")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.epoch, v, "StreamsGroupTopologyValue.epoch");
        e.write(&self.subtopologies, v, "StreamsGroupTopologyValue.subtopologies");
        e.tags(v, |_| {});
    }
}

/// Part of [`StreamsGroupTopologyValue`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Subtopology {
    pub subtopology_id: Str,
    pub source_topics: Vec<Str>,
    pub source_topic_regex: Vec<Str>,
    pub state_changelog_topics: Vec<TopicInfo>,
    pub repartition_sink_topics: Vec<Str>,
    pub repartition_source_topics: Vec<TopicInfo>,
    pub copartition_groups: Vec<CopartitionGroup>,
}

impl Wire for Subtopology {
    fn min_size(_: Version) -> usize {
        8
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            subtopology_id: d.read(v, "Subtopology.subtopology_id")?,
            source_topics: d.read(v, "Subtopology.source_topics")?,
            source_topic_regex: d.read(v, "Subtopology.source_topic_regex")?,
            state_changelog_topics: d.read(v, "Subtopology.state_changelog_topics")?,
            repartition_sink_topics: d.read(v, "Subtopology.repartition_sink_topics")?,
            repartition_source_topics: d.read(v, "Subtopology.repartition_source_topics")?,
            copartition_groups: d.read(v, "Subtopology.copartition_groups")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.subtopology_id, v, "Subtopology.subtopology_id");
        e.write(&self.source_topics, v, "Subtopology.source_topics");
        e.write(&self.source_topic_regex, v, "Subtopology.source_topic_regex");
        e.write(&self.state_changelog_topics, v, "Subtopology.state_changelog_topics");
        e.write(&self.repartition_sink_topics, v, "Subtopology.repartition_sink_topics");
        e.write(&self.repartition_source_topics, v, "Subtopology.repartition_source_topics");
        e.write(&self.copartition_groups, v, "Subtopology.copartition_groups");
        e.tags(v, |_| {});
    }
}

/// Part of [`StreamsGroupTopologyValue`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct CopartitionGroup {
    pub source_topics: Vec<i16>,
    pub source_topic_regex: Vec<i16>,
    pub repartition_source_topics: Vec<i16>,
}

impl Wire for CopartitionGroup {
    fn min_size(_: Version) -> usize {
        4
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            source_topics: d.read(v, "CopartitionGroup.source_topics")?,
            source_topic_regex: d.read(v, "CopartitionGroup.source_topic_regex")?,
            repartition_source_topics: d.read(v, "CopartitionGroup.repartition_source_topics")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.source_topics, v, "CopartitionGroup.source_topics");
        e.write(&self.source_topic_regex, v, "CopartitionGroup.source_topic_regex");
        e.write(&self.repartition_source_topics, v, "CopartitionGroup.repartition_source_topics");
        e.tags(v, |_| {});
    }
}

/// Part of [`StreamsGroupTopologyValue`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TopicInfo {
    pub name: Str,
    pub partitions: i32,
    pub replication_factor: i16,
    pub topic_configs: Vec<TopicConfig>,
}

impl Wire for TopicInfo {
    fn min_size(_: Version) -> usize {
        9
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            name: d.read(v, "TopicInfo.name")?,
            partitions: d.read(v, "TopicInfo.partitions")?,
            replication_factor: d.read(v, "TopicInfo.replication_factor")?,
            topic_configs: d.read(v, "TopicInfo.topic_configs")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.name, v, "TopicInfo.name");
        e.write(&self.partitions, v, "TopicInfo.partitions");
        e.write(&self.replication_factor, v, "TopicInfo.replication_factor");
        e.write(&self.topic_configs, v, "TopicInfo.topic_configs");
        e.tags(v, |_| {});
    }
}

/// Part of [`StreamsGroupTopologyValue`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TopicConfig {
    pub key: Str,
    pub value: Str,
}

impl Wire for TopicConfig {
    fn min_size(_: Version) -> usize {
        3
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            key: d.read(v, "TopicConfig.key")?,
            value: d.read(v, "TopicConfig.value")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.key, v, "TopicConfig.key");
        e.write(&self.value, v, "TopicConfig.value");
        e.tags(v, |_| {});
    }
}

impl Message for StreamsGroupTopologyValue {
    const NAME: &'static str = "StreamsGroupTopologyValue";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
