//! The checked-in code is what the schema text says.

use std::fs;

use klamm_wire_generator::{generate, output_dir, schema_dir};

/// Goal: nobody edits generated code by hand, and nobody changes the text without running the generator.
#[test]
fn the_checked_in_code_is_what_the_generator_makes() {
    let files = generate(&schema_dir()).expect("the schema text is correct");
    for (name, text) in &files {
        let path = output_dir().join(name);
        let checked_in = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            checked_in == *text,
            "{} differs from the schema text: run `cargo run -p klamm-wire-generator`",
            path.display()
        );
    }
    let mut directories = vec![output_dir()];
    let mut found = 0;
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).expect("the output directory exists").flatten() {
            match entry.path() {
                path if path.is_dir() => directories.push(path),
                _ => found += 1,
            }
        }
    }
    assert_eq!(found, files.len(), "a file of the output has no message any more");
}
