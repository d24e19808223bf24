//! Valid bytes of any message, made from the schema text and not from the code under test.

use klamm_wire_generator::schema::{Field, Kind, Schema, Struct, parse};
use klamm_wire_generator::schema_dir;

/// A seeded source of numbers (SplitMix64).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }
}

/// All schemas.
pub(crate) fn schemas() -> Vec<Schema> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(schema_dir()).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        all.extend(parse(&text).unwrap());
    }
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

/// The schemas of module `messages`.
pub(crate) fn is_message(schema: &Schema) -> bool {
    matches!(schema.kind, Kind::Request | Kind::Response | Kind::Header | Kind::Data)
        && !["ProducerSnapshot", "QuorumStateData"].contains(&schema.name.as_str())
}

/// How values are chosen.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Values {
    /// At random: short texts, short arrays, nulls, values at the borders of their types.
    Any,
    /// The smallest encoding there is, but arrays on the first level have this many elements.
    Smallest { elements: usize },
}

/// Encodes values that it makes up.
pub(crate) struct Sampler<'s> {
    pub(crate) schema: &'s Schema,
    pub(crate) version: i16,
    pub(crate) random: Random,
    pub(crate) values: Values,
}

impl Sampler<'_> {
    /// The bytes of one message, in the one form a correct encoder gives them.
    pub(crate) fn message(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        self.structure(self.schema.root(), &mut out, 0);
        out
    }

    fn flexible(&self) -> bool {
        self.schema.flexible.is_some_and(|from| self.version >= from)
    }

    fn carries(&self, field: &Field) -> bool {
        (field.versions.0..=field.versions.1).contains(&self.version)
    }

    fn structure(&mut self, s: &Struct, out: &mut Vec<u8>, depth: usize) {
        for field in s.fields.iter().filter(|field| field.tag.is_none()) {
            if self.carries(field) {
                self.field(field, out, depth);
            }
        }
        if self.flexible() {
            self.tagged(s, out, depth);
        }
    }

    fn tagged(&mut self, s: &Struct, out: &mut Vec<u8>, depth: usize) {
        let mut fields: Vec<&Field> = s
            .fields
            .iter()
            .filter(|field| field.tag.is_some() && !field.own && self.carries(field))
            .collect();
        fields.sort_by_key(|field| field.tag);
        let mut written = Vec::new();
        for field in fields {
            let mut value = Vec::new();
            if self.values == Values::Any && self.random.below(3) > 0 {
                self.field(field, &mut value, depth);
            }
            // Outside of tags null is a negative byte, here it is an unsigned 0.
            if value == [0xff] && field.base.starts_with(char::is_uppercase) && !field.array {
                value = vec![0];
            }
            // A value equal to the default is left out.
            if !value.is_empty() && value != self.default(field) {
                written.push((field.tag.unwrap(), value));
            }
        }
        uvarint(written.len() as u64, out);
        for (tag, value) in written {
            uvarint(u64::from(tag), out);
            uvarint(value.len() as u64, out);
            out.extend(value);
        }
    }

    fn field(&mut self, field: &Field, out: &mut Vec<u8>, depth: usize) {
        let flexible = self.flexible() && !field.inflexible;
        let nullable = field.nullable.is_some_and(|(low, high)| (low..=high).contains(&self.version));
        let null = nullable && (self.values != Values::Any || self.random.below(4) == 0);
        if field.array {
            let elements = match self.values {
                Values::Any => self.random.below(4 - depth.min(2)),
                Values::Smallest { elements } if depth == 0 => elements,
                Values::Smallest { .. } => 0,
            };
            let null = null && elements == 0;
            length((!null).then_some(elements), flexible, 4, out);
            for _ in 0..if null { 0 } else { elements } {
                self.value(field, flexible, out, depth + 1);
            }
        } else if null {
            null_value(field, flexible, out);
        } else {
            if nullable && field.base.starts_with(char::is_uppercase) {
                out.push(1);
            }
            self.value(field, flexible, out, depth);
        }
    }

    fn value(&mut self, field: &Field, flexible: bool, out: &mut Vec<u8>, depth: usize) {
        let size = match field.base.as_str() {
            "bool" => {
                let bit = if self.values == Values::Any { self.random.below(2) as u8 } else { 0 };
                return out.push(bit);
            }
            "int8" => 1,
            "int16" | "uint16" => 2,
            "int32" | "uint32" => 4,
            "int64" | "float64" => 8,
            "uuid" => 16,
            "string" => return self.text(flexible, out),
            "bytes" | "records" => return self.payload(flexible, out),
            name => {
                let schema = self.schema;
                return self.structure(schema.find(name).unwrap(), out, depth);
            }
        };
        let number = match (self.values, self.random.below(4)) {
            (Values::Smallest { .. }, _) => 0,
            (_, 0) => u128::MAX,
            (_, 1) => {
                let bound = [2, 100][self.random.below(2)];
                self.random.below(bound) as u128
            }
            (_, _) => u128::from(self.random.next()) << 64 | u128::from(self.random.next()),
        };
        out.extend(&number.to_be_bytes()[16 - size..]);
    }

    fn text(&mut self, flexible: bool, out: &mut Vec<u8>) {
        let words = ["", "a", "topic", "größer", "日本", "0123456789abcdef0123456789abcdef"];
        let word = words[if self.values == Values::Any { self.random.below(words.len()) } else { 0 }];
        length(Some(word.len()), flexible, 2, out);
        out.extend(word.as_bytes());
    }

    fn payload(&mut self, flexible: bool, out: &mut Vec<u8>) {
        let any = self.values == Values::Any;
        let size = if any { [0, 1, 9, 200, 1500][self.random.below(5)] } else { 0 };
        length(Some(size), flexible, 4, out);
        out.extend((0..size).map(|i| i as u8));
    }

    /// The encoding of a tagged field's default.
    fn default(&self, field: &Field) -> Vec<u8> {
        let mut out = Vec::new();
        match field.default.as_deref() {
            Some("null") => null_value(field, true, &mut out),
            Some("true") => out.push(1),
            Some(number) => {
                let number: i64 = number.parse().expect("only numbers have other defaults");
                let size = match field.base.as_str() {
                    "int8" => 1,
                    "int16" => 2,
                    "int32" => 4,
                    _ => 8,
                };
                out.extend(&number.to_be_bytes()[8 - size..]);
            }
            None if field.array => uvarint(1, &mut out),
            None => {
                let schema = self.schema;
                match schema.find(&field.base) {
                    Some(s) => {
                        if field.nullable.is_some() {
                            out.push(1);
                        }
                        s.fields.iter().filter(|f| self.carries(f)).for_each(|f| out.extend(self.default(f)));
                        out.push(0);
                    }
                    None => {
                        let zero = Values::Smallest { elements: 0 };
                        let mut zeros =
                            Sampler { schema, version: self.version, random: Random::new(0), values: zero };
                        zeros.value(field, true, &mut out, 0);
                    }
                }
            }
        }
        out
    }
}

