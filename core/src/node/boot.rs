//! The start of a node: directories first, then the metadata log, then everything it names.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use bytes::Bytes;
use klamm_wire::Uuid;

use crate::disk::{BootOp, DirEntry, DirIndex, DiskDone, DiskError, DiskStep, Owner, StepDone};
use crate::edge::{Effect, Effects};
use crate::event::{Event, Reason};
use crate::log::{LogName, Opening, checkpoint};
use crate::node::directory::{self, BROKER_EPOCH, CLEAN_SHUTDOWN, META_PROPERTIES, MetaProperties};
use crate::node::metadata::Metadata;
use crate::node::{Node, Phase};
use crate::replica::Partition;
use crate::time::Now;
use crate::timer::Timer;
use crate::types::{METADATA_PARTITION, METADATA_TOPIC, Offset, TopicIdPartition, TopicPartition};

/// Files of a directory that are read at start, if they are there.
const SMALL_FILES: [&str; 6] = [
    META_PROPERTIES,
    CLEAN_SHUTDOWN,
    BROKER_EPOCH,
    "recovery-point-offset-checkpoint",
    "log-start-offset-checkpoint",
    "replication-offset-checkpoint",
];

/// What to do about metadata that is gone.
pub(crate) const RESTORE: &str = "the metadata was lost; restore the directory from a backup";

impl Node {
    /// Begins to read the directories.
    pub(crate) fn start(&mut self, now: Now, fx: &mut Effects) {
        assert_eq!(self.phase, Phase::New, "a node starts once");
        self.phase = Phase::Directories;
        for dir in 0..self.env.config.log_dirs {
            // Names that a crashed life has put there are relied upon from now on.
            let root = self.directories[usize::from(dir)].root();
            let steps = vec![DiskStep::SyncDir { path: root.clone() }, DiskStep::List { path: root }];
            self.env.cx(now, fx).disk(Owner::Boot(BootOp::List(dir)), steps);
        }
    }

    /// A step of the start, or of an orderly stop, has ended.
    pub(crate) fn on_boot(
        &mut self,
        now: Now,
        fx: &mut Effects,
        op: BootOp,
        steps: Vec<DiskStep>,
        result: Result<DiskDone, DiskError>,
    ) {
        let (BootOp::List(dir)
        | BootOp::ReadFiles(dir)
        | BootOp::Format(dir)
        | BootOp::RemoveMarker(dir)
        | BootOp::WriteMarker(dir)
        | BootOp::WriteEpoch(dir)
        | BootOp::RemoveStray(dir)) = op;
        let done = match result {
            Ok(done) => done,
            Err(error) => return self.fail_directory(fx, dir, error),
        };
        match op {
            BootOp::List(_) => self.on_listed(now, fx, dir, done),
            BootOp::ReadFiles(_) => self.on_files_read(now, fx, dir, &steps, done),
            BootOp::Format(_) | BootOp::RemoveMarker(_) => self.directory_ready(now, fx),
            BootOp::RemoveStray(_) => self.open_assigned(now, fx),
            BootOp::WriteMarker(_) => self.on_marker_written(fx, dir),
            BootOp::WriteEpoch(_) => self.on_directory_signed(now, fx),
        }
    }

    /// The names in a directory are known: reads the small files, and which topic each log belongs to.
    fn on_listed(&mut self, now: Now, fx: &mut Effects, dir: DirIndex, done: DiskDone) {
        let Some(StepDone::Listed(entries)) = done.into_iter().next_back() else {
            unreachable!("a listing answers with entries")
        };
        let directory = &mut self.directories[usize::from(dir)];
        let mut steps = Vec::new();
        for DirEntry { name, is_dir, .. } in &entries {
            if *is_dir && name.ends_with("-delete") {
                directory.rubbish.push(String::from(&**name));
            } else if *is_dir {
                if let Some(log) = directory::parse_log_name(name) {
                    directory.logs.insert(log, None);
                    steps.push(DiskStep::List { path: directory.path(name) });
                }
            } else if SMALL_FILES.contains(&&**name) {
                steps.push(DiskStep::Read { path: directory.path(name), position: 0, length: u64::MAX });
            }
        }
        let has_meta = entries.iter().any(|entry| &*entry.name == META_PROPERTIES);
        if !has_meta {
            return self.format(now, fx, dir);
        }
        self.env.cx(now, fx).disk(Owner::Boot(BootOp::ReadFiles(dir)), steps);
    }

