//! The few requests that tests send by hand.

use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use klamm_net::Platform;
use klamm_net::broker::BrokerConnection;
use klamm_wire::ErrorCode;
use klamm_wire::batch::{BatchBuilder, BatchView, Codec};
use klamm_wire::messages::create_topics_request::CreatableTopic;
use klamm_wire::messages::fetch_request::{FetchPartition, FetchTopic};
use klamm_wire::messages::produce_request::{PartitionProduceData, TopicProduceData};
use klamm_wire::messages::{CreateTopicsRequest, FetchRequest, ProduceRequest, Request, Response};

/// A topic of one partition; fine if it is there.
pub(crate) async fn create_topic<P: Platform>(broker: &mut BrokerConnection<P>, name: &str) {
    let topic =
        CreatableTopic { name: name.into(), num_partitions: 1, replication_factor: -1, ..Default::default() };
    let request = CreateTopicsRequest { topics: vec![topic], timeout_ms: 10_000, ..Default::default() };
    let Response::CreateTopics(response) = broker.call(7, request).await.expect("an answer") else {
        panic!("the answer to another request")
    };
    let code = response.topics[0].error_code;
    assert!(matches!(code, ErrorCode::NONE | ErrorCode::TOPIC_ALREADY_EXISTS), "{code:?}");
}

/// A batch with one record per value.
pub(crate) fn batch(values: &[Bytes]) -> Bytes {
    // Old records would be the first victims of retention.
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock that is set");
    let now = i64::try_from(now.as_millis()).expect("a date of this era");
    let mut builder = BatchBuilder::new(Codec::None);
    for value in values {
        builder.append(now, None, Some(value), &[]);
    }
    builder.build().expect("a small batch")
}

/// One batch for partition 0 of a topic.
pub(crate) fn produce(topic: &str, acks: i16, values: &[Bytes]) -> Request {
    let records = Some(batch(values).into());
    let partition = PartitionProduceData { index: 0, records };
    let topic =
        TopicProduceData { name: topic.into(), partition_data: vec![partition], ..Default::default() };
    ProduceRequest { acks, timeout_ms: 30_000, topic_data: vec![topic], ..Default::default() }.into()
}

/// The version that [`produce`] is meant for: the newest with topics by name.
pub(crate) const PRODUCE: i16 = 12;
/// The same for [`fetch`].
pub(crate) const FETCH: i16 = 12;

/// Where a batch was appended.
pub(crate) fn produced(response: &Response) -> Result<i64, ErrorCode> {
    let Response::Produce(response) = response else { panic!("the answer to another request") };
    let partition = &response.responses[0].partition_responses[0];
    if partition.error_code == ErrorCode::NONE {
        Ok(partition.base_offset)
    } else {
        Err(partition.error_code)
    }
}

/// Reads partition 0 of a topic from an offset on.
pub(crate) fn fetch(topic: &str, offset: i64) -> Request {
    let partition = FetchPartition {
        partition: 0,
        fetch_offset: offset,
        partition_max_bytes: 1 << 20,
        ..Default::default()
    };
    let topic = FetchTopic { topic: topic.into(), partitions: vec![partition], ..Default::default() };
    FetchRequest {
        max_wait_ms: 0,
        max_bytes: 1 << 20,
        session_epoch: -1,
        topics: vec![topic],
        ..Default::default()
    }
    .into()
}

/// Offsets and values of what was fetched, and the high watermark.
pub(crate) fn fetched(response: &Response) -> (Vec<(i64, Bytes)>, i64) {
    let Response::Fetch(response) = response else { panic!("the answer to another request") };
    let partition = &response.responses[0].partitions[0];
    assert_eq!(partition.error_code, ErrorCode::NONE);
    let mut rest = partition.records.as_ref().map(klamm_wire::Records::to_bytes).unwrap_or_default();
    let mut records = Vec::new();
    while let Ok(view) = BatchView::parse_first(&rest) {
        rest = rest.slice(view.len()..);
        for record in view.records() {
            let record = record.expect("a sound record");
            let offset = view.base_offset() + i64::from(record.offset_delta);
            records.push((offset, record.value.expect("tests write values")));
        }
    }
    (records, partition.high_watermark)
}

/// All records of partition 0 of a topic.
pub(crate) async fn read_all<P: Platform>(
    broker: &mut BrokerConnection<P>,
    topic: &str,
) -> Vec<(i64, Bytes)> {
    let mut all: Vec<(i64, Bytes)> = Vec::new();
    loop {
        let from = all.last().map_or(0, |(offset, _)| offset + 1);
        let response = broker.call(FETCH, fetch(topic, from)).await.expect("an answer");
        let (records, high_watermark) = fetched(&response);
        if from >= high_watermark {
            return all;
        }
        assert!(!records.is_empty(), "there are records below the high watermark");
        all.extend(records.into_iter().filter(|(offset, _)| *offset >= from));
    }
}
