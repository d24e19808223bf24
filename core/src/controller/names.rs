//! Which names topics may have.

use alloc::borrow::Cow;
use alloc::format;

use klamm_wire::ErrorCode;

use super::Refusal;
use crate::image::MetadataImage;

const NAME_LENGTH_MAX: usize = 249;

/// Whether a topic may have this name.
///
/// # Errors
/// INVALID_TOPIC_EXCEPTION with the rule that is broken. Source: Kafka's `Topic.validate`.
pub(crate) fn check_name(name: &str) -> Result<(), Refusal> {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let broken = if name.is_empty() {
        "the empty string is not allowed".into()
    } else if matches!(name, "." | "..") {
        "'.' and '..' are not allowed".into()
    } else if name.len() > NAME_LENGTH_MAX {
        format!("it has {} characters and at most {NAME_LENGTH_MAX} are allowed", name.len())
    } else if !name.bytes().all(legal) {
        format!("'{name}' contains other characters than ASCII letters, digits, '.', '_' and '-'")
    } else {
        return Ok(());
    };
    Err(Refusal::new(ErrorCode::INVALID_TOPIC_EXCEPTION, format!("Topic name is invalid: {broken}")))
}

/// The name as metrics write it, where `.` and `_` are the same.
pub(super) fn canonical(name: &str) -> Cow<'_, str> {
    if name.contains('.') { Cow::Owned(name.replace('.', "_")) } else { Cow::Borrowed(name) }
}

/// The existing topic that would share its metric names with `name`.
pub(super) fn collision<'a>(image: &'a MetadataImage, name: &str) -> Option<&'a str> {
    if !name.contains(['.', '_']) {
        return None; // the usual case costs nothing, however many topics there are
    }
    let wanted = canonical(name);
    image.topics().map(|topic| &*topic.name).find(|other| canonical(other) == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: the rules of Kafka's `Topic.validate`.
    #[test]
    fn names_are_checked_as_kafka_does() {
        for name in ["a", "a.b-c_D9", "...", &"x".repeat(249)] {
            assert_eq!(check_name(name), Ok(()), "{name}");
        }
        for name in ["", ".", "..", "a b", "a/b", "ä", "a\0", &"x".repeat(250)] {
            let refusal = check_name(name).expect_err(name);
            assert_eq!(refusal.code, ErrorCode::INVALID_TOPIC_EXCEPTION);
            assert!(refusal.message.starts_with("Topic name is invalid: "));
        }
    }
}
