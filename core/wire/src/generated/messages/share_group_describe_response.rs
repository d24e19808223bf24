//! `ShareGroupDescribeResponse`: generated from the schema text.

use crate::codec::prelude::*;

/// Response of the ShareGroupDescribe API (key 77), version 1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ShareGroupDescribeResponse {
    pub throttle_time_ms: i32,
    pub groups: Vec<DescribedGroup>,
}

impl Wire for ShareGroupDescribeResponse {
    fn min_size(_: Version) -> usize {
        6
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            throttle_time_ms: d.read(v, "ShareGroupDescribeResponse.throttle_time_ms")?,
            groups: d.read(v, "ShareGroupDescribeResponse.groups")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.throttle_time_ms, v, "ShareGroupDescribeResponse.throttle_time_ms");
        e.write(&self.groups, v, "ShareGroupDescribeResponse.groups");
        e.tags(v, |_| {});
    }
}

/// Part of [`ShareGroupDescribeResponse`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DescribedGroup {
    pub error_code: ErrorCode,
    pub error_message: Option<Str>,
    pub group_id: Str,
    pub group_state: Str,
    pub group_epoch: i32,
    pub assignment_epoch: i32,
    pub assignor_name: Str,
    pub members: Vec<Member>,
    pub authorized_operations: i32,
}

impl Default for DescribedGroup {
    fn default() -> Self {
        Self {
            error_code: ErrorCode::NONE,
            error_message: None,
            group_id: Str::default(),
            group_state: Str::default(),
            group_epoch: 0,
            assignment_epoch: 0,
            assignor_name: Str::default(),
            members: Vec::new(),
            authorized_operations: -2147483648,
        }
    }
}

impl Wire for DescribedGroup {
    fn min_size(_: Version) -> usize {
        20
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            error_code: d.read(v, "DescribedGroup.error_code")?,
            error_message: d.read(v, "DescribedGroup.error_message")?,
            group_id: d.read(v, "DescribedGroup.group_id")?,
            group_state: d.read(v, "DescribedGroup.group_state")?,
            group_epoch: d.read(v, "DescribedGroup.group_epoch")?,
            assignment_epoch: d.read(v, "DescribedGroup.assignment_epoch")?,
            assignor_name: d.read(v, "DescribedGroup.assignor_name")?,
            members: d.read(v, "DescribedGroup.members")?,
            authorized_operations: d.read(v, "DescribedGroup.authorized_operations")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.error_code, v, "DescribedGroup.error_code");
        e.write(&self.error_message, v, "DescribedGroup.error_message");
        e.write(&self.group_id, v, "DescribedGroup.group_id");
        e.write(&self.group_state, v, "DescribedGroup.group_state");
        e.write(&self.group_epoch, v, "DescribedGroup.group_epoch");
        e.write(&self.assignment_epoch, v, "DescribedGroup.assignment_epoch");
        e.write(&self.assignor_name, v, "DescribedGroup.assignor_name");
        e.write(&self.members, v, "DescribedGroup.members");
        e.write(&self.authorized_operations, v, "DescribedGroup.authorized_operations");
        e.tags(v, |_| {});
    }
}

/// Part of [`ShareGroupDescribeResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Member {
    pub member_id: Str,
    pub rack_id: Option<Str>,
    pub member_epoch: i32,
    pub client_id: Str,
    pub client_host: Str,
    pub subscribed_topic_names: Vec<Str>,
    pub assignment: Assignment,
}

impl Wire for Member {
    fn min_size(_: Version) -> usize {
        12
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            member_id: d.read(v, "Member.member_id")?,
            rack_id: d.read(v, "Member.rack_id")?,
            member_epoch: d.read(v, "Member.member_epoch")?,
            client_id: d.read(v, "Member.client_id")?,
            client_host: d.read(v, "Member.client_host")?,
            subscribed_topic_names: d.read(v, "Member.subscribed_topic_names")?,
            assignment: d.read(v, "Member.assignment")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.member_id, v, "Member.member_id");
        e.write(&self.rack_id, v, "Member.rack_id");
        e.write(&self.member_epoch, v, "Member.member_epoch");
        e.write(&self.client_id, v, "Member.client_id");
        e.write(&self.client_host, v, "Member.client_host");
        e.write(&self.subscribed_topic_names, v, "Member.subscribed_topic_names");
        e.write(&self.assignment, v, "Member.assignment");
        e.tags(v, |_| {});
    }
}

/// Part of [`ShareGroupDescribeResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Assignment {
    pub topic_partitions: Vec<TopicPartitions>,
}

impl Wire for Assignment {
    fn min_size(_: Version) -> usize {
        2
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            topic_partitions: d.read(v, "Assignment.topic_partitions")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.topic_partitions, v, "Assignment.topic_partitions");
        e.tags(v, |_| {});
    }
}

/// Part of [`ShareGroupDescribeResponse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TopicPartitions {
    pub topic_id: Uuid,
    pub topic_name: Str,
    pub partitions: Vec<i32>,
}

impl Wire for TopicPartitions {
    fn min_size(_: Version) -> usize {
        19
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            topic_id: d.read(v, "TopicPartitions.topic_id")?,
            topic_name: d.read(v, "TopicPartitions.topic_name")?,
            partitions: d.read(v, "TopicPartitions.partitions")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.topic_id, v, "TopicPartitions.topic_id");
        e.write(&self.topic_name, v, "TopicPartitions.topic_name");
        e.write(&self.partitions, v, "TopicPartitions.partitions");
        e.tags(v, |_| {});
    }
}

impl Message for ShareGroupDescribeResponse {
    const NAME: &'static str = "ShareGroupDescribeResponse";
    const VERSIONS: RangeInclusive<i16> = 1..=1;
    const FLEXIBLE_FROM: i16 = 1;
}
