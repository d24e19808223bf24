//! The `klamm` command: one file per command under [`commands`], what they share beside it.

pub mod commands;
pub mod connection;
pub mod consuming;
pub mod context;
pub mod exit;
pub mod groups;
mod logging;
pub mod producing;
pub mod render;
pub mod throttling;
pub mod when;

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser};

use crate::commands::Command;
use crate::context::{Context, GlobalOptions};
use crate::exit::{EXIT_CODES, Exit};

/// A Kafka-compatible broker that is one pure state machine, with its tools.
#[derive(Debug, Parser)]
#[command(name = "klamm", version, arg_required_else_help = true, after_help = EXIT_CODES)]
pub struct Klamm {
    /// Options every command understands.
    #[command(flatten)]
    pub global: GlobalOptions,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Runs the command named by the process's arguments.
pub fn main() -> ExitCode {
    let arguments = with_tool_name(std::env::args_os().collect());
    // clap prints help to stdout with code 0 and usage errors to stderr with code 2, which are ours, too.
    let Klamm { global, command } = Klamm::parse_from(arguments);
    let context = Context::new(&global);
    logging::start(&context);
    match command.run(&context) {
        Ok(()) => Exit::Success.into(),
        Err(failure) => {
            eprintln!("{}", failure.paint(context.color_stderr));
            failure.exit.into()
        }
    }
}

/// Called as `kafka-topics.sh` (or without `.sh`), the binary behaves like `klamm kafka-topics`.
fn with_tool_name(mut arguments: Vec<OsString>) -> Vec<OsString> {
    let tool = arguments.first().and_then(|program| Path::new(program).file_name()?.to_str());
    let tool = tool.map(|name| name.strip_suffix(".sh").or(name.strip_suffix(".exe")).unwrap_or(name));
    if let Some(tool) = tool
        && tool.starts_with("kafka-")
        && Klamm::command().find_subcommand(tool).is_some()
    {
        let tool = OsString::from(tool);
        arguments.insert(1, tool);
    }
    arguments
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: no two options collide and every command has a usable help text, also those added later.
    /// Source: clap's own debug assertions.
    #[test]
    fn the_command_tree_is_consistent() {
        Klamm::command().debug_assert();
    }

    /// Goal: a link named after one of Kafka's tools changes nothing unless that tool is built in.
    #[test]
    fn other_program_names_leave_the_arguments_alone() {
        for program in ["klamm", "/usr/bin/klamm", "kafka-no-such-tool.sh"] {
            let arguments = vec![OsString::from(program), OsString::from("--list")];
            assert_eq!(with_tool_name(arguments.clone()), arguments);
        }
    }
}
