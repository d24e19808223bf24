//! Turns the schema text of Kafka's messages into Rust.
//!
//! The output is checked in, so building Klamm needs no build script; a test compares it with what the
//! schema text gives. Run `cargo run -p klamm-wire-generator` after a change of the text.
#![allow(
    missing_docs,
    unreachable_pub,
    reason = "a tool of the build: its parts are described at the module heads"
)]

mod emit;
pub mod schema;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use schema::{Kind, Schema};

/// Schema files whose name ends so are a module of their own; all others belong to `messages`.
const RECORDS: &str = "_records";

/// The directory of the schema text.
#[must_use]
pub fn schema_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../schema")
}

/// The directory of the generated code.
#[must_use]
pub fn output_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../src/generated")
}

/// All generated files: path below the output directory, and text.
///
/// # Errors
/// A schema file cannot be read or has a mistake; the text names the place.
pub fn generate(dir: &Path) -> Result<BTreeMap<String, String>, String> {
    let mut modules: BTreeMap<String, Vec<Schema>> = BTreeMap::new();
    let entries = fs::read_dir(dir).map_err(|error| format!("{}: {error}", dir.display()))?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let schemas = schema::parse(&text).map_err(|what| format!("{}: {what}", path.display()))?;
        let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        let module = if stem.ends_with(RECORDS) { stem } else { "messages" };
        modules.entry(module.to_owned()).or_default().extend(schemas);
    }
    let mut files = BTreeMap::new();
    let mut root = String::from("//! Generated from the schema text; see `core/wire/generator`.\n\n");
    for (module, mut schemas) in modules {
        schemas.sort_by(|a, b| a.name.cmp(&b.name));
        let _ = writeln!(root, "pub mod {module};");
        for schema in &schemas {
            files.insert(format!("{module}/{}.rs", emit::snake(&schema.name)), emit::file(schema));
        }
        files.insert(format!("{module}/mod.rs"), module_file(&module, &schemas)?);
    }
    files.insert("mod.rs".to_owned(), root);
    Ok(files)
}

fn module_file(module: &str, schemas: &[Schema]) -> Result<String, String> {
    let title = match module {
        "messages" => "Requests, responses, headers, and messages inside records.",
        "metadata_records" => "Records of the cluster metadata log.",
        "group_records" => "Records of `__consumer_offsets`.",
        "transaction_records" => "Records of `__transaction_state`.",
        "share_records" => "Records of `__share_group_state`.",
        _ => "Contents of the files beside a log.",
    };
    let mut out = format!("//! {title}\n\n");
    for schema in schemas {
        let _ = writeln!(out, "pub mod {};", emit::snake(&schema.name));
    }
    out.push('\n');
    for schema in schemas {
        let _ = writeln!(out, "pub use self::{}::{};", emit::snake(&schema.name), schema.name);
    }
    out.push_str(&table(module, schemas)?);
    Ok(out)
}

/// The rows from which the enums over all messages of a module are made.
fn table(module: &str, schemas: &[Schema]) -> Result<String, String> {
    let mut by_key: BTreeMap<i16, Vec<&Schema>> = BTreeMap::new();
    for schema in schemas {
        if let Some(key) = schema.key {
            by_key.entry(key).or_default().push(schema);
        }
    }
    if by_key.is_empty() {
        return Ok(String::new());
    }
    let mut out = match module {
        "messages" => "\ncrate::api::apis! {\n".to_owned(),
        "metadata_records" => "\ncrate::log_records::metadata_records! {\n".to_owned(),
        _ => {
            let records = module.trim_end_matches(RECORDS);
            let name = format!("{}{}Record", records[..1].to_uppercase(), &records[1..]);
            format!("\ncrate::log_records::coordinator_records! {{\n    {name},\n")
        }
    };
    for (key, pair) in by_key {
        let find = |kind| {
            let found = pair.iter().find(|schema| schema.kind == kind);
            found.ok_or(format!("{module}: key {key} lacks its {kind:?}"))
        };
        let row = match module {
            "messages" => {
                let (request, response) = (find(Kind::Request)?, find(Kind::Response)?);
                if request.versions != response.versions || request.flexible != response.flexible {
                    return Err(format!("{}: request and response differ in versions", request.name));
                }
                let on = |listener: &str| request.listeners.iter().any(|name| name == listener);
                format!(
                    "{} = {key}: {}, {}, broker {}, controller {}, unstable {};",
                    request.name.trim_end_matches("Request"),
                    request.name,
                    response.name,
                    on("broker"),
                    on("controller"),
                    request.latest_unstable
                )
            }
            "metadata_records" => {
                let name = &find(Kind::Metadata)?.name;
                format!("{} = {key}: {name};", name.trim_end_matches("Record"))
            }
            _ => {
                let (key_name, value) = (&find(Kind::Key)?.name, &find(Kind::Value)?.name);
                format!("{} = {key}: {key_name}, {value};", key_name.trim_end_matches("Key"))
            }
        };
        let _ = writeln!(out, "    {row}");
    }
    out.push_str("}\n");
    Ok(out)
}
