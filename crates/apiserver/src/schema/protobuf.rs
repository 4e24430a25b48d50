//! Protobuf request bodies to objects: `kubectl create` and `kubectl auth` send nothing else.
//!
//! ```text
//! "k8s\0" + Unknown { typeMeta { apiVersion, kind }, raw }      raw: the object's own message
//! ```
//! Field numbers come from the table; numbers it does not know are skipped, as protobuf asks.
//!
//! **Deliberately absent:** encoding. Responses are JSON, which every client that sends protobuf
//! accepts too.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::node::DEPTH;
use super::table::{Field, Shape, Type, type_of};
use super::{normal, scalar};

/// What every body starts with.
pub const MAGIC: &[u8] = b"k8s\0";

/// Why a body cannot be decoded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The first four bytes are not [`MAGIC`].
    #[error(
        "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]"
    )]
    Prefix,
    /// A length or number points beyond the end.
    #[error("unexpected EOF")]
    CutShort,
    /// A wire type that protobuf does not have, or that the field cannot have.
    #[error("proto: wrong wireType = {0}")]
    WireType(u64),
    /// A text that is not UTF-8, an instant out of range, a quantity that is none.
    #[error("{0}")]
    Content(String),
    /// The kind is not in the table.
    #[error(
        "no kind \"{kind}\" is registered for version \"{api_version}\" in scheme \"pkg/runtime/scheme.go:111\""
    )]
    UnknownKind {
        /// As sent.
        api_version: String,
        /// As sent.
        kind: String,
    },
    /// More levels than the decoder follows.
    #[error("exceeded max depth")]
    Depth,
}

/// Decodes a whole body into an object with `apiVersion` and `kind`, in normal form.
pub fn decode(body: &[u8]) -> Result<Value, Error> {
    let envelope = body.strip_prefix(MAGIC).ok_or(Error::Prefix)?;
    let (mut api_version, mut kind, mut raw) = (String::new(), String::new(), [].as_slice());
    for entry in Entries(envelope) {
        match entry? {
            (1, Wire::Bytes(meta)) => {
                for entry in Entries(meta) {
                    match entry? {
                        (1, Wire::Bytes(bytes)) => api_version = text(bytes)?,
                        (2, Wire::Bytes(bytes)) => kind = text(bytes)?,
                        _ => {}
                    }
                }
            }
            (2, Wire::Bytes(bytes)) => raw = bytes,
            _ => {}
        }
    }
    let (group, version) = api_version.rsplit_once('/').unwrap_or(("", &api_version));
    let Some(known) = type_of(group, version, &kind) else {
        return Err(Error::UnknownKind { api_version, kind });
    };
    let mut object = message(raw, known, 0)?;
    let mut value = Value::Object({
        object.insert("apiVersion".to_owned(), api_version.into());
        object.insert("kind".to_owned(), kind.into());
        object
    });
    normal::normalize(known, &mut value);
    Ok(value)
}

/// One decoded entry of a message.
#[derive(Clone, Copy)]
enum Wire<'a> {
    Number(u64),
    Fixed(u64),
    Bytes(&'a [u8]),
}

/// The entries of a message, one after the other.
struct Entries<'a>(&'a [u8]);

impl<'a> Entries<'a> {
    fn varint(&mut self) -> Result<u64, Error> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let (first, rest) = self.0.split_first().ok_or(Error::CutShort)?;
            self.0 = rest;
            value |= u64::from(first & 0x7f) << shift;
            if first & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Error::CutShort)
    }

    fn take(&mut self, length: u64) -> Result<&'a [u8], Error> {
        let length = usize::try_from(length).map_err(|_| Error::CutShort)?;
        let (taken, rest) = self.0.split_at_checked(length).ok_or(Error::CutShort)?;
        self.0 = rest;
        Ok(taken)
    }

    fn entry(&mut self) -> Result<(u32, Wire<'a>), Error> {
        let key = self.varint()?;
        let number = u32::try_from(key >> 3).map_err(|_| Error::CutShort)?;
        let wire = match key & 7 {
            0 => Wire::Number(self.varint()?),
            1 => Wire::Fixed(little_endian(self.take(8)?)),
            2 => {
                let length = self.varint()?;
                Wire::Bytes(self.take(length)?)
            }
            5 => Wire::Fixed(little_endian(self.take(4)?)),
            other => return Err(Error::WireType(other)),
        };
        Ok((number, wire))
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = Result<(u32, Wire<'a>), Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let entry = self.entry();
        if entry.is_err() {
            self.0 = &[];
        }
        Some(entry)
    }
}

fn little_endian(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte))
}

fn text(bytes: &[u8]) -> Result<String, Error> {
    let text = str::from_utf8(bytes).map_err(|_| Error::Content("invalid UTF-8".to_owned()))?;
    Ok(text.to_owned())
}

/// Decodes the message of a known type.
fn message(bytes: &[u8], known: &Type, depth: usize) -> Result<Map<String, Value>, Error> {
    let mut object = Map::new();
    embedded(bytes, known, &[], &mut object, depth)?;
    Ok(object)
}