fn null_value(field: &Field, flexible: bool, out: &mut Vec<u8>) {
    match field.base.as_str() {
        name if name.starts_with(char::is_uppercase) && !field.array => out.push(0xff),
        "string" if !field.array => length(None, flexible, 2, out),
        _ => length(None, flexible, 4, out),
    }
}

fn length(length: Option<usize>, flexible: bool, fixed: usize, out: &mut Vec<u8>) {
    if flexible {
        uvarint(length.map_or(0, |n| n as u64 + 1), out);
    } else {
        let n = length.map_or(-1, |n| n as i64);
        out.extend(&n.to_be_bytes()[8 - fixed..]);
    }
}

pub(crate) fn uvarint(mut n: u64, out: &mut Vec<u8>) {
    while n >= 0x80 {
        out.push(n as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

/// Damages bytes in one place, as bit rot, a careless or a malicious sender would.
pub(crate) fn mutate(bytes: &mut Vec<u8>, random: &mut Random) {
    if bytes.is_empty() {
        return bytes.push(random.next() as u8);
    }
    let at = random.below(bytes.len());
    match random.below(7) {
        0 => bytes[at] ^= 1 << random.below(8),
        1 => bytes[at] = [0, 1, 0x7f, 0x80, 0xff][random.below(5)],
        2 => bytes.truncate(at),
        3 => drop(bytes.splice(at..at, (0..random.below(9)).map(|i| (i * 37) as u8))),
        4 => drop(bytes.drain(at..(at + random.below(9)).min(bytes.len()))),
        5 => {
            let end = (at + 4).min(bytes.len());
            let number = [u32::MAX, i32::MAX as u32, 0x00ff_ffff, 0][random.below(4)].to_be_bytes();
            bytes[at..end].copy_from_slice(&number[..end - at]);
        }
        _ => {
            let copy = bytes[at..].to_vec();
            bytes.extend(copy.iter().take(64));
        }
    }
}
