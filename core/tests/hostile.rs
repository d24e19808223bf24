//! Clients that mean harm: whatever they send, the node neither panics nor stops serving others.
//!
//! Reproducible: `KLAMM_FUZZ_SEED` and `KLAMM_FUZZ_ROUNDS` say which requests are sent; a failure names its round.

#[allow(dead_code, reason = "it belongs to the tests of klamm-wire, which use all of it")]
#[path = "../wire/tests/messages/sample.rs"]
mod sample;
mod support;

use bytes::{Bytes, BytesMut};
use klamm_core::config::Config;
use klamm_core::edge::{ConnId, Input, ListenerKind, encode_reply, parse_request};
use klamm_wire::batch::{BatchBuilder, BatchHeader, Codec, HEADER_SIZE};
use klamm_wire::frame::{RequestHeader, encode_request, request_header_version};
use klamm_wire::messages::Response;
use klamm_wire::{ApiKey, ErrorCode};
use klamm_wire_generator::schema::{Kind, Schema};
use sample::{Random, Sampler, Values, mutate, schemas};
use support::{Broker, batch, fetch, produce};

const ROUNDS: u64 = 3000;
/// Of the bytes that compressed records may become; small, so that the bound is met.
const DECOMPRESSED_MAX: usize = 1 << 20;

fn rounds() -> core::ops::Range<u64> {
    let number = |name| std::env::var(name).ok().and_then(|n| n.parse::<u64>().ok());
    let first = number("KLAMM_FUZZ_SEED").unwrap_or(0);
    first..first + number("KLAMM_FUZZ_ROUNDS").unwrap_or(ROUNDS)
}

/// A request of any API in any version: a valid frame, unless it is mutated afterwards.
fn frame(requests: &[Schema], random: &mut Random) -> Vec<u8> {
    let schema = &requests[random.below(requests.len())];
    let (low, high) = schema.versions;
    let version = low + random.below((high - low) as usize + 1) as i16;
    let key = schema.key.expect("requests have keys");
    let mut frame = [key.to_be_bytes(), version.to_be_bytes()].concat();
    frame.extend(7_i32.to_be_bytes());
    frame.extend(b"\0\x04test");
    if ApiKey::try_from(key).is_ok_and(|key| request_header_version(key, version) == 2) {
        frame.push(0);
    }
    let values = Values::Any;
    frame.extend(Sampler { schema, version, random: Random::new(random.next()), values }.message());
    frame
}

/// A produce of a batch that is valid, or damaged with a checksum that is correct again.
fn produce_frame(random: &mut Random) -> Vec<u8> {
    let codec = Codec::ALL[random.below(Codec::ALL.len())];
    let mut builder = BatchBuilder::new(codec);
    if random.below(2) == 0 {
        builder = builder.producer(random.below(3) as i64, random.below(3) as i16, random.below(9) as i32);
    }
    for _ in 0..=random.below(4) {
        let key = [None, Some(&b"key"[..])][random.below(2)];
        builder.append(1_700_000_000_000 + random.below(9) as i64, key, Some(&[b'v'; 40]), &[]);
    }
    let mut records = builder.build().expect("a small batch").to_vec();
    if random.below(2) == 0 {
        mutate(&mut records, random);
    }
    if random.below(4) > 0
        && let Ok(mut header) = BatchHeader::read(&records)
        && records.len() >= HEADER_SIZE
        && let Ok(sealed) = header.seal(&records[HEADER_SIZE..])
    {
        records[..HEADER_SIZE].copy_from_slice(&sealed);
    }
    let acks = [-1, 0, 1, 2][random.below(4)];
    let version = 3 + random.below(10) as i16;
    let request = produce("topic", acks, Bytes::from(records));
    let header =
        RequestHeader { api_key: ApiKey::Produce, api_version: version, correlation_id: 8, client_id: None };
    let frame = encode_request(&header, &request.into()).expect("it is well-formed").to_bytes();
    frame[4..].to_vec()
}

/// Goal: no frame brings the node down, and others are served as before. Method: requests of every API and
/// version with values at the borders of their types, some of them damaged, to a node with a topic and a
/// group; in between time passes, clients vanish and the node starts again on what it has written.
#[test]
fn no_request_brings_the_node_down() {
    let config = Config { request_max_bytes: 1 << 20, ..Config::default() };
    let requests: Vec<Schema> = schemas().into_iter().filter(|schema| schema.kind == Kind::Request).collect();
    let mut broker = Broker::new(config.clone());
    let mut clients: Vec<ConnId> = (0..4).map(|_| broker.connect()).collect();
    broker.create_topic(clients[0], "topic", &[]);
    let (mut handled, mut refused) = (0, 0);
    for round in rounds() {
        let mut random = Random::new(round ^ 0x4057);
        let mut bytes =
            if random.below(5) == 0 { produce_frame(&mut random) } else { frame(&requests, &mut random) };
        if random.below(3) == 0 {
            mutate(&mut bytes, &mut random);
        }
        let client = random.below(clients.len());
        if std::env::var_os("KLAMM_FUZZ_TRACE").is_some() {
            eprintln!("round {round}: {:?}", Bytes::copy_from_slice(&bytes[..bytes.len().min(200)]));
        }
        let content = BytesMut::from(&bytes[..]).freeze();
        match parse_request(content, ListenerKind::Broker, DECOMPRESSED_MAX) {
            Ok(request) => {
                handled += 1;
                broker.handle(Input::Request(clients[client], request));
            }
            Err(_) => {
                refused += 1;
                broker.handle(Input::Closed(clients[client]));
                clients[client] = broker.connect();
            }
        }
        match random.below(200) {
            0..8 => broker.pass(random.below(2000) as u64),
            8 => broker.pass(400_000),
            9..12 => {
                broker.handle(Input::Closed(clients[client]));
                clients[client] = broker.connect();
            }
            12 => {
                broker = Broker::on(config.clone(), broker.disk);
                clients.iter_mut().for_each(|client| *client = broker.connect());
            }
            _ => {}
        }
        assert_eq!(broker.halted, None, "round {round}");
        for reply in std::mem::take(&mut broker.replies).into_values().flatten() {
            // Panics if the node has answered what the version cannot say.
            let _ = encode_reply(&reply);
        }
        for (closed, _) in std::mem::take(&mut broker.closed) {
            if let Some(client) = clients.iter_mut().find(|client| **client == closed) {
                *client = broker.connect();
            }
        }
    }
    assert!(handled > 0 && refused > 0, "{handled} handled, {refused} refused");
    let honest = broker.connect();
    broker.create_topic(honest, "honest", &[]);
    let now = broker.now.wall_ms;
    let Response::Produce(answer) = broker.ask(honest, 8, produce("honest", -1, batch(&[b"a"], now))) else {
        panic!("an answer of its kind")
    };
    assert_eq!(answer.responses[0].partition_responses[0].error_code, ErrorCode::NONE);
    let Response::Fetch(answer) = broker.ask(honest, 11, fetch("honest", 0, 0, 1000)) else {
        panic!("an answer of its kind")
    };
    assert_eq!(answer.responses[0].partitions[0].high_watermark, 1);
}