    /// Takes possession of a new directory. One that holds logs but does not say whose they are is left alone.
    fn format(&mut self, now: Now, fx: &mut Effects, dir: DirIndex) {
        let directory = &mut self.directories[usize::from(dir)];
        if let Some(log) = directory.logs.keys().next() {
            let reason = format!(
                "{} holds logs (such as {log}) but no {META_PROPERTIES}; it is damaged or not a log directory: \
                 restore the file or name an empty directory",
                place(&self.env.config, dir)
            );
            return self.halt(fx, Reason::Refused(reason));
        }
        let config = &self.env.config;
        let drawn = config.is_own_quorum().then(|| self.env.rng.uuid());
        let Some(cluster_id) = config.cluster_id.or(drawn) else {
            let place = place(&self.env.config, dir);
            let reason = format!(
                "{place} is new, and its node belongs to a cluster with others: set cluster.id to the id that they have"
            );
            return self.halt(fx, Reason::Refused(reason));
        };
        let meta = MetaProperties {
            cluster_id,
            node_id: self.env.config.node_id,
            directory_id: self.env.rng.uuid(),
        };
        let steps = DiskStep::replace(&directory.path(META_PROPERTIES), vec![meta.encode()]);
        directory.meta = Some(meta);
        self.env.cx(now, fx).disk(Owner::Boot(BootOp::Format(dir)), steps);
    }

    fn on_files_read(
        &mut self,
        now: Now,
        fx: &mut Effects,
        dir: DirIndex,
        steps: &[DiskStep],
        done: DiskDone,
    ) {
        let mut reads = Vec::new();
        for (step, done) in steps.iter().zip(done) {
            let (DiskStep::Read { path, .. } | DiskStep::List { path }) = step else { continue };
            let refused = match done {
                StepDone::Read(content) => self.on_small_file(dir, &path.name, &content),
                StepDone::Listed(entries) => {
                    let has_id = entries.iter().any(|entry| &*entry.name == "partition.metadata");
                    if has_id {
                        let path = crate::disk::Path::new(dir, format!("{}/partition.metadata", path.name));
                        reads.push(DiskStep::Read { path, position: 0, length: u64::MAX });
                    }
                    Ok(())
                }
                StepDone::Done => Ok(()),
            };
            if let Err(reason) = refused {
                return self.halt(fx, Reason::Refused(reason));
            }
        }
        // The first round lists the log directories, the second one reads their topic ids.
        if !reads.is_empty() {
            return self.env.cx(now, fx).disk(Owner::Boot(BootOp::ReadFiles(dir)), reads);
        }
        self.remove_marker(now, fx, dir);
    }

    /// Takes in one small file of a directory.
    ///
    /// # Errors
    /// Why this directory is not to be used.
    fn on_small_file(&mut self, dir: DirIndex, name: &str, content: &Bytes) -> Result<(), String> {
        let directory = &mut self.directories[usize::from(dir)];
        if let Some((log, "partition.metadata")) = name.rsplit_once('/') {
            let log = directory::parse_log_name(log).expect("only logs are asked");
            directory.logs.insert(log, directory::parse_partition_metadata(content));
            return Ok(());
        }
        match name {
            META_PROPERTIES => {
                let meta = MetaProperties::parse(content).map_err(|problem| {
                    format!("{META_PROPERTIES} of {} is damaged: {problem}", place(&self.env.config, dir))
                })?;
                check_owner(dir, &self.env.config, &meta)?;
                directory.meta = Some(meta);
            }
            CLEAN_SHUTDOWN => {
                directory.clean = true;
                directory.previous_broker_epoch = directory::parse_marker(content);
            }
            BROKER_EPOCH => directory.synced_broker_epoch = directory::parse_epoch(content),
            "recovery-point-offset-checkpoint" => {
                // A file that cannot be read counts as empty: everything is recovered.
                directory.recovery_points = read_offsets(content);
            }
            "log-start-offset-checkpoint" => directory.log_start_offsets = read_offsets(content),
            "replication-offset-checkpoint" => directory.high_watermarks = read_offsets(content),
            other => unreachable!("{other} was not asked for"),
        }
        Ok(())
    }

    /// The marker goes before any log is touched: it speaks of the last life, not of this one.
    fn remove_marker(&mut self, now: Now, fx: &mut Effects, dir: DirIndex) {
        let directory = &self.directories[usize::from(dir)];
        let mut steps: Vec<_> =
            directory.rubbish.iter().map(|name| DiskStep::RemoveDir { path: directory.path(name) }).collect();
        if directory.clean {
            steps.push(DiskStep::Remove { path: directory.path(CLEAN_SHUTDOWN) });
        }
        if steps.is_empty() {
            return self.directory_ready(now, fx);
        }
        steps.push(DiskStep::SyncDir { path: directory.root() });
        self.env.cx(now, fx).disk(Owner::Boot(BootOp::RemoveMarker(dir)), steps);
    }

