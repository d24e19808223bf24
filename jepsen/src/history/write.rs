//! Writes events, one per line.

use std::fmt::Write as _;

use super::{Atom, Function, Op, Record, Step};

/// Appends the event in Clojure's notation, and a line end.
pub fn write_edn(op: &Op, out: &mut String) {
    write(op, &Edn, out);
}

/// Appends the event as a JSON object, and a line end.
pub fn write_json(op: &Op, out: &mut String) {
    write(op, &Json, out);
}

/// What differs between the notations.
trait Notation {
    fn field(&self, name: &str, first: bool, out: &mut String);
    fn name(&self, name: &str, out: &mut String);
    fn atom(&self, atom: &Atom, out: &mut String);
    /// A partition as the name of an entry in a map, and what separates it from its value.
    fn entry(&self, key: &Atom, out: &mut String);
    fn separator(&self) -> &'static str;
    fn nothing(&self) -> &'static str;
}

struct Json;
struct Edn;

impl Notation for Json {
    fn field(&self, name: &str, first: bool, out: &mut String) {
        let _ = write!(out, "{}\"{name}\":", if first { "" } else { "," });
    }

    fn name(&self, name: &str, out: &mut String) {
        quoted(name, out);
    }

    fn atom(&self, atom: &Atom, out: &mut String) {
        match atom {
            Atom::Nil => out.push_str("null"),
            Atom::Int(number) => {
                let _ = write!(out, "{number}");
            }
            Atom::Text(text) => quoted(text, out),
        }
    }

    fn entry(&self, key: &Atom, out: &mut String) {
        match key {
            Atom::Text(text) => quoted(text, out),
            other => {
                let _ = write!(out, "\"{other}\"");
            }
        }
        out.push(':');
    }

    fn separator(&self) -> &'static str {
        ","
    }

    fn nothing(&self) -> &'static str {
        "null"
    }
}

impl Notation for Edn {
    fn field(&self, name: &str, first: bool, out: &mut String) {
        let _ = write!(out, "{}:{name} ", if first { "" } else { ", " });
    }

    fn name(&self, name: &str, out: &mut String) {
        self.atom(&Atom::Text(format!(":{name}").into()), out);
    }

    fn atom(&self, atom: &Atom, out: &mut String) {
        match atom {
            Atom::Nil => out.push_str("nil"),
            Atom::Int(number) => {
                let _ = write!(out, "{number}");
            }
            Atom::Text(text) if is_keyword(text) => out.push_str(text),
            Atom::Text(text) => quoted(text, out),
        }
    }

    fn entry(&self, key: &Atom, out: &mut String) {
        self.atom(key, out);
        out.push(' ');
    }

    fn separator(&self) -> &'static str {
        " "
    }

    fn nothing(&self) -> &'static str {
        "nil"
    }
}

/// Whether a name can stand without quotes: what is read from it is the same name.
fn is_keyword(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.*!?/".contains(&byte);
    text.len() > 1 && text.starts_with(':') && text.bytes().skip(1).all(plain)
}

/// A JSON text, which is also one of EDN.
pub(crate) fn quoted(text: &str, out: &mut String) {
    out.push('"');
    for symbol in text.chars() {
        match symbol {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            symbol if symbol < ' ' => {
                let _ = write!(out, "\\u{:04x}", u32::from(symbol));
            }
            symbol => out.push(symbol),
        }
    }
    out.push('"');
}

fn write(op: &Op, notation: &impl Notation, out: &mut String) {
    out.push('{');
    let mut first = true;
    let mut field = |name: &str, out: &mut String| {
        notation.field(name, first, out);
        first = false;
    };
    if let Some(index) = op.index {
        field("index", out);
        let _ = write!(out, "{index}");
    }
    if let Some(time) = op.time {
        field("time", out);
        let _ = write!(out, "{time}");
    }
    field("process", out);
    notation.atom(&op.process, out);
    field("type", out);
    notation.name(op.kind.name(), out);
    field("f", out);
    notation.name(op.function.name(), out);
    if !op.group.is_nil() {
        field("group", out);
        notation.atom(&op.group, out);
    }
    if !op.rebalanced.is_empty() {
        field("rebalance-log", out);
        out.push_str("[{");
        notation.field("keys", true, out);
        list(op.rebalanced.iter(), notation, out, |key, out| notation.atom(key, out));
        out.push_str("}]");
    }
    field("value", out);
    value(op, notation, out);
    out.push_str("}\n");
}

fn value(op: &Op, notation: &impl Notation, out: &mut String) {
    match op.function {
        Function::Send | Function::Poll | Function::Txn if !op.steps.is_empty() => {
            list(op.steps.iter(), notation, out, |step, out| write_step(op, step, notation, out));
        }
        Function::Assign | Function::Subscribe => {
            list(op.keys.iter(), notation, out, |key, out| notation.atom(key, out));
        }
        Function::Commit | Function::Committed if !op.offsets.is_empty() => {
            out.push('{');
            separated(op.offsets.iter(), notation, out, |(key, offset), out| {
                notation.entry(key, out);
                write_offset(*offset, notation, out);
            });
            out.push('}');
        }
        _ => notation.atom(&op.scalar, out),
    }
}

fn write_step(op: &Op, step: &Step, notation: &impl Notation, out: &mut String) {
    out.push('[');
    match step {
        Step::Send { key, record } => {
            notation.name("send", out);
            out.push_str(notation.separator());
            notation.atom(key, out);
            out.push_str(notation.separator());
            match record.offset {
                None => notation.atom(&record.value, out),
                Some(_) => write_record(record, notation, out),
            }
        }
        Step::Poll(batches) => {
            notation.name("poll", out);
            if op.kind != super::Kind::Invoke || !batches.is_empty() {
                out.push_str(notation.separator());
                out.push('{');
                separated(op.batches[batches.clone()].iter(), notation, out, |batch, out| {
                    notation.entry(&batch.key, out);
                    let records = op.polled[batch.records.clone()].iter();
                    list(records, notation, out, |record, out| write_record(record, notation, out));
                });
                out.push('}');
            }
        }
    }
    out.push(']');
}

fn write_record(record: &Record, notation: &impl Notation, out: &mut String) {
    out.push('[');
    write_offset(record.offset, notation, out);
    out.push_str(notation.separator());
    notation.atom(&record.value, out);
    out.push(']');
}

fn write_offset(offset: Option<i64>, notation: &impl Notation, out: &mut String) {
    match offset {
        Some(offset) => {
            let _ = write!(out, "{offset}");
        }
        None => out.push_str(notation.nothing()),
    }
}

fn list<T>(
    items: impl Iterator<Item = T>,
    notation: &impl Notation,
    out: &mut String,
    write: impl FnMut(T, &mut String),
) {
    out.push('[');
    separated(items, notation, out, write);
    out.push(']');
}

fn separated<T>(
    items: impl Iterator<Item = T>,
    notation: &impl Notation,
    out: &mut String,
    mut write: impl FnMut(T, &mut String),
) {
    for (number, item) in items.enumerate() {
        if number > 0 {
            out.push_str(notation.separator());
        }
        write(item, out);
    }
}
