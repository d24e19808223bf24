//! The little JSON there is in Kafka's files.

use alloc::string::String;
use alloc::vec::Vec;

/// Deeper nesting than any of Kafka's files has is refused: bytes from outside do not choose our stack.
const DEPTH_MAX: u32 = 8;

/// A JSON value. Numbers are whole: no file of ours has others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Json {
    Null,
    Boolean(bool),
    Number(i64),
    Text(String),
    List(Vec<Self>),
    Object(Vec<(String, Self)>),
}

impl Json {
    /// Reads one value; `None` if the text is anything else.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parser = Parser { rest: text };
        let value = parser.value(0)?;
        parser.skip_space();
        parser.rest.is_empty().then_some(value)
    }

    /// The member of an object.
    pub(crate) fn member(&self, name: &str) -> Option<&Self> {
        let Self::Object(members) = self else { return None };
        members.iter().find(|(member, _)| member == name).map(|(_, value)| value)
    }

    /// The number that a member is.
    pub(crate) fn number(&self, name: &str) -> Option<i64> {
        match self.member(name)? {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// The text that a member is.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        match self.member(name)? {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

struct Parser<'a> {
    rest: &'a str,
}

impl Parser<'_> {
    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
    }

    /// Takes `token` if it comes next, after space.
    fn take(&mut self, token: &str) -> bool {
        self.skip_space();
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn value(&mut self, depth: u32) -> Option<Json> {
        if depth > DEPTH_MAX {
            return None;
        }
        if self.take("{") {
            return self.sequence("}", |parser| parser.entry(depth)).map(Json::Object);
        }
        if self.take("[") {
            return self.sequence("]", |parser| parser.value(depth + 1)).map(Json::List);
        }
        if self.take("\"") {
            return self.text().map(Json::Text);
        }
        for (token, value) in
            [("null", Json::Null), ("true", Json::Boolean(true)), ("false", Json::Boolean(false))]
        {
            if self.take(token) {
                return Some(value);
            }
        }
        let end = self.rest.find(|c: char| !c.is_ascii_digit() && c != '-').unwrap_or(self.rest.len());
        let (number, rest) = self.rest.split_at(end);
        self.rest = rest;
        number.parse().ok().map(Json::Number)
    }

    fn sequence<T>(&mut self, end: &str, item: impl Fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let mut items = Vec::new();
        if self.take(end) {
            return Some(items);
        }
        loop {
            items.push(item(self)?);
            if self.take(end) {
                return Some(items);
            }
            if !self.take(",") {
                return None;
            }
        }
    }

    fn entry(&mut self, depth: u32) -> Option<(String, Json)> {
        if !self.take("\"") {
            return None;
        }
        let name = self.text()?;
        if !self.take(":") {
            return None;
        }
        Some((name, self.value(depth + 1)?))
    }

    /// The rest of a text, behind its opening quote. Of escapes only those of one character are known.
    fn text(&mut self) -> Option<String> {
        let mut text = String::new();
        let mut chars = self.rest.char_indices();
        while let Some((index, c)) = chars.next() {
            match c {
                '"' => {
                    self.rest = &self.rest[index + 1..];
                    return Some(text);
                }
                '\\' => match chars.next()?.1 {
                    escaped @ ('"' | '\\' | '/') => text.push(escaped),
                    _ => return None,
                },
                other => text.push(other),
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: what Java's Jackson writes is read, in whatever spacing.
    #[test]
    fn objects_lists_and_numbers_are_read() {
        let json =
            Json::parse("{ \"a\" : -12, \"b\":[{\"c\":\"x\\\"y\"},null,true],\n\"d\":{} }").expect("legal");
        assert_eq!(json.number("a"), Some(-12));
        let Some(Json::List(list)) = json.member("b") else { panic!("a list") };
        assert_eq!(list[0].text("c"), Some("x\"y"));
        assert_eq!(list[1..], [Json::Null, Json::Boolean(true)]);
        assert_eq!(json.member("d"), Some(&Json::Object(Vec::new())));
        assert_eq!(json.number("b"), None);
    }

    /// Goal: anything else is refused, without a panic and without deep recursion.
    #[test]
    fn what_is_not_json_is_refused() {
        for text in
            ["", "{", "{\"a\"}", "{\"a\":1,}", "[1", "\"a", "1 2", "--", "{\"a\":1.5}", "nul", "\"\\u0041\""]
        {
            assert_eq!(Json::parse(text), None, "{text}");
        }
        assert_eq!(Json::parse(&"[".repeat(100_000)), None);
    }
}
