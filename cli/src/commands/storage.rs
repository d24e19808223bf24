//! `klamm storage`: prepares data directories, and says whose they are.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use klamm_core::config::{Config, Settings};
use klamm_core::format::{self, InitialVoter, InitialVoters};
use klamm_wire::Uuid;
use serde_json::json;

use super::serve::properties;
use crate::connection::entropy;
use crate::context::Context;
use crate::exit::{Exit, Failure, Outcome};
use crate::render::{print_json, print_line};

const META_PROPERTIES: &str = "meta.properties";

/// Prepares data directories, and says whose they are.
#[derive(Debug, Args)]
pub struct Storage {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Prepares the data directory of a node. Needed only for the first controllers of a quorum whose voters stand in
    /// the metadata log: without `controller.quorum.voters`
    Format(Format),
    /// Says whose a data directory is
    Info {
        /// The node's server.properties
        #[arg(short, long, value_name = "FILE")]
        config: PathBuf,
    },
    /// Prints a new id for a cluster or a directory
    RandomUuid,
}

/// What is to be prepared.
#[derive(Debug, Args)]
pub(super) struct Format {
    /// The node's server.properties
    #[arg(short, long, value_name = "FILE")]
    config: PathBuf,
    /// The cluster's id: 22 characters, the same for all nodes [default: `cluster.id` of the file]
    #[arg(short = 't', long, value_name = "ID")]
    cluster_id: Option<String>,
    /// This controller votes alone when the cluster begins; others are added later
    #[arg(short, long, group = "voters")]
    standalone: bool,
    /// These controllers vote when the cluster begins; each of them is formatted with the same list
    #[arg(
        short = 'I',
        long,
        value_name = "ID@HOST:PORT:DIRECTORY-ID,...",
        value_delimiter = ',',
        group = "voters"
    )]
    initial_controllers: Vec<String>,
    /// Who votes is decided elsewhere; this controller may be added later
    #[arg(short = 'N', long, group = "voters")]
    no_initial_controllers: bool,
    /// Leave a directory that is formatted already as it is
    #[arg(short = 'g', long)]
    ignore_formatted: bool,
}

impl Storage {
    pub(super) fn run(self, context: &Context) -> Outcome {
        match self.action {
            Action::Format(format) => format.run(),
            Action::Info { config } => info(context, &config),
            Action::RandomUuid => {
                random_uuid();
                Ok(())
            }
        }
    }
}

/// Prints an id that nothing has yet.
pub(super) fn random_uuid() {
    print_line(&draw_uuid().to_base64());
}

/// No id begins with a dash: it would be taken for a flag. Source: Kafka's `Uuid.randomUuid`.
fn draw_uuid() -> Uuid {
    let mut rng = entropy();
    loop {
        let id = rng.uuid();
        if !id.to_base64().starts_with('-') {
            return id;
        }
    }
}

impl Format {
    pub(super) fn run(&self) -> Outcome {
        let settings = settings(&self.config)?;
        let directory = directory_of(&self.config, &settings)?;
        let cluster_id = self.cluster_id(&settings.config)?;
        let voters = self.voters(&settings.config)?;
        let shown = directory.display();
        if directory.join(META_PROPERTIES).exists() {
            if self.ignore_formatted {
                print_line("All of the log directories are already formatted.");
                return Ok(());
            }
            let why = format!(
                "Log directory {shown} is already formatted. Use --ignore-formatted to ignore this directory and \
                 format the others."
            );
            return Err(Failure::new(Exit::Failure, "cannot format", why));
        }
        let directory_id = own_directory(&settings.config, &voters).unwrap_or_else(draw_uuid);
        for (name, content) in format::files(&settings.config, cluster_id, directory_id, &voters) {
            write(&directory, &name, &content)
                .map_err(|error| Failure::new(Exit::Failure, format!("cannot format {shown}"), error))?;
        }
        let kind = if voters == InitialVoters::Elsewhere { "metadata" } else { "dynamic metadata voter" };
        print_line(&format!("Formatting {kind} directory {shown} with directory id {directory_id}."));
        Ok(())
    }

