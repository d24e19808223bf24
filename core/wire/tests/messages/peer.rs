//! The `kafka-protocol` crate as a second opinion: the same bytes, both ways, for every message and version
//! that both know.
//!
//! It knows Kafka 4.1 and therefore not the Streams groups, nor the versions that later releases added;
//! those are covered by what Kafka's own classes have written, see `golden.rs`.

use bytes::{Buf, Bytes, BytesMut};
use kafka_protocol::ResponseError;
use kafka_protocol::error::ParseResponseErrorCode;
use kafka_protocol::messages as theirs;
use kafka_protocol::protocol::{Decodable, Encodable, HeaderVersion, Message as _};
use klamm_wire::{ApiKey, ErrorCode, Message, frame, messages};

use crate::codec::{Codec, ours};
use crate::sample::{Random, Sampler, Values, is_message, schemas};

/// Samples per message and version.
const SAMPLES: u64 = 25;

/// Messages the other crate does not have.
const NOT_COVERED: [&str; 5] = [
    "ControlRecordTypeSchema",
    "StreamsGroupDescribeRequest",
    "StreamsGroupDescribeResponse",
    "StreamsGroupHeartbeatRequest",
    "StreamsGroupHeartbeatResponse",
];

/// They refuse these as soon as there is a voter in them.
const THEIR_MISTAKES: [&str; 2] = ["LeaderChangeMessage", "VotersRecord"];

/// What Kafka's own classes have written, where the other crate has no opinion.
const GOLDEN: &str = include_str!("../golden/messages.txt");

/// Reads and writes again; also says how many bytes were left over.
type Rewrite = fn(Bytes, i16) -> Result<(Bytes, usize), String>;

pub(crate) struct Pair {
    pub(crate) name: &'static str,
    pub(crate) ours: Codec,
    theirs: Rewrite,
    /// The versions that both know.
    versions: std::ops::RangeInclusive<i16>,
}

struct Api {
    key: i16,
    ours: ApiKey,
    request_header: fn(i16) -> i16,
    response_header: fn(i16) -> i16,
    versions: std::ops::RangeInclusive<i16>,
}

fn rewrite_theirs<M: Decodable + Encodable>(
    mut bytes: Bytes,
    version: i16,
) -> Result<(Bytes, usize), String> {
    let message = M::decode(&mut bytes, version).map_err(|error| error.to_string())?;
    let mut out = BytesMut::new();
    message.encode(&mut out, version).map_err(|error| error.to_string())?;
    Ok((out.freeze(), bytes.remaining()))
}

macro_rules! peers {
    ([$($api:ident $request:ident $response:ident;)*] $($other:ident)*) => {
        pub(crate) fn pairs() -> Vec<Pair> {
            vec![$(pair!($request), pair!($response),)* $(pair!($other)),*]
        }

        fn apis() -> Vec<Api> {
            vec![$(Api {
                key: theirs::ApiKey::$api as i16,
                ours: ApiKey::$api,
                request_header: theirs::$request::header_version,
                response_header: theirs::$response::header_version,
                versions: theirs::$request::VERSIONS.min..=theirs::$request::VERSIONS.max,
            }),*]
        }
    };
}

macro_rules! pair {
    ($name:ident) => {
        Pair {
            name: stringify!($name),
            ours: ours::<messages::$name>(),
            theirs: rewrite_theirs::<theirs::$name>,
            versions: (*messages::$name::VERSIONS.start()).max(theirs::$name::VERSIONS.min)
                ..=(*messages::$name::VERSIONS.end()).min(theirs::$name::VERSIONS.max),
        }
    };
}

