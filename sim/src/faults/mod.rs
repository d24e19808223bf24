//! Faults: one file each, one row each in the [`TABLE`].
//!
//! Every fault has a random stream of its own, so that switching one off does not move the others. A fault
//! strikes, may last for a while, and is eased; when the chaos ends, everything is eased.

mod bridge;
mod clock_jump;
mod crash;
mod cut_brokers;
mod cut_controllers;
mod damage;
mod disk_error;
mod disk_full;
mod ghost;
mod half_open;
mod isolate;
mod links;
mod one_way;
mod orderly_stop;
mod partition;
mod pause;
mod power_loss;
mod power_loss_many;
mod reset;
mod ring;
mod rolling_restart;
mod slow;
mod stall;

use crate::clock::Time;
use crate::network::{Host, Links, NodeId, Trouble};
use crate::random::Stream;
use crate::world::{Event, World};

use rolling_restart::Rolling;
pub(crate) use rolling_restart::roll;

/// Which runs a fault belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mix {
    /// What one node's promises survive.
    Promise,
    /// Damage to the only copy: nothing wrong may be served, and nothing may panic.
    Damage,
}

/// A kind of fault.
pub struct FaultKind {
    /// The name in traces, reports and options.
    pub name: &'static str,
    /// The letter of its family: C crash, P power, N network, D disk, K clock, Z pause, A administration, W
    /// disk replaced.
    pub letter: char,
    /// Which runs it belongs to.
    pub mix: Mix,
    /// It makes sense in a world of so many machines.
    pub machines: usize,
    /// How likely a run has it, in parts per million.
    pub chance: u32,
    /// Milliseconds between two strikes: the longest gap a run may draw, from the shortest to the longest.
    pub gap_ms: (u64, u64),
    /// Lets it strike; `None` if there was nothing to hit.
    strike: fn(&mut World, &mut Stream) -> Option<Blow>,
    /// Takes back what lasts.
    ease: fn(&mut World),
}

impl core::fmt::Debug for FaultKind {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.name)
    }
}

/// What a strike did.
struct Blow {
    text: String,
    /// How long it lasts, for faults that are eased.
    lasts_ms: Option<u64>,
}

impl Blow {
    fn once(text: String) -> Option<Self> {
        Some(Self { text, lasts_ms: None })
    }

    fn lasting(text: String, lasts_ms: u64) -> Option<Self> {
        Some(Self { text, lasts_ms: Some(lasts_ms) })
    }

    /// A strike at these machines; none if there are none.
    fn to_machines(nodes: &[usize], text: String) -> Option<Self> {
        let names: Vec<String> = nodes.iter().map(|node| format!("n{node}")).collect();
        if names.is_empty() { None } else { Self::once(format!("{} {text}", names.join(" "))) }
    }

    fn for_ms(self, lasts_ms: u64) -> Self {
        Self { lasts_ms: Some(lasts_ms), ..self }
    }
}

/// Every fault there is.
pub const TABLE: &[FaultKind] = &[
    crash::KIND,
    power_loss::KIND,
    orderly_stop::KIND,
    pause::KIND,
    slow::NODE,
    slow::DISK,
    slow::NETWORK,
    clock_jump::KIND,
    reset::KIND,
    stall::KIND,
    half_open::KIND,
    disk_error::READ,
    disk_error::WRITE,
    disk_error::SYNC,
    disk_full::KIND,
    damage::ROT,
    damage::SECTOR,
    damage::MISDIRECT,
    damage::WIPE,
    damage::ROLL_BACK,
    ghost::KIND,
    partition::KIND,
    one_way::KIND,
    bridge::KIND,
    ring::KIND,
    isolate::KIND,
    cut_controllers::KIND,
    cut_brokers::KIND,
    power_loss_many::KIND,
    rolling_restart::KIND,
];

/// The fault of that name.
pub fn find(name: &str) -> Option<usize> {
    TABLE.iter().position(|kind| kind.name == name)
}

/// A strike that has happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// When.
    pub time: Time,
    /// Index into the [`TABLE`].
    pub fault: usize,
    /// What it did.
    pub text: String,
}

#[derive(Clone, Debug)]
struct Active {
    gap_ms: u64,
    random: Stream,
}

/// The faults of a run.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    active: Vec<Option<Active>>,
    /// No fault strikes from then on.
    until: Time,
    /// What has struck so far.
    pub decisions: Vec<Decision>,
    pub(crate) rolling: Option<Rolling>,
}

