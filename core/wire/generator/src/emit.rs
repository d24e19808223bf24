//! From a schema to Rust.

use std::fmt::Write as _;

use crate::schema::{Field, Kind, Range, Schema, Struct};

/// `FetchRequest` to `fetch_request`; `KRaft` counts as one word.
pub(crate) fn snake(name: &str) -> String {
    let name = name.replace("KRaft", "Kraft");
    let chars: Vec<char> = name.chars().collect();
    let mut out = String::new();
    for (i, c) in chars.iter().enumerate() {
        let after_word = i > 0 && !chars[i - 1].is_uppercase();
        let before_word = i > 0 && chars.get(i + 1).is_some_and(|next| next.is_lowercase());
        if c.is_uppercase() && (after_word || before_word) {
            out.push('_');
        }
        out.extend(c.to_lowercase());
    }
    out
}

impl Field {
    fn ident(&self) -> String {
        match snake(&self.name).as_str() {
            keyword @ ("type" | "match") => format!("r#{keyword}"),
            name => name.to_owned(),
        }
    }

    fn is_error_code(&self) -> bool {
        self.base == "int16" && self.name.ends_with("ErrorCode")
    }

    fn is_struct(&self) -> bool {
        self.base.starts_with(|c: char| c.is_ascii_uppercase())
    }

    /// Such a struct has its own mark of null.
    fn is_tagged_nullable_struct(&self) -> bool {
        self.tag.is_some() && self.nullable.is_some() && self.is_struct() && !self.array
    }

    fn base_type(&self) -> &str {
        match self.base.as_str() {
            _ if self.is_error_code() => "ErrorCode",
            "bool" => "bool",
            "int8" => "i8",
            "int16" => "i16",
            "uint16" => "u16",
            "int32" => "i32",
            "uint32" => "u32",
            "int64" => "i64",
            "float64" => "F64",
            "string" => "Str",
            "uuid" => "Uuid",
            "bytes" => "Bytes",
            "records" => "Records",
            name => name,
        }
    }

    fn rust_type(&self) -> String {
        let base = self.base_type();
        let whole = if self.array { format!("Vec<{base}>") } else { base.to_owned() };
        if self.nullable.is_some() { format!("Option<{whole}>") } else { whole }
    }

    /// The default value, and whether Rust's `Default` gives the same.
    fn default_value(&self) -> (String, bool) {
        let base = self.base_type();
        let value = match self.default.as_deref() {
            Some("null") => return ("None".to_owned(), true),
            Some(value) => return (value.to_owned(), matches!(value, "0" | "false")),
            None if self.array => "Vec::new()".to_owned(),
            None => match base {
                "bool" => "false".to_owned(),
                "i8" | "i16" | "u16" | "i32" | "u32" | "i64" => "0".to_owned(),
                "F64" => "F64::ZERO".to_owned(),
                "Uuid" => "Uuid::ZERO".to_owned(),
                "ErrorCode" => "ErrorCode::NONE".to_owned(),
                "Bytes" | "Records" => format!("{base}::new()"),
                _ => format!("{base}::default()"),
            },
        };
        if self.nullable.is_some() { (format!("Some({value})"), false) } else { (value, true) }
    }

    /// Whether the field of `self` differs from its default.
    fn differs(&self) -> String {
        let ident = self.ident();
        let (default, _) = self.default_value();
        let empty = self.array || matches!(self.base_type(), "Str" | "Bytes" | "Records");
        match default.as_str() {
            "None" => format!("self.{ident}.is_some()"),
            "false" => format!("self.{ident}"),
            "true" => format!("!self.{ident}"),
            _ if empty && self.nullable.is_some() => {
                format!("self.{ident}.as_ref().is_none_or(|x| !x.is_empty())")
            }
            _ if empty => format!("!self.{ident}.is_empty()"),
            default => format!("self.{ident} != {default}"),
        }
    }