peers! {
    [
    AddOffsetsToTxn AddOffsetsToTxnRequest AddOffsetsToTxnResponse;
    AddPartitionsToTxn AddPartitionsToTxnRequest AddPartitionsToTxnResponse;
    AddRaftVoter AddRaftVoterRequest AddRaftVoterResponse;
    AllocateProducerIds AllocateProducerIdsRequest AllocateProducerIdsResponse;
    AlterClientQuotas AlterClientQuotasRequest AlterClientQuotasResponse;
    AlterConfigs AlterConfigsRequest AlterConfigsResponse;
    AlterPartition AlterPartitionRequest AlterPartitionResponse;
    AlterPartitionReassignments AlterPartitionReassignmentsRequest AlterPartitionReassignmentsResponse;
    AlterReplicaLogDirs AlterReplicaLogDirsRequest AlterReplicaLogDirsResponse;
    AlterShareGroupOffsets AlterShareGroupOffsetsRequest AlterShareGroupOffsetsResponse;
    AlterUserScramCredentials AlterUserScramCredentialsRequest AlterUserScramCredentialsResponse;
    ApiVersions ApiVersionsRequest ApiVersionsResponse;
    AssignReplicasToDirs AssignReplicasToDirsRequest AssignReplicasToDirsResponse;
    BeginQuorumEpoch BeginQuorumEpochRequest BeginQuorumEpochResponse;
    BrokerHeartbeat BrokerHeartbeatRequest BrokerHeartbeatResponse;
    BrokerRegistration BrokerRegistrationRequest BrokerRegistrationResponse;
    ConsumerGroupDescribe ConsumerGroupDescribeRequest ConsumerGroupDescribeResponse;
    ConsumerGroupHeartbeat ConsumerGroupHeartbeatRequest ConsumerGroupHeartbeatResponse;
    ControllerRegistration ControllerRegistrationRequest ControllerRegistrationResponse;
    CreateAcls CreateAclsRequest CreateAclsResponse;
    CreateDelegationToken CreateDelegationTokenRequest CreateDelegationTokenResponse;
    CreatePartitions CreatePartitionsRequest CreatePartitionsResponse;
    CreateTopics CreateTopicsRequest CreateTopicsResponse;
    DeleteAcls DeleteAclsRequest DeleteAclsResponse;
    DeleteGroups DeleteGroupsRequest DeleteGroupsResponse;
    DeleteRecords DeleteRecordsRequest DeleteRecordsResponse;
    DeleteShareGroupOffsets DeleteShareGroupOffsetsRequest DeleteShareGroupOffsetsResponse;
    DeleteShareGroupState DeleteShareGroupStateRequest DeleteShareGroupStateResponse;
    DeleteTopics DeleteTopicsRequest DeleteTopicsResponse;
    DescribeAcls DescribeAclsRequest DescribeAclsResponse;
    DescribeClientQuotas DescribeClientQuotasRequest DescribeClientQuotasResponse;
    DescribeCluster DescribeClusterRequest DescribeClusterResponse;
    DescribeConfigs DescribeConfigsRequest DescribeConfigsResponse;
    DescribeDelegationToken DescribeDelegationTokenRequest DescribeDelegationTokenResponse;
    DescribeGroups DescribeGroupsRequest DescribeGroupsResponse;
    DescribeLogDirs DescribeLogDirsRequest DescribeLogDirsResponse;
    DescribeProducers DescribeProducersRequest DescribeProducersResponse;
    DescribeQuorum DescribeQuorumRequest DescribeQuorumResponse;
    DescribeShareGroupOffsets DescribeShareGroupOffsetsRequest DescribeShareGroupOffsetsResponse;
    DescribeTopicPartitions DescribeTopicPartitionsRequest DescribeTopicPartitionsResponse;
    DescribeTransactions DescribeTransactionsRequest DescribeTransactionsResponse;
    DescribeUserScramCredentials DescribeUserScramCredentialsRequest DescribeUserScramCredentialsResponse;
    ElectLeaders ElectLeadersRequest ElectLeadersResponse;
    EndQuorumEpoch EndQuorumEpochRequest EndQuorumEpochResponse;
    EndTxn EndTxnRequest EndTxnResponse;
    Envelope EnvelopeRequest EnvelopeResponse;
    ExpireDelegationToken ExpireDelegationTokenRequest ExpireDelegationTokenResponse;
    Fetch FetchRequest FetchResponse;
    FetchSnapshot FetchSnapshotRequest FetchSnapshotResponse;
    FindCoordinator FindCoordinatorRequest FindCoordinatorResponse;
    GetTelemetrySubscriptions GetTelemetrySubscriptionsRequest GetTelemetrySubscriptionsResponse;
    Heartbeat HeartbeatRequest HeartbeatResponse;
    IncrementalAlterConfigs IncrementalAlterConfigsRequest IncrementalAlterConfigsResponse;
    InitProducerId InitProducerIdRequest InitProducerIdResponse;
    InitializeShareGroupState InitializeShareGroupStateRequest InitializeShareGroupStateResponse;
    JoinGroup JoinGroupRequest JoinGroupResponse;
    LeaveGroup LeaveGroupRequest LeaveGroupResponse;
    ListConfigResources ListConfigResourcesRequest ListConfigResourcesResponse;
    ListGroups ListGroupsRequest ListGroupsResponse;
    ListOffsets ListOffsetsRequest ListOffsetsResponse;
    ListPartitionReassignments ListPartitionReassignmentsRequest ListPartitionReassignmentsResponse;
    ListTransactions ListTransactionsRequest ListTransactionsResponse;
    Metadata MetadataRequest MetadataResponse;
    OffsetCommit OffsetCommitRequest OffsetCommitResponse;
    OffsetDelete OffsetDeleteRequest OffsetDeleteResponse;
    OffsetFetch OffsetFetchRequest OffsetFetchResponse;
    OffsetForLeaderEpoch OffsetForLeaderEpochRequest OffsetForLeaderEpochResponse;
    Produce ProduceRequest ProduceResponse;
    PushTelemetry PushTelemetryRequest PushTelemetryResponse;
    ReadShareGroupState ReadShareGroupStateRequest ReadShareGroupStateResponse;
    ReadShareGroupStateSummary ReadShareGroupStateSummaryRequest ReadShareGroupStateSummaryResponse;
    RemoveRaftVoter RemoveRaftVoterRequest RemoveRaftVoterResponse;
    RenewDelegationToken RenewDelegationTokenRequest RenewDelegationTokenResponse;
    SaslAuthenticate SaslAuthenticateRequest SaslAuthenticateResponse;
    SaslHandshake SaslHandshakeRequest SaslHandshakeResponse;
    ShareAcknowledge ShareAcknowledgeRequest ShareAcknowledgeResponse;
    ShareFetch ShareFetchRequest ShareFetchResponse;
    ShareGroupDescribe ShareGroupDescribeRequest ShareGroupDescribeResponse;
    ShareGroupHeartbeat ShareGroupHeartbeatRequest ShareGroupHeartbeatResponse;
    SyncGroup SyncGroupRequest SyncGroupResponse;
    TxnOffsetCommit TxnOffsetCommitRequest TxnOffsetCommitResponse;
    UnregisterBroker UnregisterBrokerRequest UnregisterBrokerResponse;
    UpdateFeatures UpdateFeaturesRequest UpdateFeaturesResponse;
    UpdateRaftVoter UpdateRaftVoterRequest UpdateRaftVoterResponse;
    Vote VoteRequest VoteResponse;
    WriteShareGroupState WriteShareGroupStateRequest WriteShareGroupStateResponse;
    WriteTxnMarkers WriteTxnMarkersRequest WriteTxnMarkersResponse;
    ]
    ConsumerProtocolAssignment ConsumerProtocolSubscription DefaultPrincipalData EndTxnMarker
        KRaftVersionRecord LeaderChangeMessage RequestHeader ResponseHeader SnapshotFooterRecord
        SnapshotHeaderRecord VotersRecord
}