    /// A directory is ours; once all are, the metadata log is opened.
    fn directory_ready(&mut self, now: Now, fx: &mut Effects) {
        assert_eq!(self.phase, Phase::Directories, "directories are read first");
        if self.directories.iter().any(|directory| directory.meta.is_none()) {
            return;
        }
        self.phase = Phase::Metadata;
        let clean = self.directories.iter().all(|directory| directory.clean);
        fx.push(Effect::Observe(Event::Starting { clean }));
        self.arm_retention(now);
        self.arm_idle_check(now);
        self.arm_producer_expiry(now);
        self.arm_isr_check(now);
        for dir in 0..self.env.config.log_dirs {
            self.arm_checkpoint(now, dir);
        }
        let name = TopicPartition { topic: METADATA_TOPIC.into(), partition: 0 };
        let logs = &self.directories[0].logs;
        if let Some(log) = logs.keys().next().filter(|_| !logs.contains_key(&name)) {
            // No log is made before its topic is in the metadata.
            let reason = format!("the data directory holds logs (such as {log}) but no {name}: {RESTORE}");
            return self.halt(fx, Reason::Refused(reason));
        }
        self.open_log(now, fx, name, METADATA_PARTITION);
    }

    /// Opens the log if its directory exists, creates it else.
    pub(crate) fn open_log(
        &mut self,
        now: Now,
        fx: &mut Effects,
        name: TopicPartition,
        id: TopicIdPartition,
    ) {
        assert!(!self.partitions.contains_key(&id), "{name} is opened once");
        if !self.opening.insert(id) && self.unnamed.iter().any(|(_, other)| *other == id) {
            return; // It waits for its name already.
        }
        let is_taken = self.is_name_taken(&name) || self.buried.contains_key(&id);
        if self.phase >= Phase::Logs && is_taken {
            self.unnamed.push((name, id));
            return self.hasten_burial(now, fx, id);
        }
        let config = if id == METADATA_PARTITION {
            Metadata::log_config(&self.env.config)
        } else {
            self.env.image.topic_config(&self.env.config, &name.topic)
        };
        let dir = 0;
        let found = self.directories[usize::from(dir)].logs.remove(&name);
        let log = LogName { partition: name.clone(), id, dir };
        let directory = &self.directories[usize::from(dir)];
        let opening = Opening {
            clean: directory.clean,
            recovery_point: directory.recovery_points.get(&name).copied(),
            log_start_offset: directory.log_start_offsets.get(&name).copied(),
            truncate_to: None,
            must_reach: match id {
                METADATA_PARTITION => directory.recovery_points.get(&name).copied().unwrap_or(0),
                _ => 0,
            },
        };
        // A lower bound: what was committed stays so.
        let high_watermark = directory.high_watermarks.get(&name).copied().unwrap_or(0);
        let mut cx = self.env.cx(now, fx);
        let partition = match found {
            // Without its id on disk nothing can have been written to it: the creation was cut off.
            Some(Some(_)) => Partition::open(&mut cx, log, config, opening, high_watermark),
            Some(None) | None => Partition::create(&mut cx, log, config),
        };
        self.partitions.insert(id, partition);
    }

    /// A log can be used.
    pub(crate) fn on_opened(&mut self, now: Now, fx: &mut Effects, id: TopicIdPartition) {
        let opened = self.opening.remove(&id);
        assert!(opened, "{id:?} was being opened");
        if id == METADATA_PARTITION {
            return self.on_metadata_opened(now, fx);
        }
        self.apply_partition_state(now, fx, id);
        self.release_held(fx);
        self.maybe_ask_in(now, fx);
    }

    /// Answers the creations whose partitions are all open.
    pub(crate) fn release_held(&mut self, fx: &mut Effects) {
        for (waiting, ..) in &mut self.held {
            waiting.retain(|id| self.opening.contains(id));
        }
        let ready: Vec<_> = self.held.extract_if(.., |(waiting, ..)| waiting.is_empty()).collect();
        for (_, ticket, response) in ready {
            self.answer(fx, ticket, response);
        }
    }

