//! `klamm jepsen`: judges histories of clients, whatever cluster they talked to.

mod check;
mod run;
mod workload;

use std::fs::File;
use std::io::{self, IsTerminal as _, Read, Seek as _};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use klamm_jepsen::Anomaly;
use klamm_jepsen::history::{Op, ReadError, Reader, write_edn, write_json};

use crate::context::Context;
use crate::exit::{Exit, Failure, Outcome};
use crate::render::{print_line, print_text};

/// `klamm jepsen` and what stands behind it.
#[derive(Debug, Args)]
pub struct Jepsen {
    #[command(subcommand)]
    command: JepsenCommand,
}

#[derive(Debug, Subcommand)]
enum JepsenCommand {
    /// Judges a history: exit code 0 if it is valid, 3 if not, 2 if it cannot be read
    Check(Box<check::Check>),
    /// Drives producers and consumers against a cluster, writes down what they see, and judges it
    Run(Box<run::Run>),
    /// Says what each anomaly means
    Anomalies,
    /// Writes a history in the other notation
    Convert(Convert),
}

#[derive(Debug, Args)]
struct Convert {
    /// The history; - is stdin
    file: PathBuf,
    /// The notation to write
    #[arg(long, value_enum)]
    to: Notation,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Notation {
    /// One JSON object per line
    Json,
    /// One of Clojure's maps per line
    Edn,
}

impl Jepsen {
    /// Judges.
    ///
    /// # Errors
    /// A violation, or a history that cannot be read.
    pub fn run(self, context: &Context) -> Outcome {
        match self.command {
            JepsenCommand::Check(check) => check.run(context),
            JepsenCommand::Run(run) => run.run(context),
            JepsenCommand::Anomalies => {
                anomalies();
                Ok(())
            }
            JepsenCommand::Convert(convert) => convert.run(),
        }
    }
}

fn anomalies() {
    for anomaly in Anomaly::all() {
        print_line(&format!("{anomaly}\n    {}", anomaly.meaning()));
        if let Some(why) = anomaly.expected() {
            print_line(&format!("    no violation by itself: {why}"));
        }
    }
}

impl Convert {
    fn run(&self) -> Outcome {
        let what = || format!("cannot convert {}", self.file.display());
        let (source, _) = open(&self.file)?;
        let mut reader = Reader::new(source);
        let (mut op, mut text) = (Op::default(), String::new());
        loop {
            let more = reader.read(&mut op).map_err(|error| unreadable(what(), error))?;
            if more {
                match self.to {
                    Notation::Json => write_json(&op, &mut text),
                    Notation::Edn => write_edn(&op, &mut text),
                }
            }
            if !more || text.len() > 64 * 1024 {
                print_text(&text);
                text.clear();
            }
            if !more {
                return Ok(());
            }
        }
    }
}

/// The history and, if it is a file, its length.
fn open(path: &Path) -> Result<(Box<dyn Read>, Option<u64>), Failure> {
    if path.as_os_str() == "-" {
        if io::stdin().is_terminal() {
            eprintln!("reading a history from the terminal; Ctrl-D ends it");
        }
        return Ok((Box::new(io::stdin().lock()), None));
    }
    let failed = |error: io::Error| {
        Failure::new(Exit::Usage, format!("cannot read {}", path.display()), error).next("check the path")
    };
    let mut file = File::open(path).map_err(failed)?;
    // What has no end (a pipe by name) has no length.
    let length = file.seek(io::SeekFrom::End(0)).ok();
    if length.is_some() {
        file.rewind().map_err(failed)?;
    }
    Ok((Box::new(file), length))
}

fn unreadable(what: String, error: ReadError) -> Failure {
    let next = match error {
        ReadError::Io(_) => "check the file",
        ReadError::Malformed { .. } => "docs/jepsen.md describes the format",
    };
    Failure::new(Exit::Usage, what, error).next(next)
}
