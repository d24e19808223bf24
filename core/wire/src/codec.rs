//! How each type of Kafka's schemas is read and written.
//!
//! Flexible versions (KIP-482) write lengths as an unsigned variable-length integer of the length plus
//! one; older ones as a fixed integer, 16 bits for strings and 32 bits for everything else.

use alloc::vec::Vec;

use bytes::{BufMut, Bytes};

use crate::{DecodeErrorKind, Decoder, Encoder, ErrorCode, F64, Records, Str, Uuid};

pub(crate) type Result<T> = core::result::Result<T, DecodeErrorKind>;

/// The version a message is read or written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    /// The number.
    pub number: i16,
    /// Whether lengths are compact and structs end with a tagged section.
    pub flexible: bool,
}

impl Version {
    /// A version by number.
    #[must_use]
    pub const fn new(number: i16, flexible: bool) -> Self {
        Self { number, flexible }
    }

    /// The same version for a field that keeps the old encoding (the client id of request headers).
    #[must_use]
    pub const fn inflexible(self) -> Self {
        Self { flexible: false, ..self }
    }
}

/// A type that stands in a message.
pub trait Wire: Sized {
    /// The fewest bytes a value can take; bounds what an array's count may claim.
    fn min_size(v: Version) -> usize;
    /// Reads a value.
    fn read(d: &mut Decoder, v: Version) -> Result<Self>;
    /// Writes the value; an error is kept in `e`.
    fn write(&self, e: &mut Encoder, v: Version);
}

/// A type that may be null. The provided methods are those of structs: a marker byte in front, negative
/// for null.
pub trait Nullable: Wire {
    /// As [`Wire::min_size`], for null or a value.
    #[must_use]
    fn min_size_nullable(_: Version) -> usize {
        1
    }

    /// Reads null or a value.
    fn read_nullable(d: &mut Decoder, v: Version) -> Result<Option<Self>> {
        if d.i8()? < 0 { Ok(None) } else { Self::read(d, v).map(Some) }
    }

    /// Writes null or a value.
    fn write_nullable(this: Option<&Self>, e: &mut Encoder, v: Version) {
        match this {
            None => e.buffer().put_i8(-1),
            Some(this) => {
                e.buffer().put_i8(1);
                this.write(e, v);
            }
        }
    }
}

impl<T: Nullable> Wire for Option<T> {
    fn min_size(v: Version) -> usize {
        T::min_size_nullable(v)
    }

    #[inline]
    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        T::read_nullable(d, v)
    }

    #[inline]
    fn write(&self, e: &mut Encoder, v: Version) {
        T::write_nullable(self.as_ref(), e, v);
    }
}

macro_rules! fixed {
    ($($type:ty, $size:literal, |$d:ident| $read:expr, |$e:ident, $value:ident| $write:expr;)*) => {$(
        impl Wire for $type {
            fn min_size(_: Version) -> usize {
                $size
            }

            #[inline]
            fn read($d: &mut Decoder, _: Version) -> Result<Self> {
                $read
            }

            #[inline]
            fn write(&self, $e: &mut Encoder, _: Version) {
                let $value = self;
                $write
            }
        }
    )*};
}

fixed! {
    bool, 1, |d| d.u8().map(|b| b != 0), |e, x| e.buffer().put_u8(u8::from(*x));
    i8, 1, |d| d.i8(), |e, x| e.buffer().put_i8(*x);
    i16, 2, |d| d.i16(), |e, x| e.buffer().put_i16(*x);
    u16, 2, |d| d.u16(), |e, x| e.buffer().put_u16(*x);
    i32, 4, |d| d.i32(), |e, x| e.buffer().put_i32(*x);
    u32, 4, |d| d.u32(), |e, x| e.buffer().put_u32(*x);
    i64, 8, |d| d.i64(), |e, x| e.buffer().put_i64(*x);
    F64, 8, |d| d.u64().map(F64::from_bits), |e, x| e.buffer().put_u64(x.to_bits());
    Uuid, 16, |d| d.uuid().map(Self), |e, x| e.buffer().put_slice(&x.0);
    ErrorCode, 2, |d| d.i16().map(Self), |e, x| e.buffer().put_i16(x.0);
}

/// Types that are a length and that many bytes or elements: the length says null, the rest is the same.
macro_rules! sized {
    ($([$($generic:tt)*] $type:ty, $length:ident, $fixed:literal,
        |$d:ident, $n:ident, $v:ident| $read:expr, |$e:ident, $x:ident| $len:expr, $write:expr;)*) => {$(
        impl<$($generic)*> Wire for $type {
            fn min_size(v: Version) -> usize {
                if v.flexible { 1 } else { $fixed }
            }

            fn read(d: &mut Decoder, v: Version) -> Result<Self> {
                Self::read_nullable(d, v)?.ok_or(DecodeErrorKind::Null)
            }

            fn write(&self, e: &mut Encoder, v: Version) {
                Self::write_nullable(Some(self), e, v);
            }
        }

        impl<$($generic)*> Nullable for $type {
            fn min_size_nullable(v: Version) -> usize {
                Self::min_size(v)
            }

            #[inline]
            fn read_nullable($d: &mut Decoder, $v: Version) -> Result<Option<Self>> {
                match $d.$length($v)? {
                    None => Ok(None),
                    Some($n) => $read.map(Some),
                }
            }

            #[inline]
            fn write_nullable(this: Option<&Self>, $e: &mut Encoder, $v: Version) {
                $e.$length(this.map(|$x| $len), $v);
                if let Some($x) = this {
                    $write
                }
            }
        }
    )*};
}

sized! {
    [] Str, text_length, 2, |d, n, v| d.text(n), |e, x| x.len(), e.buffer().put_slice(x.as_bytes());
    [] Bytes, length, 4, |d, n, v| d.bytes(n), |e, x| x.len(), e.payload(x);
    [] Records, length, 4, |d, n, v| d.bytes(n).map(Self::from), |e, x| x.len(),
        x.chunks().iter().for_each(|chunk| e.payload(chunk));
    [T: Wire] Vec<T>, length, 4, |d, n, v| d.elements(n, v), |e, x| x.len(),
        x.iter().for_each(|element| element.write(e, v));
}

/// What the generated code needs.
pub(crate) mod prelude {
    pub(crate) use alloc::vec::Vec;
    pub(crate) use core::ops::RangeInclusive;

    pub(crate) use bytes::Bytes;

    pub(crate) use super::{Nullable, Result, Version, Wire};
    pub(crate) use crate::{Decoder, Encoder, ErrorCode, F64, Message, Records, Str, Uuid};
}
