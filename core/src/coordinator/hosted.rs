//! A machine on the node that leads its partition.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use klamm_wire::ErrorCode;

use crate::connection::Ticket;
use crate::coordinator::Machine;
use crate::cx::Cx;
use crate::types::Offset;

/// A written copy for writes to build on, a committed one for reads, and what lies between.
///
/// - Every record is applied to the written copy when it is appended and to the committed copy when the high
///   watermark passes it, in the same order.
/// - An answer leaves only when everything its decision could see is committed.
/// - Resigning drops the written copy and the soft state: the log decides what was true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hosted<M: Machine> {
    written: M,
    committed: M,
    /// Parked requests and deadlines of the leader.
    pub(crate) soft: M::Soft,
    pending: VecDeque<Pending<M>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Pending<M: Machine> {
    /// Committed once the high watermark has reached this offset.
    end: Offset,
    records: Vec<(Offset, M::Record)>,
    answers: Vec<(Ticket, M::Answer)>,
}

/// What a decision asks the node to do next.
pub(crate) enum Submitted<M: Machine> {
    /// Append these records as one batch, then call [`Hosted::appended`].
    Append(Vec<M::Record>, Vec<(Ticket, M::Answer)>),
    /// Nothing to write, and nothing that was read is uncommitted: answer now.
    Answers(Vec<(Ticket, M::Answer)>),
    /// Nothing to write; the answers wait for what was written before.
    Waiting,
}

/// What the high watermark has made true.
pub(crate) struct Committed<M: Machine> {
    pub(crate) records: Vec<(Offset, M::Record)>,
    pub(crate) answers: Vec<(Ticket, M::Answer)>,
}

impl<M: Machine> Hosted<M> {
    /// Hosts a machine whose whole log is applied and committed.
    pub(crate) fn new(machine: M) -> Self {
        let soft = M::Soft::default();
        Self { written: machine.clone(), committed: machine, soft, pending: VecDeque::new() }
    }

    /// The state that reads may see.
    pub(crate) fn committed(&self) -> &M {
        &self.committed
    }

    /// The state that the next decision builds on.
    pub(crate) fn written(&self) -> &M {
        &self.written
    }

    /// Lets the machine decide a command.
    ///
    /// # Errors
    /// The machine's refusal; the ticket is answered with it at once.
    pub(crate) fn submit(
        &mut self,
        cx: &mut Cx<'_>,
        ticket: Option<Ticket>,
        command: M::Command,
    ) -> Result<Submitted<M>, ErrorCode> {
        let decision = self.written.decide(&mut self.soft, cx, ticket, command)?;
        if !decision.records.is_empty() {
            return Ok(Submitted::Append(decision.records, decision.answers));
        }
        match self.pending.back_mut() {
            Some(last) => {
                last.answers.extend(decision.answers);
                Ok(Submitted::Waiting)
            }
            None => Ok(Submitted::Answers(decision.answers)),
        }
    }

    /// The records of a decision were appended at `base_offset` and the following offsets.
    pub(crate) fn appended(
        &mut self,
        base_offset: Offset,
        records: Vec<M::Record>,
        answers: Vec<(Ticket, M::Answer)>,
    ) {
        assert!(!records.is_empty(), "an append has records");
        let records: Vec<_> = (base_offset..).zip(records).collect();
        for (offset, record) in &records {
            self.written.apply(*offset, record);
        }
        let end = base_offset + i64::try_from(records.len()).expect("a batch is small");
        if let Some(last) = self.pending.back() {
            assert!(last.end <= base_offset, "offsets grow");
        }
        self.pending.push_back(Pending { end, records, answers });
    }

    /// Answers that have not left yet, for [`Flaw::DeposedControllerWrites`](crate::flaw::Flaw).
    pub(crate) fn take_answers(&mut self) -> Vec<(Ticket, M::Answer)> {
        self.pending.iter_mut().flat_map(|pending| core::mem::take(&mut pending.answers)).collect()
    }

    /// Applies what lies below the high watermark to the committed copy.
    pub(crate) fn commit(&mut self, high_watermark: Offset) -> Committed<M> {
        let mut committed = Committed { records: Vec::new(), answers: Vec::new() };
        while self.pending.front().is_some_and(|pending| pending.end <= high_watermark) {
            let pending = self.pending.pop_front().expect("it was just looked at");
            for (offset, record) in &pending.records {
                self.committed.apply(*offset, record);
            }
            committed.records.extend(pending.records);
            committed.answers.extend(pending.answers);
        }
        committed
    }

    /// Every answer that has not left, and may never become true; for a leader that resigns.
    pub(crate) fn resign(&mut self) -> Vec<(Ticket, M::Answer)> {
        let pending = core::mem::take(&mut self.pending);
        self.written = self.committed.clone();
        self.soft = M::Soft::default();
        pending.into_iter().flat_map(|pending| pending.answers).collect()
    }
}
