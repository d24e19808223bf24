//! ApiVersions: which APIs and versions this broker serves, and which features the cluster has finalized.

use alloc::vec;
use alloc::vec::Vec;

use klamm_wire::messages::api_versions_response::{ApiVersion, FinalizedFeatureKey, SupportedFeatureKey};
use klamm_wire::messages::{ApiVersionsRequest, ApiVersionsResponse, Response};
use klamm_wire::{ApiKey, ErrorCode};

use super::{Row, TABLE};
use crate::connection::{Answer, Call};
use crate::controller::{FEATURES, Feature};
use crate::edge::{Effects, ListenerKind};
use crate::image::MetadataImage;
use crate::node::Node;
use crate::time::Now;

/// The first version that names the client's software.
const NAMES_SOFTWARE: i16 = 3;
/// The first version whose readers take a feature that can be off. Older ones fail on it (KAFKA-17492).
const FEATURES_CAN_BE_OFF: i16 = 4;

/// Answers whatever version is asked: one that is too high in version 0, with the versions there are.
pub(crate) fn handle(
    node: &mut Node,
    _: Now,
    fx: &mut Effects,
    call: &Call,
    request: ApiVersionsRequest,
) -> Option<Response> {
    if !ApiKey::ApiVersions.valid_versions().contains(&call.api_version) {
        let answer = Answer::InVersion(0, unsupported().into());
        node.connections.answer(fx, call.ticket, answer);
        return None;
    }
    if call.api_version >= NAMES_SOFTWARE && !names_software(&request) {
        let response =
            ApiVersionsResponse { error_code: ErrorCode::INVALID_REQUEST, ..ApiVersionsResponse::default() };
        return Some(response.into());
    }
    Some(describe(TABLE, call.api_version, call.peer.kind, &node.env.image).into())
}

/// What there is to choose from, for a client that asked in a version of the future.
fn unsupported() -> ApiVersionsResponse {
    let versions = ApiKey::ApiVersions.valid_versions();
    let entry = ApiVersion {
        api_key: ApiKey::ApiVersions as i16,
        min_version: *versions.start(),
        max_version: *versions.end(),
    };
    ApiVersionsResponse {
        error_code: ErrorCode::UNSUPPORTED_VERSION,
        api_keys: vec![entry],
        ..ApiVersionsResponse::default()
    }
}

fn describe(table: &[Row], version: i16, kind: ListenerKind, image: &MetadataImage) -> ApiVersionsResponse {
    let entry = |row: &Row| ApiVersion {
        api_key: row.key as i16,
        min_version: row.advertised_min,
        max_version: row.max,
    };
    let mut api_keys: Vec<ApiVersion> = table.iter().filter(|row| row.is_on(kind)).map(entry).collect();
    api_keys.sort_unstable_by_key(|entry| entry.api_key);
    let told = |feature: &&Feature| feature.min > 0 || version >= FEATURES_CAN_BE_OFF;
    let supported = |feature: &Feature| SupportedFeatureKey {
        name: feature.name.into(),
        min_version: feature.min,
        max_version: feature.max,
    };
    let finalized = |(name, level): (&klamm_wire::Str, &i16)| FinalizedFeatureKey {
        name: name.clone(),
        max_version_level: *level,
        min_version_level: *level,
    };
    ApiVersionsResponse {
        error_code: ErrorCode::NONE,
        api_keys,
        supported_features: FEATURES.iter().filter(told).map(supported).collect(),
        finalized_features_epoch: image.offset,
        finalized_features: image.features.iter().map(finalized).collect(),
        ..ApiVersionsResponse::default()
    }
}

fn names_software(request: &ApiVersionsRequest) -> bool {
    is_software_text(&request.client_software_name) && is_software_text(&request.client_software_version)
}

/// `[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?`. Source: KIP-511.
fn is_software_text(text: &str) -> bool {
    let bytes = text.as_bytes();
    let ends = bytes.first().zip(bytes.last());
    ends.is_some_and(|(first, last)| first.is_ascii_alphanumeric() && last.is_ascii_alphanumeric())
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
}

#[cfg(test)]
mod tests {
    use klamm_wire::Uuid;
    use klamm_wire::metadata_records::FeatureLevelRecord;

    use super::*;
    use crate::image::METADATA_VERSION;

    /// Goal: a client of the future learns which versions there are. Source: KIP-511; what Java, librdkafka,
    /// sarama and franz-go read from the answer.
    #[test]
    fn a_version_that_is_too_high_is_answered_with_the_range() {
        let response = unsupported();
        assert_eq!(response.error_code, ErrorCode::UNSUPPORTED_VERSION);
        let [entry] = &response.api_keys[..] else { panic!("one entry: {:?}", response.api_keys) };
        assert_eq!((entry.api_key, entry.min_version, entry.max_version), (18, 0, 4));
    }

    /// Goal: every row is told, once, by key, within what the codec knows; Produce from 0 on, because
    /// librdkafka stops compressing otherwise (KAFKA-18659).
    #[test]
    fn every_row_of_the_table_is_advertised() {
        let response = describe(TABLE, 4, ListenerKind::Broker, &MetadataImage::new(Uuid::ZERO));
        let here = TABLE.iter().filter(|row| row.is_on(ListenerKind::Broker)).count();
        assert_eq!(response.api_keys.len(), here);
        assert!(response.api_keys.windows(2).all(|pair| pair[0].api_key < pair[1].api_key));
        for entry in &response.api_keys {
            let key = ApiKey::try_from(entry.api_key).expect("a row has a known key");
            let valid = key.valid_versions();
            assert!(entry.max_version <= *valid.end(), "{key:?}");
            assert!(entry.min_version >= *valid.start() || key == ApiKey::Produce, "{key:?}");
            assert!(!key.is_latest_version_unstable() || entry.max_version < *valid.end(), "{key:?}");
        }
        let produce = response.api_keys.iter().find(|entry| entry.api_key == 0).expect("Produce is served");
        assert_eq!((produce.min_version, produce.max_version), (0, 13));
    }

    /// Goal: clients see the level of a feature and the offset it was known at, nothing at level 0, and old ones no
    /// feature that can be off. Source: KIP-584, KAFKA-17492.
    #[test]
    fn finalized_features_come_from_the_image() {
        let mut image = MetadataImage::new(Uuid::ZERO);
        let record = FeatureLevelRecord { name: METADATA_VERSION.into(), feature_level: 30 };
        image.apply(7, &record.into());
        let response = describe(&[], 4, ListenerKind::Broker, &image);
        assert_eq!(response.finalized_features_epoch, 7);
        let [feature] = &response.finalized_features[..] else { panic!("one feature") };
        assert_eq!((feature.min_version_level, feature.max_version_level), (30, 30));
        assert_eq!(response.supported_features.len(), FEATURES.len());
        let old = describe(&[], 3, ListenerKind::Broker, &image);
        assert!(old.supported_features.iter().all(|feature| feature.min_version > 0));
    }

    /// Goal: the pattern of KIP-511.
    #[test]
    fn software_names_are_letters_digits_dots_and_dashes() {
        for text in ["a", "apache-kafka-java", "4.3.1", "A-1.b"] {
            assert!(is_software_text(text), "{text}");
        }
        for text in ["", "-a", "a.", "a b", "ä", "a_b"] {
            assert!(!is_software_text(text), "{text}");
        }
    }
}
