//! A JSON text as it was written: keys in order, repeated keys kept, numbers as text.
//!
//! `serde_json::Value` forgets what strict decoding has to report. The error messages are those
//! of the real server's decoder, because learners see them.
//!
//! **Invariant:** at most [`DEPTH`] levels; deeper texts are refused, so recursion is bounded.

use serde_json::{Map, Value};

/// How deep objects and lists may nest.
pub const DEPTH: usize = 500;

/// One JSON value as written.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as its text.
    Number(String),
    /// Text.
    String(String),
    /// A list.
    Array(Vec<Node>),
    /// An object: its entries in order.
    Object(Vec<(String, Node)>),
}

impl Node {
    /// The word that decoding errors use for this kind of value.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "bool",
            Self::Number(_) => "number",
            Self::String(_) => "string",
            Self::Array(_) => "array",
            Self::Object(_) => "object",
        }
    }

    /// The entry of an object with this key; the last one, if it is repeated.
    pub fn get(&self, key: &str) -> Option<&Node> {
        match self {
            Self::Object(entries) => {
                entries.iter().rev().find(|(name, _)| name == key).map(|(_, node)| node)
            }
            _ => None,
        }
    }

    /// The value without what `Value` cannot express; of repeated keys the last one counts.
    pub fn into_value(self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(value),
            Self::Number(text) => number(&text),
            Self::String(text) => Value::String(text),
            Self::Array(items) => items.into_iter().map(Self::into_value).collect(),
            Self::Object(entries) => {
                let entries = entries.into_iter().map(|(key, node)| (key, node.into_value()));
                Value::Object(entries.collect::<Map<_, _>>())
            }
        }
    }
}

impl From<Value> for Node {
    fn from(value: Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(value),
            Value::Number(number) => Self::Number(number.to_string()),
            Value::String(text) => Self::String(text),
            Value::Array(items) => Self::Array(items.into_iter().map(Self::from).collect()),
            Value::Object(map) => {
                Self::Object(map.into_iter().map(|(key, value)| (key, Self::from(value))).collect())
            }
        }
    }
}

/// A number's text as a value: an integer where it is one.
pub(super) fn number(text: &str) -> Value {
    if let Ok(value) = text.parse::<i64>() {
        return value.into();
    }
    if let Ok(value) = text.parse::<u64>() {
        return value.into();
    }
    text.parse::<f64>().map_or(Value::Null, Value::from)
}

/// Parses a whole text.
pub fn parse(text: &[u8]) -> Result<Node, String> {
    let mut parser = Parser { text, at: 0, depth: 0 };
    let node = parser.value()?;
    parser.space();
    match parser.peek() {
        None => Ok(node),
        Some(byte) => Err(invalid(byte, "after top-level value")),
    }
}

struct Parser<'a> {
    text: &'a [u8],
    at: usize,
    depth: usize,
}

/// `invalid character 'x' …`.
fn invalid(byte: u8, place: &str) -> String {
    let shown = match byte {
        b'\'' => "\\'".to_owned(),
        b'"' => "\"".to_owned(),
        b'\\' => "\\\\".to_owned(),
        b'\n' => "\\n".to_owned(),
        b'\r' => "\\r".to_owned(),
        b'\t' => "\\t".to_owned(),
        0x20..=0x7e | 0x80.. => char::from(byte).to_string(),
        _ => format!("\\x{byte:02x}"),
    };
    format!("invalid character '{shown}' {place}")
}

