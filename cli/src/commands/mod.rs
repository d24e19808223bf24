//! The commands, one file each.
//!
//! To add one: a file with a `clap::Args` struct that has `run(self, &Context) -> Outcome`, its `mod` line,
//! and its line in the list below. The variant's name is the command's name in kebab case, so `KafkaTopics`
//! is `kafka-topics` and is also found when the binary is called by that name.

mod completion;
mod serve;

use clap::Subcommand;

use crate::context::Context;
use crate::exit::Outcome;

macro_rules! commands {
    ($($(#[$attribute:meta])* $name:ident($arguments:ty),)*) => {
        /// Everything `klamm` can do.
        #[derive(Debug, Subcommand)]
        pub enum Command {
            $($(#[$attribute])* $name($arguments),)*
        }

        impl Command {
            /// Does it.
            ///
            /// # Errors
            /// The sentence for stderr and the exit code.
            pub fn run(self, context: &Context) -> Outcome {
                match self {
                    $(Self::$name(command) => command.run(context),)*
                }
            }
        }
    };
}

commands! {
    /// Starts a broker
    Serve(serve::Serve),
    /// Prints a completion script for a shell
    Completion(completion::Completion),
}
