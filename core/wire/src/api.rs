//! The table of APIs: keys, and one enum over all requests and all responses.

/// Makes the table out of one row per API.
macro_rules! apis {
    ($($name:ident = $key:literal: $request:ident, $response:ident,
        broker $broker:literal, controller $controller:literal, unstable $unstable:literal;)*) => {
        use core::ops::RangeInclusive;

        use crate::{DecodeError, Decoder, EncodeError, Encoder, Message};

        /// The kind of a request, by the number that stands in its header.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(i16)]
        pub enum ApiKey {
            $($name = $key,)*
        }

        impl ApiKey {
            /// Every API, by ascending key.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The name of the API, such as `Fetch`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)*
                }
            }

            /// The versions that exist, both ends included.
            #[must_use]
            pub const fn valid_versions(self) -> RangeInclusive<i16> {
                match self {
                    $(Self::$name => $request::VERSIONS,)*
                }
            }

            /// The first version with compact lengths and tagged fields, if there is one.
            #[must_use]
            pub const fn flexible_from(self) -> Option<i16> {
                let from = match self {
                    $(Self::$name => $request::FLEXIBLE_FROM,)*
                };
                if from == i16::MAX { None } else { Some(from) }
            }

            /// Whether Kafka serves the API on listeners of brokers.
            #[must_use]
            pub const fn is_on_broker(self) -> bool {
                match self {
                    $(Self::$name => $broker,)*
                }
            }

            /// Whether Kafka serves the API on listeners of controllers.
            #[must_use]
            pub const fn is_on_controller(self) -> bool {
                match self {
                    $(Self::$name => $controller,)*
                }
            }

            /// Whether the highest version may still change and is not to be advertised.
            #[must_use]
            pub const fn is_latest_version_unstable(self) -> bool {
                match self {
                    $(Self::$name => $unstable,)*
                }
            }
        }

        impl TryFrom<i16> for ApiKey {
            type Error = i16;

            fn try_from(key: i16) -> Result<Self, i16> {
                match key {
                    $($key => Ok(Self::$name),)*
                    unknown => Err(unknown),
                }
            }
        }

        crate::api::apis!(@messages Request "The body of any request.", $($name $request)*);
        crate::api::apis!(@messages Response "The body of any response.", $($name $response)*);
    };

    (@messages $enum:ident $doc:literal, $($name:ident $message:ident)*) => {
        #[doc = $doc]
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub enum $enum {
            $($name($message),)*
        }

        impl $enum {
            /// The API it belongs to.
            #[must_use]
            pub const fn api_key(&self) -> ApiKey {
                match self {
                    $(Self::$name(_) => ApiKey::$name,)*
                }
            }

            /// Reads a body; bytes behind it are left alone.
            ///
            /// # Errors
            /// Names what is wrong and where; the sender is at fault.
            pub fn decode(key: ApiKey, version: i16, d: &mut Decoder) -> Result<Self, DecodeError> {
                match key {
                    $(ApiKey::$name => $message::decode(d, version).map(Self::$name),)*
                }
            }

            /// Writes the body.
            ///
            /// # Errors
            /// The version does not exist or cannot carry a value; what was written then must not be used.
            pub fn encode(&self, version: i16, e: &mut Encoder) -> Result<(), EncodeError> {
                match self {
                    $(Self::$name(message) => message.encode(e, version),)*
                }
            }
        }

        $(impl From<$message> for $enum {
            fn from(message: $message) -> Self {
                Self::$name(message)
            }
        })*
    };
}

pub(crate) use apis;
