//! Machines and their processes: starting, stopping, feeding inputs, performing effects.

use klamm_core::disk::{LogOp, Owner};
use klamm_core::edge::{CloseReason, Effect, Input};
use klamm_core::event::Reason;
use klamm_core::job::Job;
use klamm_core::node::Node;
use klamm_core::types::OFFSETS_TOPIC;
use klamm_wire::messages::Response;

use super::machine::Process;
use super::{Event, World, panics};
use crate::checkers::Check;
use crate::clock::Time;
use crate::coverage::Point;
use crate::disk::StepToken;
use crate::network::{Direction, NodeId, Packet, Stamp};
use crate::trace::Detail;

/// A node that is woken more often within a millisecond, and does nothing, does not let time go on.
const IDLE_WAKES_MAX: u32 = 1_000;

impl World {
    /// Starts a machine's process, if it has none and may have one.
    pub(crate) fn start(&mut self, index: NodeId) {
        let now = self.now();
        let machine = &mut self.machines[index];
        if machine.process.is_some() || machine.held_down {
            return;
        }
        machine.life += 1;
        machine.has_power = true;
        machine.paused_until = None;
        machine.busy_until = now;
        machine.clock.restart(now, &mut machine.random);
        let (config, seed) = (machine.config.clone(), machine.random.bits());
        machine.process = Some(Process::new(Node::new(config, seed)));
        self.ledger.starts += 1;
        self.ledger.lives.insert(index, machine.life);
        self.tell_of(index, || "starts".to_owned());
        self.call(index, Input::Start);
    }

    /// Gives a node an input, now or as soon as it can take one.
    pub(crate) fn feed(&mut self, index: NodeId, input: Input) {
        let now = self.now();
        let machine = &mut self.machines[index];
        let held = machine.is_held(now);
        let Some(process) = &mut machine.process else { return };
        if held || !process.inbox.is_empty() {
            process.inbox.push_back(input);
            self.plan_drain(index);
        } else {
            self.call(index, input);
        }
    }

    /// Plans to hand over what waits, once the machine is free.
    fn plan_drain(&mut self, index: NodeId) {
        let now = self.now();
        let machine = &mut self.machines[index];
        let at = machine.busy_until.max(machine.paused_until.unwrap_or_default()).max(now);
        let life = machine.life;
        let Some(process) = &mut machine.process else { return };
        if !process.drain_planned {
            process.drain_planned = true;
            self.push(at, Event::Drain(index, life));
        }
    }

    pub(super) fn on_drain(&mut self, index: NodeId, life: u32) {
        let now = self.now();
        let machine = &mut self.machines[index];
        let held = machine.is_held(now);
        if machine.life != life {
            return;
        }
        let Some(process) = &mut machine.process else { return };
        process.drain_planned = false;
        if !held && let Some(input) = process.inbox.pop_front() {
            self.call(index, input);
        }
        if self.machines[index].process.as_ref().is_some_and(|process| !process.inbox.is_empty()) {
            self.plan_drain(index);
        }
    }

    fn call(&mut self, index: NodeId, input: Input) {
        let time = self.now();
        let machine = &mut self.machines[index];
        let now = machine.clock.read(time);
        let Some(process) = &mut machine.process else { return };
        if machine.slowness > 0 {
            machine.busy_until = time.after_nanos(machine.slowness);
        }
        let mut effects = core::mem::take(&mut self.effects);
        self.hash.feed(&(time, index as u32, now));
        self.hash.feed(&input);
        if let Some(trace) = self.trace.as_mut().filter(|trace| trace.detail == Detail::All) {
            trace.line(time, Some(index), format!("<- {}", crate::describe::input(&input)));
        }
        match &input {
            Input::Request(id, request) => {
                process.outstanding.asked(time, *id, request.header.correlation_id);
            }
            Input::Opened(id, _) => process.outstanding.opened(*id),
            Input::Closed(id) => process.outstanding.closed(*id),
            Input::Wake => process.armed = None,
            Input::Shutdown => process.stopping = true,
            Input::Start
            | Input::Answered(..)
            | Input::Disconnected(..)
            | Input::Disk(..)
            | Input::Job(..) => {}
        }
        let is_wake = input == Input::Wake;
        let outcome = panics::catch(|| process.node.handle(now, input, &mut effects));
        if is_wake && effects.is_empty() {
            let (since, times) = process.idle_wakes;
            process.idle_wakes = if time <= since.after_ms(1) { (since, times + 1) } else { (time, 1) };
            if times >= IDLE_WAKES_MAX {
                let sentence = format!("was woken {times} times within a millisecond, and did nothing");
                self.ledger.violate(Check::Live, time, format!("node {index}"), sentence);
                if std::env::var_os("SPIN").is_some() {
                    let t = format!("{:?}", process.node);
                    let i = t.find("timers: ").unwrap();
                    eprintln!("{} now {:?}", &t[i..i + 1500], now);
                }
            }
        }
        if let Err(message) = outcome {
            self.tell_of(index, || format!("panics: {message}"));
            self.ledger.violate(Check::Crash, time, format!("node {index}"), format!("panics: {message}"));
            effects.clear();
        }
        for effect in effects.drain(..) {
            self.perform(index, effect);
        }
        self.effects = effects;
        self.rearm(index);
    }

