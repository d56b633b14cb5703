use super::*;
use proptest::{collection, prelude::*};
use serde_json::json;
use std::collections::BTreeMap;

#[test]
fn canonical_json_sorts_keys_at_every_depth() {
    let value = json!({"b": [1, {"d": "ӣ\n", "c": true}], "a": null});
    assert_eq!(canonical_json(&value), "{\"a\":null,\"b\":[1,{\"c\":true,\"d\":\"ӣ\\n\"}]}");
}

#[test]
fn a_json_line_holds_no_unicode_line_break() {
    let line = json_line(&"a\u{85}b\u{2028}c\u{2029}d\ne").unwrap_or_default();
    assert_eq!(line, r#""a\u0085b\u2028c\u2029d\ne""#);
    let back: String = serde_json::from_str(&line).unwrap_or_default();
    assert_eq!(back, "a\u{85}b\u{2028}c\u{2029}d\ne");
}

/// A direct implementation of the definition: a tree of values, the keys of each object sorted.
fn reference(value: &Value, out: &mut String) {
    match value {
        Value::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort();
            out.push('{');
            for (i, key) in keys.into_iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                out.push_str(&Value::String(key.clone()).to_string());
                out.push(':');
                reference(&map[key], out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                reference(item, out);
            }
            out.push(']');
        }
        Value::Number(number) => {
            let text = number.to_string();
            out.push_str(text.strip_suffix(".0").unwrap_or(&text));
        }
        other => out.push_str(&other.to_string()),
    }
}

/// Has every shape in the serde data model.
#[derive(Debug, Clone, Serialize)]
struct Everything {
    z: Option<String>,
    #[serde(rename = "a\"key\n")]
    strange: f32,
    numbers: (i64, u64, f64, char),
    map: BTreeMap<String, Shape>,
    by_number: BTreeMap<u8, bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    missing: Option<()>,
    inner: Inner,
    #[serde(flatten)]
    flat: BTreeMap<String, Value>,
}

#[derive(Debug, Clone, Serialize)]
struct Inner {
    two: Vec<Shape>,
    one: Unit,
}

#[derive(Debug, Clone, Serialize)]
struct Unit;

#[derive(Debug, Clone, Serialize)]
#[allow(clippy::enum_variant_names, reason = "they are the shapes' names")]
enum Shape {
    Nothing,
    One(String),
    Two(i8, Option<f64>),
    Named { y: u32, b: Box<[u8]> },
}

fn shapes() -> impl Strategy<Value = Shape> {
    prop_oneof![
        Just(Shape::Nothing),
        "\\PC{0,40}|[\"\\\\\u{0}-\u{20}\u{7f}a]{0,50}".prop_map(Shape::One),
        (any::<i8>(), any::<Option<f64>>()).prop_map(|(a, b)| Shape::Two(a, b)),
        (any::<u32>(), any::<Vec<u8>>()).prop_map(|(y, b)| Shape::Named { y, b: b.into() }),
    ]
}

fn everything() -> impl Strategy<Value = Everything> {
    let numbers = (any::<i64>(), any::<u64>(), any::<f64>(), any::<char>());
    let maps = (
        collection::btree_map("\\PC{0,3}", shapes(), 0..5),
        collection::btree_map(any::<u8>(), any::<bool>(), 0..3),
        collection::btree_map("[a-z]{4}", Just(json!({"q": 1.0, "p": [0.5, -0.0]})), 0..3),
    );
    let rest = (any::<Option<String>>(), any::<f32>(), collection::vec(shapes(), 0..4));
    (numbers, maps, rest).prop_map(|(numbers, (map, by_number, flat), (z, strange, two))| Everything {
        z,
        strange,
        numbers,
        map,
        by_number,
        missing: None,
        inner: Inner { two, one: Unit },
        flat,
    })
}

proptest! {
    #[test]
    fn json_equals_the_reference(value in everything()) {
        let mut slow = String::new();
        reference(&serde_json::to_value(&value).unwrap(), &mut slow);
        prop_assert_eq!(canonical(&value).unwrap(), slow);
        prop_assert_eq!(write(&value, Form::Plain).unwrap(), serde_json::to_string(&value).unwrap());
    }

    #[test]
    fn fields_are_left_out_or_replaced(value in everything()) {
        let mut tree = serde_json::to_value(&value).unwrap();
        let fields = tree.as_object_mut().unwrap();
        fields.remove("z");
        fields.insert("map".to_owned(), json!([1]));
        fields["inner"].as_object_mut().unwrap().remove("two");
        let edits = [("z", None), ("map", Some("[1]")), ("inner.two", None), ("two", None), ("nowhere", Some("0"))];
        let edited = canonical_json(&tree);
        prop_assert_eq!(sha256_of_object(&value, &edits, 9).unwrap(), sha256(edited.as_bytes()));
        prop_assert_eq!(sha256_of_object(&tree, &[], 0).unwrap(), sha256(edited.as_bytes()));
        prop_assert_eq!(sha256_of_object(&[&tree], &[], 99).unwrap(), sha256(format!("[{edited}]").as_bytes()));
    }
}

#[test]
fn a_digest_is_read_as_it_is_written_and_nothing_else_is() {
    let text = sha256(b"x");
    assert_eq!(parsed(&text).map(|b| named(&b)), Some(text.clone()));
    for wrong in [text.to_uppercase(), text.replace("sha256", "sha512"), format!("{text}0"), text.replacen('f', "g", 1)]
    {
        assert_eq!(parsed(&wrong), None, "{wrong}");
    }
}
