//! A run as a file: what has to be known to do it again, and what came of it.
//!
//! Lines of `key value`, so that people can read and edit them. Whatever follows `fault` lines is for people:
//! a replay draws the same faults from the same seed.

use core::fmt::Write as _;

use klamm_core::flaw::Flaw;

use crate::hash::Digest;
use crate::run::{Options, Outcome};
use crate::swarm::Size;

const FIRST_LINE: &str = "klamm simulator run, format 1";

/// What a file says about a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// The seed.
    pub seed: u64,
    /// How it was done.
    pub options: Options,
    /// Version of the simulator that did it.
    pub version: String,
    /// What it ended with.
    pub digest: Digest,
    /// The broken promise in words, if there was one.
    pub failure: Option<String>,
}

/// The file of a run.
pub fn write(outcome: &Outcome, options: &Options) -> String {
    let mut text = format!("{FIRST_LINE}\n");
    let _ = writeln!(text, "version {}", env!("CARGO_PKG_VERSION"));
    let _ = writeln!(text, "seed {}", outcome.seed);
    if let Some(flaw) = options.flaw {
        let _ = writeln!(text, "flaw {}", flaw.slug());
    }
    if options.size != Size::Any {
        let _ = writeln!(text, "machines {}", options.size.word());
    }
    for name in &options.without {
        let _ = writeln!(text, "without {name}");
    }
    let _ = writeln!(text, "digest {}", outcome.digest);
    if let Some(violation) = &outcome.failure {
        let _ = writeln!(text, "failure {}", violation.to_string().replace('\n', " "));
    }
    for decision in &outcome.decisions {
        let name = crate::faults::TABLE[decision.fault].name;
        let _ = writeln!(text, "fault {} {name} {}", decision.time, decision.text);
    }
    text
}

/// Reads the file of a run.
///
/// # Errors
/// In words, with the number of the line.
pub fn read(text: &str) -> Result<Recorded, String> {
    let mut lines = text.lines().enumerate();
    if lines.next().map(|(_, line)| line) != Some(FIRST_LINE) {
        return Err(format!("line 1: expected {FIRST_LINE:?}"));
    }
    let (mut seed, mut digest, mut failure) = (None, None, None);
    let mut options = Options::default();
    let mut version = String::new();
    for (index, line) in lines {
        let (key, value) = line.split_once(' ').unwrap_or((line, ""));
        let wrong = || format!("line {}: {value:?} is no {key}", index + 1);
        match key {
            "version" => value.clone_into(&mut version),
            "seed" => seed = Some(value.parse().map_err(|_| wrong())?),
            "flaw" => options.flaw = Some(Flaw::from_slug(value).ok_or_else(wrong)?),
            "machines" => options.size = Size::parse(value).ok_or_else(wrong)?,
            "without" => {
                crate::faults::find(value).ok_or_else(wrong)?;
                options.without.push(value.to_owned());
            }
            "digest" => digest = Some(Digest::parse(value).ok_or_else(wrong)?),
            "failure" => failure = Some(value.to_owned()),
            "fault" | "" => {}
            _ => return Err(format!("line {}: unknown key {key:?}", index + 1)),
        }
    }
    let missing = |key: &str| format!("there is no line with the {key}");
    Ok(Recorded {
        seed: seed.ok_or_else(|| missing("seed"))?,
        options,
        version,
        digest: digest.ok_or_else(|| missing("digest"))?,
        failure,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkers::{Check, Violation};
    use crate::clock::Time;
    use crate::coverage::Coverage;

    #[test]
    fn a_run_is_read_back_as_it_was_written() {
        let violation = Violation::new(Check::Ack, Time(5), "t0-0 offset 3", "is lost");
        let outcome = Outcome {
            seed: 42,
            digest: Digest(0xfeed),
            events: 1,
            simulated: Time(9),
            failure: Some(violation.clone()),
            coverage: Coverage::default(),
            decisions: vec![crate::faults::Decision { time: Time(3), fault: 1, text: "n0 for 3 ms".into() }],
            records: (0, 0),
            excused: crate::ledger::Tally::default(),
            trace: None,
        };
        let options = Options {
            flaw: Some(Flaw::AckBeforeFsync),
            size: Size::Many,
            without: vec!["crash".to_owned()],
            ..Options::default()
        };
        let recorded = read(&write(&outcome, &options)).unwrap();
        assert_eq!(recorded.seed, 42);
        assert_eq!(recorded.digest, outcome.digest);
        assert_eq!(recorded.options, options);
        assert_eq!(recorded.failure, Some(violation.to_string()));
    }

    #[test]
    fn what_is_wrong_in_a_file_is_told_with_its_line() {
        assert!(read("something").unwrap_err().starts_with("line 1"));
        assert!(read(&format!("{FIRST_LINE}\nseed x")).unwrap_err().starts_with("line 2"));
        assert!(read(&format!("{FIRST_LINE}\nseed 1\nflaw nonsense")).unwrap_err().starts_with("line 3"));
        assert!(read(&format!("{FIRST_LINE}\nseed 1")).unwrap_err().contains("digest"));
    }
}
