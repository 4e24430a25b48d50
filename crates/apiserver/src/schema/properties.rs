//! Properties that must hold for every object and patch, not only for recorded ones.

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::decode::{Expected, Format, Style, body, patched};
use super::table::type_of;
use super::{Writer, node, protobuf, record_update, server_side_apply, strategic_merge, yaml};

const DEPLOYMENT: Expected<'static> = Expected { group: "apps", version: "v1", kind: "Deployment" };

fn writer(manager: &str) -> Writer<'_> {
    Writer { manager, subresource: "", time: "2026-01-02T03:04:05Z" }
}

/// Never empty: an empty map is owned by who applies it and conflicts for the next, as on the real
/// server.
fn labels() -> impl Strategy<Value = Value> {
    btree_map("[a-c]", "[x-z]{0,2}", 1..3).prop_map(|map| json!(map))
}

/// Items of a keyed list: each key at most once, in any order.
fn keyed(
    key: &'static str,
    item: impl Strategy<Value = Map<String, Value>>,
) -> impl Strategy<Value = Value> {
    let items = btree_map("[a-d]", item, 1..4).prop_map(move |map| {
        let named = map.into_iter().map(|(name, mut item)| {
            item.insert(key.to_owned(), json!(name));
            Value::Object(item)
        });
        named.collect::<Vec<_>>()
    });
    items.prop_shuffle().prop_map(Value::Array)
}

fn variable() -> impl Strategy<Value = Map<String, Value>> {
    "[0-9]{1,2}".prop_map(|value| Map::from_iter([("value".to_owned(), json!(value))]))
}

fn container() -> impl Strategy<Value = Map<String, Value>> {
    let parts = (
        "[i-k]:[0-9]",
        proptest::option::of(keyed("name", variable())),
        proptest::option::of(vec("[a-z]{1,2}", 1..3)),
        proptest::option::of(1..4_i32),
    );
    parts.prop_map(|(image, env, args, port)| {
        let mut item = Map::from_iter([("image".to_owned(), json!(image))]);
        item.extend(env.map(|it| ("env".to_owned(), it)));
        item.extend(args.map(|it| ("args".to_owned(), json!(it))));
        item.extend(port.map(|it| ("ports".to_owned(), json!([{ "containerPort": it }]))));
        item
    })
}

/// A configuration as a person writes it: no nulls, no empty objects that mean nothing.
fn deployment() -> impl Strategy<Value = Value> {
    let parts = (labels(), proptest::option::of(0..4_i32), keyed("name", container()));
    parts.prop_map(|(labels, replicas, containers)| {
        let mut config = json!({
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": { "name": "web", "labels": labels },
            "spec": {
                "selector": { "matchLabels": { "app": "web" } },
                "template": {
                    "metadata": { "labels": { "app": "web" } },
                    "spec": { "containers": containers },
                },
            },
        });
        if let Some(replicas) = replicas {
            config["spec"]["replicas"] = json!(replicas);
        }
        config
    })
}

/// Whether `whole` has everything that `part` has; keyed items wherever they stand.
fn contains(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => {
            part.iter().all(|(key, part)| whole.get(key).is_some_and(|it| contains(it, part)))
        }
        (Value::Array(whole), Value::Array(part)) => {
            part.iter().all(|part| whole.iter().any(|it| contains(it, part)))
        }
        _ => whole == part,
    }
}

fn stored(value: Value) -> Value {
    patched(value, DEPLOYMENT, Style::Conversion).unwrap().value
}

fn merged(current: &Value, patch: &Value) -> Value {
    let known = type_of("apps", "v1", "Deployment").unwrap();
    stored(strategic_merge(known, current, patch).unwrap())
}

fn applied(live: Option<&Value>, config: &Value, manager: &str, force: bool) -> Value {
    let mut value = server_side_apply(DEPLOYMENT, live, config, writer(manager), force).unwrap();
    let owners = value["metadata"]["managedFields"].take();
    let mut value = stored(value);
    value["metadata"]["managedFields"] = owners;
    value
}

proptest! {
    #[test]
    fn a_strategic_patch_is_contained_in_its_result(old in deployment(), patch in deployment()) {
        prop_assert!(contains(&merged(&stored(old), &patch), &patch));
    }

    #[test]
    fn a_strategic_patch_twice_is_a_strategic_patch_once(old in deployment(), patch in deployment()) {
        let once = merged(&stored(old), &patch);

        prop_assert_eq!(merged(&once, &patch), once);
    }

    #[test]
    fn an_empty_strategic_patch_changes_nothing(old in deployment()) {
        let old = stored(old);

        prop_assert_eq!(merged(&old, &json!({})), old);
    }

    #[test]
    fn applying_twice_is_applying_once(config in deployment()) {
        let once = applied(None, &config, "me", false);

        prop_assert_eq!(applied(Some(&once), &config, "me", false), once);
    }

    #[test]
    fn what_is_applied_is_there(old in deployment(), config in deployment()) {
        let live = applied(None, &old, "you", false);

        let new = applied(Some(&live), &config, "me", true);

        prop_assert!(contains(&new, &config), "{new}");
    }

    #[test]
    fn a_manager_alone_leaves_nothing_of_its_last_configuration(old in deployment(), config in deployment()) {
        let live = applied(None, &old, "me", false);

        let mut new = applied(Some(&live), &config, "me", false);

        new["metadata"].as_object_mut().unwrap().remove("managedFields");
        let fresh = stored(config);
        prop_assert!(contains(&new, &fresh) && contains(&fresh, &new), "{new}\n{fresh}");
    }

    #[test]
    fn two_managers_of_one_configuration_never_conflict(config in deployment()) {
        let live = applied(None, &config, "me", false);

        let both = applied(Some(&live), &config, "you", false);

        prop_assert_eq!(both["metadata"]["managedFields"].as_array().unwrap().len(), 2);
        prop_assert_eq!(&both["spec"], &live["spec"]);
    }

    #[test]
    fn an_update_that_changes_nothing_owns_nothing(config in deployment()) {
        let live = applied(None, &config, "me", false);
        let mut new = live.clone();

        record_update(DEPLOYMENT, Some(&live), &mut new, writer("editor"));

        prop_assert_eq!(new, live);
    }

    #[test]
    fn decoding_what_is_stored_gives_it_back(config in deployment()) {
        let value = stored(config);

        let decoded = body(value.to_string().as_bytes(), Format::Json, DEPLOYMENT).unwrap();

        prop_assert!(decoded.strict.is_empty());
        prop_assert_eq!(decoded.value, value);
    }

    #[test]
    fn no_bytes_make_a_decoder_panic(bytes in vec(any::<u8>(), 0..200), text in "[{}\\[\\]:,\"a-c0-9 \n&*!-]{0,60}") {
        let _ = node::parse(&bytes);
        let _ = node::parse(text.as_bytes());
        let _ = yaml::parse(&text);
        let _ = protobuf::decode(&[protobuf::MAGIC, &bytes].concat());
    }

    #[test]
    fn no_protobuf_object_makes_the_decoder_panic(raw in vec(any::<u8>(), 0..120)) {
        // apiVersion v1, kind Pod, then anything as the message.
        let mut body = b"k8s\0\x0a\x09\x0a\x02v1\x12\x03Pod\x12".to_vec();
        body.push(u8::try_from(raw.len()).unwrap());
        body.extend(raw);

        let _ = protobuf::decode(&body);
    }
}
