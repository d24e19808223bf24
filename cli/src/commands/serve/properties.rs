//! Reading a `server.properties`.

use std::fs;
use std::path::Path;

use klamm_core::config::{Config, ConfigError, Settings};

use crate::exit::{Exit, Failure};

/// The settings in a file. Keys that Klamm does not know are named in the log and change nothing.
pub(super) fn read(file: &Path) -> Result<Settings, Failure> {
    let settings = Settings::from_properties(Config::default(), pairs(file)?)
        .map_err(|errors| wrong(&file.display().to_string(), &errors))?;
    for (key, reason) in &settings.without_effect {
        tracing::info!(%key, %reason, "this key changes nothing here");
    }
    for key in &settings.unknown {
        tracing::warn!(%key, "this key is not known and changes nothing");
    }
    Ok(settings)
}

/// Keys and values of a file.
pub(in crate::commands) fn pairs(file: &Path) -> Result<Vec<(String, String)>, Failure> {
    let text = fs::read_to_string(file).map_err(|error| {
        Failure::new(Exit::Usage, format!("cannot read {}", file.display()), error).next("check the path")
    })?;
    Ok(parse(&text))
}

/// All that is wrong, in one sentence.
pub(in crate::commands) fn wrong(file: &str, errors: &[ConfigError]) -> Failure {
    let list: Vec<String> = errors.iter().map(|error| format!("{}: {}", error.key, error.reason)).collect();
    Failure::new(Exit::Usage, format!("cannot use {file}"), list.join(", ")).next("correct these keys")
}

/// Keys and values of a Java properties file, as far as Kafka's use it: `key=value` or `key: value`, comments
/// with `#` or `!`, a backslash at the end of a line goes on, the last of several counts.
fn parse(text: &str) -> Vec<(String, String)> {
    let mut logical = Vec::new();
    let mut rest = String::new();
    for line in text.lines() {
        let line = line.trim_start();
        if rest.is_empty() && line.starts_with(['#', '!']) {
            continue;
        }
        rest.push_str(line);
        let backslashes = rest.chars().rev().take_while(|character| *character == '\\').count();
        if backslashes % 2 == 1 {
            rest.pop();
        } else {
            logical.push(std::mem::take(&mut rest));
        }
    }
    logical.push(rest);
    logical.iter().filter(|line| !line.trim().is_empty()).map(|line| pair(line)).collect()
}

fn pair(line: &str) -> (String, String) {
    let mut key = String::new();
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => key.extend(characters.next()),
            '=' | ':' => break,
            other => key.push(other),
        }
    }
    // Escapes in values are for names of Windows directories; the character stands for itself.
    let mut value = String::new();
    let mut characters = characters.as_str().trim().chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => value.extend(characters.next()),
            other => value.push(other),
        }
    }
    (key.trim().to_owned(), value)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: the shapes found in real files. Source: `java.util.Properties.load`, Kafka's server.properties.
    #[test]
    fn properties_files_are_read_as_java_does() {
        let text =
            "# comment\n! another\n\nnode.id = 1\nlog.dirs=/a,\\\n   /b\nkey: value=x\nempty=\r\n\\#k=v\\\\w";
        let pairs = parse(text);
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(key, value)| (&**key, &**value)).collect();
        assert_eq!(
            pairs,
            [("node.id", "1"), ("log.dirs", "/a,/b"), ("key", "value=x"), ("empty", ""), ("#k", "v\\w")]
        );
    }
}
