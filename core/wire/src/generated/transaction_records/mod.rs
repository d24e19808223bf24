//! Records of `__transaction_state`.

pub mod transaction_log_key;
pub mod transaction_log_value;

pub use self::transaction_log_key::TransactionLogKey;
pub use self::transaction_log_value::TransactionLogValue;

crate::log_records::coordinator_records! {
    TransactionRecord,
    TransactionLog = 0: TransactionLogKey, TransactionLogValue;
}