    fn cluster_id(&self, config: &Config) -> Result<Uuid, Failure> {
        let Some(text) = &self.cluster_id else {
            return config.cluster_id.ok_or_else(|| {
                let next = "draw one with `klamm storage random-uuid` and give it to all nodes";
                Failure::new(Exit::Usage, "cannot format", "the cluster has no id: --cluster-id names it")
                    .next(next)
            });
        };
        let id = Uuid::from_base64(text).ok_or_else(|| {
            let why = format!("Cluster ID string {text} does not appear to be a valid UUID");
            Failure::new(Exit::Usage, "cannot format", why)
        })?;
        match config.cluster_id {
            Some(given) if given != id => {
                let why = format!("--cluster-id is {id}, and cluster.id in the file is {given}");
                Err(Failure::new(Exit::Usage, "cannot format", why))
            }
            _ => Ok(id),
        }
    }

    /// Who votes first.
    ///
    /// Source: Kafka's `StorageTool.runFormatCommand`.
    fn voters(&self, config: &Config) -> Result<InitialVoters, Failure> {
        let refuse = |why: &str| Err(Failure::new(Exit::Usage, "cannot format", why));
        let says = self.standalone || self.no_initial_controllers || !self.initial_controllers.is_empty();
        if says && !config.quorum_voters.is_empty() {
            return refuse(
                "You cannot specify controller.quorum.voters and format the node with --initial-controllers, \
                 --standalone, or --no-initial-controllers. If you want to use dynamic quorum, please remove \
                 controller.quorum.voters and specify controller.quorum.bootstrap.servers instead.",
            );
        }
        if (self.standalone || !self.initial_controllers.is_empty()) && !config.roles.controller {
            return refuse("You can only use --standalone and --initial-controllers on a controller.");
        }
        if !says && config.roles.controller && config.quorum_voters.is_empty() {
            return refuse(
                "Because controller.quorum.voters is not set on this controller, you must specify one of the \
                 following: --standalone, --initial-controllers, or --no-initial-controllers.",
            );
        }
        if self.standalone {
            return Ok(InitialVoters::Alone);
        }
        if self.initial_controllers.is_empty() {
            return Ok(InitialVoters::Elsewhere);
        }
        let mut voters = Vec::new();
        for text in &self.initial_controllers {
            let voter = parse_voter(text).ok_or_else(|| {
                let why = "it must read id@host:port:directory-id";
                Failure::new(Exit::Usage, format!("`{text}` is no controller"), why)
            })?;
            voters.push(voter);
        }
        if !voters.iter().any(|voter| voter.id == config.node_id) {
            return refuse("The initial controllers do not contain this node.");
        }
        Ok(InitialVoters::Listed(voters))
    }
}

/// Reads `id@host:port:directory-id`.
fn parse_voter(text: &str) -> Option<InitialVoter> {
    let (id, rest) = text.trim().split_once('@')?;
    let (rest, directory) = rest.rsplit_once(':')?;
    let (host, port) = rest.rsplit_once(':')?;
    let host = host.strip_prefix('[').map_or(Some(host), |inner| inner.strip_suffix(']'))?;
    Some(InitialVoter {
        id: id.parse().ok().filter(|id| *id >= 0)?,
        directory_id: Uuid::from_base64(directory)?,
        address: klamm_core::edge::Address { host: host.into(), port: port.parse().ok()? },
    })
}

/// The id that the list of the first voters has given to this node's directory.
fn own_directory(config: &Config, voters: &InitialVoters) -> Option<Uuid> {
    match voters {
        InitialVoters::Listed(voters) => {
            voters.iter().find(|voter| voter.id == config.node_id).map(|voter| voter.directory_id)
        }
        InitialVoters::Elsewhere | InitialVoters::Alone => None,
    }
}

fn settings(file: &Path) -> Result<Settings, Failure> {
    Settings::from_properties(Config::default(), properties::pairs(file)?)
        .map_err(|errors| properties::wrong(&file.display().to_string(), &errors))
}

fn directory_of(file: &Path, settings: &Settings) -> Result<PathBuf, Failure> {
    settings.log_dirs.first().map(|directory| PathBuf::from(&**directory)).ok_or_else(|| {
        let what = format!("cannot use {}", file.display());
        Failure::new(Exit::Usage, what, "log.dirs is missing")
    })
}