/// Decodes the fields whose numbers start with `prefix`: those of an embedded message.
fn embedded(
    bytes: &[u8],
    known: &Type,
    prefix: &[u32],
    object: &mut Map<String, Value>,
    depth: usize,
) -> Result<(), Error> {
    if depth > DEPTH {
        return Err(Error::Depth);
    }
    for entry in Entries(bytes) {
        let (number, wire) = entry?;
        let path = [prefix, &[number]].concat();
        if let Some(field) = known.fields.iter().find(|field| field.numbers == path) {
            insert(object, field, wire, depth)?;
        } else if known.fields.iter().any(|field| field.numbers.starts_with(&path))
            && let Wire::Bytes(inner) = wire
        {
            embedded(inner, known, &path, object, depth + 1)?;
        }
    }
    Ok(())
}

/// Adds one entry to the object: a scalar, another item of a list, another entry of a map.
fn insert(
    object: &mut Map<String, Value>,
    field: &Field,
    wire: Wire<'_>,
    depth: usize,
) -> Result<(), Error> {
    match (&field.shape, wire) {
        (Shape::List(element), wire) => {
            let list = object.entry(field.name).or_insert_with(|| Value::Array(Vec::new()));
            let Value::Array(list) = list else { return Ok(()) };
            match (&**element, wire) {
                (Shape::Int32 | Shape::Int64 | Shape::Bool, Wire::Bytes(packed)) => {
                    let mut numbers = Entries(packed);
                    while !numbers.0.is_empty() {
                        let number = Wire::Number(numbers.varint()?);
                        list.push(value(element, number, depth)?);
                    }
                }
                (element, wire) => list.push(value(element, wire, depth)?),
            }
        }
        (Shape::Map(element), Wire::Bytes(entry)) => {
            let map = object.entry(field.name).or_insert_with(|| Value::Object(Map::new()));
            let Value::Object(map) = map else { return Ok(()) };
            let (mut key, mut found) = (String::new(), None);
            for part in Entries(entry) {
                match part? {
                    (1, Wire::Bytes(bytes)) => key = text(bytes)?,
                    (2, Wire::Bytes(bytes)) if field.wrapped => {
                        found = Some(items(bytes, element, depth)?);
                    }
                    (2, wire) => found = Some(value(element, wire, depth)?),
                    _ => {}
                }
            }
            map.insert(key, found.unwrap_or_else(|| normal::zero(element)));
        }
        (shape, wire) => {
            object.insert(field.name.to_owned(), value(shape, wire, depth)?);
        }
    }
    Ok(())
}

/// A list that is wrapped in a message of its own.
fn items(bytes: &[u8], shape: &Shape, depth: usize) -> Result<Value, Error> {
    let Some(element) = shape.element() else { return Ok(Value::Null) };
    let entries = Entries(bytes).map(|entry| value(element, entry?.1, depth));
    Ok(Value::Array(entries.collect::<Result<_, _>>()?))
}

/// Decodes one value of a shape.
#[expect(
    clippy::cast_possible_wrap,
    clippy::cast_possible_truncation,
    reason = "protobuf's two's complement"
)]
fn value(shape: &Shape, wire: Wire<'_>, depth: usize) -> Result<Value, Error> {
    Ok(match (shape, wire) {
        (Shape::Int32, Wire::Number(number)) => Value::from(number as i32),
        (Shape::Int64, Wire::Number(number)) => Value::from(number as i64),
        (Shape::Bool, Wire::Number(number)) => Value::from(number != 0),
        (Shape::Double, Wire::Fixed(bits)) => Value::from(f64::from_bits(bits)),
        (Shape::String, Wire::Bytes(bytes)) => Value::from(text(bytes)?),
        (Shape::Bytes, Wire::Bytes(bytes)) => Value::from(STANDARD.encode(bytes)),
        (Shape::Object(_), Wire::Bytes(bytes)) => match shape.object() {
            Some(known) => Value::Object(message(bytes, known, depth + 1)?),
            None => Value::Null,
        },
        (Shape::Quantity, Wire::Bytes(bytes)) => {
            let written = first_text(bytes)?;
            Value::from(scalar::quantity(&written).map_err(Error::Content)?)
        }
        (Shape::Time, Wire::Bytes(bytes)) => {
            let (seconds, _) = seconds(bytes)?;
            instant(seconds == 0, scalar::time_of(seconds))?
        }
        (Shape::MicroTime, Wire::Bytes(bytes)) => {
            let (seconds, nanoseconds) = seconds(bytes)?;
            instant(seconds == 0 && nanoseconds == 0, scalar::micro_time_of(seconds, nanoseconds))?
        }
        (Shape::IntOrString, Wire::Bytes(bytes)) => int_or_string(bytes)?,
        (Shape::RawExtension | Shape::FieldsV1 | Shape::Any, Wire::Bytes(bytes)) => raw(bytes)?,
        (_, Wire::Number(_)) => return Err(Error::WireType(0)),
        (_, Wire::Fixed(_)) => return Err(Error::WireType(1)),
        (_, Wire::Bytes(_)) => return Err(Error::WireType(2)),
    })
}

