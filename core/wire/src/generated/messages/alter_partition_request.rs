//! `AlterPartitionRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the AlterPartition API (key 56), versions 2 to 3.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AlterPartitionRequest {
    pub broker_id: i32,
    pub broker_epoch: i64,
    pub topics: Vec<TopicData>,
}

impl Default for AlterPartitionRequest {
    fn default() -> Self {
        Self {
            broker_id: 0,
            broker_epoch: -1,
            topics: Vec::new(),
        }
    }
}

impl Wire for AlterPartitionRequest {
    fn min_size(_: Version) -> usize {
        14
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            broker_id: d.read(v, "AlterPartitionRequest.broker_id")?,
            broker_epoch: d.read(v, "AlterPartitionRequest.broker_epoch")?,
            topics: d.read(v, "AlterPartitionRequest.topics")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.broker_id, v, "AlterPartitionRequest.broker_id");
        e.write(&self.broker_epoch, v, "AlterPartitionRequest.broker_epoch");
        e.write(&self.topics, v, "AlterPartitionRequest.topics");
        e.tags(v, |_| {});
    }
}

/// Part of [`AlterPartitionRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TopicData {
    pub topic_id: Uuid,
    pub partitions: Vec<PartitionData>,
}

impl Wire for TopicData {
    fn min_size(_: Version) -> usize {
        18
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            topic_id: d.read(v, "TopicData.topic_id")?,
            partitions: d.read(v, "TopicData.partitions")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.topic_id, v, "TopicData.topic_id");
        e.write(&self.partitions, v, "TopicData.partitions");
        e.tags(v, |_| {});
    }
}

/// Part of [`AlterPartitionRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PartitionData {
    pub partition_index: i32,
    pub leader_epoch: i32,
    pub new_isr: Vec<i32>,
    pub new_isr_with_epochs: Vec<BrokerState>,
    pub leader_recovery_state: i8,
    pub partition_epoch: i32,
}

impl Wire for PartitionData {
    fn min_size(_: Version) -> usize {
        15
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            partition_index: d.read(v, "PartitionData.partition_index")?,
            leader_epoch: d.read(v, "PartitionData.leader_epoch")?,
            new_isr: if v.number <= 2 { d.read(v, "PartitionData.new_isr")? } else { Vec::new() },
            new_isr_with_epochs: if v.number >= 3 { d.read(v, "PartitionData.new_isr_with_epochs")? } else { Vec::new() },
            leader_recovery_state: d.read(v, "PartitionData.leader_recovery_state")?,
            partition_epoch: d.read(v, "PartitionData.partition_epoch")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.partition_index, v, "PartitionData.partition_index");
        e.write(&self.leader_epoch, v, "PartitionData.leader_epoch");
        if v.number <= 2 { e.write(&self.new_isr, v, "PartitionData.new_isr"); } else { e.absent(!self.new_isr.is_empty(), "PartitionData.new_isr"); }
        if v.number >= 3 { e.write(&self.new_isr_with_epochs, v, "PartitionData.new_isr_with_epochs"); } else { e.absent(!self.new_isr_with_epochs.is_empty(), "PartitionData.new_isr_with_epochs"); }
        e.write(&self.leader_recovery_state, v, "PartitionData.leader_recovery_state");
        e.write(&self.partition_epoch, v, "PartitionData.partition_epoch");
        e.tags(v, |_| {});
    }
}

/// Part of [`AlterPartitionRequest`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BrokerState {
    pub broker_id: i32,
    pub broker_epoch: i64,
}

impl Default for BrokerState {
    fn default() -> Self {
        Self {
            broker_id: 0,
            broker_epoch: -1,
        }
    }
}

impl Wire for BrokerState {
    fn min_size(_: Version) -> usize {
        13
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            broker_id: d.read(v, "BrokerState.broker_id")?,
            broker_epoch: d.read(v, "BrokerState.broker_epoch")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.broker_id, v, "BrokerState.broker_id");
        e.write(&self.broker_epoch, v, "BrokerState.broker_epoch");
        e.tags(v, |_| {});
    }
}

impl Message for AlterPartitionRequest {
    const NAME: &'static str = "AlterPartitionRequest";
    const VERSIONS: RangeInclusive<i16> = 2..=3;
    const FLEXIBLE_FROM: i16 = 2;
}
