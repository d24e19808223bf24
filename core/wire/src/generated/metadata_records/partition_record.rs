//! `PartitionRecord`: generated from the schema text.

use crate::codec::prelude::*;

/// Record of the cluster metadata log (type 3), versions 0 to 2.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PartitionRecord {
    pub partition_id: i32,
    pub topic_id: Uuid,
    pub replicas: Vec<i32>,
    pub isr: Vec<i32>,
    pub removing_replicas: Vec<i32>,
    pub adding_replicas: Vec<i32>,
    pub leader: i32,
    pub leader_recovery_state: i8,
    pub leader_epoch: i32,
    pub partition_epoch: i32,
    pub directories: Vec<Uuid>,
    pub eligible_leader_replicas: Option<Vec<i32>>,
    pub last_known_elr: Option<Vec<i32>>,
}

impl Default for PartitionRecord {
    fn default() -> Self {
        Self {
            partition_id: -1,
            topic_id: Uuid::ZERO,
            replicas: Vec::new(),
            isr: Vec::new(),
            removing_replicas: Vec::new(),
            adding_replicas: Vec::new(),
            leader: -1,
            leader_recovery_state: 0,
            leader_epoch: -1,
            partition_epoch: -1,
            directories: Vec::new(),
            eligible_leader_replicas: None,
            last_known_elr: None,
        }
    }
}

impl Wire for PartitionRecord {
    fn min_size(v: Version) -> usize {
        match v.number {
            ..=0 => 37,
            _ => 38,
        }
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let mut this = Self {
            partition_id: d.read(v, "PartitionRecord.partition_id")?,
            topic_id: d.read(v, "PartitionRecord.topic_id")?,
            replicas: d.read(v, "PartitionRecord.replicas")?,
            isr: d.read(v, "PartitionRecord.isr")?,
            removing_replicas: d.read(v, "PartitionRecord.removing_replicas")?,
            adding_replicas: d.read(v, "PartitionRecord.adding_replicas")?,
            leader: d.read(v, "PartitionRecord.leader")?,
            leader_recovery_state: 0,
            leader_epoch: d.read(v, "PartitionRecord.leader_epoch")?,
            partition_epoch: d.read(v, "PartitionRecord.partition_epoch")?,
            directories: if v.number >= 1 { d.read(v, "PartitionRecord.directories")? } else { Vec::new() },
            eligible_leader_replicas: None,
            last_known_elr: None,
        };
        d.tags(v, |d, tag| {
            match tag {
                0 => this.leader_recovery_state = d.read(v, "PartitionRecord.leader_recovery_state")?,
                1 if v.number >= 2 => this.eligible_leader_replicas = d.read(v, "PartitionRecord.eligible_leader_replicas")?,
                2 if v.number >= 2 => this.last_known_elr = d.read(v, "PartitionRecord.last_known_elr")?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.partition_id, v, "PartitionRecord.partition_id");
        e.write(&self.topic_id, v, "PartitionRecord.topic_id");
        e.write(&self.replicas, v, "PartitionRecord.replicas");
        e.write(&self.isr, v, "PartitionRecord.isr");
        e.write(&self.removing_replicas, v, "PartitionRecord.removing_replicas");
        e.write(&self.adding_replicas, v, "PartitionRecord.adding_replicas");
        e.write(&self.leader, v, "PartitionRecord.leader");
        e.write(&self.leader_epoch, v, "PartitionRecord.leader_epoch");
        e.write(&self.partition_epoch, v, "PartitionRecord.partition_epoch");
        if v.number >= 1 { e.write(&self.directories, v, "PartitionRecord.directories"); } else { e.absent(!self.directories.is_empty(), "PartitionRecord.directories"); }
        if v.number < 2 { e.absent(self.eligible_leader_replicas.is_some(), "PartitionRecord.eligible_leader_replicas"); }
        if v.number < 2 { e.absent(self.last_known_elr.is_some(), "PartitionRecord.last_known_elr"); }
        e.tags(v, |t| {
            t.field(0, self.leader_recovery_state != 0, &self.leader_recovery_state, v, "PartitionRecord.leader_recovery_state");
            t.field(1, v.number >= 2 && self.eligible_leader_replicas.is_some(), &self.eligible_leader_replicas, v, "PartitionRecord.eligible_leader_replicas");
            t.field(2, v.number >= 2 && self.last_known_elr.is_some(), &self.last_known_elr, v, "PartitionRecord.last_known_elr");
        });
    }
}

impl Message for PartitionRecord {
    const NAME: &'static str = "PartitionRecord";
    const VERSIONS: RangeInclusive<i16> = 0..=2;
    const FLEXIBLE_FROM: i16 = 0;
}
