//! Logs go to stderr, so that stdout holds results only.

use tracing_subscriber::filter::LevelFilter;

use crate::context::Context;

/// Sends everything the libraries report to stderr, as much as `-v` asks for.
pub(crate) fn start(context: &Context) {
    let level = match context.verbose {
        0 => LevelFilter::WARN,
        1 => LevelFilter::INFO,
        2 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    };
    tracing_subscriber::fmt()
        .with_max_level(level)
        .with_ansi(context.color_stderr)
        .with_target(level >= LevelFilter::DEBUG)
        .with_writer(std::io::stderr)
        .init();
}
