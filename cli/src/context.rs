//! What every command gets from the global options.

use std::io::IsTerminal as _;

use clap::{ArgAction, Args, ValueEnum};

/// Options every command understands.
#[derive(Clone, Debug, Args)]
pub struct GlobalOptions {
    /// Tables for people or JSON for scripts
    #[arg(short, long, global = true, value_enum, default_value_t = Output::Table)]
    pub output: Output,
    /// When to use colour
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto)]
    pub color: Color,
    /// Says more on stderr: -v what happens, -vv details, -vvv everything
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,
}

/// The form of a command's result on stdout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// Aligned columns.
    Table,
    /// One JSON value, or one per line where results keep coming.
    Json,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On terminals, unless the environment variable `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The global options, resolved against the terminal.
#[derive(Clone, Debug)]
pub struct Context {
    /// The form of the result.
    pub output: Output,
    /// Whether stdout takes colour.
    pub color_stdout: bool,
    /// Whether stderr takes colour; progress bars belong there, too, and only then.
    pub color_stderr: bool,
    /// How often `-v` was given.
    pub verbose: u8,
}

impl Context {
    /// Looks at the terminal and the environment once.
    pub fn new(global: &GlobalOptions) -> Self {
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let color = |is_terminal: bool| match global.color {
            Color::Auto => is_terminal && !plain,
            Color::Always => true,
            Color::Never => false,
        };
        Self {
            output: global.output,
            color_stdout: color(std::io::stdout().is_terminal()),
            color_stderr: color(std::io::stderr().is_terminal()),
            verbose: global.verbose,
        }
    }

    /// Whether the result is wanted as JSON.
    pub fn is_json(&self) -> bool {
        self.output == Output::Json
    }
}
