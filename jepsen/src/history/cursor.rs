//! Tokens of JSON and EDN: the two notations differ in separators, keywords and a few spellings, not in what they say.
//!
//! Nothing here recurses, so that bytes from outside cannot exhaust the stack, and nothing is taken as longer than the
//! bytes that are there.

use std::borrow::Cow;

use super::Syntax;

/// Why there is no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The bytes end inside of something; more may come.
    Truncated,
    /// It is not what has to stand here; and what stands here instead, where that helps.
    Wrong(&'static str, Option<u8>),
}

pub(crate) type Parsed<T> = Result<T, Trouble>;

pub(crate) fn wrong<T>(what: &'static str) -> Parsed<T> {
    Err(Trouble::Wrong(what, None))
}

pub(crate) fn unexpected<T>(what: &'static str, found: u8) -> Parsed<T> {
    Err(Trouble::Wrong(what, Some(found)))
}

/// A single value that is not a collection.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Token<'a> {
    Nil,
    Int(i64),
    /// A text, or in EDN a symbol.
    Text(Cow<'a, str>),
    /// A keyword, with its colon.
    Keyword(&'a str),
    /// A number that is no `i64`, a truth value, a character: as it is written.
    Literal(&'a str),
}

impl Token<'_> {
    /// The name, without the colon of a keyword.
    pub(crate) fn name(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text.strip_prefix(':').unwrap_or(text)),
            Self::Keyword(text) => Some(&text[1..]),
            _ => None,
        }
    }
}

