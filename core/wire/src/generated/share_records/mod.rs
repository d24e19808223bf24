//! Records of `__share_group_state`.

pub mod share_snapshot_key;
pub mod share_snapshot_value;
pub mod share_update_key;
pub mod share_update_value;

pub use self::share_snapshot_key::ShareSnapshotKey;
pub use self::share_snapshot_value::ShareSnapshotValue;
pub use self::share_update_key::ShareUpdateKey;
pub use self::share_update_value::ShareUpdateValue;

crate::log_records::coordinator_records! {
    ShareRecord,
    ShareSnapshot = 0: ShareSnapshotKey, ShareSnapshotValue;
    ShareUpdate = 1: ShareUpdateKey, ShareUpdateValue;
}