    /// Bytes that the field takes at least in a version; tagged fields may be missing.
    fn min_size(&self, schema: &Schema, version: i16) -> usize {
        if self.tag.is_some() || !contains(self.versions, version) {
            return 0;
        }
        let flexible = schema.flexible.is_some_and(|from| version >= from) && !self.inflexible;
        let length = |fixed| if flexible { 1 } else { fixed };
        match self.base_type() {
            _ if self.array => length(4),
            _ if self.is_struct() && self.nullable.is_some() => 1,
            "bool" | "i8" => 1,
            "i16" | "u16" | "ErrorCode" => 2,
            "i32" | "u32" => 4,
            "i64" | "F64" => 8,
            "Uuid" => 16,
            "Str" => length(2),
            "Bytes" | "Records" => length(4),
            name => schema.find(name).expect("checked by the parser").min_size(schema, version),
        }
    }
}

impl Struct {
    fn min_size(&self, schema: &Schema, version: i16) -> usize {
        let section = usize::from(schema.flexible.is_some_and(|from| version >= from));
        self.fields.iter().map(|field| field.min_size(schema, version)).sum::<usize>() + section
    }

    fn tagged(&self) -> Vec<&Field> {
        let mut tagged: Vec<&Field> = self.fields.iter().filter(|field| field.tag.is_some()).collect();
        tagged.sort_by_key(|field| field.tag);
        tagged
    }
}

fn contains(range: Range, version: i16) -> bool {
    range.0 <= version && version <= range.1
}

/// The condition for a version of `outer` to lie in `inner`; `None` if all do.
fn within(inner: Range, outer: Range) -> Option<String> {
    match (inner.0 > outer.0, inner.1 < outer.1) {
        (false, false) => None,
        (true, false) => Some(format!("v.number >= {}", inner.0)),
        (false, true) => Some(format!("v.number <= {}", inner.1)),
        (true, true) if inner.0 == inner.1 => Some(format!("v.number == {}", inner.0)),
        (true, true) => Some(format!("({}..={}).contains(&v.number)", inner.0, inner.1)),
    }
}

fn versions_text((low, high): Range) -> String {
    if low == high { format!("version {low}") } else { format!("versions {low} to {high}") }
}

fn title(schema: &Schema) -> String {
    let versions = versions_text(schema.versions);
    let key = schema.key.unwrap_or_default();
    let api = |suffix: &str| schema.name.trim_end_matches(suffix).to_owned();
    match schema.kind {
        Kind::Request => format!("Request of the {} API (key {key}), {versions}.", api("Request")),
        Kind::Response => format!("Response of the {} API (key {key}), {versions}.", api("Response")),
        Kind::Header => format!("Header in front of a message, {versions}."),
        Kind::Data => format!("Message inside a record or file, {versions}."),
        Kind::Metadata => format!("Record of the cluster metadata log (type {key}), {versions}."),
        Kind::Key => format!("Key of the coordinator records of type {key}, {versions}."),
        Kind::Value => format!("Value of the coordinator records of type {key}, {versions}."),
    }
}

/// The whole file of one message.
pub(crate) fn file(schema: &Schema) -> String {
    let mut out = format!("//! `{}`: generated from the schema text.\n\n", schema.name);
    out.push_str("use crate::codec::prelude::*;\n");
    for s in schema.structs.iter().rev() {
        emit_struct(&mut out, schema, s).expect("writing to a string");
    }
    let (low, high) = schema.versions;
    let flexible = schema.flexible.map_or("i16::MAX".to_owned(), |from| from.to_string());
    let name = &schema.name;
    let _ = write!(
        out,
        "\nimpl Message for {name} {{\n    const NAME: &'static str = \"{name}\";\n    \
         const VERSIONS: RangeInclusive<i16> = {low}..={high};\n    \
         const FLEXIBLE_FROM: i16 = {flexible};\n}}\n"
    );
    out
}