impl World {
    /// Switches faults on until `until`: index into the table, and the longest gap between two strikes.
    pub(crate) fn unleash(&mut self, seed: u64, chosen: &[(usize, u64)], until: Time) {
        self.faults.active = vec![None; TABLE.len()];
        self.faults.until = until;
        for (index, gap_ms) in chosen {
            let mut random = Stream::new(seed, TABLE[*index].name);
            let first = self.now().after_ms(random.between(1, (*gap_ms).max(1)));
            self.faults.active[*index] = Some(Active { gap_ms: *gap_ms, random });
            self.push(first, Event::Strike(*index));
        }
    }

    pub(crate) fn strike(&mut self, index: usize) {
        let now = self.now();
        if now >= self.faults.until {
            return;
        }
        let Some(mut active) = self.faults.active[index].take() else { return };
        if let Some(Blow { text, lasts_ms }) = (TABLE[index].strike)(self, &mut active.random) {
            self.tell(|| format!("** {}: {text}", TABLE[index].name));
            self.faults.decisions.push(Decision { time: now, fault: index, text });
            if let Some(lasts_ms) = lasts_ms {
                self.push(now.after_ms(lasts_ms), Event::Ease(index));
            }
        }
        // Short gaps are as likely as long ones: that is how a recovery is interrupted.
        let gap = active.random.scaled(100_000, active.gap_ms.max(1) * 2_000_000);
        self.faults.active[index] = Some(active);
        self.push(now.after_nanos(gap), Event::Strike(index));
    }

    pub(crate) fn ease(&mut self, index: usize) {
        (TABLE[index].ease)(self);
    }

    /// Ends the chaos: whatever lasts is taken back, whoever is down is started.
    pub(crate) fn heal(&mut self) {
        self.calm();
        let change = self.network.relieve(self.now(), OUTSIDE);
        change.arrivals.into_iter().for_each(|arrival| self.push_arrival(arrival));
        (0..self.machines.len()).for_each(|node| self.start_for_good(node));
        self.tell(|| "** everything is healed".to_owned());
    }

    /// Ends the chaos for some machines only; clients are with them.
    pub(crate) fn heal_core(&mut self, core: &[NodeId], rest: Rest) {
        self.calm();
        let outside: Vec<NodeId> = (0..self.machines.len()).filter(|node| !core.contains(node)).collect();
        match rest {
            Rest::Down => {
                for node in &outside {
                    self.crash(*node);
                    self.machines[*node].held_down = true;
                }
            }
            Rest::CutOff => {
                let clients = (0..self.clients().count()).map(Host::Client);
                let mut inside: Vec<Host> = clients.collect();
                inside.extend(links::hosts(core));
                let random = &mut Stream::new(0, "outside");
                let cut = Links::between(&links::hosts(&outside), &inside);
                let change = self.network.trouble(self.now(), OUTSIDE, cut, Trouble::Cut, random);
                self.on_links_changed(change, random);
            }
        }
        core.iter().for_each(|node| self.start_for_good(*node));
        self.tell(|| format!("** {core:?} are healed; {outside:?}: {rest:?}"));
    }

    fn calm(&mut self) {
        self.faults.until = self.now();
        for kind in TABLE {
            (kind.ease)(self);
        }
    }

    fn start_for_good(&mut self, node: NodeId) {
        self.machines[node].held_down = false;
        self.machines[node].refusals = 0;
        self.start(node);
    }
}

/// What becomes of the machines that are not healed with the core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rest {
    /// They are killed and stay down.
    Down,
    /// They run, and nobody hears them.
    CutOff,
}

/// The cause of the trouble between the core and the rest, in the place of a fault's index.
const OUTSIDE: usize = TABLE.len();

/// A machine of the world.
fn pick_machine(world: &World, random: &mut Stream) -> usize {
    random.index(world.machines.len())
}

/// One machine of the world, or now and then several at once.
fn pick_machines(world: &World, random: &mut Stream) -> Vec<usize> {
    let mut nodes = links::shuffled_nodes(world, random);
    let several = nodes.len() > 1 && random.chance(150_000);
    nodes.truncate(if several { random.index(nodes.len() - 1) + 2 } else { 1 });
    nodes
}

/// A connection that at least one end believes in.
fn pick_connection(world: &mut World, random: &mut Stream) -> Option<usize> {
    let open = world.network.open().to_vec();
    if open.is_empty() { None } else { Some(*random.pick(&open)) }
}

fn nothing_to_ease(_: &mut World) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_found_by_its_name() {
        for (index, kind) in TABLE.iter().enumerate() {
            assert_eq!(find(kind.name), Some(index), "{}", kind.name);
        }
    }
}