/// Goal: what we write, others read, and the other way round. Method: random valid bytes, made from the
/// schema text alone, are read and written again by both; all four must be the same bytes.
#[test]
fn both_codecs_read_and_write_the_same_bytes() {
    let schemas = schemas();
    let mut compared = 0;
    for pair in pairs().into_iter().filter(|pair| !THEIR_MISTAKES.contains(&pair.name)) {
        let schema = schemas.iter().find(|schema| schema.name == pair.name).unwrap();
        assert!(!pair.versions.is_empty(), "{}: no version in common", pair.name);
        for version in pair.versions.clone() {
            for seed in 0..SAMPLES {
                let random = Random::new(seed << 32 | compared);
                let bytes = Bytes::from(Sampler { schema, version, random, values: Values::Any }.message());
                let context = format!("{} v{version} seed {seed}: {bytes:?}", pair.name);
                let (ours, left) = (pair.ours.rewrite)(bytes.clone(), version)
                    .unwrap_or_else(|error| panic!("{error}: {context}"));
                assert_eq!((&ours, left), (&bytes, 0), "ours: {context}");
                let (theirs, left) = (pair.theirs)(bytes.clone(), version)
                    .unwrap_or_else(|error| panic!("{error}: {context}"));
                assert_eq!((&theirs, left), (&bytes, 0), "theirs: {context}");
                compared += 1;
            }
        }
    }
    assert!(compared > 10_000, "only {compared} samples");
}

/// Goal: no message and no version is left out in silence. What is not compared here has a row in the file
/// that Kafka's own classes have written.
#[test]
fn every_version_is_compared_here_or_with_kafka_itself() {
    let pairs = pairs();
    let golden = |name: &str, version: i16| GOLDEN.contains(&format!("\n{name} {version} "));
    for schema in schemas().iter().filter(|schema| is_message(schema)) {
        let pair = pairs.iter().find(|pair| pair.name == schema.name);
        assert_eq!(pair.is_none(), NOT_COVERED.contains(&schema.name.as_str()), "{}", schema.name);
        for version in schema.versions.0..=schema.versions.1 {
            let compared = pair
                .is_some_and(|pair| pair.versions.contains(&version) && !THEIR_MISTAKES.contains(&pair.name));
            assert!(compared || golden(&schema.name, version), "{} v{version}", schema.name);
        }
    }
}

/// Goal: keys and header versions are those that the rest of the world uses.
#[test]
fn both_agree_on_keys_and_headers() {
    for api in apis() {
        assert_eq!(ApiKey::try_from(api.key), Ok(api.ours));
        for version in api.versions {
            let context = format!("{:?} v{version}", api.ours);
            assert_eq!(
                frame::request_header_version(api.ours, version),
                (api.request_header)(version),
                "{context}"
            );
            assert_eq!(
                frame::response_header_version(api.ours, version),
                (api.response_header)(version),
                "{context}"
            );
        }
    }
}

/// Goal: names of error codes agree, and so does whether a client tries again.
#[test]
fn both_agree_on_error_codes() {
    let mut compared = 0;
    for code in ErrorCode::ALL {
        let Some(theirs) = code.0.err() else { continue };
        if matches!(theirs, ResponseError::Unknown(_)) {
            continue;
        }
        let name = code.name().replace('_', "");
        assert_eq!(format!("{theirs:?}").to_uppercase(), name);
        // Kafka's `ConcurrentTransactionsException` is a `RetriableException`; they say it is not.
        if *code != ErrorCode::CONCURRENT_TRANSACTIONS {
            assert_eq!(theirs.is_retriable(), code.is_retriable(), "{name}");
        }
        compared += 1;
    }
    assert!(compared > 100, "only {compared} codes");
}
