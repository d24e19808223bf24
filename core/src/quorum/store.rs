//! The file `quorum-state`: what a voter must not forget.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use bytes::Bytes;
use klamm_wire::Uuid;

use super::json::Json;
use super::voters::ReplicaKey;
use crate::types::{BrokerId, LeaderEpoch};

/// Name of the file in the directory of the metadata log.
pub(crate) const QUORUM_STATE: &str = "quorum-state";

/// The epoch, and what this voter did in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct ElectionState {
    /// The highest epoch this node has seen.
    pub(crate) epoch: LeaderEpoch,
    /// Who leads it, if known.
    pub(crate) leader: Option<BrokerId>,
    /// Who got this node's vote in it.
    pub(crate) voted: Option<ReplicaKey>,
}

/// The versions of the file: 0 lists the voters (they are configured), 1 does not (they stand in the log).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum StateVersion {
    Static = 0,
    Dynamic = 1,
}

/// What stands in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredState {
    pub(crate) version: StateVersion,
    /// The directory of who got the vote stands in version 1 only.
    pub(crate) election: ElectionState,
    /// The configured voters; version 0 only.
    pub(crate) voters: Vec<BrokerId>,
}

const NOBODY: BrokerId = -1;

impl StoredState {
    /// The file's content: one line, with the members in the order in which Kafka writes them.
    pub(crate) fn encode(&self) -> Bytes {
        let ElectionState { epoch, leader, voted } = self.election;
        let leader = leader.unwrap_or(NOBODY);
        let ReplicaKey { id: voted, directory } =
            voted.unwrap_or(ReplicaKey { id: NOBODY, directory: Uuid::ZERO });
        let text = match self.version {
            StateVersion::Static => {
                let voters: Vec<String> =
                    self.voters.iter().map(|id| format!("{{\"voterId\":{id}}}")).collect();
                format!(
                    "{{\"clusterId\":\"\",\"leaderId\":{leader},\"leaderEpoch\":{epoch},\"votedId\":{voted},\
                     \"appliedOffset\":0,\"currentVoters\":[{}],\"data_version\":0}}",
                    voters.join(",")
                )
            }
            StateVersion::Dynamic => {
                format!(
                    "{{\"leaderId\":{leader},\"leaderEpoch\":{epoch},\"votedId\":{voted},\
                     \"votedDirectoryId\":\"{directory}\",\"data_version\":1}}"
                )
            }
        };
        Bytes::from(text)
    }

    /// Reads the file.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub(crate) fn parse(content: &[u8]) -> Result<Self, String> {
        let text = core::str::from_utf8(content).map_err(|_| String::from("it is not text"))?;
        let json = Json::parse(text).ok_or("it is not JSON")?;
        let number = |name: &str| json.number(name).ok_or_else(|| format!("{name} is missing"));
        let small =
            |name: &str| i32::try_from(number(name)?).map_err(|_| format!("{name} does not fit 32 bits"));
        let version = match number("data_version")? {
            0 => StateVersion::Static,
            1 => StateVersion::Dynamic,
            other => return Err(format!("data_version {other} is unknown")),
        };
        let epoch = small("leaderEpoch")?;
        if epoch < 0 {
            return Err(format!("leaderEpoch {epoch} is negative"));
        }
        let somebody = |id: BrokerId| Some(id).filter(|id| *id != NOBODY);
        let (leader, voted) = (somebody(small("leaderId")?), somebody(small("votedId")?));
        let (mut voters, mut directory) = (Vec::new(), Uuid::ZERO);
        match version {
            StateVersion::Static => {
                let Some(Json::List(list)) = json.member("currentVoters") else {
                    return Err("currentVoters is missing".into());
                };
                for voter in list {
                    let id = voter.number("voterId").and_then(|id| i32::try_from(id).ok());
                    voters.push(id.ok_or("a voter has no voterId")?);
                }
            }
            StateVersion::Dynamic => {
                let text = json.text("votedDirectoryId").ok_or("votedDirectoryId is missing")?;
                directory = Uuid::from_base64(text).ok_or("votedDirectoryId is no id")?;
            }
        }
        let voted = voted.map(|id| ReplicaKey { id, directory });
        Ok(Self { version, election: ElectionState { epoch, leader, voted }, voters })
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    const LEADING: ElectionState = ElectionState { epoch: 7, leader: Some(1), voted: None };

    /// Goal: Kafka reads what Klamm writes. Source: bytes as written by Kafka 4.3's `FileQuorumStateStore`.
    #[test]
    fn the_file_has_kafkas_bytes() {
        let state = StoredState { version: StateVersion::Static, election: LEADING, voters: vec![1] };
        assert_eq!(
            &state.encode()[..],
            br#"{"clusterId":"","leaderId":1,"leaderEpoch":7,"votedId":-1,"appliedOffset":0,"currentVoters":[{"voterId":1}],"data_version":0}"#
        );
        let state = StoredState { version: StateVersion::Dynamic, voters: vec![], ..state };
        assert_eq!(
            &state.encode()[..],
            br#"{"leaderId":1,"leaderEpoch":7,"votedId":-1,"votedDirectoryId":"AAAAAAAAAAAAAAAAAAAAAA","data_version":1}"#
        );
    }

    /// Goal: nothing is forgotten over a restart. Method: write and read, both versions.
    #[test]
    fn what_was_written_is_read() {
        for version in [StateVersion::Static, StateVersion::Dynamic] {
            let is_static = version == StateVersion::Static;
            let directory = if is_static { Uuid::ZERO } else { Uuid([5; 16]) };
            let voted = Some(ReplicaKey { id: 3, directory });
            let state = StoredState {
                version,
                election: ElectionState { epoch: 9, leader: None, voted },
                voters: if is_static { vec![1, 2, 3] } else { vec![] },
            };
            assert_eq!(StoredState::parse(&state.encode()), Ok(state));
        }
    }

    /// Goal: a damaged file is refused with the reason: an epoch that is guessed could elect two leaders.
    #[test]
    fn a_damaged_file_is_refused() {
        for (content, reason) in [
            (&b""[..], "not JSON"),
            (b"\xff", "not text"),
            (b"{}", "data_version is missing"),
            (br#"{"data_version":2}"#, "unknown"),
            (br#"{"leaderId":1,"votedId":-1,"data_version":1}"#, "leaderEpoch is missing"),
            (br#"{"leaderId":1,"leaderEpoch":-3,"votedId":-1,"data_version":1}"#, "negative"),
            (br#"{"leaderId":1,"leaderEpoch":99999999999,"votedId":-1,"data_version":1}"#, "32 bits"),
            (br#"{"leaderId":1,"leaderEpoch":1,"votedId":-1,"data_version":0}"#, "currentVoters"),
        ] {
            let error = StoredState::parse(content).expect_err("damaged");
            assert!(error.contains(reason), "{error}");
        }
    }
}
