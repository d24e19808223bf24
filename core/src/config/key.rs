//! What the table says about one configuration key.

use alloc::string::String;
use core::fmt;

use klamm_wire::Str;

use super::value::{self, Check, Kind, Value};

/// One row: a key whose value lives in a field of `T`.
pub(crate) struct Key<T: 'static> {
    /// Kafka's name, or one beginning with `klamm.`.
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) check: Check,
    /// Where the value lives.
    pub(crate) access: Access<T>,
    /// One sentence for people.
    pub(crate) doc: &'static str,
}

/// How a key reads and writes its field.
pub(crate) struct Access<T: 'static> {
    /// The value as text; parsing it gives the value again.
    pub(crate) get: fn(&T) -> String,
    /// Takes a value of the key's kind.
    pub(crate) set: fn(&mut T, &Value),
}

impl<T> Key<T> {
    /// Reads and checks `text`.
    ///
    /// # Errors
    /// The text is no value of this key; nothing was changed.
    pub(crate) fn parse(&self, text: &str) -> Result<Value, ConfigError> {
        value::parse_checked(self.kind, self.check, text).map_err(|reason| ConfigError {
            key: self.name.into(),
            kind: ConfigErrorKind::Value,
            reason,
        })
    }

    /// Sets the field from a text that was checked when it was written to the metadata log. Sizes below
    /// Kafka's minimum are taken as long as they are positive: the simulator likes its bounds small.
    /// A text that is no value of this key (from a log that another program wrote) leaves the field as it is.
    pub(crate) fn set_lenient(&self, target: &mut T, text: &str) {
        if let Ok(value) = value::parse_checked(self.kind, self.check.lenient(), text) {
            (self.access.set)(target, &value);
        }
    }
}

/// Why a configuration is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The key that is wrong.
    pub key: Str,
    /// In which way.
    pub kind: ConfigErrorKind,
    /// In words, without the key.
    pub reason: String,
}

/// The ways in which a configuration can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConfigErrorKind {
    /// There is no such key.
    Unknown,
    /// The value is not one of this key.
    Value,
    /// The key cannot be changed while the broker runs.
    ReadOnly,
}

impl ConfigError {
    pub(crate) fn unknown(key: &str, what: &str) -> Self {
        Self {
            key: key.into(),
            kind: ConfigErrorKind::Unknown,
            reason: alloc::format!("unknown {what} configuration"),
        }
    }

    pub(crate) fn value(key: &str, reason: impl Into<String>) -> Self {
        Self { key: key.into(), kind: ConfigErrorKind::Value, reason: reason.into() }
    }

    /// What a client is told.
    pub(crate) fn code(&self) -> klamm_wire::ErrorCode {
        match self.kind {
            ConfigErrorKind::Unknown | ConfigErrorKind::Value => klamm_wire::ErrorCode::INVALID_CONFIG,
            // Kafka answers so when a key is known and cannot be changed (DynamicBrokerConfig.validate).
            ConfigErrorKind::ReadOnly => klamm_wire::ErrorCode::INVALID_REQUEST,
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.key, self.reason)
    }
}

impl core::error::Error for ConfigError {}

/// The number in the width of its field; one that does not fit only comes from a log that another program
/// wrote, and leaves the field as it is.
pub(crate) fn narrowed<T: TryFrom<i64>>(value: &Value, old: T) -> T {
    T::try_from(value.number()).unwrap_or(old)
}

/// A number in field `$field` of type `$type`.
macro_rules! number {
    ($field:ident: $type:ty) => {
        crate::config::key::Access {
            get: |target| alloc::string::ToString::to_string(&target.$field),
            set: |target, value| target.$field = crate::config::key::narrowed::<$type>(value, target.$field),
        }
    };
}

/// A truth value in field `$field`.
macro_rules! boolean {
    ($field:ident) => {
        crate::config::key::Access {
            get: |target| alloc::string::ToString::to_string(&target.$field),
            set: |target, value| target.$field = value.boolean(),
        }
    };
}

/// No field: the key accepts `$default` only.
macro_rules! fixed {
    ($default:literal) => {
        crate::config::key::Access { get: |_| alloc::string::String::from($default), set: |_, _| {} }
    };
}

pub(crate) use {boolean, fixed, number};
