//! The schema text: one line per message, struct or field, nesting by indentation.
//!
//! ```text
//! request FetchRequest 1: versions 4..18, flexible 12, on broker, on controller
//!     ClusterId: string? = null, since 12, tag 0, ignorable
//!     Topics: []FetchTopic
//!         Topic: string, until 12, ignorable
//! ```
//!
//! A message line is `kind Name [key]: versions a..b` and attributes. `struct Name` below it defines a
//! struct that several fields use. A field line is `Name: type [= default]` and attributes; `?` after the
//! type means nullable, `since` and `until` bound the versions (both inclusive, inherited if left out),
//! `null since` and `null until` bound where null is legal. `own` marks tagged fields that are not Kafka's.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Versions from the first to the second, both inclusive.
pub type Range = (i16, i16);

/// What a message is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Request,
    Response,
    /// In front of a request or response.
    Header,
    /// Inside a record, or a file.
    Data,
    /// A record of the cluster metadata log.
    Metadata,
    /// The key of a coordinator's record.
    Key,
    /// The value of a coordinator's record.
    Value,
}

/// One message with all its structs; the last struct is the message itself.
#[derive(Debug)]
pub struct Schema {
    pub kind: Kind,
    pub name: String,
    pub key: Option<i16>,
    pub versions: Range,
    pub flexible: Option<i16>,
    pub listeners: Vec<String>,
    pub latest_unstable: bool,
    pub structs: Vec<Struct>,
}

/// A struct and the versions in which it occurs.
#[derive(Debug)]
pub struct Struct {
    pub name: String,
    pub versions: Range,
    pub fields: Vec<Field>,
}

#[derive(Debug)]
pub struct Field {
    pub name: String,
    pub base: String,
    pub array: bool,
    pub nullable: Option<Range>,
    pub default: Option<String>,
    pub versions: Range,
    pub tag: Option<u32>,
    pub ignorable: bool,
    pub inflexible: bool,
    /// Not Kafka's but ours: a tagged field that Kafka skips.
    pub own: bool,
}

impl Schema {
    /// The message itself.
    pub fn root(&self) -> &Struct {
        self.structs.last().expect("a schema ends with its own struct")
    }

    /// A struct of this message by name.
    pub fn find(&self, name: &str) -> Option<&Struct> {
        self.structs.iter().find(|s| s.name == name)
    }
}

struct Line<'a> {
    number: usize,
    depth: usize,
    text: &'a str,
}

type Result<T> = std::result::Result<T, String>;

/// Parses one schema file.
///
/// # Errors
/// Names the line and what is wrong with it.
pub fn parse(text: &str) -> Result<Vec<Schema>> {
    let mut lines = Vec::new();
    for (i, line) in text.lines().enumerate() {
        let text = line.trim_start();
        let indent = line.len() - text.len();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        if indent % 4 != 0 {
            return Err(format!("line {}: indentation is not a multiple of four", i + 1));
        }
        lines.push(Line { number: i + 1, depth: indent / 4, text: text.trim_end() });
    }
    let mut schemas = Vec::new();
    let mut rest = &lines[..];
    while let Some((head, tail)) = rest.split_first() {
        let body = tail.iter().position(|line| line.depth == 0).unwrap_or(tail.len());
        let schema = message(head, &tail[..body])
            .map_err(|what| format!("in the message of line {}: {what}", head.number))?;
        check(&schema)?;
        schemas.push(schema);
        rest = &tail[body..];
    }
    Ok(schemas)
}

fn message(head: &Line<'_>, body: &[Line<'_>]) -> Result<Schema> {
    let (title, attributes) = head.text.split_once(": ").ok_or("no attributes")?;
    let words: Vec<&str> = title.split(' ').collect();
    let kind = match words[0] {
        "request" => Kind::Request,
        "response" => Kind::Response,
        "header" => Kind::Header,
        "data" => Kind::Data,
        "metadata" => Kind::Metadata,
        "key" => Kind::Key,
        "value" => Kind::Value,
        other => return Err(format!("unknown kind {other}")),
    };
    let mut schema = Schema {
        kind,
        name: (*words.get(1).ok_or("no name")?).to_owned(),
        key: words.get(2).map(|key| number(key)).transpose()?,
        versions: (0, -1),
        flexible: None,
        listeners: Vec::new(),
        latest_unstable: false,
        structs: Vec::new(),
    };
    for attribute in attributes.split(", ") {
        match attribute.split_once(' ') {
            Some(("versions", range)) => {
                let (low, high) = range.split_once("..").unwrap_or((range, range));
                schema.versions = (number(low)?, number(high)?);
            }
            Some(("flexible", from)) => schema.flexible = Some(number(from)?),
            Some(("on", listener)) => schema.listeners.push(listener.to_owned()),
            Some(("latest", "unstable")) => schema.latest_unstable = true,
            _ => return Err(format!("unknown attribute {attribute}")),
        }
    }
    if schema.versions.0 > schema.versions.1 {
        return Err("no versions".to_owned());
    }
    let mut rest = body;
    let (name, versions) = (schema.name.clone(), schema.versions);
    while let Some(line) = rest.first().filter(|line| line.text.starts_with("struct ")) {
        let mut parts = line.text["struct ".len()..].split(", ");
        let name = parts.next().ok_or("no name")?.to_owned();
        let mut versions = versions;
        for part in parts {
            match part.split_once(' ') {
                Some(("since", n)) => versions.0 = number(n)?,
                Some(("until", n)) => versions.1 = number(n)?,
                _ => return Err(format!("line {}: unknown attribute {part}", line.number)),
            }
        }
        let (body, after) = nested(&rest[1..], line.depth);
        add_struct(&mut schema, name, versions, body, line.depth + 1)?;
        rest = after;
    }
    add_struct(&mut schema, name, versions, rest, 1)?;
    Ok(schema)
}

