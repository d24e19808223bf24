//! Results on stdout: aligned columns for people, JSON for scripts.

use std::fmt::Display;
use std::io::{self, Write as _};

use comfy_table::{Attribute, Cell, Table};
use serde_json::Value;

use crate::context::Context;
use crate::exit::Exit;

/// Prints rows under their headers, without lines, two spaces between columns.
pub fn print_table(context: &Context, headers: &[&str], rows: Vec<Vec<String>>) {
    let mut table = Table::new();
    table.load_preset(comfy_table::presets::NOTHING);
    let header = |text: &&str| {
        let cell = Cell::new(text);
        if context.color_stdout { cell.add_attribute(Attribute::Bold) } else { cell }
    };
    table.set_header(headers.iter().map(header));
    if context.color_stdout {
        table.enforce_styling();
    }
    for row in rows {
        table.add_row(row);
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    for line in table.lines() {
        print_line(line.trim_end());
    }
}

/// Prints one JSON value, indented.
pub fn print_json(value: &Value) {
    print_line(&serde_json::to_string_pretty(value).expect("a value is always printable"));
}

/// Prints a line. Whoever reads may stop early (`| head`), which ends the process quietly.
pub fn print_line(line: &str) {
    print_text(&format!("{line}\n"));
}

/// Prints text as it is. An output that takes nothing (a full disk) ends the process with its failure: nothing that a
/// command does is worth more than its result.
pub fn print_text(text: &str) {
    let mut stdout = io::stdout();
    if let Err(error) = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        quit_if_broken(&error);
        eprintln!("error: cannot write the output: {error}");
        std::process::exit(Exit::Failure.code().into());
    }
}

/// Ends the process if nobody reads stdout any more.
pub fn quit_if_broken(error: &io::Error) {
    if error.kind() == io::ErrorKind::BrokenPipe {
        std::process::exit(0);
    }
}

/// A number with its noun: "1 record", "2 records".
pub fn counted<N: Display + PartialEq + From<u8>>(count: N, noun: &str) -> String {
    let plural = if count == N::from(1) { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

/// Numbers joined by commas.
pub fn joined(numbers: &[i32]) -> String {
    numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

/// Bytes for people, in powers of 1024.
pub fn human_bytes(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
    let mut unit = 0;
    let mut scaled = bytes * 10; // tenths, so that no float is needed
    while scaled >= 10_240 && unit + 1 < UNITS.len() {
        scaled /= 1024;
        unit += 1;
    }
    if unit == 0 { format!("{bytes} B") } else { format!("{}.{} {}", scaled / 10, scaled % 10, UNITS[unit]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: sizes are short and never wrong by a unit.
    #[test]
    fn sizes_are_told_in_the_largest_fitting_unit() {
        for (bytes, text) in
            [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1536, "1.5 KiB"), (1 << 30, "1.0 GiB")]
        {
            assert_eq!(human_bytes(bytes), text);
        }
    }
}
