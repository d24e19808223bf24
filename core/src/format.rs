//! What a data directory may hold before a node starts in it for the first time: whose it is, and who votes first.
//!
//! A node needs none of it where its configuration says who votes. Where the voters stand in the metadata log, somebody
//! has to be the first.

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use bytes::Bytes;
use klamm_wire::Uuid;

use crate::config::Config;
use crate::edge::Address;
use crate::node::{META_PROPERTIES, MetaProperties};
use crate::quorum::{bootstrap_file, initial_voters_file};
use crate::types::{BrokerId, METADATA_TOPIC};

/// A controller that votes from the start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InitialVoter {
    /// `node.id`.
    pub id: BrokerId,
    /// Of its data directory.
    pub directory_id: Uuid,
    /// Of its first controller listener.
    pub address: Address,
}

/// Who votes when the cluster begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InitialVoters {
    /// Others, or those of the configuration: this directory says nothing about it.
    Elsewhere,
    /// This controller alone; others are added later.
    Alone,
    /// These.
    Listed(Vec<InitialVoter>),
}

/// The files of a formatted directory, by name below it, in the order they have to become durable in: the last one says
/// that the directory is formatted.
pub fn files(
    config: &Config,
    cluster_id: Uuid,
    directory_id: Uuid,
    voters: &InitialVoters,
) -> Vec<(String, Vec<Bytes>)> {
    let voters = match voters {
        InitialVoters::Elsewhere => None,
        InitialVoters::Alone => Some(bootstrap_file(config, directory_id)),
        InitialVoters::Listed(voters) => Some(initial_voters_file(config, voters)),
    };
    let in_log = |(name, content)| (format!("{METADATA_TOPIC}-0/{name}"), content);
    let meta = MetaProperties { cluster_id, node_id: config.node_id, directory_id };
    let meta = (META_PROPERTIES.into(), vec![meta.encode()]);
    voters.map(in_log).into_iter().chain([meta]).collect()
}

/// Whose a directory is, as its `meta.properties` says: cluster, node and directory.
///
/// # Errors
/// What is wrong with the file, in words.
pub fn owner(content: &[u8]) -> Result<(Uuid, BrokerId, Uuid), String> {
    let MetaProperties { cluster_id, node_id, directory_id } = MetaProperties::parse(content)?;
    Ok((cluster_id, node_id, directory_id))
}
