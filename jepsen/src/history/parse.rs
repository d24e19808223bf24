//! One event of a history, from tokens.

use super::cursor::{Cursor, Parsed, Token, unexpected, wrong};
use super::{Atom, Batch, Function, Kind, Op, Record, Step};

/// Reads one event into `op`, which is empty.
pub(crate) fn op(cursor: &mut Cursor<'_>, op: &mut Op) -> Parsed<()> {
    if !cursor.opens_map()? {
        let found = cursor.peek()?;
        return unexpected("expected an operation, a map in braces", found);
    }
    let (mut has_kind, mut has_function) = (false, false);
    let mut first = true;
    while cursor.more(&mut first)? {
        let name = cursor.token()?;
        cursor.colon()?;
        match name.name() {
            Some("type") => {
                let token = cursor.token()?;
                let Some(kind) = token.name().and_then(Kind::from_name) else {
                    return wrong("the type of an operation is invoke, ok, fail or info");
                };
                op.kind = kind;
                has_kind = true;
            }
            Some("f") => {
                let token = cursor.token()?;
                let Some(name) = token.name() else { return wrong("f, what an operation does, is a name") };
                op.function = Function::from_name(name);
                has_function = true;
            }
            Some("process") => op.process = atom(cursor.token()?),
            Some("index") => op.index = number(&cursor.token()?).and_then(|index| u64::try_from(index).ok()),
            Some("time") => op.time = number(&cursor.token()?),
            Some("group") => op.group = atom(cursor.token()?),
            Some("rebalance-log") => rebalances(cursor, op)?,
            Some("value") => value(cursor, op)?,
            _ => cursor.skip_value()?,
        }
    }
    if !has_kind {
        return wrong("an operation has a type: invoke, ok, fail or info");
    }
    if !has_function {
        return wrong("an operation has an f: send, poll, txn, assign, subscribe, ...");
    }
    Ok(())
}

fn atom(token: Token<'_>) -> Atom {
    match token {
        Token::Nil => Atom::Nil,
        Token::Int(number) => Atom::Int(number),
        Token::Text(text) => Atom::Text(text.into()),
        Token::Keyword(text) | Token::Literal(text) => Atom::Text(text.into()),
    }
}

fn number(token: &Token<'_>) -> Option<i64> {
    match token {
        Token::Int(number) => Some(*number),
        // Jepsen's own times are whole; other tools write fractions.
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a time in nanoseconds; what is out of range saturates"
        )]
        Token::Literal(text) => text.parse::<f64>().ok().map(|number| number as i64),
        _ => None,
    }
}

fn key(cursor: &mut Cursor<'_>) -> Parsed<Atom> {
    cursor.token().map(|token| atom(token).key())
}

fn offset(cursor: &mut Cursor<'_>) -> Parsed<Option<i64>> {
    match cursor.token()? {
        Token::Int(number) => Ok(Some(number)),
        Token::Nil => Ok(None),
        _ => wrong("an offset is a number"),
    }
}

/// Steps, partitions, offsets of a group or a single value: the form says which.
fn value(cursor: &mut Cursor<'_>, op: &mut Op) -> Parsed<()> {
    if cursor.opens_list()? {
        let mut first = true;
        while cursor.more(&mut first)? {
            if cursor.opens_list()? {
                step(cursor, op)?;
            } else if cursor.peek()? == b'{' {
                cursor.skip_value()?;
            } else {
                let key = key(cursor)?;
                op.keys.push(key);
            }
        }
    } else if cursor.opens_map()? {
        offsets(cursor, op)?;
    } else {
        op.scalar = atom(cursor.token()?);
    }
    Ok(())
}

