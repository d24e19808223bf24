//! `DescribeUserScramCredentialsRequest`: generated from the schema text.

use crate::codec::prelude::*;

/// Request of the DescribeUserScramCredentials API (key 50), version 0.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DescribeUserScramCredentialsRequest {
    pub users: Option<Vec<UserName>>,
}

impl Default for DescribeUserScramCredentialsRequest {
    fn default() -> Self {
        Self {
            users: Some(Vec::new()),
        }
    }
}

impl Wire for DescribeUserScramCredentialsRequest {
    fn min_size(_: Version) -> usize {
        2
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            users: d.read(v, "DescribeUserScramCredentialsRequest.users")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.users, v, "DescribeUserScramCredentialsRequest.users");
        e.tags(v, |_| {});
    }
}

/// Part of [`DescribeUserScramCredentialsRequest`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct UserName {
    pub name: Str,
}

impl Wire for UserName {
    fn min_size(_: Version) -> usize {
        2
    }

    fn read(d: &mut Decoder, v: Version) -> Result<Self> {
        let this = Self {
            name: d.read(v, "UserName.name")?,
        };
        d.tags(v, |_, _| Ok(false))?;
        Ok(this)
    }

    fn write(&self, e: &mut Encoder, v: Version) {
        e.write(&self.name, v, "UserName.name");
        e.tags(v, |_| {});
    }
}

impl Message for DescribeUserScramCredentialsRequest {
    const NAME: &'static str = "DescribeUserScramCredentialsRequest";
    const VERSIONS: RangeInclusive<i16> = 0..=0;
    const FLEXIBLE_FROM: i16 = 0;
}