/// Writes a file below a directory so that it is there whole, or not at all.
fn write(directory: &Path, name: &str, content: &[impl AsRef<[u8]>]) -> io::Result<()> {
    let path = directory.join(name);
    let parent = path.parent().expect("it lies below a directory");
    fs::create_dir_all(parent)?;
    let temporary = path.with_extension("tmp");
    let mut file = File::create(&temporary)?;
    for part in content {
        file.write_all(part.as_ref())?;
    }
    file.sync_all()?;
    fs::rename(&temporary, &path)?;
    // The names of the file and of the directories it lies in.
    File::open(parent)?.sync_all()?;
    File::open(directory)?.sync_all()
}

/// Says whose a node's directory is.
pub(super) fn info(context: &Context, file: &Path) -> Outcome {
    let settings = settings(file)?;
    let directory = directory_of(file, &settings)?;
    let shown = directory.display();
    let content = match fs::read(directory.join(META_PROPERTIES)) {
        Ok(content) => content,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let why = format!("{shown} is not formatted.");
            return Err(Failure::new(Exit::Failure, "Found problem", why));
        }
        Err(error) => return Err(Failure::new(Exit::Failure, format!("cannot read {shown}"), error)),
    };
    let (cluster, node, id) = format::owner(&content)
        .map_err(|why| Failure::new(Exit::Failure, format!("cannot read {shown}/{META_PROPERTIES}"), why))?;
    if context.is_json() {
        let (cluster, id) = (cluster.to_base64(), id.to_base64());
        print_json(
            &json!({ "directory": shown.to_string(), "cluster_id": cluster, "node_id": node, "directory_id": id }),
        );
        return Ok(());
    }
    print_line("Found log directory:");
    print_line(&format!("  {shown}"));
    print_line("");
    print_line(&format!(
        "Found metadata: {{cluster.id={cluster}, directory.id={id}, node.id={node}, version=1}}"
    ));
    print_line("");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: a list of the first controllers reads as Kafka's does. Source: Kafka's `DynamicVoter.parse`.
    #[test]
    fn first_controllers_are_read() {
        let id = "MvDxzVmcRsaTz33bUuRU6A";
        let voter = parse_voter(&format!("7@host:9093:{id}")).expect("a controller");
        assert_eq!((voter.id, &*voter.address.host, voter.address.port), (7, "host", 9093));
        assert_eq!(voter.directory_id.to_base64(), id);
        assert_eq!(&*parse_voter(&format!("7@[::1]:9093:{id}")).expect("a controller").address.host, "::1");
        for wrong in ["7@host:9093", "host:9093:x", "7@host:x:y", "-1@host:1:x", ""] {
            assert_eq!(parse_voter(wrong), None, "{wrong}");
        }
    }

    /// Goal: a directory is formatted once, and says then whose it is.
    #[test]
    fn a_directory_is_formatted_once() {
        let work = tempfile::tempdir().expect("a directory");
        let (file, data) = (work.path().join("server.properties"), work.path().join("data"));
        let text = format!(
            "node.id=3\nprocess.roles=controller\ncontroller.listener.names=CONTROLLER\n\
             listeners=CONTROLLER://localhost:9093\ncontroller.quorum.bootstrap.servers=localhost:9093\nlog.dirs={}\n",
            data.display()
        );
        fs::write(&file, text).expect("a file");
        let format = Format {
            config: file.clone(),
            cluster_id: Some("4L6g3nShT-eMCtK--X86sw".into()),
            standalone: true,
            initial_controllers: Vec::new(),
            no_initial_controllers: false,
            ignore_formatted: false,
        };
        format.run().expect("formatted");
        let content = fs::read(data.join(META_PROPERTIES)).expect("a file");
        let (cluster, node, directory) = format::owner(&content).expect("whole");
        assert_eq!((cluster.to_base64().as_str(), node), ("4L6g3nShT-eMCtK--X86sw", 3));
        assert!(!directory.is_zero());
        let voters = data.join("__cluster_metadata-0/00000000000000000000-0000000000.checkpoint");
        assert!(fs::metadata(&voters).expect("the first voters").len() > 0);
        assert!(format.run().is_err(), "it is formatted");
        Format { ignore_formatted: true, ..format }.run().expect("left as it is");
        assert_eq!(fs::read(data.join(META_PROPERTIES)).expect("a file"), content);
    }
}