    /// Makes sure that the queue wakes a node at its deadline.
    fn rearm(&mut self, index: NodeId) {
        let now = self.now();
        let machine = &mut self.machines[index];
        let life = machine.life;
        let Some(process) = &mut machine.process else { return };
        let Some(deadline) = process.node.next_deadline() else { return };
        let at = machine.clock.reaches(deadline).max(now);
        if process.armed.is_none_or(|armed| armed > at) {
            process.armed = Some(at);
            self.push(at, Event::Wake(index, life));
        }
    }

    pub(super) fn on_wake(&mut self, index: NodeId, life: u32) {
        let now = self.now();
        let machine = &mut self.machines[index];
        if machine.life != life {
            return;
        }
        let Some(process) = &mut machine.process else { return };
        if process.armed != Some(now) {
            return;
        }
        process.armed = None;
        // The deadline may have moved meanwhile.
        let due = process.node.next_deadline().is_some_and(|deadline| machine.clock.reaches(deadline) <= now);
        if due {
            self.feed(index, Input::Wake);
        } else {
            self.rearm(index);
        }
    }

    pub(super) fn on_disk(&mut self, index: NodeId, token: StepToken) {
        let now = self.now();
        let mut due = core::mem::take(&mut self.due);
        let answer = self.machines[index].disk.finish_step(now, token, &mut due);
        self.push_due(index, due);
        if let Some((op, result)) = answer {
            if result.is_ok() {
                self.replicas.on_done(index, &op);
            }
            self.feed(index, Input::Disk(op, result));
        }
    }

    fn push_due(&mut self, index: NodeId, mut due: crate::disk::Due) {
        for (time, token) in due.drain(..) {
            self.push(time, Event::Disk(index, token));
        }
        self.due = due;
    }

    pub(super) fn on_job(&mut self, index: NodeId, life: u32, job: &Job) {
        if self.machines[index].life == life && self.machines[index].is_running() {
            let done = job.run();
            self.feed(index, Input::Job(job.clone(), done));
        }
    }

    pub(super) fn perform(&mut self, index: NodeId, effect: Effect) {
        let now = self.now();
        self.hash.feed(&effect);
        if let Some(trace) = self.trace.as_mut().filter(|trace| trace.detail == Detail::All) {
            trace.line(now, Some(index), format!("-> {}", crate::describe::effect(&effect)));
        }
        match effect {
            Effect::Disk(op) => {
                if matches!(op.owner, Owner::Log(_, LogOp::Read { .. })) {
                    self.hit(Point::ColdRead);
                }
                self.replicas.on_submitted(index, &op, &self.ledger);
                let mut due = core::mem::take(&mut self.due);
                self.machines[index].disk.submit(now, op, &mut due);
                self.push_due(index, due);
            }
            Effect::Reply(id, reply) => {
                let Some(process) = &mut self.machines[index].process else { return };
                if process.outstanding.answered(&mut self.ledger, now, id, &reply) {
                    self.send_reply(index, id, reply);
                }
            }
            Effect::Close(id, reason) => {
                let Some(process) = &mut self.machines[index].process else { return };
                process.outstanding.closed(id);
                if reason == CloseReason::Idle {
                    self.hit(Point::IdleClosed);
                }
                self.close_from_node(id);
            }
            Effect::Send(channel, address, request) => self.send_to_peer(index, channel, address, request),
            Effect::Disconnect(channel) => self.disconnect_peer(index, channel),
            Effect::Job(job) => {
                let machine = &mut self.machines[index];
                let at = now.after_nanos(machine.random.between(20_000, 2_000_000));
                let life = machine.life;
                self.push(at, Event::Job(index, life, Box::new(job)));
            }
            Effect::Observe(event) => self.observe(index, &event),
            Effect::Halt(reason) => self.halted(index, &reason),
        }
    }

    /// A process has ended by itself.
    fn halted(&mut self, index: NodeId, reason: &Reason) {
        let now = self.now();
        self.tell_of(index, || format!("halts: {reason:?}"));
        match reason {
            Reason::Shutdown => self.hit(Point::OrderlyStop),
            Reason::LogDirFailed { .. } => self.hit(Point::LogDirFailed),
            Reason::Refused(sentence) => {
                self.hit(Point::Refused);
                self.machines[index].refusals += 1;
                if !self.ledger.damaged {
                    let object = format!("node {index}");
                    self.ledger.violate(Check::Crash, now, object, format!("refuses to start: {sentence}"));
                }
            }
        }
        if *reason != Reason::Shutdown {
            self.replicas.on_fallen(index);
        }
        self.end_process(index, true);
        let machine = &mut self.machines[index];
        // A damaged directory stays damaged: nobody starts the node over and over.
        if machine.refusals < 3 {
            let wait = machine.random.between(10, 500);
            self.push(now.after_ms(wait), Event::Start(index));
        }
    }

