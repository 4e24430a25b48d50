//! `--append-hash`: a name that changes with the contents of a ConfigMap or Secret.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::kubectl::print::json::compact;

/// How many letters of the hash are shown.
const LETTERS: usize = 5;

/// Adds the hash of the contents to the name.
pub(super) fn append(object: &mut Value) {
    let name = object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    let or_empty = |value: &Value| if value.is_object() { value.clone() } else { json!({}) };
    let mut all = json!({});
    if object["binaryData"].is_object() {
        all["binaryData"] = object["binaryData"].clone();
    }
    all["data"] = or_empty(&object["data"]);
    all["kind"] = object["kind"].clone();
    all["name"] = json!(name);
    if object["kind"] == "Secret" {
        all["type"] = json!(object["type"].as_str().unwrap_or_default());
    }
    let sum = Sha256::digest(compact(&all).as_bytes());
    let hash: String = sum.iter().take(LETTERS).flat_map(|byte| letters(*byte)).collect();
    object["metadata"]["name"] = json!(format!("{name}-{hash}"));
}

/// The two digits of a byte; those that could make a word or be misread are other letters.
fn letters(byte: u8) -> [char; 2] {
    let letter = |digit: u8| match digit {
        0 => 'g',
        1 => 'h',
        3 => 'k',
        10 => 'm',
        14 => 't',
        digit => char::from_digit(u32::from(digit), 16).unwrap_or('g'),
    };
    [letter(byte >> 4), letter(byte & 15)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(mut object: Value) -> String {
        append(&mut object);
        object["metadata"]["name"].as_str().unwrap_or_default().to_owned()
    }

    #[test]
    fn the_hash_is_the_real_kubectls() {
        let map = json!({"kind": "ConfigMap", "metadata": {"name": "dd"}, "data": {"a": "b"}});
        let empty = json!({"kind": "ConfigMap", "metadata": {"name": "dd"}});
        let secret = json!({"kind": "Secret", "metadata": {"name": "a"}, "data": {"a": "Yg=="}});
        let foo = json!({"kind": "Secret", "metadata": {"name": "dd"}, "data": {"a": "Yg=="},
            "type": "foo"});

        assert_eq!(named(map), "dd-gd8md2m5d2");
        assert_eq!(named(empty), "dd-5m5m9256c8");
        assert_eq!(named(secret), "a-648mt2ck52");
        assert_eq!(named(foo), "dd-bbgd8f6567");
    }
}
