//! What the node observes, as log lines.

use klamm_core::event::Event;

/// Writes one observation to the log. What happens all the time is told at the finest level only.
pub(crate) fn log(event: &Event) {
    match event {
        Event::Starting { clean: true } => tracing::info!("starting after an orderly stop"),
        Event::Starting { clean: false } => tracing::info!("starting with recovery of the logs"),
        Event::Ready => tracing::info!("ready"),
        Event::LogLoaded { partition, log_start_offset, log_end_offset } => {
            tracing::debug!(%partition, log_start_offset, log_end_offset, "log loaded");
        }
        Event::TornTail { partition, segment, bytes, log_end_offset } => {
            tracing::warn!(%partition, segment, bytes, log_end_offset, "an incomplete tail was cut off");
        }
        Event::LogTruncated { partition, from, to } => {
            tracing::info!(%partition, from, to, "the log is cut back: its leader has another history");
        }
        Event::FollowerOf { partition, leader, leader_epoch } => {
            tracing::debug!(%partition, leader, leader_epoch, "follows");
        }
        Event::StrayLog { partition, is_removed: true } => {
            tracing::info!(%partition, "the partition was given to other brokers; its log here is removed");
        }
        Event::StrayLog { partition, is_removed: false } => {
            tracing::warn!(%partition, "the log belongs to no topic; it is kept beside the others with -stray at the end of its name");
        }
        Event::SegmentRolled { partition, base } => tracing::debug!(%partition, base, "new segment"),
        Event::LogStartMoved { partition, log_start_offset, cause } => {
            tracing::info!(%partition, log_start_offset, ?cause, "log start moved");
        }
        Event::HighWatermark { partition, offset } => tracing::trace!(%partition, offset, "high watermark"),
        Event::LeaderElected { partition, leader_epoch, .. } => {
            tracing::debug!(%partition, leader_epoch, "leads");
        }
        Event::BrokerRegistered { broker, broker_epoch, clean } => {
            tracing::info!(broker, broker_epoch, clean, "broker registered");
        }
        Event::BrokerUnfenced { broker, broker_epoch } => {
            tracing::info!(broker, broker_epoch, "broker unfenced");
        }
        Event::BrokerFenced { broker, broker_epoch } => tracing::info!(broker, broker_epoch, "broker fenced"),
        Event::UncleanElection { partition, leader, leader_epoch, is_last_known } => {
            let what = "elected a leader that may not hold everything";
            tracing::warn!(%partition, leader, leader_epoch, is_last_known, "{what}");
        }
        Event::RegistrationRefused { error } => {
            tracing::warn!(%error, "the controller does not let this broker take part; it asks again");
        }
        Event::QuorumLeader { leader: Some(leader), leader_epoch } => {
            tracing::info!(leader, leader_epoch, "the metadata quorum has a leader");
        }
        Event::QuorumLeader { leader: None, leader_epoch } => {
            tracing::info!(leader_epoch, "the metadata quorum has no known leader");
        }
        Event::QuorumElection { leader_epoch, pre_vote } => {
            tracing::info!(leader_epoch, pre_vote, "asks for votes");
        }
        Event::QuorumResigned { leader_epoch, reason } => {
            tracing::info!(leader_epoch, %reason, "leads the metadata quorum no longer");
        }
        Event::QuorumVoters { offset, voters } => {
            tracing::info!(offset, ?voters, "the voters of the metadata quorum change");
        }
        Event::LogDirFailed { dir, kind } => tracing::error!(dir, ?kind, "log directory failed"),
        Event::GroupRebalanced { group, generation, members, reason } => {
            tracing::info!(%group, generation, members, %reason, "group rebalanced");
        }
        Event::MemberExpired { group, member } => tracing::info!(%group, %member, "member expired"),
        Event::TransactionTimedOut { transactional_id, producer_id } => {
            tracing::info!(%transactional_id, producer_id, "transaction timed out and is aborted");
        }
        Event::TopicCreated { topic, partitions } => tracing::info!(%topic, partitions, "topic created"),
        Event::TopicDeleted { topic } => tracing::info!(%topic, "topic deleted"),
        Event::MetadataSnapshot { end } => tracing::debug!(end, "metadata snapshot"),
        Event::RequestFailed { api, error, message } => {
            tracing::debug!(%api, ?error, %message, "request failed");
        }
    }
}
