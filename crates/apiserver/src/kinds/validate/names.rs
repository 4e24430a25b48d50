//! The rules for names, and what the real server says of a name that breaks one.
//!
//! **Invariant:** each function returns every objection, worded for the end of a sentence; no
//! objection means the name is good.

use std::net::IpAddr;

const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric \
    characters, '-' or '.', and must start and end with an alphanumeric character (e.g. \
    'example.com', regex used for validation is \
    '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric \
    characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  \
    or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const WILDCARD: &str = "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid \
    DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end \
    with an alphanumeric character (e.g. '*.example.com', regex used for validation is \
    '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const KEY_RULE: &str = "must consist of alphanumeric characters, '-', '_' or '.', and must start \
    and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex \
    used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const LABEL_VALUE: &str = "a valid label must be an empty string or consist of alphanumeric \
    characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. \
    'MyValue',  or 'my_value',  or '12345', regex used for validation is \
    '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const CONFIG_KEY: &str = "a valid config key must consist of alphanumeric characters, '-', '_' or \
    '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is \
    '[-._a-zA-Z0-9]+')";
const PERCENT: &str = "a valid percent string must be a numeric string followed by an ending '%' \
    (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";

/// A name of DNS labels joined by dots, as most objects have.
pub(super) fn subdomain(name: &str) -> Vec<String> {
    let mut found = at_most(name, 253);
    if !is_subdomain(name) {
        found.push(SUBDOMAIN.to_owned());
    }
    found
}

/// A single DNS label.
pub(super) fn label(name: &str) -> Vec<String> {
    let mut found = at_most(name, 63);
    if !is_label(name) {
        let words = if is_subdomain(name) { "must not contain dots" } else { LABEL };
        found.push(words.to_owned());
    }
    found
}

/// A subdomain under `*.`.
pub(super) fn wildcard(name: &str) -> Vec<String> {
    let mut found = at_most(name, 253);
    if !name.strip_prefix("*.").is_some_and(is_subdomain) {
        found.push(WILDCARD.to_owned());
    }
    found
}

/// A name that may stand in a URL, as roles have.
pub(super) fn path_segment(name: &str) -> Vec<String> {
    let mut found = Vec::new();
    if name == "." || name == ".." {
        found.push(format!("may not be '{name}'"));
    }
    for letter in ['/', '%'] {
        if name.contains(letter) {
            found.push(format!("may not contain '{letter}'"));
        }
    }
    found
}

/// The key of a label or an annotation: a name with an optional domain before a slash.
pub(crate) fn qualified(key: &str) -> Vec<String> {
    let mut found = Vec::new();
    let parts: Vec<&str> = key.split('/').collect();
    let name = match parts.as_slice() {
        [name] => name,
        [prefix, name] => {
            if prefix.is_empty() {
                found.push("prefix part must be non-empty".to_owned());
            } else {
                found.extend(subdomain(prefix).into_iter().map(|it| format!("prefix part {it}")));
            }
            name
        }
        _ => {
            return vec![format!(
                "a valid label key {KEY_RULE} with an optional DNS subdomain prefix and '/' \
                 (e.g. 'example.com/MyName')"
            )];
        }
    };
    if name.is_empty() {
        found.push("name part must be non-empty".to_owned());
    } else if name.len() > 63 {
        found.push("name part must be no more than 63 bytes".to_owned());
    }
    if !is_key(name) {
        found.push(format!("name part {KEY_RULE}"));
    }
    found
}

/// The value of a label.
pub(crate) fn label_value(value: &str) -> Vec<String> {
    let mut found = Vec::new();
    if value.len() > 63 {
        found.push("must be no more than 63 bytes".to_owned());
    }
    if !value.is_empty() && !is_key(value) {
        found.push(LABEL_VALUE.to_owned());
    }
    found
}

/// The name of a port.
pub(super) fn port_name(name: &str) -> Vec<String> {
    let mut found = at_most(name, 15);
    let is_plain = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-';
    if name.is_empty() || !name.chars().all(is_plain) {
        found.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)".into());
    }
    if !name.contains(|it: char| it.is_ascii_lowercase()) {
        found.push("must contain at least one letter (a-z)".to_owned());
    }
    if name.contains("--") {
        found.push("must not contain consecutive hyphens".to_owned());
    }
    if name.starts_with('-') || name.ends_with('-') {
        found.push("must not begin or end with a hyphen".to_owned());
    }
    found
}

