//! `BrokerHeartbeatRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the BrokerHeartbeat API (key 63), versions 0 to 2.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BrokerHeartbeatRequest {
    pub broker_id: i32,
    pub broker_epoch: i64,
    pub current_metadata_offset: i64,
    pub want_fence: bool,
    pub want_shut_down: bool,
    pub offline_log_dirs: Vec<Uuid>,
    pub cordoned_log_dirs: Option<Vec<Uuid>>,
}

impl Default for BrokerHeartbeatRequest {
    fn default() -> Self {
        Self {
            broker_id: 0,
            broker_epoch: -1,
            current_metadata_offset: 0,
            want_fence: false,
            want_shut_down: false,
            offline_log_dirs: Vec::new(),
            cordoned_log_dirs: None,
        }
    }
}

impl Wire for BrokerHeartbeatRequest {
    fn min_size(_: Version) -> usize {
        23
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let mut this = Self {
            broker_id: d.read(v, "BrokerHeartbeatRequest.broker_id")?,
            broker_epoch: d.read(v, "BrokerHeartbeatRequest.broker_epoch")?,
            current_metadata_offset: d.read(v, "BrokerHeartbeatRequest.current_metadata_offset")?,
            want_fence: d.read(v, "BrokerHeartbeatRequest.want_fence")?,
            want_shut_down: d.read(v, "BrokerHeartbeatRequest.want_shut_down")?,
            offline_log_dirs: Vec::new(),
            cordoned_log_dirs: None,
        };
        d.tags(v, |d, tag| {
            match tag {
                0 if v.number >= 1 => this.offline_log_dirs = d.read(v, "BrokerHeartbeatRequest.offline_log_dirs")?,
                1 if v.number >= 2 => this.cordoned_log_dirs = d.read(v, "BrokerHeartbeatRequest.cordoned_log_dirs")?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.broker_id, v, "BrokerHeartbeatRequest.broker_id");
        e.write(&self.broker_epoch, v, "BrokerHeartbeatRequest.broker_epoch");
        e.write(&self.current_metadata_offset, v, "BrokerHeartbeatRequest.current_metadata_offset");
        e.write(&self.want_fence, v, "BrokerHeartbeatRequest.want_fence");
        e.write(&self.want_shut_down, v, "BrokerHeartbeatRequest.want_shut_down");
        if v.number < 1 { e.absent(!self.offline_log_dirs.is_empty(), "BrokerHeartbeatRequest.offline_log_dirs"); }
        if v.number < 2 { e.absent(self.cordoned_log_dirs.is_some(), "BrokerHeartbeatRequest.cordoned_log_dirs"); }
        e.tags(v, |t| {
            t.field(0, v.number >= 1 && !self.offline_log_dirs.is_empty(), &self.offline_log_dirs, v, "BrokerHeartbeatRequest.offline_log_dirs");
            t.field(1, v.number >= 2 && self.cordoned_log_dirs.is_some(), &self.cordoned_log_dirs, v, "BrokerHeartbeatRequest.cordoned_log_dirs");
        });
    }
}

impl Message for BrokerHeartbeatRequest {
    const NAME: &'static str = "BrokerHeartbeatRequest";
    const VERSIONS: RangeInclusive<i16> = 0..=2;
    const FLEXIBLE_FROM: i16 = 0;
}