fn step(cursor: &mut Cursor<'_>, op: &mut Op) -> Parsed<()> {
    let mut first = true;
    if !cursor.more(&mut first)? {
        return Ok(());
    }
    // Nemeses have values of their own kind.
    if matches!(cursor.peek()?, b'[' | b'(' | b'{' | b'#') {
        cursor.skip_value()?;
        return cursor.skip_rest();
    }
    let name = cursor.token()?;
    match name.name() {
        Some("send") => {
            if !cursor.more(&mut first)? {
                return wrong("a send names a key and a value");
            }
            let key = key(cursor)?;
            if !cursor.more(&mut first)? {
                return wrong("a send names a key and a value");
            }
            let record = if cursor.opens_list()? {
                record(cursor)?
            } else {
                Record { offset: None, value: atom(cursor.token()?) }
            };
            op.steps.push(Step::Send { key, record });
        }
        Some("poll") => {
            let start = op.batches.len();
            if cursor.more(&mut first)? {
                if cursor.opens_map()? {
                    polled(cursor, op)?;
                } else {
                    cursor.skip_value()?;
                }
            } else {
                op.steps.push(Step::Poll(start..start));
                return Ok(());
            }
            op.steps.push(Step::Poll(start..op.batches.len()));
        }
        _ => {}
    }
    cursor.skip_rest()
}

/// `offset value]`, of a list that was opened.
fn record(cursor: &mut Cursor<'_>) -> Parsed<Record> {
    let mut first = true;
    if !cursor.more(&mut first)? {
        return wrong("a record is a pair of offset and value");
    }
    let offset = offset(cursor)?;
    if !cursor.more(&mut first)? {
        return wrong("a record is a pair of offset and value");
    }
    let value = atom(cursor.token()?);
    if cursor.more(&mut first)? {
        return wrong("a record is a pair of offset and value, and here is more");
    }
    Ok(Record { offset, value })
}

/// What a poll returned: partitions and their records.
fn polled(cursor: &mut Cursor<'_>, op: &mut Op) -> Parsed<()> {
    let mut first = true;
    while cursor.more(&mut first)? {
        let key = key(cursor)?;
        cursor.colon()?;
        let start = op.polled.len();
        if cursor.opens_list()? {
            let mut first = true;
            while cursor.more(&mut first)? {
                if !cursor.opens_list()? {
                    return wrong("a record is a pair of offset and value in brackets");
                }
                let record = record(cursor)?;
                op.polled.push(record);
            }
        } else if cursor.token()? != Token::Nil {
            return wrong("what was polled from a partition is a list of records");
        }
        op.batches.push(Batch { key, records: start..op.polled.len() });
    }
    Ok(())
}

fn offsets(cursor: &mut Cursor<'_>, op: &mut Op) -> Parsed<()> {
    let mut first = true;
    while cursor.more(&mut first)? {
        if matches!(cursor.peek()?, b'[' | b'(' | b'{' | b'#') {
            cursor.skip_value()?;
            cursor.colon()?;
            cursor.skip_value()?;
            continue;
        }
        let key = key(cursor)?;
        cursor.colon()?;
        if matches!(cursor.peek()?, b'-' | b'0'..=b'9' | b'n') {
            if let Some(offset) = match cursor.token()? {
                Token::Int(offset) => Some(Some(offset)),
                Token::Nil => Some(None),
                _ => None,
            } {
                op.offsets.push((key, offset));
            }
        } else {
            cursor.skip_value()?;
        }
    }
    Ok(())
}

/// `[{:keys [k ...]} ...]`
fn rebalances(cursor: &mut Cursor<'_>, op: &mut Op) -> Parsed<()> {
    if !cursor.opens_list()? {
        return cursor.skip_value();
    }
    let mut first = true;
    while cursor.more(&mut first)? {
        if !cursor.opens_map()? {
            cursor.skip_value()?;
            continue;
        }
        let mut first = true;
        while cursor.more(&mut first)? {
            let name = cursor.token()?;
            cursor.colon()?;
            if name.name() == Some("keys") && cursor.opens_list()? {
                let mut first = true;
                while cursor.more(&mut first)? {
                    let key = key(cursor)?;
                    op.rebalanced.push(key);
                }
            } else {
                cursor.skip_value()?;
            }
        }
    }
    Ok(())
}