/// The number of a port.
pub(super) fn port_number(number: i64) -> Vec<String> {
    in_range(number, 1, 65_535)
}

/// A number between two bounds.
pub(super) fn in_range(number: i64, least: i64, most: i64) -> Vec<String> {
    if (least..=most).contains(&number) {
        return Vec::new();
    }
    vec![format!("must be between {least} and {most}, inclusive")]
}

/// The name of an environment variable.
pub(super) fn variable(name: &str) -> Vec<String> {
    if name.is_empty() {
        return vec!["environment variable name must be non-empty".to_owned()];
    }
    if name.chars().all(|it| (' '..='~').contains(&it) && it != '=') {
        return Vec::new();
    }
    vec![
        "a valid environment variable name must consist only of printable ASCII characters \
          other than '='"
            .to_owned(),
    ]
}

/// A key of a config map or a secret.
pub(super) fn config_key(key: &str) -> Vec<String> {
    let mut found = at_most(key, 253);
    let is_plain = |it: char| it.is_ascii_alphanumeric() || "-._".contains(it);
    if key.is_empty() || !key.chars().all(is_plain) {
        found.push(CONFIG_KEY.to_owned());
    }
    match key {
        "." => found.push("must not be '.'".to_owned()),
        ".." => found.push("must not be '..'".to_owned()),
        _ if key.starts_with("..") => found.push("must not start with '..'".to_owned()),
        _ => {}
    }
    found
}

/// A share such as `25%`.
pub(super) fn percent(text: &str) -> Vec<String> {
    let digits = text.strip_suffix('%').unwrap_or_default();
    if !digits.is_empty() && digits.bytes().all(|it| it.is_ascii_digit()) {
        return Vec::new();
    }
    vec![PERCENT.to_owned()]
}

/// The address of a host.
pub(super) fn address(text: &str) -> Vec<String> {
    match text.parse::<IpAddr>() {
        Ok(_) => Vec::new(),
        Err(_) => vec!["must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)".to_owned()],
    }
}

/// A network and the length of its prefix.
pub(super) fn parse_network(text: &str) -> Option<(IpAddr, u32)> {
    let (address, length) = text.split_once('/')?;
    let address = address.parse::<IpAddr>().ok()?;
    let length = length.parse::<u32>().ok()?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    (length <= most).then_some((address, length))
}

/// The part of an address within the prefix.
pub(super) fn masked(address: IpAddr, length: u32) -> u128 {
    let (bits, width) = match address {
        IpAddr::V4(it) => (u128::from(it.to_bits()), 32),
        IpAddr::V6(it) => (it.to_bits(), 128),
    };
    bits.checked_shr(width - length).unwrap_or(0).checked_shl(width - length).unwrap_or(0)
}

/// A network such as `10.0.0.0/8`.
pub(super) fn network(text: &str) -> Vec<String> {
    let Some((address, length)) = parse_network(text) else {
        return vec!["must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)".to_owned()];
    };
    let width = if address.is_ipv4() { 32 } else { 128 };
    if masked(address, length) == masked(address, width) {
        return Vec::new();
    }
    vec!["must not have bits set beyond the prefix length".to_owned()]
}

fn at_most(name: &str, limit: usize) -> Vec<String> {
    if name.len() <= limit {
        return Vec::new();
    }
    vec![format!("must be no more than {limit} characters")]
}

/// Whether a name is one DNS label, whatever its length.
pub(super) fn is_label(name: &str) -> bool {
    let is_end = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit();
    let bytes = name.as_bytes();
    bytes.first().copied().is_some_and(is_end)
        && bytes.last().copied().is_some_and(is_end)
        && bytes.iter().all(|it| is_end(*it) || *it == b'-')
}

fn is_subdomain(name: &str) -> bool {
    name.split('.').all(is_label)
}

fn is_key(name: &str) -> bool {
    let bytes = name.as_bytes();
    bytes.first().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.last().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.iter().all(|it| it.is_ascii_alphanumeric() || b"-_.".contains(it))
}
