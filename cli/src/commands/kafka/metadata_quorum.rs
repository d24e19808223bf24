//! `kafka-metadata-quorum`.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use clap::{Args, Subcommand};
use klamm_core::client::admin::{NewVoter, QuorumDescription, QuorumListener, QuorumReplica};
use klamm_core::config::{Config, Settings};
use klamm_wire::Uuid;

use super::{KafkaServer, print_columns};
use crate::commands::serve::properties;
use crate::connection::AdminSession;
use crate::context::Context;
use crate::exit::{Exit, Failure, Outcome};
use crate::render::print_line;

/// Describes the metadata quorum and changes its voters, with the flags of Kafka's tool.
#[derive(Debug, Args)]
pub struct KafkaMetadataQuorum {
    #[command(flatten)]
    server: KafkaServer,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Describe the quorum
    Describe(Describe),
    /// Make the controller that --command-config describes a voter
    AddController {
        /// Only say what would be added
        #[arg(long)]
        dry_run: bool,
    },
    /// Take a controller's vote
    RemoveController {
        /// Its node id
        #[arg(short = 'i', long)]
        controller_id: i32,
        /// Its directory id
        #[arg(short = 'd', long)]
        controller_directory_id: String,
        /// Only say what would be removed
        #[arg(long)]
        dry_run: bool,
    },
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Describe {
    /// The quorum as a whole
    #[arg(long)]
    status: bool,
    /// Every replica
    #[arg(long, visible_alias = "re")]
    replication: bool,
    /// With --replication: times as ages
    #[arg(long, visible_alias = "hr")]
    human_readable: bool,
}

impl KafkaMetadataQuorum {
    pub(crate) fn run(self, _: &Context) -> Outcome {
        match &self.action {
            Action::Describe(what) => {
                let mut admin = AdminSession::open(&self.server.options()?)?;
                let quorum = admin.describe_quorum()?;
                if what.status {
                    let cluster = admin.describe_cluster()?;
                    status(&cluster.cluster_id, &quorum);
                } else {
                    replication(&quorum, what.human_readable);
                }
                Ok(())
            }
            Action::AddController { dry_run } => self.add(*dry_run),
            Action::RemoveController { controller_id, controller_directory_id, dry_run } => {
                self.remove(*controller_id, controller_directory_id, *dry_run)
            }
        }
    }

    fn add(&self, dry_run: bool) -> Outcome {
        let Some(file) = &self.server.command_config else {
            let why = "--command-config names the properties file of the controller";
            return Err(Failure::new(Exit::Usage, "Missing required argument", why));
        };
        let voter = voter_of(file)?;
        let (id, directory) = (voter.id, voter.directory_id.to_base64());
        if !dry_run {
            let added = AdminSession::open(&self.server.options()?)?.add_voter(voter)?;
            added.map_err(|error| Failure::new(Exit::Failure, "cannot add the controller", error))?;
        }
        let verb = if dry_run { "DRY RUN of adding" } else { "Added" };
        print_line(&format!("{verb} controller {id} with directory id {directory}"));
        Ok(())
    }

