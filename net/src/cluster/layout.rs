//! The directory of a cluster in one process: a directory for each node, and a file that says how many there are.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use klamm_wire::Uuid;

/// Says what the cluster is. Written once, before its first start.
const DESCRIPTION: &str = "cluster.properties";
/// Of a directory that is one node's.
const META_PROPERTIES: &str = "meta.properties";

/// What lies in the directory of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Number of nodes.
    pub nodes: u16,
    /// The cluster's name.
    pub cluster_id: Uuid,
}

impl Layout {
    /// What is there; `None` if no cluster is.
    ///
    /// # Errors
    /// The description cannot be read, or says nothing.
    pub fn read(directory: &Path) -> Result<Option<Self>, String> {
        let path = directory.join(DESCRIPTION);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(format!("{} cannot be read: {error}", path.display())),
        };
        let value = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
        let nodes = value("nodes").and_then(|text| text.trim().parse().ok());
        let cluster_id = value("cluster.id").and_then(|text| Uuid::from_base64(text.trim()));
        match (nodes, cluster_id) {
            (Some(nodes), Some(cluster_id)) => Ok(Some(Self { nodes, cluster_id })),
            _ => Err(format!("{} does not say nodes and cluster.id", path.display())),
        }
    }

    /// The cluster that is there, or a new one of so many nodes, which is then written down.
    ///
    /// # Errors
    /// Something else is there, in words; or the directory cannot be written.
    pub(super) fn open(directory: &Path, nodes: u16, cluster_id: Uuid) -> Result<Self, String> {
        let place = directory.display();
        if let Some(found) = Self::read(directory)? {
            return match found.nodes == nodes {
                true => Ok(found),
                false => Err(format!(
                    "{place} holds a cluster of {} nodes, which cannot become {nodes}",
                    found.nodes
                )),
            };
        }
        if directory.join(META_PROPERTIES).exists() {
            return Err(format!("{place} holds the data of a single node, which cannot become {nodes}"));
        }
        if node_directory(directory, 1).exists() {
            let reason =
                format!("{place} holds nodes without the {DESCRIPTION} that says how many there are");
            return Err(reason);
        }
        let created = Self { nodes, cluster_id };
        created.write(directory).map_err(|error| format!("{place} cannot be written: {error}"))?;
        Ok(created)
    }

    fn write(&self, directory: &Path) -> io::Result<()> {
        fs::create_dir_all(directory)?;
        let temporary = directory.join(format!("{DESCRIPTION}.tmp"));
        let mut file = fs::File::create(&temporary)?;
        write!(file, "nodes={}\ncluster.id={}\n", self.nodes, self.cluster_id.to_base64())?;
        file.sync_all()?;
        fs::rename(&temporary, directory.join(DESCRIPTION))?;
        fs::File::open(directory)?.sync_all()
    }
}

/// Where a node of a cluster keeps its data.
pub(super) fn node_directory(directory: &Path, id: i32) -> PathBuf {
    directory.join(format!("node-{id}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: a cluster goes on with what it has left, and nothing else is taken for one.
    #[test]
    fn a_directory_says_what_it_holds() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let at = directory.path();
        let (first, second) = (Uuid([1; 16]), Uuid([2; 16]));
        assert_eq!(Layout::read(at), Ok(None));
        assert_eq!(Layout::open(at, 3, first).expect("new").cluster_id, first);
        assert_eq!(Layout::open(at, 3, second).expect("the same").cluster_id, first);
        assert!(
            Layout::open(at, 2, second).unwrap_err().ends_with("a cluster of 3 nodes, which cannot become 2")
        );
        fs::write(at.join(DESCRIPTION), "nodes=3\n").expect("a file");
        assert!(Layout::open(at, 3, first).unwrap_err().ends_with("does not say nodes and cluster.id"));
    }

    /// Goal: the data of one node, or of nodes nobody has counted, is left alone.
    #[test]
    fn other_data_is_refused() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let at = directory.path();
        let refused = || Layout::open(at, 3, Uuid([1; 16])).unwrap_err();
        fs::create_dir(node_directory(at, 1)).expect("a directory");
        assert!(refused().contains("holds nodes without"));
        fs::write(at.join(META_PROPERTIES), "").expect("a file");
        assert!(refused().contains("data of a single node"));
        assert!(!at.join(DESCRIPTION).exists());
    }
}