fn cut_short() -> String {
    "unexpected end of JSON input".to_owned()
}

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    /// The next byte that is not white space, consumed.
    fn next(&mut self) -> Result<u8, String> {
        self.space();
        let byte = self.peek().ok_or_else(cut_short)?;
        self.at += 1;
        Ok(byte)
    }

    fn value(&mut self) -> Result<Node, String> {
        match self.next()? {
            b'{' => self.nested(Self::object),
            b'[' => self.nested(Self::array),
            b'"' => self.string().map(Node::String),
            b't' => self.literal("true", Node::Bool(true)),
            b'f' => self.literal("false", Node::Bool(false)),
            b'n' => self.literal("null", Node::Null),
            b'-' | b'0'..=b'9' => {
                self.at -= 1;
                self.number()
            }
            byte => Err(invalid(byte, "looking for beginning of value")),
        }
    }

    fn nested(&mut self, read: fn(&mut Self) -> Result<Node, String>) -> Result<Node, String> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err("exceeded max depth".to_owned());
        }
        let node = read(self);
        self.depth -= 1;
        node
    }

    fn object(&mut self) -> Result<Node, String> {
        let mut entries = Vec::new();
        loop {
            match self.next()? {
                b'}' if entries.is_empty() => return Ok(Node::Object(entries)),
                b'"' => {}
                byte => return Err(invalid(byte, "looking for beginning of object key string")),
            }
            let key = self.string()?;
            match self.next()? {
                b':' => {}
                byte => return Err(invalid(byte, "after object key")),
            }
            entries.push((key, self.value()?));
            match self.next()? {
                b',' => {}
                b'}' => return Ok(Node::Object(entries)),
                byte => return Err(invalid(byte, "after object key:value pair")),
            }
        }
    }

    fn array(&mut self) -> Result<Node, String> {
        let mut items = Vec::new();
        self.space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Node::Array(items));
        }
        loop {
            items.push(self.value()?);
            match self.next()? {
                b',' => {}
                b']' => return Ok(Node::Array(items)),
                byte => return Err(invalid(byte, "after array element")),
            }
        }
    }

    fn literal(&mut self, word: &str, node: Node) -> Result<Node, String> {
        for expected in word.bytes().skip(1) {
            let byte = self.peek().ok_or_else(cut_short)?;
            if byte != expected {
                let place = format!("in literal {word} (expecting '{}')", char::from(expected));
                return Err(invalid(byte, &place));
            }
            self.at += 1;
        }
        Ok(node)
    }

    fn number(&mut self) -> Result<Node, String> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits("in numeric literal")?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits("after decimal point in numeric literal")?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits("in exponent of numeric literal")?;
        }
        Ok(Node::Number(String::from_utf8_lossy(&self.text[start..self.at]).into_owned()))
    }

    /// At least one digit.
    fn digits(&mut self, place: &str) -> Result<(), String> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        match self.peek() {
            _ if self.at > start => Ok(()),
            Some(byte) => Err(invalid(byte, place)),
            None => Err(cut_short()),
        }
    }

    /// The rest of a string whose opening quote was consumed; invalid UTF-8 is replaced.
    fn string(&mut self) -> Result<String, String> {
        let mut bytes = Vec::new();
        loop {
            let start = self.at;
            while self.peek().is_some_and(|byte| byte >= 0x20 && byte != b'"' && byte != b'\\') {
                self.at += 1;
            }
            bytes.extend_from_slice(&self.text[start..self.at]);
            let byte = self.peek().ok_or_else(cut_short)?;
            self.at += 1;
            match byte {
                b'"' => return Ok(String::from_utf8_lossy(&bytes).into_owned()),
                b'\\' => {
                    let mut buffer = [0; 4];
                    bytes.extend_from_slice(self.escape()?.encode_utf8(&mut buffer).as_bytes());
                }
                byte => return Err(invalid(byte, "in string literal")),
            }
        }
    }

    /// The character of an escape whose backslash was consumed.
    fn escape(&mut self) -> Result<char, String> {
        let byte = self.peek().ok_or_else(cut_short)?;
        self.at += 1;
        Ok(match byte {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let first = self.hexadecimal()?;
                return self.surrogate(first);
            }
            byte => return Err(invalid(byte, "in string escape code")),
        })
    }

    /// Joins a pair of surrogates; a lone one becomes the replacement character.
    fn surrogate(&mut self, first: u32) -> Result<char, String> {
        let pair = (0xd800..0xdc00).contains(&first)
            && self.text.get(self.at..self.at + 2) == Some(br"\u".as_slice());
        if !pair {
            return Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        let before = self.at;
        self.at += 2;
        let second = self.hexadecimal()?;
        if !(0xdc00..0xe000).contains(&second) {
            self.at = before;
            return Ok(char::REPLACEMENT_CHARACTER);
        }
        let joined = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
        Ok(char::from_u32(joined).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn hexadecimal(&mut self) -> Result<u32, String> {
        let mut value = 0;
        for _ in 0..4 {
            let byte = self.peek().ok_or_else(cut_short)?;
            let place = "in \\u hexadecimal character escape";
            let digit = char::from(byte).to_digit(16).ok_or_else(|| invalid(byte, place))?;
            value = value * 16 + digit;
            self.at += 1;
        }
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        parse(text.as_bytes()).unwrap_err()
    }

    #[test]
    fn order_repetition_and_number_text_survive() {
        let node = parse(br#"{"b": 1.0, "a": "\ud83d\ude00", "b": [null]}"#).unwrap();

        let Node::Object(entries) = &node else { panic!("an object") };
        assert_eq!(entries[0], ("b".to_owned(), Node::Number("1.0".to_owned())));
        assert_eq!(entries[1].1, Node::String("😀".to_owned()));
        assert_eq!(node.get("b"), Some(&Node::Array(vec![Node::Null])));
    }

    #[test]
    fn errors_read_as_the_real_ones() {
        assert_eq!(
            error(r#"{"a": 1,}"#),
            "invalid character '}' looking for beginning of object key string"
        );
        assert_eq!(error(r#"{"a": 1"#), "unexpected end of JSON input");
        assert_eq!(error(""), "unexpected end of JSON input");
        assert_eq!(error("{} {"), "invalid character '{' after top-level value");
        assert_eq!(error("[1 2]"), "invalid character '2' after array element");
        assert_eq!(error("tru "), "invalid character ' ' in literal true (expecting 'e')");
    }

    #[test]
    fn deep_nesting_is_refused() {
        assert_eq!(error(&"[".repeat(DEPTH + 1)), "exceeded max depth");
    }
}