    fn remove(&self, id: i32, directory: &str, dry_run: bool) -> Outcome {
        let Some(directory_id) = Uuid::from_base64(directory) else {
            let why = "a directory id is 22 characters of the base64 url alphabet";
            return Err(Failure::new(Exit::Usage, format!("`{directory}` is no directory id"), why));
        };
        if !dry_run {
            let removed = AdminSession::open(&self.server.options()?)?.remove_voter(id, directory_id)?;
            removed.map_err(|error| Failure::new(Exit::Failure, "cannot remove the controller", error))?;
        }
        let verb = if dry_run { "DRY RUN of removing" } else { "Removed" };
        print_line(&format!("{verb} KRaft controller {id} with directory id {directory}"));
        Ok(())
    }
}

/// The controller that a properties file describes, with the directory id that its data directory has.
pub(in crate::commands) fn voter_of(file: &Path) -> Result<NewVoter, Failure> {
    let name = file.display().to_string();
    let pairs: Vec<(String, String)> =
        properties::pairs(file)?.into_iter().filter(|(key, _)| key != "security.protocol").collect();
    let settings = Settings::from_properties(Config::default(), pairs)
        .map_err(|errors| properties::wrong(&name, &errors))?;
    let refuse = |why: String| Failure::new(Exit::Usage, format!("cannot use {name}"), why);
    if !settings.config.roles.controller {
        return Err(refuse("process.roles has no controller".into()));
    }
    let Some(directory) = settings.log_dirs.first().map(|dir| PathBuf::from(&**dir)) else {
        return Err(refuse("log.dirs is missing".into()));
    };
    let meta = directory.join("meta.properties");
    let text = fs::read_to_string(&meta).map_err(|error| refuse(format!("{}: {error}", meta.display())))?;
    let directory_id = text
        .lines()
        .find_map(|line| line.strip_prefix("directory.id="))
        .and_then(|text| Uuid::from_base64(text.trim()))
        .ok_or_else(|| refuse(format!("{} has no directory.id", meta.display())))?;
    let is_controller = |name: &str| settings.config.is_controller_listener(name);
    let listeners = settings.config.listeners.iter().filter(|listener| is_controller(&listener.name));
    let listeners = listeners.map(|listener| QuorumListener {
        name: listener.name.clone(),
        host: listener.advertised_host.clone(),
        port: listener.advertised_port,
    });
    Ok(NewVoter { id: settings.config.node_id, directory_id, listeners: listeners.collect() })
}

fn leader(quorum: &QuorumDescription) -> Option<&QuorumReplica> {
    quorum.voters.iter().find(|voter| voter.id == quorum.leader)
}

/// As Kafka prints it.
fn status(cluster_id: &str, quorum: &QuorumDescription) {
    let end = leader(quorum).map_or(0, |leader| leader.log_end_offset);
    let slowest = quorum.voters.iter().min_by_key(|voter| voter.log_end_offset);
    let lag = slowest.map_or(0, |slowest| end - slowest.log_end_offset);
    let caught_up = |replica: Option<&QuorumReplica>| {
        replica.map(|replica| replica.last_caught_up_ms).filter(|at| *at >= 0)
    };
    let lag_ms = match (slowest.filter(|slowest| slowest.id != quorum.leader), slowest) {
        (None, _) => 0,
        (Some(slowest), _) => match (caught_up(leader(quorum)), caught_up(Some(slowest))) {
            (Some(leader), Some(follower)) => leader - follower,
            _ => -1,
        },
    };
    // Static voters have no directory id.
    let directory = |replica: &QuorumReplica| match replica.directory_id.is_zero() {
        true => String::new(),
        false => format!(", \"directoryId\": \"{}\"", replica.directory_id.to_base64()),
    };
    let voter = |replica: &QuorumReplica| {
        let listeners = quorum.listeners.get(&replica.id).map_or(&[][..], Vec::as_slice);
        let endpoint = |listener: &QuorumListener| {
            format!("\"{}://{}:{}\"", listener.name, listener.host, listener.port)
        };
        let endpoints: Vec<String> = listeners.iter().map(endpoint).collect();
        let (id, directory) = (replica.id, directory(replica));
        format!("{{\"id\": {id}{directory}, \"endpoints\": [{}]}}", endpoints.join(", "))
    };
    let observer = |replica: &QuorumReplica| format!("{{\"id\": {}{}}}", replica.id, directory(replica));
    let voters: Vec<String> = quorum.voters.iter().map(voter).collect();
    let observers: Vec<String> = quorum.observers.iter().map(observer).collect();
    for (name, value) in [
        ("ClusterId", cluster_id.to_owned()),
        ("LeaderId", quorum.leader.to_string()),
        ("LeaderEpoch", quorum.leader_epoch.to_string()),
        ("HighWatermark", quorum.high_watermark.to_string()),
        ("MaxFollowerLag", lag.to_string()),
        ("MaxFollowerLagTimeMs", lag_ms.to_string()),
        ("CurrentVoters", format!("[{}]", voters.join(", "))),
        ("CurrentObservers", format!("[{}]", observers.join(", "))),
    ] {
        print_line(&format!("{:<24}{value}", format!("{name}:")));
    }
}

/// As Kafka prints it.
fn replication(quorum: &QuorumDescription, human_readable: bool) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    let now = i64::try_from(now).unwrap_or(i64::MAX);
    let time = |at: i64| match (human_readable, at) {
        (_, -1) => "-1".to_owned(),
        (true, at) => format!("{} ms ago", now - at),
        (false, at) => at.to_string(),
    };
    let end = leader(quorum).map_or(0, |leader| leader.log_end_offset);
    let row = |replica: &QuorumReplica, status: &str| {
        vec![
            replica.id.to_string(),
            replica.directory_id.to_base64(),
            replica.log_end_offset.to_string(),
            (end - replica.log_end_offset).to_string(),
            time(replica.last_fetch_ms),
            time(replica.last_caught_up_ms),
            status.to_owned(),
        ]
    };
    let mut rows: Vec<Vec<String>> = leader(quorum).map(|leader| row(leader, "Leader")).into_iter().collect();
    let followers = quorum.voters.iter().filter(|voter| voter.id != quorum.leader);
    rows.extend(followers.map(|voter| row(voter, "Follower")));
    rows.extend(quorum.observers.iter().map(|observer| row(observer, "Observer")));
    let headers = [
        "NodeId",
        "DirectoryId",
        "LogEndOffset",
        "Lag",
        "LastFetchTimestamp",
        "LastCaughtUpTimestamp",
        "Status",
    ];
    print_columns(&headers, &rows);
}
