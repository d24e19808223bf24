//! What Kafka's own classes have written: versions and records that no other codec at hand knows.

use std::collections::BTreeSet;

use bytes::Bytes;
use klamm_wire::{group_records, messages, metadata_records, raft_records};
use klamm_wire::{share_records, transaction_records};

use crate::codec::{Codec, ours};
use crate::sample::{is_message, schemas};

const GOLDEN: &str = include_str!("../golden/messages.txt");

macro_rules! messages {
    ($($module:ident: $($name:ident)*;)*) => {
        pub(crate) fn table() -> Vec<(&'static str, Codec)> {
            vec![$($((stringify!($name), ours::<$module::$name>())),*),*]
        }
    };
}

messages! {
    group_records:
        ConsumerGroupCurrentMemberAssignmentKey ConsumerGroupCurrentMemberAssignmentValue
        ConsumerGroupMemberMetadataKey ConsumerGroupMemberMetadataValue ConsumerGroupMetadataKey
        ConsumerGroupMetadataValue ConsumerGroupPartitionMetadataKey ConsumerGroupPartitionMetadataValue
        ConsumerGroupRegularExpressionKey ConsumerGroupRegularExpressionValue
        ConsumerGroupTargetAssignmentMemberKey ConsumerGroupTargetAssignmentMemberValue
        ConsumerGroupTargetAssignmentMetadataKey ConsumerGroupTargetAssignmentMetadataValue GroupMetadataKey
        GroupMetadataValue LegacyOffsetCommitKey LegacyOffsetCommitValue OffsetCommitKey OffsetCommitValue
        ShareGroupCurrentMemberAssignmentKey ShareGroupCurrentMemberAssignmentValue
        ShareGroupMemberMetadataKey ShareGroupMemberMetadataValue ShareGroupMetadataKey
        ShareGroupMetadataValue ShareGroupStatePartitionMetadataKey ShareGroupStatePartitionMetadataValue
        ShareGroupTargetAssignmentMemberKey ShareGroupTargetAssignmentMemberValue
        ShareGroupTargetAssignmentMetadataKey ShareGroupTargetAssignmentMetadataValue
        StreamsGroupCurrentMemberAssignmentKey StreamsGroupCurrentMemberAssignmentValue
        StreamsGroupMemberMetadataKey StreamsGroupMemberMetadataValue StreamsGroupMetadataKey
        StreamsGroupMetadataValue StreamsGroupTargetAssignmentMemberKey
        StreamsGroupTargetAssignmentMemberValue StreamsGroupTargetAssignmentMetadataKey
        StreamsGroupTargetAssignmentMetadataValue StreamsGroupTopologyKey StreamsGroupTopologyValue;
    messages:
        AddRaftVoterRequest AddRaftVoterResponse BrokerHeartbeatRequest BrokerHeartbeatResponse
        ControlRecordTypeSchema DescribeLogDirsRequest DescribeLogDirsResponse
        DescribeShareGroupOffsetsRequest DescribeShareGroupOffsetsResponse InitProducerIdRequest
        LeaderChangeMessage ListOffsetsRequest ListOffsetsResponse OffsetCommitRequest OffsetFetchRequest
        ReadShareGroupStateSummaryRequest ReadShareGroupStateSummaryResponse ShareAcknowledgeRequest
        ShareAcknowledgeResponse ShareFetchRequest ShareFetchResponse StreamsGroupDescribeRequest
        StreamsGroupDescribeResponse StreamsGroupHeartbeatRequest StreamsGroupHeartbeatResponse VotersRecord
        WriteShareGroupStateRequest WriteShareGroupStateResponse WriteTxnMarkersRequest
        WriteTxnMarkersResponse;
    metadata_records:
        AbortTransactionRecord AccessControlEntryRecord BeginTransactionRecord
        BrokerRegistrationChangeRecord ClearElrRecord ClientQuotaRecord ConfigRecord DelegationTokenRecord
        EndTransactionRecord FeatureLevelRecord FenceBrokerRecord NoOpRecord PartitionChangeRecord
        PartitionRecord ProducerIdsRecord RegisterBrokerRecord RegisterControllerRecord
        RemoveAccessControlEntryRecord RemoveDelegationTokenRecord RemoveTopicRecord
        RemoveUserScramCredentialRecord TopicRecord UnfenceBrokerRecord UnregisterBrokerRecord
        UserScramCredentialRecord ZkMigrationStateRecord;
    raft_records:
        ProducerSnapshot QuorumStateData;
    share_records:
        ShareSnapshotKey ShareSnapshotValue ShareUpdateKey ShareUpdateValue;
    transaction_records:
        TransactionLogKey TransactionLogValue;
}

fn unhex(text: &str) -> Bytes {
    let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(16)).collect();
    digits.chunks(2).map(|pair| (pair[0] << 4 | pair[1]) as u8).collect()
}

fn rows() -> impl Iterator<Item = (&'static str, i16, Bytes)> {
    GOLDEN.lines().filter(|line| !line.starts_with('#')).map(|line| {
        let mut words = line.split(' ');
        let mut word = || words.next().expect("a row has three words");
        (word(), word().parse().unwrap(), unhex(word()))
    })
}

/// Goal: the bytes of Kafka itself come back unchanged, for every record of its own topics and for the
/// versions that `kafka-protocol` does not know.
#[test]
fn what_kafka_has_written_is_read_and_written_as_it_was() {
    let table = table();
    for (name, version, bytes) in rows() {
        let (_, codec) = table.iter().find(|(known, _)| *known == name).expect("a row of a known message");
        assert_eq!((codec.rewrite)(bytes.clone(), version), Ok((bytes, 0)), "{name} v{version}");
    }
}

/// Goal: none of the records is left out.
#[test]
fn every_version_of_every_record_has_a_row() {
    let rows: BTreeSet<_> = rows().map(|(name, version, _)| (name, version)).collect();
    let mut records = 0;
    for schema in schemas().iter().filter(|schema| !is_message(schema)) {
        for version in schema.versions.0..=schema.versions.1 {
            assert!(rows.contains(&(schema.name.as_str(), version)), "{} v{version}", schema.name);
            records += 1;
        }
    }
    assert!(records >= 78, "{records}");
}
