//! What comes before a start: directories are taken, addresses are bound.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use super::{ServerConfig, StartError};
use crate::platform::{Files, Platform};

/// Refuses what cannot work, and fills in what only this side knows.
pub(super) fn check(config: &mut ServerConfig) -> Result<(), StartError> {
    if config.listeners.is_empty() || config.listeners.len() != config.node.listeners.len() {
        return Err(StartError::Config("a broker needs at least one listener, and a name for each".into()));
    }
    config.node.log_dir_space = config.log_dirs.iter().map(|dir| space(dir)).collect();
    config.node.log_dir_names = config.log_dirs.iter().map(|dir| absolute(dir)).collect();
    config.node.log_dirs = match u16::try_from(config.log_dirs.len()) {
        Ok(1) => 1,
        Ok(0) => return Err(StartError::Config("a broker needs a data directory".into())),
        _ => return Err(StartError::Config("a broker has one data directory, not several".into())),
    };
    Ok(())
}

/// Whoever has the `.lock` of a directory has the directory. Source: Kafka's `LogManager.lockLogDirs`.
pub(super) fn lock_directories<P: Platform>(
    platform: &P,
    log_dirs: &[PathBuf],
) -> Result<Vec<<P::Files as Files>::Lock>, StartError> {
    let files = platform.files();
    let lock = |directory: &PathBuf| {
        let fail = |error| StartError::Directory(directory.clone(), error);
        files.create_dir_all(directory).map_err(fail)?;
        let lock = files.lock(&directory.join(".lock")).map_err(fail)?;
        lock.ok_or_else(|| StartError::DirectoryInUse(directory.clone()))
    };
    log_dirs.iter().map(lock).collect()
}

/// Binds every listener; ports that the system chose are told to clients.
pub(super) async fn listen<P: Platform>(
    platform: &P,
    config: &mut ServerConfig,
) -> Result<(Vec<P::Listener>, Vec<SocketAddr>), StartError> {
    let (mut listeners, mut addresses) = (Vec::new(), Vec::new());
    for (endpoint, told) in config.listeners.iter().zip(&mut config.node.listeners) {
        let bound = platform.bind(&endpoint.host, endpoint.port).await;
        let (listener, address) = bound.map_err(|error| {
            let wanted = format!("{}:{}", endpoint.host, endpoint.port);
            match error.kind() {
                io::ErrorKind::AddrInUse => StartError::AddressInUse(wanted),
                _ => StartError::Listen(wanted, error),
            }
        })?;
        if told.advertised_port == 0 {
            told.advertised_port = address.port();
        }
        listeners.push(listener);
        addresses.push(address);
    }
    Ok((listeners, addresses))
}

/// As clients are told; the path as given if the current directory cannot be found out.
fn absolute(directory: &Path) -> klamm_wire::Str {
    let full = std::path::absolute(directory).unwrap_or_else(|_| directory.to_owned());
    full.to_string_lossy().into()
}

/// Size and free bytes of a directory's file system; -1 where the system does not say.
fn space(directory: &Path) -> (i64, i64) {
    // A new directory is not there yet; its file system is that of the nearest one that is.
    let absolute = std::path::absolute(directory).unwrap_or_else(|_| directory.to_owned());
    let Some(found) = absolute.ancestors().find_map(|there| rustix::fs::statvfs(there).ok()) else {
        return (-1, -1);
    };
    let bytes = |blocks: u64| i64::try_from(blocks.saturating_mul(found.f_frsize)).unwrap_or(i64::MAX);
    (bytes(found.f_blocks), bytes(found.f_bavail))
}