/// A place in the bytes of a history.
pub(crate) struct Cursor<'a> {
    bytes: &'a [u8],
    pub(crate) at: usize,
    syntax: Syntax,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(bytes: &'a [u8], syntax: Syntax) -> Self {
        Self { bytes, at: 0, syntax }
    }

    /// The next byte that means something.
    #[inline]
    pub(crate) fn peek(&mut self) -> Parsed<u8> {
        match self.bytes.get(self.at) {
            // Most of the time nothing stands between.
            Some(&byte) if byte > b' ' && (self.syntax == Syntax::Json || !b",;#".contains(&byte)) => {
                Ok(byte)
            }
            _ => {
                self.skip_blank()?;
                self.byte()
            }
        }
    }

    fn byte(&self) -> Parsed<u8> {
        self.bytes.get(self.at).copied().ok_or(Trouble::Truncated)
    }

    /// Steps over white space, comments, tags and discarded forms.
    pub(crate) fn skip_blank(&mut self) -> Parsed<()> {
        loop {
            let byte = self.byte()?;
            match byte {
                b' ' | b'\n' | b'\r' | b'\t' | 0x0c => self.at += 1,
                b',' if self.syntax == Syntax::Edn => self.at += 1,
                b';' if self.syntax == Syntax::Edn => self.skip_comment()?,
                b'#' if self.syntax == Syntax::Edn => match self.bytes.get(self.at + 1) {
                    None => return Err(Trouble::Truncated),
                    Some(b'_') => {
                        let start = self.at;
                        self.at += 2;
                        // If its form is cut off, the bytes end with the mark and not between two things.
                        self.skip_forms(1).inspect_err(|_| self.at = start)?;
                    }
                    Some(first) if first.is_ascii_alphabetic() => self.skip_symbol()?,
                    Some(_) => return Ok(()),
                },
                _ => return Ok(()),
            }
        }
    }

    fn skip_comment(&mut self) -> Parsed<()> {
        let rest = &self.bytes[self.at..];
        let length = rest.iter().position(|&byte| byte == b'\n').ok_or(Trouble::Truncated)?;
        self.at += length;
        Ok(())
    }

    /// The tag of a tagged form; the form itself is what counts.
    fn skip_symbol(&mut self) -> Parsed<()> {
        self.at += 1;
        self.bare().map(|_| ())
    }

    /// Opens a collection. In EDN lists and vectors are the same, sets too.
    pub(crate) fn opens_list(&mut self) -> Parsed<bool> {
        let length = match self.peek()? {
            b'[' => 1,
            b'(' if self.syntax == Syntax::Edn => 1,
            b'#' if self.bytes.get(self.at + 1) == Some(&b'{') => 2,
            _ => return Ok(false),
        };
        self.at += length;
        Ok(true)
    }

    /// Opens a map.
    pub(crate) fn opens_map(&mut self) -> Parsed<bool> {
        let opens = self.peek()? == b'{';
        self.at += usize::from(opens);
        Ok(opens)
    }

    /// Whether another element follows in the list or map that was opened; steps over its end if not.
    pub(crate) fn more(&mut self, first: &mut bool) -> Parsed<bool> {
        let byte = self.peek()?;
        if matches!(byte, b']' | b'}' | b')') {
            self.at += 1;
            return Ok(false);
        }
        if self.syntax == Syntax::Json && !*first {
            if byte != b',' {
                return unexpected("expected a comma or the end of the list", byte);
            }
            self.at += 1;
        }
        *first = false;
        Ok(true)
    }

    /// What stands between a name and its value.
    pub(crate) fn colon(&mut self) -> Parsed<()> {
        if self.syntax == Syntax::Edn {
            return Ok(());
        }
        match self.peek()? {
            b':' => {
                self.at += 1;
                Ok(())
            }
            other => unexpected("expected a colon", other),
        }
    }

    /// A value that is not a collection.
    pub(crate) fn token(&mut self) -> Parsed<Token<'a>> {
        match self.peek()? {
            b'"' => self.text().map(Token::Text),
            b'-' | b'+' | b'0'..=b'9' => self.number(),
            b':' if self.syntax == Syntax::Edn => {
                self.at += 1;
                let name = self.bare()?;
                let from = self.at - name.len() - 1;
                Ok(Token::Keyword(utf8(&self.bytes[from..self.at])?))
            }
            b'\\' if self.syntax == Syntax::Edn => self.character(),
            byte if is_bare(byte) => Ok(match self.bare()? {
                "nil" | "null" => Token::Nil,
                word @ ("true" | "false") => Token::Literal(word),
                word if self.syntax == Syntax::Edn => Token::Text(Cow::Borrowed(word)),
                _ => return wrong("expected a value; names stand in quotes"),
            }),
            other => unexpected("expected a number or a name", other),
        }
    }

    /// A word without quotes. At the end of the bytes it may go on.
    fn bare(&mut self) -> Parsed<&'a str> {
        let rest = &self.bytes[self.at..];
        let length = rest.iter().position(|&byte| !is_bare(byte)).ok_or(Trouble::Truncated)?;
        if length == 0 {
            return unexpected("expected a name", rest[0]);
        }
        self.at += length;
        utf8(&rest[..length])
    }

    fn number(&mut self) -> Parsed<Token<'a>> {
        let start = self.at;
        let negative = self.bytes[start] == b'-';
        let mut at = start + usize::from(matches!(self.bytes[start], b'-' | b'+'));
        let first = at;
        let mut value: i64 = 0;
        let mut fits = true;
        while let Some(digit @ b'0'..=b'9') = self.bytes.get(at) {
            let digit = i64::from(digit - b'0');
            if at - first < 18 {
                value = value * 10 - digit;
            } else {
                match value.checked_mul(10).and_then(|value| value.checked_sub(digit)) {
                    Some(next) => value = next,
                    None => fits = false,
                }
            }
            at += 1;
        }
        match self.bytes.get(at) {
            None => return Err(Trouble::Truncated),
            // An exponent, a fraction, a ratio, EDN's N and M: kept as it is written.
            Some(&byte) if is_bare(byte) => fits = false,
            Some(_) if at == first => fits = false,
            Some(_) => {}
        }
        // Collected as a negative number, because i64::MIN has no positive one.
        if fits && (negative || value != i64::MIN) {
            self.at = at;
            return Ok(Token::Int(if negative { value } else { -value }));
        }
        self.bare().map(Token::Literal)
    }

    fn character(&mut self) -> Parsed<Token<'a>> {
        let start = self.at;
        self.at += 1;
        let width = match self.byte()? {
            0xf0.. => 4,
            0xe0.. => 3,
            0xc0.. => 2,
            _ => 1,
        };
        self.at += width;
        if self.at >= self.bytes.len() {
            return Err(Trouble::Truncated);
        }
        if width == 1 && is_bare(self.bytes[self.at - 1]) && is_bare(self.bytes[self.at]) {
            self.bare()?;
        }
        Ok(Token::Literal(utf8(&self.bytes[start..self.at])?))
    }

    fn text(&mut self) -> Parsed<Cow<'a, str>> {
        let start = self.at + 1;
        let mut at = start;
        loop {
            match self.bytes.get(at) {
                None => return Err(Trouble::Truncated),
                Some(b'"') => break,
                Some(b'\\') => return self.text_with_escapes(start, at),
                Some(_) => at += 1,
            }
        }
        self.at = at + 1;
        utf8(&self.bytes[start..at]).map(Cow::Borrowed)
    }

    fn text_with_escapes(&mut self, start: usize, mut at: usize) -> Parsed<Cow<'a, str>> {
        let mut text = Vec::from(&self.bytes[start..at]);
        loop {
            match *self.bytes.get(at).ok_or(Trouble::Truncated)? {
                b'"' => break,
                b'\\' => {
                    let letter = *self.bytes.get(at + 1).ok_or(Trouble::Truncated)?;
                    at += 2;
                    let plain = match letter {
                        b'n' => b'\n',
                        b't' => b'\t',
                        b'r' => b'\r',
                        b'b' => 8,
                        b'f' => 12,
                        b'"' | b'\\' | b'/' => letter,
                        b'u' => {
                            at = self.unicode(at, &mut text)?;
                            continue;
                        }
                        other => return unexpected("an escape that does not exist", other),
                    };
                    text.push(plain);
                }
                byte => {
                    text.push(byte);
                    at += 1;
                }
            }
        }
        self.at = at + 1;
        match String::from_utf8(text) {
            Ok(text) => Ok(Cow::Owned(text)),
            Err(_) => wrong("a text is not UTF-8"),
        }
    }

    /// `XXXX` of `\uXXXX`, and a second one if the first is half of a pair. A half alone becomes the replacement sign.
    fn unicode(&self, at: usize, text: &mut Vec<u8>) -> Parsed<usize> {
        let unit = |at: usize| -> Parsed<u32> {
            let digits = self.bytes.get(at..at + 4).ok_or(Trouble::Truncated)?;
            let digits = utf8(digits)?;
            u32::from_str_radix(digits, 16).or_else(|_| wrong("\\u is followed by four hexadecimal digits"))
        };
        let first = unit(at)?;
        let mut end = at + 4;
        let mut code = first;
        if (0xd800..0xdc00).contains(&first) && self.bytes.get(end..end + 2) == Some(b"\\u") {
            let second = unit(end + 2)?;
            if (0xdc00..0xe000).contains(&second) {
                code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                end += 6;
            }
        }
        let symbol = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
        text.extend_from_slice(symbol.encode_utf8(&mut [0; 4]).as_bytes());
        Ok(end)
    }

    /// Steps over one value, whatever it is.
    pub(crate) fn skip_value(&mut self) -> Parsed<()> {
        self.skip_forms(1)
    }

    /// Steps to the end of the list that was opened.
    pub(crate) fn skip_rest(&mut self) -> Parsed<()> {
        self.skip(1, 0)
    }

    fn skip_forms(&mut self, forms: usize) -> Parsed<()> {
        self.skip(0, forms)
    }

    /// Steps over so many open collections and then so many values. A discarded form costs one more on the outermost
    /// level; inside of collections everything is stepped over anyway.
    fn skip(&mut self, open: usize, forms: usize) -> Parsed<()> {
        let (mut open, mut forms) = (open, forms);
        let closing = open > 0;
        while open > 0 || forms > 0 {
            let byte = self.byte()?;
            match byte {
                b' ' | b'\n' | b'\r' | b'\t' | 0x0c | b',' => self.at += 1,
                b':' if self.syntax == Syntax::Json => self.at += 1,
                b';' if self.syntax == Syntax::Edn => self.skip_comment()?,
                b'#' => match self.bytes.get(self.at + 1) {
                    None => return Err(Trouble::Truncated),
                    Some(b'_') => {
                        self.at += 2;
                        forms += usize::from(open == 0);
                    }
                    Some(b'{') => {
                        self.at += 2;
                        open += 1;
                    }
                    Some(b'#') => {
                        // `##Inf` and its like are values.
                        self.at += 2;
                        self.bare()?;
                        forms -= usize::from(open == 0);
                    }
                    // A tag, or the mark of a regular expression.
                    Some(b'"') => self.at += 1,
                    Some(_) => self.skip_symbol()?,
                },
                b'[' | b'(' | b'{' => {
                    self.at += 1;
                    open += 1;
                }
                b']' | b')' | b'}' => {
                    if open == 0 {
                        return unexpected("expected a value", byte);
                    }
                    self.at += 1;
                    open -= 1;
                    if open == 0 {
                        if closing {
                            return Ok(());
                        }
                        forms -= 1;
                    }
                }
                _ => {
                    self.token()?;
                    forms -= usize::from(open == 0);
                }
            }
        }
        Ok(())
    }
}

/// Bytes of words: numbers, symbols, keywords. Everything else ends one.
#[inline]
fn is_bare(byte: u8) -> bool {
    BARE[byte as usize]
}

const BARE: [bool; 256] = {
    let mut bare = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        bare[byte] = matches!(
            byte as u8,
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | 0x80..
                | b'-' | b'+' | b'_' | b'.' | b'*' | b'!' | b'?' | b'$' | b'%' | b'&' | b'=' | b'<' | b'>'
                | b'/' | b':' | b'\'' | b'#' | b'@' | b'|' | b'~' | b'^'
        );
        byte += 1;
    }
    bare
};

fn utf8(bytes: &[u8]) -> Parsed<&str> {
    std::str::from_utf8(bytes).or_else(|_| wrong("a text is not UTF-8"))
}

/// A byte for an error message.
pub(crate) fn shown(byte: u8) -> String {
    if byte.is_ascii_graphic() { format!("'{}'", char::from(byte)) } else { format!("byte {byte:#04x}") }
}