/// The first text of a message.
fn first_text(bytes: &[u8]) -> Result<String, Error> {
    match Entries(bytes).next().transpose()? {
        Some((1, Wire::Bytes(bytes))) => text(bytes),
        _ => Ok("0".to_owned()),
    }
}

/// Seconds and nanoseconds of an instant.
#[expect(
    clippy::cast_possible_wrap,
    clippy::cast_possible_truncation,
    reason = "protobuf's two's complement"
)]
fn seconds(bytes: &[u8]) -> Result<(i64, i32), Error> {
    let (mut seconds, mut nanoseconds) = (0, 0);
    for entry in Entries(bytes) {
        match entry? {
            (1, Wire::Number(number)) => seconds = number as i64,
            (2, Wire::Number(number)) => nanoseconds = number as i32,
            _ => {}
        }
    }
    Ok((seconds, nanoseconds))
}

/// Go's zero instant travels as an empty or impossible message and is null in JSON.
fn instant(zero: bool, written: Option<String>) -> Result<Value, Error> {
    match written {
        _ if zero => Ok(Value::Null),
        Some(written) => Ok(Value::from(written)),
        None => Err(Error::Content("an instant out of range".to_owned())),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "protobuf's two's complement")]
fn int_or_string(bytes: &[u8]) -> Result<Value, Error> {
    let (mut is_text, mut number, mut written) = (false, 0_i32, String::new());
    for entry in Entries(bytes) {
        match entry? {
            (1, Wire::Number(kind)) => is_text = kind == 1,
            (2, Wire::Number(value)) => number = value as i32,
            (3, Wire::Bytes(bytes)) => written = text(bytes)?,
            _ => {}
        }
    }
    Ok(if is_text { written.into() } else { number.into() })
}

/// JSON that travels as bytes in a message.
fn raw(bytes: &[u8]) -> Result<Value, Error> {
    match Entries(bytes).next().transpose()? {
        Some((1, Wire::Bytes(json))) => {
            super::node::parse(json).map(super::node::Node::into_value).map_err(Error::Content)
        }
        _ => Ok(Value::Null),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bodies that kubectl 1.36 sent, by the name of the command, beside what they say.
    const BODIES: [(&str, &[u8]); 21] = [
        ("autoscale", include_bytes!("fixtures/protobuf/autoscale.pb")),
        ("can-i", include_bytes!("fixtures/protobuf/can-i.pb")),
        ("can-i-list", include_bytes!("fixtures/protobuf/can-i-list.pb")),
        ("clusterrole", include_bytes!("fixtures/protobuf/clusterrole.pb")),
        ("configmap", include_bytes!("fixtures/protobuf/configmap.pb")),
        ("cronjob", include_bytes!("fixtures/protobuf/cronjob.pb")),
        ("deployment", include_bytes!("fixtures/protobuf/deployment.pb")),
        ("ingress", include_bytes!("fixtures/protobuf/ingress.pb")),
        ("job", include_bytes!("fixtures/protobuf/job.pb")),
        ("namespace", include_bytes!("fixtures/protobuf/namespace.pb")),
        ("nodeport", include_bytes!("fixtures/protobuf/nodeport.pb")),
        ("pdb", include_bytes!("fixtures/protobuf/pdb.pb")),
        ("priorityclass", include_bytes!("fixtures/protobuf/priorityclass.pb")),
        ("quota", include_bytes!("fixtures/protobuf/quota.pb")),
        ("role", include_bytes!("fixtures/protobuf/role.pb")),
        ("rolebinding", include_bytes!("fixtures/protobuf/rolebinding.pb")),
        ("secret", include_bytes!("fixtures/protobuf/secret.pb")),
        ("service", include_bytes!("fixtures/protobuf/service.pb")),
        ("serviceaccount", include_bytes!("fixtures/protobuf/serviceaccount.pb")),
        ("token", include_bytes!("fixtures/protobuf/token.pb")),
        ("whoami", include_bytes!("fixtures/protobuf/whoami.pb")),
    ];

    #[test]
    fn bodies_of_kubectl_decode_to_what_its_dry_run_prints() {
        let expected: Value =
            serde_json::from_str(include_str!("fixtures/protobuf/expected.json")).unwrap();
        for (name, body) in BODIES {
            assert_eq!(decode(body).unwrap(), expected[name], "{name}");
        }
    }

    #[test]
    fn a_body_cut_anywhere_is_an_error_or_an_object_but_never_a_panic() {
        for (_, body) in BODIES {
            for length in 0..body.len() {
                let _ = decode(&body[..length]);
            }
        }
    }

    #[test]
    fn what_is_not_protobuf_is_refused() {
        assert_eq!(decode(b"{}"), Err(Error::Prefix));
    }
}