fn emit_struct(out: &mut String, schema: &Schema, s: &Struct) -> std::fmt::Result {
    let name = &s.name;
    let is_root = *name == schema.name;
    let plain = s.fields.iter().all(|field| field.default_value().1);
    let derive_default = if plain { "Default, " } else { "" };
    let doc = if is_root { title(schema) } else { format!("Part of [`{}`].", schema.name) };
    write!(out, "\n/// {doc}\n#[derive(Clone, Debug, {derive_default}PartialEq, Eq, Hash)]\n")?;
    if s.fields.is_empty() {
        writeln!(out, "pub struct {name} {{}}")?;
    } else {
        writeln!(out, "pub struct {name} {{")?;
        for field in &s.fields {
            writeln!(out, "    pub {}: {},", field.ident(), field.rust_type())?;
        }
        writeln!(out, "}}")?;
    }
    if !plain {
        write!(out, "\nimpl Default for {name} {{\n    fn default() -> Self {{\n        Self {{\n")?;
        for field in &s.fields {
            writeln!(out, "            {}: {},", field.ident(), field.default_value().0)?;
        }
        out.push_str("        }\n    }\n}\n");
    }
    write!(out, "\nimpl Wire for {name} {{\n")?;
    emit_min_size(out, schema, s)?;
    out.push('\n');
    emit_read(out, schema, s)?;
    out.push('\n');
    emit_write(out, schema, s)?;
    out.push_str("}\n");
    let uses = schema.structs.iter().flat_map(|s| &s.fields);
    if uses.clone().any(|field| field.base == *name && !field.array && field.nullable.is_some()) {
        write!(out, "\nimpl Nullable for {name} {{}}\n")?;
    }
    Ok(())
}

fn emit_min_size(out: &mut String, schema: &Schema, s: &Struct) -> std::fmt::Result {
    let mut steps: Vec<(i16, usize)> = Vec::new();
    for version in s.versions.0..=s.versions.1 {
        let size = s.min_size(schema, version);
        match steps.last_mut() {
            Some(last) if last.1 == size => last.0 = version,
            _ => steps.push((version, size)),
        }
    }
    let (last, before) = steps.split_last().expect("a struct has versions");
    if before.is_empty() {
        return write!(out, "    fn min_size(_: Version) -> usize {{\n        {}\n    }}\n", last.1);
    }
    out.push_str("    fn min_size(v: Version) -> usize {\n        match v.number {\n");
    let mut from = String::new();
    for (until, size) in before {
        writeln!(out, "            {from}..={until} => {size},")?;
        from = (until + 1).to_string();
    }
    write!(out, "            _ => {},\n        }}\n    }}\n", last.1)
}

fn emit_read(out: &mut String, schema: &Schema, s: &Struct) -> std::fmt::Result {
    let tagged = s.tagged();
    let reads_nothing = schema.flexible.is_none() && s.fields.is_empty();
    if reads_nothing {
        out.push_str("    fn read(_: &mut Decoder, _: Version) -> Result<Self> {\n");
    } else {
        out.push_str("    fn read(d: &mut Decoder, v: Version) -> Result<Self> {\n");
    }
    let mutable = if tagged.is_empty() { "" } else { "mut " };
    let open = if schema.flexible.is_none() {
        "Ok(Self {".to_owned()
    } else {
        format!("let {mutable}this = Self {{")
    };
    writeln!(out, "        {open}")?;
    for field in &s.fields {
        let read = if field.tag.is_some() { field.default_value().0 } else { read_expression(s, field) };
        writeln!(out, "            {}: {read},", field.ident())?;
    }
    if schema.flexible.is_none() {
        out.push_str("        })\n    }\n");
        return Ok(());
    }
    out.push_str("        };\n");
    if tagged.is_empty() {
        out.push_str("        d.tags(v, |_, _| Ok(false))?;\n");
    } else {
        out.push_str("        d.tags(v, |d, tag| {\n            match tag {\n");
        for field in tagged {
            let guard = within(field.versions, flexible_range(schema, s))
                .map_or(String::new(), |condition| format!(" if {condition}"));
            let tag = field.tag.expect("tagged");
            writeln!(
                out,
                "                {tag}{guard} => this.{} = {},",
                field.ident(),
                plain_read(s, field)
            )?;
        }
        out.push_str(
            "                _ => return Ok(false),\n            }\n            Ok(true)\n        })?;\n",
        );
    }
    out.push_str("        Ok(this)\n    }\n");
    Ok(())
}

/// The versions of a struct in which it has a tagged section.
fn flexible_range(schema: &Schema, s: &Struct) -> Range {
    (s.versions.0.max(schema.flexible.unwrap_or(i16::MAX)), s.versions.1)
}

