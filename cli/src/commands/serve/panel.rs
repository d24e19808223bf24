//! What `klamm serve` says once it is ready.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use klamm_core::config::FlushPolicy;
use klamm_net::ServerConfig;
use klamm_net::cluster::{Cluster, ClusterConfig};
use serde_json::{Value, json};

use crate::context::Context;
use crate::render::print_line;

/// The facts of a broker that people need first.
pub(super) struct Panel {
    host: String,
    port: u16,
    log_dirs: Vec<PathBuf>,
    flush: FlushPolicy,
}

impl Panel {
    /// From what the broker is about to be started with; `None` for a node that serves no clients.
    pub(super) fn new(config: &ServerConfig) -> Option<Self> {
        let told = config.node.broker_listeners().next()?;
        Some(Self {
            host: told.advertised_host.to_string(),
            port: told.advertised_port,
            log_dirs: config.log_dirs.clone(),
            flush: config.node.topic.flush_policy,
        })
    }

    /// Prints it: a few lines, or one JSON object. `address` is where the clients' listener was bound.
    pub(super) fn print(&self, address: SocketAddr, context: &Context) {
        let port = if self.port == 0 { address.port() } else { self.port };
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        let address = format!("{host}:{port}");
        let dirs: Vec<String> = self.log_dirs.iter().map(|dir| absolute(dir)).collect();
        if context.is_json() {
            let panel = json!({ "address": address, "data": dirs, "flush": flush_name(self.flush) });
            print_line(&panel.to_string());
            return;
        }
        print_head("is ready", context);
        print_line(&format!("  address  {}", bold(&address, context)));
        print_line(&format!("  data     {}", dirs.join(", ")));
        print_line(&format!("  flush    {}", flush_words(self.flush)));
        print_commands(&server_option(&address), &[]);
        print_line("");
        print_line("Ctrl-C stops it.");
    }
}

/// What a controller without clients says.
pub(super) fn controller(address: SocketAddr, context: &Context) {
    if context.is_json() {
        print_line(&json!({ "controller": address.to_string() }).to_string());
        return;
    }
    print_head("is ready: a controller without clients", context);
    print_line(&format!("  address  {}", bold(&address.to_string(), context)));
    print_line("");
    print_line("Ctrl-C stops it.");
}

/// What a cluster in one process says.
pub(super) fn cluster(config: &ClusterConfig, cluster: &Cluster, context: &Context) {
    let flush = config.node.topic.flush_policy;
    let addresses: Vec<String> = cluster.members.iter().map(|member| member.address.to_string()).collect();
    if context.is_json() {
        let node = |member: &klamm_net::cluster::Member| json!({ "id": member.id, "address": member.address.to_string(), "data": absolute(&member.directory) });
        let panel = json!({
            "cluster_id": cluster.cluster_id.to_base64(),
            "address": addresses.join(","),
            "nodes": cluster.members.iter().map(node).collect::<Value>(),
            "flush": flush_name(flush),
        });
        print_line(&panel.to_string());
        return;
    }
    print_head(&format!("is ready: a cluster of {} nodes", cluster.members.len()), context);
    for member in &cluster.members {
        let address = bold(&member.address.to_string(), context);
        print_line(&format!("  node {}   {address}  {}", member.id, absolute(&member.directory)));
    }
    let (replicas, min_isr) = (config.node.default_replication_factor, config.node.topic.min_insync_replicas);
    print_line(&format!("  topics   {replicas} replicas, acks=all needs {min_isr} of them"));
    print_line(&format!("  flush    {}", flush_words(flush)));
    let data = match &*config.directory {
        directory if directory == Path::new(super::DIRECTORY) => String::new(),
        directory => format!(" --data {}", directory.display()),
    };
    // Any node will do, the others are found by it. The one that is proposed to be killed is another one.
    let server = server_option(&addresses[0]);
    let last = cluster.members.len();
    print_commands(&server, &[format!("cluster status{server}"), format!("cluster kill {last}{data}")]);
    print_line("");
    print_line("Ctrl-C stops all of them.");
}

/// Where commands look if they are told nothing.
const DEFAULT: &str = "127.0.0.1:9092";

fn server_option(address: &str) -> String {
    if address == DEFAULT { String::new() } else { format!(" --bootstrap-server {address}") }
}

fn print_head(what: &str, context: &Context) {
    print_line(&bold(&format!("Klamm {} {what}", env!("CARGO_PKG_VERSION")), context));
}

fn print_commands(server: &str, more: &[String]) {
    let klamm = program();
    print_line("");
    print_line("Try in another terminal:");
    print_line(&format!("  echo hello | {klamm} produce greetings{server}"));
    print_line(&format!("  {klamm} consume greetings --from-beginning{server}"));
    print_line(&format!("  {klamm} topic describe greetings{server}"));
    for command in more {
        print_line(&format!("  {klamm} {command}"));
    }
}

fn bold(text: &str, context: &Context) -> String {
    if context.color_stdout { format!("\u{1b}[1m{text}\u{1b}[0m") } else { text.to_owned() }
}

fn flush_name(policy: FlushPolicy) -> &'static str {
    match policy {
        FlushPolicy::Synced => "synced",
        FlushPolicy::Written => "written",
    }
}

fn flush_words(policy: FlushPolicy) -> &'static str {
    match policy {
        FlushPolicy::Synced => "synced (an acknowledged record survives power loss)",
        FlushPolicy::Written => "written (an acknowledged record survives a crash of the process)",
    }
}

fn absolute(directory: &Path) -> String {
    std::path::absolute(directory).unwrap_or_else(|_| directory.to_owned()).display().to_string()
}

/// How this program was called, so that the commands can be pasted: from a build it is in nobody's path.
fn program() -> String {
    let called = std::env::args().next().filter(|name| name.contains('/'));
    called.unwrap_or_else(|| "klamm".to_owned())
}
