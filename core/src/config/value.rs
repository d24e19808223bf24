//! Types, checks and texts of configuration values.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use klamm_wire::Str;

use super::ThrottledReplicas;

/// The type of a value, numbered as in `DescribeConfigs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `true` or `false`.
    Boolean = 1,
    /// Text.
    String = 2,
    /// 32 bits.
    Int = 3,
    /// 16 bits.
    Short = 4,
    /// 64 bits.
    Long = 5,
    /// A fraction. Klamm keeps no fractions: such keys accept their default only.
    Double = 6,
    /// Texts with commas between them.
    List = 7,
}

impl Kind {
    /// The number in `DescribeConfigs`.
    pub fn id(self) -> i8 {
        self as i8
    }

    fn limits(self) -> (i64, i64) {
        match self {
            Self::Int => (i32::MIN.into(), i32::MAX.into()),
            Self::Short => (i16::MIN.into(), i16::MAX.into()),
            _ => (i64::MIN, i64::MAX),
        }
    }
}

/// A value of the right type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Boolean(bool),
    Number(i64),
    Text(Str),
    List(Vec<Str>),
}

impl Value {
    pub(crate) fn boolean(&self) -> bool {
        matches!(self, Self::Boolean(true))
    }

    /// The number; its type was checked against the key's kind.
    pub(crate) fn number(&self) -> i64 {
        match self {
            Self::Number(number) => *number,
            other => panic!("the table says number, the parser said {other:?}"),
        }
    }

    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            other => panic!("the table says text, the parser said {other:?}"),
        }
    }

    pub(crate) fn list(&self) -> &[Str] {
        match self {
            Self::List(list) => list,
            other => panic!("the table says list, the parser said {other:?}"),
        }
    }
}

/// What a value has to fulfil beyond its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Check {
    /// Nothing.
    Any,
    /// A number in `min..=max`.
    Range { min: i64, max: i64 },
    /// One of these words, in this spelling.
    OneOf(&'static [&'static str]),
    /// Every element is one of these words, none twice.
    EachOf(&'static [&'static str]),
    /// `*`, or a list of `partition:broker`.
    Replicas,
    /// The default and nothing else, because no other value has an effect yet.
    Only { default: &'static str, reason: &'static str },
}

impl Check {
    pub(crate) const fn at_least(min: i64) -> Self {
        Self::Range { min, max: i64::MAX }
    }

    /// The same check without a minimum above 1.
    pub(crate) fn lenient(self) -> Self {
        match self {
            Self::Range { min, max } => Self::Range { min: min.min(1), max },
            other => other,
        }
    }
}

/// Reads `text` as a value of type `kind`, without looking at ranges.
pub(crate) fn parse(kind: Kind, text: &str) -> Result<Value, String> {
    let text = text.trim();
    match kind {
        Kind::Boolean if text.eq_ignore_ascii_case("true") => Ok(Value::Boolean(true)),
        Kind::Boolean if text.eq_ignore_ascii_case("false") => Ok(Value::Boolean(false)),
        Kind::Boolean => Err(format!("'{text}' is neither true nor false")),
        Kind::String | Kind::Double => Ok(Value::Text(text.into())),
        Kind::Int | Kind::Short | Kind::Long => {
            let (min, max) = kind.limits();
            let number: i64 = text.parse().map_err(|_| format!("'{text}' is not a whole number"))?;
            if number < min || number > max {
                return Err(format!("{number} is not between {min} and {max}"));
            }
            Ok(Value::Number(number))
        }
        Kind::List if text.is_empty() => Ok(Value::List(Vec::new())),
        Kind::List => Ok(Value::List(text.split(',').map(|element| element.trim().into()).collect())),
    }
}

/// Reads `text` and holds it against `check`.
pub(crate) fn parse_checked(kind: Kind, check: Check, text: &str) -> Result<Value, String> {
    let value = parse(kind, text)?;
    match (check, &value) {
        (Check::Range { min, .. }, Value::Number(number)) if *number < min => {
            Err(format!("{number} is below the minimum {min}"))
        }
        (Check::Range { max, .. }, Value::Number(number)) if *number > max => {
            Err(format!("{number} is above the maximum {max}"))
        }
        (Check::OneOf(words), Value::Text(text)) if !words.contains(&&**text) => {
            Err(format!("'{text}' is not one of {}", words.join(", ")))
        }
        (Check::EachOf(words), Value::List(list)) => each_of(words, list).map(|()| value),
        (Check::Replicas, Value::List(list)) => ThrottledReplicas::parse(list).map(|_| value),
        (Check::Only { default, reason }, _) if text.trim() != default => {
            Err(format!("'{}' is refused, only '{default}' has an effect: {reason}", text.trim()))
        }
        _ => Ok(value),
    }
}

fn each_of(words: &[&str], list: &[Str]) -> Result<(), String> {
    for (index, element) in list.iter().enumerate() {
        if !words.contains(&&**element) {
            return Err(format!("'{element}' is not one of {}", words.join(", ")));
        }
        if list[..index].contains(element) {
            return Err(format!("'{element}' stands there twice"));
        }
    }
    Ok(())
}

/// The elements of a list as one text.
pub(crate) fn join(list: &[Str]) -> String {
    list.iter().map(|element| element.to_string()).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: what Java's parser takes is taken, what it refuses is refused. Source: Kafka's `ConfigDef.parseType`.
    #[test]
    fn values_are_read_as_java_does() {
        assert_eq!(parse(Kind::Boolean, " TRUE "), Ok(Value::Boolean(true)));
        assert!(parse(Kind::Boolean, "yes").is_err());
        assert_eq!(parse(Kind::Int, " 12"), Ok(Value::Number(12)));
        assert!(parse(Kind::Int, "3000000000").is_err(), "an int has 32 bits");
        assert!(parse(Kind::Short, "40000").is_err(), "a short has 16 bits");
        assert_eq!(parse(Kind::Long, "3000000000"), Ok(Value::Number(3_000_000_000)));
        assert!(parse(Kind::Long, "1.5").is_err());
        assert_eq!(parse(Kind::List, ""), Ok(Value::List(Vec::new())));
        assert_eq!(parse(Kind::List, "a, b"), Ok(Value::List(["a".into(), "b".into()].into())));
    }

    /// Goal: each kind of check refuses what it must and names the value.
    #[test]
    fn checks_name_the_value_they_refuse() {
        let refused = |kind, check, text| parse_checked(kind, check, text).unwrap_err();
        assert!(refused(Kind::Int, Check::at_least(1), "0").contains("below the minimum 1"));
        assert!(refused(Kind::Int, Check::Range { min: 0, max: 9 }, "10").contains("above the maximum 9"));
        assert!(refused(Kind::String, Check::OneOf(&["a", "b"]), "c").contains("'c' is not one of a, b"));
        assert!(refused(Kind::List, Check::EachOf(&["a", "b"]), "a,c").contains("'c'"));
        assert!(refused(Kind::List, Check::EachOf(&["a", "b"]), "a,a").contains("twice"));
        let only = Check::Only { default: "false", reason: "there is no remote storage" };
        assert!(refused(Kind::Boolean, only, "true").contains("no remote storage"));
        assert!(parse_checked(Kind::Boolean, only, "false").is_ok());
    }
}