fn at(s: &Struct, field: &Field) -> String {
    format!("\"{}.{}\"", s.name, snake(&field.name))
}

fn plain_read(s: &Struct, field: &Field) -> String {
    let v = if field.inflexible { "v.inflexible()" } else { "v" };
    let read = if field.is_tagged_nullable_struct() { "read_tagged_struct" } else { "read" };
    format!("d.{read}({v}, {})?", at(s, field))
}

fn read_expression(s: &Struct, field: &Field) -> String {
    let read = plain_read(s, field);
    let read = match field.nullable.and_then(|null| within(null, field.versions)) {
        Some(condition) => format!("if {condition} {{ {read} }} else {{ Some({read}) }}"),
        None => read,
    };
    match within(field.versions, s.versions) {
        Some(condition) if read.starts_with("if") => {
            format!(
                "if {condition} {{\n                {read}\n            }} else {{\n                {}\n            }}",
                field.default_value().0
            )
        }
        Some(condition) => format!("if {condition} {{ {read} }} else {{ {} }}", field.default_value().0),
        None => read,
    }
}

fn emit_write(out: &mut String, schema: &Schema, s: &Struct) -> std::fmt::Result {
    let unused = if schema.flexible.is_none() && s.fields.is_empty() { "_" } else { "" };
    if unused.is_empty() {
        out.push_str("    fn write(&self, e: &mut Encoder, v: Version) {\n");
    } else {
        out.push_str("    fn write(&self, _: &mut Encoder, _: Version) {\n");
    }
    for field in &s.fields {
        let (ident, at) = (field.ident(), at(s, field));
        let v = if field.inflexible { "v.inflexible()" } else { "v" };
        let write = format!("e.write(&self.{ident}, {v}, {at});");
        let write = match field.nullable.and_then(|null| within(null, field.versions)) {
            Some(condition) => format!(
                "if {condition} {{ {write} }} else {{ e.required(self.{ident}.as_ref(), {v}, {at}); }}"
            ),
            None => write,
        };
        let carried = within(field.versions, s.versions);
        // Only the metadata log picks the version by what a record holds, and so asks what would be lost.
        let refuse = match (field.ignorable, schema.kind) {
            (false, _) => Some(format!("e.absent({}, {at});", field.differs())),
            (true, Kind::Metadata) => Some(format!("e.dropped({}, {at});", field.differs())),
            (true, _) => None,
        };
        let line = match (carried, refuse, field.tag.is_some()) {
            (None, _, true) => continue,
            (None, _, false) => write,
            (Some(_), None, true) => continue,
            (Some(condition), Some(refuse), true) => format!("if !({condition}) {{ {refuse} }}"),
            (Some(condition), None, false) => format!("if {condition} {{ {write} }}"),
            (Some(condition), Some(refuse), false) => {
                format!("if {condition} {{ {write} }} else {{ {refuse} }}")
            }
        };
        writeln!(out, "        {}", negated(&line))?;
    }
    if schema.flexible.is_some() {
        let tagged = s.tagged();
        if tagged.is_empty() {
            out.push_str("        e.tags(v, |_| {});\n");
        } else {
            out.push_str("        e.tags(v, |t| {\n");
            for field in tagged {
                let (ident, at, tag) = (field.ident(), at(s, field), field.tag.expect("tagged"));
                let carried = within(field.versions, flexible_range(schema, s));
                let present = match carried {
                    Some(condition) => format!("{condition} && {}", field.differs()),
                    None => field.differs(),
                };
                match field.is_tagged_nullable_struct() {
                    true => writeln!(
                        out,
                        "            t.structure({tag}, {present}, self.{ident}.as_ref(), v, {at});"
                    )?,
                    false => writeln!(out, "            t.field({tag}, {present}, &self.{ident}, v, {at});")?,
                }
            }
            out.push_str("        });\n");
        }
    }
    out.push_str("    }\n");
    Ok(())
}

/// `!(a >= b)` reads better as `a < b`.
fn negated(line: &str) -> String {
    match line.strip_prefix("if !(v.number >= ").and_then(|rest| rest.split_once(") ")) {
        Some((number, rest)) => format!("if v.number < {number} {rest}"),
        None => line.to_owned(),
    }
}