    /// Kills the process; the page cache stays.
    pub(crate) fn crash(&mut self, index: NodeId) {
        let Some(process) = &self.machines[index].process else { return };
        let point = if process.ready { Point::Crash } else { Point::CrashInRecovery };
        self.hit(Point::Crash);
        self.hit(point);
        self.tell_of(index, || "is killed".to_owned());
        self.replicas.on_fallen(index);
        self.end_process(index, true);
    }

    /// Cuts the power of a machine.
    pub(crate) fn lose_power(&mut self, index: NodeId) {
        let machine = &mut self.machines[index];
        let recovering = machine.process.as_ref().is_some_and(|process| !process.ready);
        let before = machine.disk.counters();
        self.replicas.on_fallen(index);
        self.end_process(index, false);
        let machine = &mut self.machines[index];
        machine.has_power = false;
        machine.disk.lose_power();
        let after = machine.disk.counters();
        self.replicas.on_power_lost(index);
        self.tell_of(index, || {
            format!(
                "loses power: {} files torn, {} names undone",
                after.torn_files - before.torn_files,
                after.names_undone - before.names_undone
            )
        });
        self.hit(Point::PowerLoss);
        if recovering {
            self.hit(Point::PowerLossInRecovery);
        }
        let coverage = &mut self.ledger.coverage;
        coverage.add(Point::UnsyncedLoss, after.unsynced_losses - before.unsynced_losses);
        coverage.add(Point::TornFile, after.torn_files - before.torn_files);
        coverage.add(Point::NameUndone, after.names_undone - before.names_undone);
    }

    /// Ends a process, if there is one. With `told`, its connections are reset by its kernel; otherwise the
    /// other ends learn nothing until they ask.
    fn end_process(&mut self, index: NodeId, told: bool) {
        let machine = &mut self.machines[index];
        if machine.process.take().is_none() {
            return;
        }
        machine.disk.crash();
        machine.paused_until = None;
        self.replicas.on_process_gone(index);
        self.drop_connections_of(index, told);
    }

    /// Lets a process stand still.
    pub(crate) fn pause(&mut self, index: NodeId, until: Time) {
        self.hit(Point::Pause);
        self.machines[index].paused_until = Some(until);
        self.push(until, Event::Resume(index));
    }

    pub(super) fn resume(&mut self, index: NodeId) {
        let now = self.now();
        let machine = &mut self.machines[index];
        if machine.paused_until.is_some_and(|until| until <= now) {
            machine.paused_until = None;
            self.plan_drain(index);
        }
    }

    /// Asks a process to stop in good order.
    pub(crate) fn shut_down(&mut self, index: NodeId) {
        let stopping = self.machines[index].process.as_ref().is_none_or(|process| process.stopping);
        if !stopping {
            self.tell_of(index, || "is asked to stop".to_owned());
            self.feed(index, Input::Shutdown);
        }
    }

    /// What packets of nodes say about the moment they are sent.
    pub(super) fn stamp(&self, node: NodeId) -> Stamp {
        Stamp { node, moment: self.ledger.moment, ..Stamp::default() }
    }

    /// Sends a reply to whoever asked.
    fn send_reply(&mut self, node: NodeId, id: klamm_core::edge::ConnId, reply: klamm_core::edge::Reply) {
        if reply.body.is_none() {
            return;
        }
        let connection = self.network.of_node(id);
        let mut stamp = self.stamp(node);
        match &reply.body {
            Some(Response::Produce(answer)) => stamp.epochs = self.epochs_of(node, answer),
            Some(Response::OffsetCommit(_) | Response::OffsetFetch(_)) => {
                stamp.standing = self.replicas.standing(node, OFFSETS_TOPIC);
            }
            _ => {}
        }
        let packet = if self.network.config.encode {
            let (key, version) = (reply.api_key, reply.api_version);
            match panics::catch(|| klamm_core::edge::encode_reply(&reply)) {
                Ok(Some(segments)) => Packet::ReplyFrame(key, version, segments.to_bytes().slice(4..)),
                Ok(None) => return,
                Err(message) => {
                    let object = format!("{key:?} version {version}");
                    return self.ledger.violate(Check::Crash, self.now(), object, message);
                }
            }
        } else {
            Packet::Reply(Box::new(reply))
        };
        self.transmit(connection, Direction::Down, packet, stamp);
    }
}
