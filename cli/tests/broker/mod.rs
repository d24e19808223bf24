//! A broker to talk to.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Child;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// A broker on a port that the system has chosen.
pub(crate) struct Broker {
    process: Child,
    pub(crate) address: String,
}

impl Broker {
    pub(crate) fn start(data: &Path) -> Self {
        let data = data.to_str().expect("a name");
        let mut process =
            crate::process::klamm(&["serve", "--listen", "127.0.0.1:0", "--data", data, "-o", "json"])
                .spawn()
                .expect("it runs");
        let mut line = String::new();
        BufReader::new(process.stdout.as_mut().expect("piped")).read_line(&mut line).expect("it is ready");
        let panel: Value = serde_json::from_str(&line).expect("one JSON object");
        let address = panel["address"].as_str().expect("an address").to_owned();
        Self { process, address }
    }

    /// Ends it in order; returns the exit code.
    pub(crate) fn stop(mut self) -> Option<i32> {
        let pid = Pid::from_child(&self.process);
        kill_process(pid, Signal::TERM).expect("it runs");
        self.process.wait().expect("it ends").code()
    }
}

/// Ends the process even if a test fails.
impl Drop for Broker {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
