//! Reads a history from bytes, event by event, in bounded memory.

use std::fmt;
use std::io::{self, Read};

use super::cursor::{Cursor, Trouble, shown, unexpected};
use super::{Op, Syntax, parse};

/// How many bytes are asked for at a time.
const CHUNK: usize = 256 * 1024;
/// The longest event that is read.
const OP_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Why a history cannot be read.
#[derive(Debug)]
pub enum ReadError {
    /// The source fails.
    Io(io::Error),
    /// The bytes are not a history.
    Malformed {
        /// Counted from one.
        line: u64,
        /// Counted from one, in bytes.
        column: u64,
        /// What is wrong there.
        what: String,
    },
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(f, "{error}"),
            Self::Malformed { line, column, what } => write!(f, "line {line}, column {column}: {what}"),
        }
    }
}

impl std::error::Error for ReadError {}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Reads events of either notation, which it finds out from the first one. They may stand one per line, spread over
/// lines, or in one list around all.
pub struct Reader<R> {
    source: R,
    buffer: Vec<u8>,
    /// The unread bytes are `buffer[start..end]`.
    start: usize,
    end: usize,
    ended: bool,
    /// Lines and the bytes of the last one before `buffer[0]`.
    lines: u64,
    columns: u64,
    syntax: Option<Syntax>,
    /// In how many lists around everything we are.
    lists: u32,
}

impl<R: Read> Reader<R> {
    /// Reads from a source that needs no buffer of its own.
    pub fn new(source: R) -> Self {
        let buffer = vec![0; CHUNK];
        Self { source, buffer, start: 0, end: 0, ended: false, lines: 0, columns: 0, syntax: None, lists: 0 }
    }

    /// The notation, once the first event was read.
    pub fn syntax(&self) -> Option<Syntax> {
        self.syntax
    }

    /// Reads the next event into `op`. False at the end.
    ///
    /// # Errors
    /// The source fails, or what it says is not a history: line, column, and what is wrong there.
    pub fn read(&mut self, op: &mut Op) -> Result<bool, ReadError> {
        loop {
            let bytes = &self.buffer[self.start..self.end];
            let mut syntax = self.syntax;
            let mut lists = self.lists;
            let mut before = 0;
            op.clear();
            let parsed = match between(bytes, &mut syntax, &mut lists, &mut before) {
                Ok(()) => {
                    let syntax = syntax.expect("known before the first event");
                    let mut cursor = Cursor::new(&bytes[before..], syntax);
                    parse::op(&mut cursor, op)
                        .map(|()| before + cursor.at)
                        .map_err(|trouble| (trouble, cursor.at))
                }
                Err(trouble) => Err((trouble, 0)),
            };
            match parsed {
                Ok(length) => {
                    (self.syntax, self.lists) = (syntax, lists);
                    self.start += length;
                    return Ok(true);
                }
                Err((Trouble::Truncated, _)) if !self.ended => self.fill()?,
                Err((Trouble::Truncated, _)) if bytes[before..].is_empty() && lists == 0 => return Ok(false),
                Err((Trouble::Truncated, _)) => {
                    return Err(self.malformed(bytes.len(), "the history ends inside of an operation"));
                }
                Err((Trouble::Wrong(what, found), at)) => {
                    let found = found.map_or(String::new(), |byte| format!(", found {}", shown(byte)));
                    return Err(self.malformed(before + at, format!("{what}{found}")));
                }
            }
        }
    }

    /// Reads on. What was read is dropped, and an event longer than the buffer doubles it.
    fn fill(&mut self) -> Result<(), ReadError> {
        if self.start > 0 {
            self.count(self.start);
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.end == self.buffer.len() {
            if self.end >= OP_BYTES_MAX {
                return Err(self.malformed(0, format!("this operation is longer than {OP_BYTES_MAX} bytes")));
            }
            self.buffer.resize(self.end * 2, 0);
        }
        // All there is room for, so that a long event is not parsed again for every few bytes.
        while self.end < self.buffer.len() {
            match self.source.read(&mut self.buffer[self.end..]) {
                Ok(0) => {
                    self.ended = true;
                    break;
                }
                Ok(count) => self.end += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    fn count(&mut self, length: usize) {
        (self.lines, self.columns) = place(&self.buffer[..length], self.lines, self.columns);
    }

    fn malformed(&self, at: usize, what: impl Into<String>) -> ReadError {
        let (lines, columns) = place(&self.buffer[..self.start + at], self.lines, self.columns);
        ReadError::Malformed { line: lines + 1, column: columns + 1, what: what.into() }
    }
}

/// Where one is after these bytes: lines, and bytes in the last one.
fn place(bytes: &[u8], lines: u64, columns: u64) -> (u64, u64) {
    let count = |count: usize| u64::try_from(count).expect("a length fits");
    match bytes.iter().rposition(|&byte| byte == b'\n') {
        None => (lines, columns + count(bytes.len())),
        Some(last) => {
            // In blocks whose count fits a byte, which compilers turn into wide instructions.
            let newlines = |block: &[u8]| block.iter().map(|&byte| u8::from(byte == b'\n')).sum::<u8>();
            let newlines: usize = bytes.chunks(192).map(|block| usize::from(newlines(block))).sum();
            (lines + count(newlines), count(bytes.len() - last - 1))
        }
    }
}

/// Steps over what may stand between events, and finds out the notation before the first one. `at` is where it ended.
fn between(
    bytes: &[u8],
    syntax: &mut Option<Syntax>,
    lists: &mut u32,
    at: &mut usize,
) -> Result<(), Trouble> {
    loop {
        let assumed = syntax.unwrap_or(Syntax::Edn);
        let mut cursor = Cursor::new(&bytes[*at..], assumed);
        let blank = cursor.skip_blank();
        *at += cursor.at;
        // A comment that the end of the file ends.
        if blank == Err(Trouble::Truncated) && bytes.get(*at) == Some(&b';') {
            *at = bytes.len();
        }
        blank?;
        match bytes[*at] {
            b'{' => {
                if syntax.is_none() {
                    *syntax = Some(notation(&bytes[*at + 1..])?);
                }
                return Ok(());
            }
            b'[' | b'(' => {
                *lists += 1;
                *at += 1;
            }
            b']' | b')' if *lists > 0 => {
                *lists -= 1;
                *at += 1;
            }
            b',' if *lists > 0 => *at += 1,
            other => {
                return unexpected("expected an operation, a map in braces", other);
            }
        }
    }
}

/// Names in JSON objects are texts; in Jepsen's maps they are keywords.
fn notation(inside: &[u8]) -> Result<Syntax, Trouble> {
    let first = inside.iter().find(|byte| !byte.is_ascii_whitespace()).ok_or(Trouble::Truncated)?;
    Ok(if matches!(first, b'"' | b'}') { Syntax::Json } else { Syntax::Edn })
}
