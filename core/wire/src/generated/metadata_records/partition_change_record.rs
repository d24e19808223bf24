//! `PartitionChangeRecord`: generated from the schema text.

use crate::codec::prelude::*;

/// Record of the cluster metadata log (type 5), versions 0 to 2.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PartitionChangeRecord {
    pub partition_id: i32,
    pub topic_id: Uuid,
    pub isr: Option<Vec<i32>>,
    pub leader: i32,
    pub replicas: Option<Vec<i32>>,
    pub removing_replicas: Option<Vec<i32>>,
    pub adding_replicas: Option<Vec<i32>>,
    pub leader_recovery_state: i8,
    pub directories: Option<Vec<Uuid>>,
    pub eligible_leader_replicas: Option<Vec<i32>>,
    pub last_known_elr: Option<Vec<i32>>,
}

impl Default for PartitionChangeRecord {
    fn default() -> Self {
        Self {
            partition_id: -1,
            topic_id: Uuid::ZERO,
            isr: None,
            leader: -2,
            replicas: None,
            removing_replicas: None,
            adding_replicas: None,
            leader_recovery_state: -1,
            directories: None,
            eligible_leader_replicas: None,
            last_known_elr: None,
        }
    }
}

impl Wire for PartitionChangeRecord {
    fn min_size(_: Version) -> usize {
        21
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let mut this = Self {
            partition_id: d.read(v, "PartitionChangeRecord.partition_id")?,
            topic_id: d.read(v, "PartitionChangeRecord.topic_id")?,
            isr: None,
            leader: -2,
            replicas: None,
            removing_replicas: None,
            adding_replicas: None,
            leader_recovery_state: -1,
            directories: None,
            eligible_leader_replicas: None,
            last_known_elr: None,
        };
        d.tags(v, |d, tag| {
            match tag {
                0 => this.isr = d.read(v, "PartitionChangeRecord.isr")?,
                1 => this.leader = d.read(v, "PartitionChangeRecord.leader")?,
                2 => this.replicas = d.read(v, "PartitionChangeRecord.replicas")?,
                3 => this.removing_replicas = d.read(v, "PartitionChangeRecord.removing_replicas")?,
                4 => this.adding_replicas = d.read(v, "PartitionChangeRecord.adding_replicas")?,
                5 => this.leader_recovery_state = d.read(v, "PartitionChangeRecord.leader_recovery_state")?,
                6 if v.number >= 2 => this.eligible_leader_replicas = d.read(v, "PartitionChangeRecord.eligible_leader_replicas")?,
                7 if v.number >= 2 => this.last_known_elr = d.read(v, "PartitionChangeRecord.last_known_elr")?,
                8 if v.number >= 1 => this.directories = d.read(v, "PartitionChangeRecord.directories")?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.partition_id, v, "PartitionChangeRecord.partition_id");
        e.write(&self.topic_id, v, "PartitionChangeRecord.topic_id");
        if v.number < 1 { e.absent(self.directories.is_some(), "PartitionChangeRecord.directories"); }
        if v.number < 2 { e.absent(self.eligible_leader_replicas.is_some(), "PartitionChangeRecord.eligible_leader_replicas"); }
        if v.number < 2 { e.absent(self.last_known_elr.is_some(), "PartitionChangeRecord.last_known_elr"); }
        e.tags(v, |t| {
            t.field(0, self.isr.is_some(), &self.isr, v, "PartitionChangeRecord.isr");
            t.field(1, self.leader != -2, &self.leader, v, "PartitionChangeRecord.leader");
            t.field(2, self.replicas.is_some(), &self.replicas, v, "PartitionChangeRecord.replicas");
            t.field(3, self.removing_replicas.is_some(), &self.removing_replicas, v, "PartitionChangeRecord.removing_replicas");
            t.field(4, self.adding_replicas.is_some(), &self.adding_replicas, v, "PartitionChangeRecord.adding_replicas");
            t.field(5, self.leader_recovery_state != -1, &self.leader_recovery_state, v, "PartitionChangeRecord.leader_recovery_state");
            t.field(6, v.number >= 2 && self.eligible_leader_replicas.is_some(), &self.eligible_leader_replicas, v, "PartitionChangeRecord.eligible_leader_replicas");
            t.field(7, v.number >= 2 && self.last_known_elr.is_some(), &self.last_known_elr, v, "PartitionChangeRecord.last_known_elr");
            t.field(8, v.number >= 1 && self.directories.is_some(), &self.directories, v, "PartitionChangeRecord.directories");
        });
    }
}

impl Message for PartitionChangeRecord {
    const NAME: &'static str = "PartitionChangeRecord";
    const VERSIONS: RangeInclusive<i16> = 0..=2;
    const FLEXIBLE_FROM: i16 = 0;
}
