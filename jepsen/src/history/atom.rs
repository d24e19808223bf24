//! The smallest things in a history: partitions, records, processes.

use std::fmt;

/// A number or a name. Keywords are names that begin with a colon, in JSON as in EDN.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Atom {
    /// Nothing.
    #[default]
    Nil,
    /// A number.
    Int(i64),
    /// A name, or the text of whatever else stands there (a fraction, a truth value).
    Text(Box<str>),
}

impl Atom {
    /// The atom of a partition's name. JSON has only texts as names in objects, so digits are a number.
    pub(crate) fn key(self) -> Self {
        match self {
            Self::Text(text) => match text.parse::<i64>() {
                Ok(number) if number.to_string() == *text => Self::Int(number),
                _ => Self::Text(text),
            },
            other => other,
        }
    }

    /// Whether there is nothing.
    pub fn is_nil(&self) -> bool {
        *self == Self::Nil
    }
}

impl From<i64> for Atom {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<&str> for Atom {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl fmt::Display for Atom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nil => f.write_str("nil"),
            Self::Int(number) => write!(f, "{number}"),
            // Names come from outside: what would break a line or a terminal is shown as an escape.
            Self::Text(text) => {
                for symbol in text.chars() {
                    if symbol.is_control() {
                        write!(f, "{}", symbol.escape_default())
                    } else {
                        write!(f, "{symbol}")
                    }?;
                }
                Ok(())
            }
        }
    }
}
