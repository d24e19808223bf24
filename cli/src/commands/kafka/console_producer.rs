//! `kafka-console-producer`.

use std::collections::BTreeMap;
use std::io::{self, BufReader};

use bytes::Bytes;
use clap::Args;
use klamm_core::client::producer::{ProducerConfig, ProducerOutcome, ProducerRecord};
use klamm_wire::Str;
use klamm_wire::batch::Codec;

use super::{KafkaServer, parse_property};
use crate::commands::produce::AcksChoice;
use crate::context::Context;
use crate::exit::{Exit, Failure, Outcome};
use crate::producing::{ParseLine, produce_lines};

/// Writes the lines of stdin as records, with the flags of Kafka's tool.
#[derive(Debug, Args)]
pub struct KafkaConsoleProducer {
    #[command(flatten)]
    server: KafkaServer,
    /// Topic to write to
    #[arg(long)]
    topic: String,
    /// How lines are read: parse.key, key.separator, parse.headers, headers.delimiter, headers.separator,
    /// headers.key.separator, null.marker, ignore.error
    #[arg(long = "reader-property", alias = "property", value_name = "NAME=VALUE", value_parser = parse_property)]
    properties: Vec<(String, String)>,
    /// Compress batches; gzip if no codec is named
    #[arg(long, value_name = "CODEC", num_args = 0..=1, default_missing_value = "gzip")]
    compression_codec: Option<String>,
    /// How many replicas must hold a record: 0, 1, or all
    #[arg(long, value_enum, default_value_t = AcksChoice::All)]
    request_required_acks: AcksChoice,
    /// Bytes after which a batch does not wait
    #[arg(long, default_value_t = 16_384)]
    batch_size: usize,
    /// How long a batch waits for more, in milliseconds
    #[arg(long = "timeout", default_value_t = 1_000)]
    linger_ms: u32,
}

/// Kafka's `LineMessageReader`.
#[derive(Debug)]
struct LineReader {
    topic: Str,
    parse_key: bool,
    key_separator: String,
    parse_headers: bool,
    headers_delimiter: String,
    headers_separator: String,
    headers_key_separator: String,
    null_marker: Option<String>,
    ignore_error: bool,
}

impl LineReader {
    fn new(topic: &str, properties: &[(String, String)]) -> Result<Self, Failure> {
        let mut given: BTreeMap<&str, &str> =
            properties.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let mut take = |name: &str, default: &str| given.remove(name).unwrap_or(default).to_owned();
        let reader = Self {
            topic: topic.into(),
            parse_key: take("parse.key", "false") == "true",
            key_separator: take("key.separator", "\t"),
            parse_headers: take("parse.headers", "false") == "true",
            headers_delimiter: take("headers.delimiter", "\t"),
            headers_separator: take("headers.separator", ","),
            headers_key_separator: take("headers.key.separator", ":"),
            null_marker: Some(take("null.marker", "")).filter(|marker| !marker.is_empty()),
            ignore_error: take("ignore.error", "false") == "true",
        };
        match given.keys().next() {
            None => Ok(reader),
            Some(name) => {
                Err(Failure::new(Exit::Usage, format!("`{name}` is no property of the reader"), "see --help"))
            }
        }
    }

    fn parse(&self, line: Vec<u8>) -> Result<ProducerRecord, String> {
        let text = String::from_utf8(line).map_err(|error| error.to_string())?;
        let mut rest = text.as_str();
        let mut cut = |wanted: bool, separator: &str, what: &str| {
            if !wanted {
                return Ok(None);
            }
            match rest.split_once(separator) {
                Some((before, after)) => {
                    rest = after;
                    Ok(Some(before))
                }
                None if self.ignore_error => Ok(None),
                None => Err(format!("No {what} separator found in it")),
            }
        };
        let headers = cut(self.parse_headers, &self.headers_delimiter, "header")?;
        let key = cut(self.parse_key, &self.key_separator, "key")?;
        let bytes = |text: &str| {
            let is_null = self.null_marker.as_deref() == Some(text);
            (!is_null).then(|| Bytes::copy_from_slice(text.as_bytes()))
        };
        let header = |pair: &str| match pair.split_once(&self.headers_key_separator) {
            Some((name, value)) => Ok((name.into(), bytes(value))),
            None if self.ignore_error => Ok((pair.into(), None)),
            None => Err(format!("No header key separator found in pair '{pair}'")),
        };
        let headers = headers.filter(|headers| self.null_marker.as_deref() != Some(headers));
        let headers = headers.into_iter().flat_map(|headers| headers.split(&self.headers_separator));
        Ok(ProducerRecord {
            topic: self.topic.clone(),
            key: key.and_then(bytes),
            value: bytes(rest),
            headers: headers.map(header).collect::<Result<_, _>>()?,
            ..ProducerRecord::default()
        })
    }
}

impl KafkaConsoleProducer {
    pub(crate) fn run(self, _: &Context) -> Outcome {
        let reader = LineReader::new(&self.topic, &self.properties)?;
        let compression = match &self.compression_codec {
            None => Codec::None,
            Some(name) => Codec::from_name(name).ok_or_else(|| {
                Failure::new(
                    Exit::Usage,
                    format!("`{name}` is no codec"),
                    "it is none, gzip, snappy, lz4 or zstd",
                )
            })?,
        };
        let acks = self.request_required_acks;
        let config = ProducerConfig {
            cluster: self.server.options()?.config("console-producer")?,
            acks: acks.acks(),
            enable_idempotence: acks == AcksChoice::All,
            compression,
            batch_size: self.batch_size,
            linger_ms: self.linger_ms,
            ..ProducerConfig::default()
        };
        let parse: Box<ParseLine> = Box::new(move |line| reader.parse(line).map(Some));
        let tally =
            produce_lines(config, BufReader::new(io::stdin()), parse, |outcome: &ProducerOutcome| {
                if let ProducerOutcome::Failed { reason, .. } = outcome {
                    eprintln!("ERROR Error when sending message to topic {}: {reason}", self.topic);
                }
            })?;
        tally.outcome()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader(properties: &[(&str, &str)]) -> LineReader {
        let owned: Vec<_> = properties.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        LineReader::new("t", &owned).unwrap()
    }

    /// Goal: headers, key and value come apart as in Kafka's tool. Source: `LineMessageReaderTest`.
    #[test]
    fn a_line_is_cut_into_headers_key_and_value() {
        let reader = reader(&[("parse.key", "true"), ("parse.headers", "true"), ("null.marker", "NULL")]);
        let record = reader.parse(b"h0:v0,h1:NULL\tkey\tvalue\twith tab".to_vec()).unwrap();
        assert_eq!(record.key.as_deref(), Some(&b"key"[..]));
        assert_eq!(record.value.as_deref(), Some(&b"value\twith tab"[..]));
        assert_eq!(record.headers, [("h0".into(), Some(Bytes::from_static(b"v0"))), ("h1".into(), None)]);
        assert_eq!(reader.parse(b"NULL\tkey\tNULL".to_vec()).unwrap().value, None);
        assert!(reader.parse(b"no separator".to_vec()).is_err());
    }

    /// Goal: a property that nobody reads is told rather than ignored.
    #[test]
    fn an_unknown_property_is_refused() {
        assert!(LineReader::new("t", &[("parse.kye".into(), "true".into())]).is_err());
    }
}
