//! Random histories of one log against a list of batches.

use alloc::vec::Vec;

use bytes::Bytes;

use crate::config::FlushPolicy;
use crate::event::LogStartCause;
use crate::log::batch::parse_whole;
use crate::log::testing::{Harness, Spec};
use crate::log::{Kept, Log, LogEvent, Lookup, Opening, Read, Verdict, inspect};
use crate::rng::Rng;
use crate::types::Offset;

/// What a log should hold: its batches with their final bytes.
#[derive(Clone, Debug)]
struct Batch {
    base_offset: Offset,
    last_offset: Offset,
    bytes: Bytes,
    timestamps: Vec<i64>,
    producer: (i64, i32),
}

#[derive(Debug)]
struct Model {
    batches: Vec<Batch>,
    log_start_offset: Offset,
    log_end_offset: Offset,
    /// Next sequence of each producer.
    sequences: [i32; 3],
    last_timestamp: i64,
}

struct World {
    h: Harness,
    log: Log,
    model: Model,
    rng: Rng,
    /// As the node would have it from its checkpoint file.
    recovery_point: Option<Offset>,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let mut h = Harness::new();
        h.topic.segment_bytes = 300 + i32::try_from(rng.below(2000)).expect("small");
        h.topic.index_interval_bytes = i32::try_from(rng.below(400)).expect("small");
        h.topic.retention_ms = 4000;
        h.topic.segment_ms = 1 << 40;
        h.config.read_chunk_bytes = 100 + u32::try_from(rng.below(900)).expect("small");
        if rng.below(2) == 0 {
            h.topic.flush_policy = FlushPolicy::Written;
        }
        let log = h.create();
        let model = Model {
            batches: Vec::new(),
            log_start_offset: 0,
            log_end_offset: 0,
            sequences: [0; 3],
            last_timestamp: h.now.wall_ms,
        };
        Self { h, log, model, rng, recovery_point: None }
    }

    fn below(&mut self, bound: u64) -> i64 {
        self.rng.below(bound).cast_signed()
    }

    fn act(&mut self) {
        match self.below(100) {
            0..45 => self.append(),
            45..65 => self.step(),
            65..75 => self.read(),
            75..78 => self.look_up(),
            78..82 => self.forget(),
            82..84 => self.retain(),
            84..86 => self.delete_records(),
            86..90 => {
                self.settle();
            }
            90..94 => self.recovery_point = Some(self.log.recovery_point()),
            94..96 => self.stop_and_start(),
            96..98 => self.crash(false),
            _ => self.crash(true),
        }
    }

    fn append(&mut self) {
        let count = 1 + self.below(4);
        let mut timestamps = Vec::new();
        for _ in 0..count {
            self.model.last_timestamp += self.below(30) - 5;
            timestamps.push(self.model.last_timestamp);
        }
        let value = alloc::vec![u8::try_from(self.below(256)).expect("a byte"); self.rng.below(120) as usize];
        let id = self.below(3);
        let producer = usize::try_from(id).expect("small");
        let sequence = self.model.sequences[producer];
        let count = i32::try_from(count).expect("small");
        let base_offset = self.model.log_end_offset;
        let spec = Spec::new(count).timestamps(&timestamps).value(value).producer(id, 0, sequence);
        let bytes = spec.clone().base_offset(base_offset).leader_epoch(0).build();
        let appended = self.h.append(&mut self.log, spec);
        assert_eq!(appended.base_offset, base_offset);
        self.model.sequences[producer] += count;
        self.model.log_end_offset = appended.last_offset + 1;
        let last_offset = appended.last_offset;
        self.model.batches.push(Batch {
            base_offset,
            last_offset,
            bytes,
            timestamps,
            producer: (id, sequence),
        });
    }

    fn step(&mut self) {
        for _ in 0..1 + self.below(4) {
            if !self.h.pending.is_empty() {
                let events = self.h.step(&mut self.log);
                assert!(events.iter().all(|event| matches!(event, LogEvent::StableEnd | LogEvent::Readable)));
            }
        }
    }

    fn settle(&mut self) -> Vec<LogEvent> {
        self.h.settle(&mut self.log)
    }

    fn forget(&mut self) {
        let through = self.model.log_start_offset + self.below(1 + self.model.log_end_offset as u64);
        self.log.evict(Kept::Batch(through));
    }

    fn read(&mut self) {
        let (start, end) = (self.model.log_start_offset, self.model.log_end_offset);
        let offset = start + self.below((end - start + 1) as u64);
        // The bound lies between batches, as a high watermark does.
        let batch = self.model.batches.iter().rev().nth(self.rng.below(3) as usize);
        let upper = batch.map_or(end, |batch| batch.base_offset).max(start);
        let max_bytes = self.rng.below(700) as usize;
        let limit = u32::try_from(max_bytes).expect("small");
        let read = loop {
            match self.h.with_cx(|cx| self.log.read(cx, offset, upper, limit, true)) {
                Read::Pending => assert!(self.settle().contains(&LogEvent::Readable)),
                read => break read,
            }
        };
        let Read::Records { records, next_offset, bytes } = read else { panic!("{read:?} at {offset}") };
        let found = records.to_bytes();
        assert_eq!(found.len(), bytes);
        let expected: Vec<&Batch> = self
            .model
            .batches
            .iter()
            .filter(|batch| batch.last_offset >= offset && batch.last_offset < upper)
            .collect();
        assert_eq!(found.is_empty(), expected.is_empty(), "at {offset} below {upper}");
        let (mut at, mut next) = (0, offset);
        for batch in expected {
            if at == found.len() {
                break;
            }
            assert_eq!(found[at..at + batch.bytes.len()], batch.bytes[..], "at {offset}");
            at += batch.bytes.len();
            next = batch.last_offset + 1;
            assert!(at <= max_bytes || at == batch.bytes.len(), "more than asked for");
        }
        assert_eq!((at, next_offset), (found.len(), next));
    }

    fn look_up(&mut self) {
        let target = self.model.last_timestamp - self.below(600);
        let upper = self.model.log_end_offset;
        let records =
            self.model.batches.iter().flat_map(|batch| batch.timestamps.iter().zip(batch.base_offset..));
        let start = self.model.log_start_offset;
        let expected = records
            .filter(|(_, offset)| *offset >= start)
            .find(|(timestamp, _)| **timestamp >= target)
            .map_or(Lookup::NotFound, |(timestamp, offset)| Lookup::Found {
                timestamp: *timestamp,
                offset,
                leader_epoch: 0,
            });
        let found = loop {
            match self.h.with_cx(|cx| self.log.offset_for_timestamp(cx, target, upper)) {
                Lookup::Pending => assert!(self.settle().contains(&LogEvent::Readable)),
                found => break found,
            }
        };
        assert_eq!(found, expected, "first record since {target}");
    }

    fn raise_model_start(&mut self) {
        let start = self.log.log_start_offset();
        assert!(start >= self.model.log_start_offset);
        self.model.log_start_offset = start;
        self.model.batches.retain(|batch| batch.last_offset >= start);
    }

    fn retain(&mut self) {
        self.h.now.wall_ms = self.model.last_timestamp + self.below(6000);
        let high_watermark = self.h.with_cx(|cx| self.log.stable_end(cx.config));
        self.h.with_cx(|cx| self.log.apply_retention(cx, high_watermark.max(self.log.log_start_offset())));
        assert!(self.log.log_start_offset() <= high_watermark.max(self.model.log_start_offset));
        self.raise_model_start();
    }

    fn delete_records(&mut self) {
        let stable = self.h.with_cx(|cx| self.log.stable_end(cx.config));
        let start = self.model.log_start_offset;
        if stable > start {
            let offset = start + 1 + self.below((stable - start) as u64);
            self.h.with_cx(|cx| self.log.raise_log_start(cx, offset, LogStartCause::Request));
            self.raise_model_start();
        }
    }

    fn stop_and_start(&mut self) {
        self.h.with_cx(|cx| self.log.close(cx));
        assert!(self.settle().contains(&LogEvent::Closed));
        self.h.crash();
        self.reopen(true, self.model.log_end_offset);
        self.recovery_point = Some(self.log.recovery_point());
    }

    fn crash(&mut self, power: bool) {
        for _ in 0..self.below(6) {
            self.step();
        }
        let stable_end = self.h.with_cx(|cx| self.log.stable_end(cx.config));
        let held = match (power, self.h.topic.flush_policy) {
            (true, FlushPolicy::Written) => self.log.recovery_point(),
            _ => stable_end,
        };
        self.h.crash();
        if power {
            let rng = &mut self.rng;
            self.h.disk.lose_power(|most| rng.below(most as u64 + 1) as usize);
        }
        self.reopen(false, held);
    }

    /// Loads the log again: it holds a prefix of what it held, with at least everything below `held`.
    fn reopen(&mut self, clean: bool, held: Offset) {
        let log_start_offset = Some(self.model.log_start_offset);
        let opening =
            Opening { clean, recovery_point: self.recovery_point, log_start_offset, ..Opening::default() };
        self.log = self.h.open(opening);
        let end = self.log.log_end_offset();
        assert!((held..=self.model.log_end_offset).contains(&end), "{held} <= {end}");
        assert_eq!(self.log.log_start_offset(), self.model.log_start_offset);
        let boundary = self.model.batches.iter().any(|batch| batch.last_offset + 1 == end);
        assert!(
            boundary || end == self.model.log_start_offset.max(held) || end == held,
            "ends within a batch"
        );
        self.model.batches.retain(|batch| batch.last_offset < end);
        self.model.log_end_offset = end;
        for (id, batch) in self.newest_batches() {
            let producer = usize::try_from(id).expect("small");
            let (count, base_offset, last_offset) =
                (batch.timestamps.len(), batch.base_offset, batch.last_offset);
            let (sequence, timestamp) = (batch.producer.1, batch.timestamps.iter().copied().max());
            self.model.sequences[producer] = sequence + i32::try_from(count).expect("small");
            let spec = Spec::new(i32::try_from(count).expect("small")).producer(id, 0, sequence);
            let header = parse_whole(&spec.build()).expect("well formed");
            let verdict = self.h.with_cx(|cx| self.log.producers().check(cx, &header));
            let timestamp = timestamp.expect("not empty");
            assert_eq!(verdict, Verdict::Duplicate { base_offset, last_offset, timestamp });
        }
        for producer in 0..3i64 {
            if !self.newest_batches().iter().any(|(id, _)| *id == producer) {
                // Its records are gone by retention; what is left of it is in the snapshots.
                let known = self.log.producers().iter().find(|(id, _)| *id == producer);
                let index = usize::try_from(producer).expect("small");
                self.model.sequences[index] = known.map_or(0, |(_, state)| state.last_sequence() + 1);
            }
        }
    }

    fn newest_batches(&self) -> Vec<(i64, Batch)> {
        let newest = |id| self.model.batches.iter().rev().find(|batch| batch.producer.0 == id);
        (0..3).filter_map(|id| newest(id).map(|batch| (id, batch.clone()))).collect()
    }

    /// Everything is read once more, and the files say the same as the memory.
    fn finish(mut self) {
        self.settle();
        for _ in 0..10 {
            self.read();
            self.look_up();
        }
        assert_eq!(self.log.recovery_point() == self.model.log_end_offset, {
            self.h.topic.flush_policy == FlushPolicy::Synced
                || self.log.recovery_point() == self.model.log_end_offset
        });
        let name = alloc::format!("{:020}.log", self.log.active_segment().base);
        let file = Bytes::copy_from_slice(self.h.disk.content(&name));
        assert!(inspect::batches(file).all(|row| row.is_ok_and(|row| row.is_valid)));
        let size: u64 = self.log.segments.iter().map(|segment| segment.size).sum();
        assert_eq!(size, self.log.size_bytes());
    }
}

/// Goal: whatever happens in whatever order, a log holds what was appended to it: after a crash a prefix with
/// everything that counted as held, else all of it; reads, lookups and duplicates agree with a plain list.
/// Method: random histories with bounds drawn small.
#[test]
fn random_histories_agree_with_a_list_of_batches() {
    for seed in 0..200 {
        let mut world = World::new(seed);
        for _ in 0..150 {
            world.act();
        }
        world.finish();
    }
}
