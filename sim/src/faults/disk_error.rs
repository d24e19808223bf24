//! The disk says EIO: on reads, on writes (done in part), on syncs (and the pages count as clean from then on).

use super::{Blow, FaultKind, Mix, pick_machine};
use crate::disk::DiskFaults;
use crate::random::{MILLION, Stream};
use crate::world::World;

const fn kind(name: &'static str, strike: fn(&mut World, &mut Stream) -> Option<Blow>) -> FaultKind {
    FaultKind {
        name,
        letter: 'D',
        mix: Mix::Promise,
        machines: 1,
        chance: 250_000,
        gap_ms: (2_000, 20_000),
        strike,
        ease,
    }
}

pub(super) const READ: FaultKind =
    kind("disk-read-error", |world, random| strike(world, random, "reads", |faults| &mut faults.read_error));
pub(super) const WRITE: FaultKind = kind("disk-write-error", |world, random| {
    strike(world, random, "writes", |faults| &mut faults.write_error)
});
pub(super) const SYNC: FaultKind =
    kind("disk-sync-error", |world, random| strike(world, random, "syncs", |faults| &mut faults.sync_error));

fn strike(
    world: &mut World,
    random: &mut Stream,
    what: &str,
    rate: fn(&mut DiskFaults) -> &mut u32,
) -> Option<Blow> {
    let node = pick_machine(world, random);
    let one_in = u32::try_from(random.scaled(1, 100)).expect("small");
    *rate(&mut world.machines[node].disk.faults) = MILLION / one_in;
    Blow::lasting(format!("n{node}, one in {one_in} {what}"), random.scaled(1, 1_000))
}

fn ease(world: &mut World) {
    for machine in &mut world.machines {
        let faults = &mut machine.disk.faults;
        (faults.read_error, faults.write_error, faults.sync_error) = (0, 0, 0);
    }
}