    /// The broker is registered: removes what belongs to no partition of this cluster, then opens the rest.
    pub(crate) fn open_logs(&mut self, now: Now, fx: &mut Effects) {
        assert_eq!(self.phase, Phase::Registering, "the registration is committed");
        self.phase = Phase::Logs;
        let (image, me) = (&self.env.image, self.env.config.node_id);
        let owner = |name: &TopicPartition, id: &Option<Uuid>| {
            let topic = image.topic(&name.topic).filter(|topic| id.is_none_or(|id| id == topic.id))?;
            topic.partitions.get(&name.partition)
        };
        let directory = &mut self.directories[0];
        let strays: Vec<_> = directory.logs.extract_if(.., |name, id| owner(name, id).is_none()).collect();
        // Given to other brokers while this one was away: they hold it, as the metadata says.
        let is_here = |name: &TopicPartition, id: &Option<Uuid>| {
            owner(name, id).is_some_and(|partition| partition.replicas.contains(&me))
        };
        let moved: Vec<_> = directory.logs.extract_if(.., |name, id| !is_here(name, id)).collect();
        if strays.is_empty() && moved.is_empty() {
            return self.open_assigned(now, fx);
        }
        // Set aside, not removed: the cut-off deletion of a topic leaves them, but so would metadata that was lost.
        let mut steps: Vec<_> = strays
            .iter()
            .map(|(name, id)| DiskStep::Rename {
                from: directory.path(&format!("{name}")),
                to: directory.path(&stray_name(name, id.unwrap_or(Uuid::ZERO))),
            })
            .collect();
        steps.extend(
            moved.iter().map(|(name, _)| DiskStep::RemoveDir { path: directory.path(&format!("{name}")) }),
        );
        steps.push(DiskStep::SyncDir { path: directory.root() });
        let told = strays.into_iter().map(|(name, _)| (name, false));
        for (partition, is_removed) in told.chain(moved.into_iter().map(|(name, _)| (name, true))) {
            fx.push(Effect::Observe(Event::StrayLog { partition, is_removed }));
        }
        self.env.cx(now, fx).disk(Owner::Boot(BootOp::RemoveStray(0)), steps);
    }

    fn open_assigned(&mut self, now: Now, fx: &mut Effects) {
        let node_id = self.env.config.node_id;
        let mut assigned = BTreeMap::new();
        for topic in self.env.image.topics() {
            for (index, partition) in &topic.partitions {
                if partition.replicas.contains(&node_id) {
                    let id = TopicIdPartition { topic_id: topic.id, partition: *index };
                    assigned.insert(id, TopicPartition { topic: topic.name.clone(), partition: *index });
                }
            }
        }
        for (id, name) in assigned {
            if !self.partitions.contains_key(&id) {
                self.open_log(now, fx, name, id);
            }
        }
        self.maybe_ask_in(now, fx);
    }

    /// The controller has let this broker in: clients are served.
    pub(crate) fn serve(&mut self, now: Now, fx: &mut Effects) {
        assert_eq!(self.phase, Phase::Logs, "the logs are open");
        self.phase = Phase::Serving;
        // Checkpoints of the last life may speak of topics that were deleted since.
        for dir in 0..self.env.config.log_dirs {
            self.forget_names(now, fx, dir);
        }
        fx.push(Effect::Observe(Event::Ready));
    }

    /// Arms the next round of checkpoints of a directory.
    pub(crate) fn arm_checkpoint(&mut self, now: Now, dir: DirIndex) {
        let interval = self.env.config.checkpoint_interval_ms.max(1);
        self.env.timers.arm(Timer::Checkpoint(dir), now.monotonic.after_ms(interval));
    }
}

/// A log directory as whoever configured it knows it.
fn place(config: &crate::config::Config, dir: DirIndex) -> String {
    let name = config.log_dir_names.get(usize::from(dir));
    name.map_or_else(|| format!("log directory {dir}"), |name| String::from(&**name))
}

/// Whether a directory belongs to this node.
///
/// # Errors
/// Whose it is instead.
fn check_owner(dir: DirIndex, config: &crate::config::Config, meta: &MetaProperties) -> Result<(), String> {
    if let Some(expected) = config.cluster_id.filter(|expected| *expected != meta.cluster_id) {
        let theirs = &meta.cluster_id;
        return Err(format!(
            "{} belongs to cluster {theirs}, not to {expected}; name another directory",
            place(config, dir)
        ));
    }
    if meta.node_id != config.node_id {
        let (theirs, ours) = (meta.node_id, config.node_id);
        return Err(format!(
            "{} belongs to node {theirs}, not to node {ours}; name another directory or set node.id={theirs}",
            place(config, dir)
        ));
    }
    Ok(())
}

fn read_offsets(content: &Bytes) -> BTreeMap<TopicPartition, Offset> {
    checkpoint::parse_offsets(content).unwrap_or_default().into_iter().collect()
}

/// Kafka's name for a log that belongs to no topic of the cluster, within the 255 bytes of a file name.
fn stray_name(name: &TopicPartition, id: Uuid) -> String {
    let hex: String = id.0.iter().map(|byte| format!("{byte:02x}")).collect();
    let suffix = format!("-{}.{hex}-stray", name.partition);
    let room = 255 - suffix.len();
    let topic: String = name.topic.chars().take(room).collect();
    topic + &suffix
}
