//! Damage to the only copy: rot, bad sectors, writes gone astray, a new disk, an old disk.
//!
//! One node alone promises nothing here but honesty, so these strike in runs of their own.

use super::{Blow, FaultKind, Mix, nothing_to_ease, pick_machine};
use crate::random::Stream;
use crate::world::{Event, World};

const fn kind(
    name: &'static str,
    letter: char,
    chance: u32,
    strike: fn(&mut World, &mut Stream) -> Option<Blow>,
    ease: fn(&mut World),
) -> FaultKind {
    FaultKind { name, letter, mix: Mix::Damage, machines: 1, chance, gap_ms: (2_000, 20_000), strike, ease }
}

pub(super) const ROT: FaultKind = kind("bit-rot", 'D', 500_000, rot, nothing_to_ease);
pub(super) const SECTOR: FaultKind = kind("bad-sector", 'D', 400_000, lose_sector, nothing_to_ease);
pub(super) const MISDIRECT: FaultKind = kind("misdirected-write", 'D', 400_000, misdirect, stop_misdirecting);
pub(super) const WIPE: FaultKind = kind("wiped-disk", 'W', 200_000, wipe, nothing_to_ease);
pub(super) const ROLL_BACK: FaultKind = kind("rolled-back-disk", 'W', 200_000, roll_back, forget_images);

fn rot(world: &mut World, random: &mut Stream) -> Option<Blow> {
    let node = pick_machine(world, random);
    let bits = random.scaled(1, 8);
    let hits = (0..bits).filter(|_| world.machines[node].disk.rot()).count();
    (hits > 0).then(|| world.ledger.damage())?;
    Blow::once(format!("n{node}, {hits} bits"))
}

fn lose_sector(world: &mut World, random: &mut Stream) -> Option<Blow> {
    let node = pick_machine(world, random);
    world.machines[node].disk.lose_sector().then(|| world.ledger.damage())?;
    Blow::once(format!("n{node}"))
}

fn misdirect(world: &mut World, random: &mut Stream) -> Option<Blow> {
    let node = pick_machine(world, random);
    world.ledger.damage();
    world.machines[node].disk.faults.misdirected_write =
        u32::try_from(random.scaled(1_000, 500_000)).expect("small");
    Blow::lasting(format!("n{node}"), random.scaled(1, 500))
}

fn stop_misdirecting(world: &mut World) {
    world.machines.iter_mut().for_each(|machine| machine.disk.faults.misdirected_write = 0);
}

fn wipe(world: &mut World, random: &mut Stream) -> Option<Blow> {
    let node = pick_machine(world, random);
    world.ledger.damage();
    world.lose_power(node);
    world.machines[node].disk.wipe();
    world.replicas.on_disk_lost(node);
    world.push(world.now().after_ms(10), Event::Start(node));
    Blow::once(format!("n{node}"))
}

/// The first strike keeps an image, later ones put it back or keep a new one.
fn roll_back(world: &mut World, random: &mut Stream) -> Option<Blow> {
    let node = pick_machine(world, random);
    match world.images.remove(&node) {
        Some(image) if random.chance(500_000) => {
            world.ledger.damage();
            world.lose_power(node);
            world.machines[node].disk.roll_back(&image);
            world.replicas.on_disk_lost(node);
            world.push(world.now().after_ms(10), Event::Start(node));
            Blow::once(format!("n{node} goes back to an older image"))
        }
        _ => {
            let image = world.machines[node].disk.image();
            world.images.insert(node, image);
            Blow::once(format!("n{node} is copied"))
        }
    }
}

fn forget_images(world: &mut World) {
    world.images.clear();
}
