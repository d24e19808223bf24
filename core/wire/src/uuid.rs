//! Identifiers of topics, directories and clusters.

use core::fmt;
use core::str;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const BASE64_LEN: usize = 22;

/// A UUID. Its text is Kafka's: base64 of the url alphabet without padding, 22 characters.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uuid(pub [u8; 16]);

impl Uuid {
    /// No identifier.
    pub const ZERO: Self = Self([0; 16]);

    /// Whether this is no identifier.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self == Self::ZERO
    }

    /// The text of 22 characters.
    #[must_use]
    pub fn to_base64(self) -> alloc::string::String {
        alloc::string::ToString::to_string(&self)
    }

    /// Reads the text of [`to_base64`](Self::to_base64); padding at the end is tolerated, as Kafka does.
    /// `None` if it is not the text of 16 bytes.
    #[must_use]
    pub fn from_base64(text: &str) -> Option<Self> {
        let text = text.strip_suffix("==").unwrap_or(text).as_bytes();
        if text.len() != BASE64_LEN {
            return None;
        }
        let mut bits = 0u128;
        for (i, c) in text.iter().enumerate() {
            let value = ALPHABET.iter().position(|a| a == c)? as u128;
            if i < BASE64_LEN - 1 {
                bits = bits << 6 | value;
            } else if value & 0xf == 0 {
                // 21 characters are 126 bits: of the last one, two bits count and four are padding.
                bits = bits << 2 | value >> 4;
            } else {
                return None;
            }
        }
        Some(Self(bits.to_be_bytes()))
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bits = u128::from_be_bytes(self.0);
        let mut text = [0; BASE64_LEN];
        for (i, c) in text.iter_mut().enumerate() {
            let shifted = if i < BASE64_LEN - 1 { bits >> (122 - 6 * i) } else { bits << 4 };
            *c = ALPHABET[(shifted & 0x3f) as usize];
        }
        f.write_str(str::from_utf8(&text).expect("the alphabet is ASCII"))
    }
}

impl fmt::Debug for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: the text is the one that Kafka's tools and files show. Source: the cluster metadata topic
    /// has id 0..01, and 16 bytes of 0xff are `_____________________w`.
    #[test]
    fn the_text_is_base64_of_the_url_alphabet() {
        assert_eq!(Uuid::ZERO.to_base64(), "AAAAAAAAAAAAAAAAAAAAAA");
        assert_eq!(Uuid([0xff; 16]).to_base64(), "_____________________w");
        let mut one = [0; 16];
        one[15] = 1;
        assert_eq!(Uuid(one).to_base64(), "AAAAAAAAAAAAAAAAAAAAAQ");
        let mut bytes = [0u8; 16];
        for i in 0..=255u8 {
            bytes.rotate_left(3);
            bytes[usize::from(i % 16)] ^= i.wrapping_mul(37);
            assert_eq!(Uuid::from_base64(&Uuid(bytes).to_base64()), Some(Uuid(bytes)));
        }
    }

    /// Goal: a damaged meta.properties is noticed instead of being read as another directory.
    #[test]
    fn text_that_is_not_sixteen_bytes_is_refused() {
        assert_eq!(Uuid::from_base64(""), None);
        assert_eq!(Uuid::from_base64("AAAAAAAAAAAAAAAAAAAAA"), None);
        assert_eq!(Uuid::from_base64("AAAAAAAAAAAAAAAAAAAAAB"), None);
        assert_eq!(Uuid::from_base64("AAAAAAAAAAAAAAAAAAAA+A"), None);
        assert_eq!(Uuid::from_base64("AAAAAAAAAAAAAAAAAAAAAA=="), Some(Uuid::ZERO));
    }
}
