//! The active controller of a node: it decides while the quorum is led from here.

use klamm_wire::messages::Response;

use crate::connection::Ticket;
use crate::controller::{Answer, Command, Controller};
use crate::coordinator::Hosted;
use crate::edge::{Address, CloseReason, Effects, Purpose};
use crate::image::MetadataImage;
use crate::node::Node;
use crate::time::Now;
use crate::types::{BrokerId, METADATA_PARTITION};

impl Node {
    /// Whether this node decides what happens to the metadata.
    pub(crate) fn is_active_controller(&self) -> bool {
        self.metadata.hosted.is_some()
    }

    /// The active controller as far as this node knows, and where it is.
    pub(crate) fn controller_address(&self) -> Option<(BrokerId, Address)> {
        let me = self.env.config.node_id;
        match self.metadata.quorum.leader() {
            // Nobody dials itself.
            (Some(leader), _) if leader == me => {
                let address = Address { host: "localhost".into(), port: 0 };
                self.is_active_controller().then_some((me, address))
            }
            (Some(leader), _) => Some((leader, self.metadata.quorum.leader_address()?.clone())),
            (None, _) => None,
        }
    }

    /// The quorum is led from here, in an epoch of its own.
    pub(crate) fn begin_controller(&mut self, now: Now, fx: &mut Effects) {
        self.metadata.is_activating = true;
        self.maybe_host_controller(now, fx);
    }

    /// Lets the controller decide, once the image holds everything that was decided before.
    pub(crate) fn maybe_host_controller(&mut self, now: Now, fx: &mut Effects) {
        let is_caught_up = self.metadata.next() >= self.metadata.quorum.high_watermark();
        if !self.metadata.is_activating || !is_caught_up {
            return;
        }
        self.metadata.is_activating = false;
        let machine = Controller::new(MetadataImage::clone(&self.env.image));
        self.metadata.hosted = Some(Hosted::new(machine));
        let submitted = self.submit_controller(now, fx, None, Command::Activate);
        assert_eq!(submitted, Ok(()), "a controller can begin");
        self.on_controller_changed(now, fx);
    }

    /// Another node leads the quorum, or nobody: what was decided here and is not committed may never be, and who
    /// waits for it asks the next controller.
    pub(crate) fn end_controller(&mut self, now: Now, fx: &mut Effects) {
        let partition = self.partitions.get_mut(&METADATA_PARTITION).expect("it is open");
        partition.end_quorum_leadership();
        self.metadata.is_activating = false;
        let Some(mut hosted) = self.metadata.hosted.take() else { return };
        Controller::cancel_timers(&mut self.env.cx(now, fx));
        for (ticket, _) in hosted.resign() {
            self.refuse_as_not_controller(now, fx, ticket);
        }
    }

    /// Lets the one who asked ask somebody else: a broker is told so, for everybody else the answer is lost.
    fn refuse_as_not_controller(&mut self, now: Now, fx: &mut Effects, ticket: Ticket) {
        if self.connections.answer_not_controller(fx, ticket) {
            return;
        }
        match self.connections.own_channel(ticket.connection) {
            Some(channel) => self.lose_own(now, fx, channel),
            None => self.close_connection(fx, ticket.connection, CloseReason::NotController),
        }
    }

    /// There is a controller, or another one, or none: what waits for one is sent.
    pub(crate) fn on_controller_changed(&mut self, now: Now, fx: &mut Effects) {
        let Some((controller, _)) = self.controller_address() else { return };
        self.give_up_on_controllers_but(now, fx, controller);
        self.forward_again(now, fx);
        self.alter_retry_at = None;
        self.hurry_lifecycle(now, fx);
    }

    /// Waits no more for what other controllers were asked: one that was paused, or is cut off, answers when it is too
    /// late to keep a session.
    ///
    /// Kafka: `NodeToControllerRequestThread`, which disconnects from a controller that is not active any more.
    fn give_up_on_controllers_but(&mut self, now: Now, fx: &mut Effects, controller: BrokerId) {
        for channel in self.peers.waiting_for_others(&Purpose::OF_CONTROLLER, controller) {
            self.lose(now, fx, channel);
        }
    }

    /// What the controller was asked is decided and committed. Who created partitions hears of it when they
    /// can be written to.
    pub(crate) fn controller_answered(&mut self, fx: &mut Effects, ticket: Ticket, answer: Answer) {
        match answer {
            Answer::Response(response) => self.answer(fx, ticket, response),
            Answer::Created(response) => self.answer_when_open(fx, ticket, response),
            Answer::Done => {}
        }
    }

    fn answer_when_open(&mut self, fx: &mut Effects, ticket: Ticket, response: Response) {
        if self.opening.is_empty() {
            return self.answer(fx, ticket, response);
        }
        self.held.push((self.opening.clone(), ticket, response));
    }
}
