//! Writes the generated code of `klamm-wire`.

use std::path::Path;
use std::{fs, io, process};

use klamm_wire_generator::{generate, output_dir, schema_dir};

fn main() {
    let files = generate(&schema_dir()).unwrap_or_else(|what| {
        eprintln!("{what}");
        process::exit(1);
    });
    let output = output_dir();
    let written = clear(&output).and_then(|()| {
        files.iter().try_for_each(|(name, text)| {
            let path = output.join(name);
            fs::create_dir_all(path.parent().unwrap_or(&output))?;
            fs::write(path, text)
        })
    });
    if let Err(error) = written {
        eprintln!("{}: {error}", output.display());
        process::exit(1);
    }
    println!("{} files below {}", files.len(), output.display());
}

/// Removes what an earlier run wrote, so that a message that is gone leaves no file behind.
fn clear(output: &Path) -> io::Result<()> {
    match fs::remove_dir_all(output) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