/// The lines deeper than `depth` at the start, and the rest.
fn nested<'l, 't>(lines: &'l [Line<'t>], depth: usize) -> (&'l [Line<'t>], &'l [Line<'t>]) {
    lines.split_at(lines.iter().position(|line| line.depth <= depth).unwrap_or(lines.len()))
}

fn add_struct(
    schema: &mut Schema,
    name: String,
    versions: Range,
    lines: &[Line<'_>],
    depth: usize,
) -> Result<()> {
    let mut fields = Vec::new();
    let mut rest = lines;
    while let Some((line, after)) = rest.split_first() {
        let at = |what: String| format!("line {}: {what}", line.number);
        if line.depth != depth {
            return Err(at("wrong indentation".to_owned()));
        }
        let field = field(line.text, versions).map_err(at)?;
        let (body, after) = nested(after, depth);
        if !body.is_empty() {
            add_struct(schema, field.base.clone(), field.versions, body, depth + 1)?;
        }
        fields.push(field);
        rest = after;
    }
    if schema.find(&name).is_some() {
        return Err(format!("{name} is defined twice"));
    }
    schema.structs.push(Struct { name, versions, fields });
    Ok(())
}

fn field(text: &str, versions: Range) -> Result<Field> {
    let (name, rest) = text.split_once(": ").ok_or("a field needs a type")?;
    let mut parts = rest.split(", ");
    let first = parts.next().ok_or("a field needs a type")?;
    let (kind, default) = match first.split_once(" = ") {
        Some((kind, default)) => (kind, Some(default.to_owned())),
        None => (first, None),
    };
    let (kind, nullable) = kind.strip_suffix('?').map_or((kind, false), |kind| (kind, true));
    let (base, array) = kind.strip_prefix("[]").map_or((kind, false), |base| (base, true));
    let mut field = Field {
        name: name.to_owned(),
        base: base.to_owned(),
        array,
        nullable: None,
        default,
        versions,
        tag: None,
        ignorable: false,
        own: false,
        inflexible: false,
    };
    let (mut null_since, mut null_until) = (None, None);
    for part in parts {
        match part.rsplit_once(' ') {
            Some(("since", n)) => field.versions.0 = number(n)?,
            Some(("until", n)) => field.versions.1 = number(n)?,
            Some(("null since", n)) => null_since = Some(number(n)?),
            Some(("null until", n)) => null_until = Some(number(n)?),
            Some(("tag", n)) => field.tag = Some(n.parse().map_err(|_| format!("bad tag {n}"))?),
            None if part == "ignorable" => field.ignorable = true,
            None if part == "own" => field.own = true,
            None if part == "inflexible" => field.inflexible = true,
            _ => return Err(format!("unknown attribute {part}")),
        }
    }
    if nullable {
        let (low, high) = field.versions;
        field.nullable = Some((null_since.unwrap_or(low), null_until.unwrap_or(high)));
    }
    Ok(field)
}

fn number(text: &str) -> Result<i16> {
    text.parse().map_err(|_| format!("{text} is not a number"))
}

/// What the emitter relies on.
fn check(schema: &Schema) -> Result<()> {
    let mut errors = String::new();
    for s in &schema.structs {
        let mut tags = BTreeMap::new();
        for field in &s.fields {
            let mut fail = |what: &str| {
                let _ = writeln!(errors, "{}: {}.{}: {what}", schema.name, s.name, field.name);
            };
            let is_struct = field.base.starts_with(|c: char| c.is_ascii_uppercase());
            if is_struct && schema.find(&field.base).is_none() {
                fail("the struct is not defined");
            }
            let (low, high) = field.versions;
            if low > high || low < s.versions.0 || high > s.versions.1 {
                fail("the versions are not those of the struct");
            }
            if field.default.as_deref() == Some("null") && field.nullable.is_none() {
                fail("the default is null, but the field is never null");
            }
            if let Some(tag) = field.tag {
                if tags.insert(tag, ()).is_some() {
                    fail("the tag is used twice");
                }
                if schema.flexible.is_none_or(|from| from > low) || high != s.versions.1 {
                    fail("a tagged field needs flexible versions to the end");
                }
            }
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: versions that a field does not state are those of what surrounds it.
    #[test]
    fn nested_fields_inherit_the_versions_of_their_struct() {
        let text = "request ARequest 1: versions 2..9, flexible 5, on broker\n    \
                    Xs: []X?, since 3, null since 4\n        Y: int32 = -1, until 8\n        Z: string\n";
        let [schema] = &parse(text).unwrap()[..] else { panic!("one message") };
        let x = schema.find("X").unwrap();
        assert_eq!(x.versions, (3, 9));
        assert_eq!(x.fields[0].versions, (3, 8));
        assert_eq!(x.fields[1].versions, (3, 9));
        assert_eq!(schema.root().fields[0].nullable, Some((4, 9)));
        assert_eq!(schema.root().name, "ARequest");
    }

    /// Goal: a slip in the schema text stops the generator instead of changing the wire format.
    #[test]
    fn mistakes_are_named() {
        for (text, what) in [
            ("data A: versions 0\n    X: []Y\n", "not defined"),
            ("data A: versions 0\n    X: int8, tag 0\n", "flexible"),
            ("data A: versions 0..1\n    X: int8, since 2\n", "versions"),
            ("data A: versions 0\n    X: string = null\n", "never null"),
            ("data A: versions 0\n    X: int8, sinec 2\n", "unknown attribute"),
            ("data A: versions 0\n   X: int8\n", "multiple of four"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(what), "{error}");
        }
    }
}
