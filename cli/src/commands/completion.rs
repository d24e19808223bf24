//! `klamm completion SHELL`.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use crate::Klamm;
use crate::context::Context;
use crate::exit::Outcome;
use crate::render::print_text;

/// Prints a completion script, for example `klamm completion bash > /etc/bash_completion.d/klamm`.
#[derive(Debug, Args)]
pub struct Completion {
    /// Which shell
    shell: Shell,
}

impl Completion {
    pub(super) fn run(self, _: &Context) -> Outcome {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Klamm::command(), "klamm", &mut script);
        print_text(&String::from_utf8_lossy(&script));
        Ok(())
    }
}
