//! How a command ends: the exit codes, and the one sentence a failure is told in.

use std::fmt;
use std::process::ExitCode;

/// Shown at the end of `klamm --help`; the table of record for scripts.
pub const EXIT_CODES: &str = "\
Exit codes:
  0  it worked
  1  it failed; stderr says what, why and the next step
  2  the command line, a configuration file or a history is wrong
  3  a check found a violation (sim, jepsen)
  4  no broker could be reached in time; trying again may help
  130  interrupted";

/// What the process tells its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// It worked.
    Success,
    /// It failed.
    Failure,
    /// The command line or a configuration file is wrong. clap uses the same number.
    Usage,
    /// The run itself worked, and what it checked does not hold.
    Violation,
    /// No broker could be reached in time.
    Unreachable,
    /// Stopped by a signal before it was done.
    Interrupted,
}

impl Exit {
    /// The number.
    pub const fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Failure => 1,
            Self::Usage => 2,
            Self::Violation => 3,
            Self::Unreachable => 4,
            Self::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// Why a command did not do what it was asked: what, why, and the next step, in one sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// How the process ends.
    pub exit: Exit,
    /// What could not be done.
    pub what: String,
    /// The reason.
    pub why: String,
    /// What the user can do now; empty if there is nothing sensible to say.
    pub next: String,
}

impl Failure {
    /// A failure of the given kind; see [`Failure::next`] for the third part.
    pub fn new(exit: Exit, what: impl Into<String>, why: impl fmt::Display) -> Self {
        Self { exit, what: what.into(), why: why.to_string(), next: String::new() }
    }

    /// Adds the next step.
    #[must_use]
    pub fn next(mut self, next: impl Into<String>) -> Self {
        self.next = next.into();
        self
    }

    /// The line for stderr, its first word in red if wanted.
    pub fn paint(&self, color: bool) -> String {
        if color { format!("\u{1b}[1;31merror:\u{1b}[0m {self}") } else { format!("error: {self}") }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.why)?;
        if !self.next.is_empty() {
            write!(f, "; {}", self.next)?;
        }
        Ok(())
    }
}

/// What every command returns.
pub type Outcome = Result<(), Failure>;

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: the table in the help text names exactly the codes that exist.
    #[test]
    fn every_exit_code_is_documented() {
        use Exit::{Failure, Interrupted, Success, Unreachable, Usage, Violation};
        let documented: Vec<u8> = EXIT_CODES
            .lines()
            .skip(1)
            .map(|line| line.split_whitespace().next().unwrap().parse().unwrap())
            .collect();
        let all = [Success, Failure, Usage, Violation, Unreachable, Interrupted];
        assert_eq!(documented, all.map(Exit::code));
    }

    /// Goal: a failure is one sentence with what, why and the next step.
    #[test]
    fn a_failure_is_one_sentence() {
        let failure = Failure::new(Exit::Failure, "cannot listen on 127.0.0.1:9092", "the port is in use");
        assert_eq!(failure.to_string(), "cannot listen on 127.0.0.1:9092: the port is in use");
        let failure = failure.next("stop the other process or choose another port with --listen");
        assert_eq!(
            failure.paint(false),
            "error: cannot listen on 127.0.0.1:9092: the port is in use; \
             stop the other process or choose another port with --listen"
        );
    }
}
