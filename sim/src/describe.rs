//! Inputs and effects in words, one line each, for traces.

use klamm_core::disk::{DiskError, DiskOp, DiskStep};
use klamm_core::edge::{Channel, Effect, Input};
use klamm_core::event::Event;
use klamm_core::types::TopicPartition;

/// An input in words.
pub(crate) fn input(input: &Input) -> String {
    match input {
        Input::Start => "starts".to_owned(),
        Input::Opened(id, _) => format!("c{} opened", id.0),
        Input::Request(id, request) => {
            let header = &request.header;
            format!(
                "c{} asks {} v{} #{} ({})",
                id.0,
                header.api_key.name(),
                header.api_version,
                header.correlation_id,
                header.client_id.as_deref().unwrap_or("nobody")
            )
        }
        Input::Closed(id) => format!("c{} closed", id.0),
        Input::Answered(channel, id, response) => {
            format!("{} is answered {} #{id}", self::channel(channel), response.api_key().name())
        }
        Input::Disconnected(channel, through) => {
            format!("{} is cut, up to #{through}", self::channel(channel))
        }
        Input::Disk(op, Ok(_)) => format!("done: {:?}", op.owner),
        Input::Disk(op, Err(DiskError { step, kind })) => {
            format!("FAILED at step {step} with {kind:?}: {}", disk(op))
        }
        Input::Job(job, _) => format!("computed: {job:?}"),
        Input::Wake => "wakes".to_owned(),
        Input::Shutdown => "is asked to stop".to_owned(),
    }
}

/// An effect in words.
pub(crate) fn effect(effect: &Effect) -> String {
    match effect {
        Effect::Reply(id, reply) => {
            let key = reply.api_key.name();
            let silence = if reply.body.is_none() { " with silence" } else { "" };
            format!("c{} is answered {key} #{}{silence}{}", id.0, reply.correlation_id, errors(reply))
        }
        Effect::Close(id, reason) => format!("closes c{}: {reason:?}", id.0),
        Effect::Send(channel, _, request) => {
            let header = &request.header;
            format!("asks {} {} #{}", self::channel(channel), header.api_key.name(), header.correlation_id)
        }
        Effect::Disconnect(channel) => format!("gives up {}", self::channel(channel)),
        Effect::Disk(op) => format!("disk: {}", disk(op)),
        Effect::Job(_) => "computes".to_owned(),
        Effect::Observe(event) => format!("{event:?}"),
        Effect::Halt(reason) => format!("halts: {reason:?}"),
    }
}

/// An observation in words, if it is about what a node or a replica has become. `None` for what happens all the time.
pub(crate) fn change(event: &Event) -> Option<String> {
    Some(match event {
        Event::Starting { clean: true } => "begins to load, after an orderly stop".to_owned(),
        Event::Starting { clean: false } => "begins to load and recovers".to_owned(),
        Event::Ready => "serves".to_owned(),
        Event::LogLoaded { log_start_offset, log_end_offset, .. } => {
            format!("is loaded: [{log_start_offset}, {log_end_offset})")
        }
        Event::TornTail { bytes, .. } => format!("has a torn tail of {bytes} bytes"),
        Event::LogTruncated { from, to, .. } => format!("is cut from {from} to {to}"),
        Event::LogStartMoved { log_start_offset, cause, .. } => {
            format!("begins at {log_start_offset} ({cause:?})")
        }
        Event::LeaderElected { .. } => "leads".to_owned(),
        Event::FollowerOf { leader: Some(leader), .. } => format!("follows {leader}"),
        Event::FollowerOf { leader: None, .. } => "has no leader".to_owned(),
        Event::HighWatermark { .. }
        | Event::SegmentRolled { .. }
        | Event::RequestFailed { .. }
        | Event::MetadataSnapshot { .. } => return None,
        other => format!("{other:?}"),
    })
}

/// The partition an observation is about.
pub(crate) fn partition_of(event: &Event) -> Option<&TopicPartition> {
    match event {
        Event::LogLoaded { partition, .. }
        | Event::TornTail { partition, .. }
        | Event::LogTruncated { partition, .. }
        | Event::LogStartMoved { partition, .. }
        | Event::LeaderElected { partition, .. }
        | Event::FollowerOf { partition, .. } => Some(partition),
        _ => None,
    }
}

fn channel(channel: &Channel) -> String {
    format!("n{} ({:?})", channel.node, channel.purpose)
}

/// The error codes in a produce or fetch answer, which is what one looks for first.
fn errors(reply: &klamm_core::edge::Reply) -> String {
    use klamm_wire::messages::Response;
    let codes: Vec<String> = match &reply.body {
        Some(Response::Produce(answer)) => answer
            .responses
            .iter()
            .flat_map(|topic| &topic.partition_responses)
            .map(|data| format!("{}@{}:{}", data.index, data.base_offset, data.error_code.name()))
            .collect(),
        Some(Response::Fetch(answer)) => answer
            .responses
            .iter()
            .flat_map(|topic| &topic.partitions)
            .filter(|data| data.error_code.is_error())
            .map(|data| format!("{}:{}", data.partition_index, data.error_code.name()))
            .collect(),
        Some(Response::InitProducerId(answer)) => vec![answer.error_code.name().to_owned()],
        Some(Response::CreateTopics(answer)) => {
            answer.topics.iter().map(|topic| topic.error_code.name().to_owned()).collect()
        }
        Some(Response::FindCoordinator(answer)) => vec![answer.error_code.name().to_owned()],
        Some(Response::OffsetCommit(answer)) => answer
            .topics
            .iter()
            .flat_map(|topic| &topic.partitions)
            .map(|data| data.error_code.name().to_owned())
            .collect(),
        _ => Vec::new(),
    };
    if codes.is_empty() { String::new() } else { format!(" [{}]", codes.join(" ")) }
}

fn disk(op: &DiskOp) -> String {
    let steps: Vec<String> = op.steps.iter().map(step).collect();
    format!("{:?}: {}", op.owner, steps.join("; "))
}

fn step(step: &DiskStep) -> String {
    match step {
        DiskStep::List { path } => format!("list {path:?}"),
        DiskStep::CreateDir { path } => format!("mkdir {path:?}"),
        DiskStep::Read { path, position, length } => format!("read {path:?} at {position} up to {length}"),
        DiskStep::Write { path, position, data } => {
            let bytes: usize = data.iter().map(bytes::Bytes::len).sum();
            format!("write {path:?} at {position}, {bytes} bytes")
        }
        DiskStep::Truncate { path, length } => format!("truncate {path:?} to {length}"),
        DiskStep::Sync { path } => format!("sync {path:?}"),
        DiskStep::SyncDir { path } => format!("sync directory {path:?}"),
        DiskStep::Rename { from, to } => format!("rename {from:?} to {to:?}"),
        DiskStep::Remove { path } => format!("remove {path:?}"),
        DiskStep::RemoveDir { path } => format!("remove directory {path:?}"),
    }
}
