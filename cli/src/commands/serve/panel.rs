//! What `klamm serve` says once it is ready.

use std::net::SocketAddr;
use std::path::PathBuf;

use klamm_core::config::FlushPolicy;
use klamm_net::ServerConfig;

use crate::context::Context;
use crate::render::print_line;

/// The facts of a broker that people need first.
pub(super) struct Panel {
    host: String,
    port: u16,
    log_dirs: Vec<PathBuf>,
    flush: &'static str,
}

impl Panel {
    /// From what the broker is about to be started with.
    pub(super) fn new(config: &ServerConfig) -> Self {
        let told = &config.node.listeners[0];
        Self {
            host: told.advertised_host.to_string(),
            port: told.advertised_port,
            log_dirs: config.log_dirs.clone(),
            flush: match config.node.topic.flush_policy {
                FlushPolicy::Synced => "synced (an acknowledged record survives power loss)",
                FlushPolicy::Written => "written (an acknowledged record survives a crash of the process)",
            },
        }
    }

    /// Prints it: a few lines, or one JSON object.
    pub(super) fn print(&self, addresses: &[SocketAddr], context: &Context) {
        let port = if self.port == 0 { addresses[0].port() } else { self.port };
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        let address = format!("{host}:{port}");
        let absolute = |dir: &PathBuf| std::path::absolute(dir).unwrap_or_else(|_| dir.clone());
        let dirs: Vec<String> = self.log_dirs.iter().map(|dir| absolute(dir).display().to_string()).collect();
        if context.is_json() {
            let flush = self.flush.split(' ').next().expect("a policy has a name");
            let panel = serde_json::json!({ "address": address, "data": dirs, "flush": flush });
            print_line(&panel.to_string());
            return;
        }
        let (bold, plain) = if context.color_stdout { ("\u{1b}[1m", "\u{1b}[0m") } else { ("", "") };
        print_line(&format!("{bold}Klamm {} is ready{plain}", env!("CARGO_PKG_VERSION")));
        print_line(&format!("  address  {bold}{address}{plain}"));
        print_line(&format!("  data     {}", dirs.join(", ")));
        print_line(&format!("  flush    {}", self.flush));
        print_line("");
        print_line("Try in another terminal:");
        let klamm = program();
        let server = match &*address {
            DEFAULT => String::new(),
            _ => format!(" --bootstrap-server {address}"),
        };
        print_line(&format!("  echo hello | {klamm} produce greetings{server}"));
        print_line(&format!("  {klamm} consume greetings --from-beginning{server}"));
        print_line(&format!("  {klamm} topic describe greetings{server}"));
        print_line("");
        print_line("Ctrl-C stops it.");
    }
}

/// Where commands look if they are told nothing.
const DEFAULT: &str = "127.0.0.1:9092";

/// How this program was called, so that the commands can be pasted: from a build it is in nobody's path.
fn program() -> String {
    let called = std::env::args().next().filter(|name| name.contains('/'));
    called.unwrap_or_else(|| "klamm".to_owned())
}
