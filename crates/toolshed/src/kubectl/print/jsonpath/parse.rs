//! The parser of `JSONPath` templates.

use super::{Node, Slice};

/// Parses text with actions.
pub(super) fn template(text: &str) -> Result<Vec<Node>, String> {
    let mut parser = Parser { letters: text.chars().collect(), at: 0 };
    let mut root = Vec::new();
    let mut plain = String::new();
    while let Some(letter) = parser.peek() {
        if letter == '{' {
            if !plain.is_empty() {
                root.push(Node::Text(std::mem::take(&mut plain)));
            }
            parser.at += 1;
            root.push(Node::List(parser.action()?));
        } else {
            plain.push(letter);
            parser.at += 1;
        }
    }
    if !plain.is_empty() {
        root.push(Node::Text(plain));
    }
    Ok(root)
}

/// Parses the inside of one action.
fn inside(text: &str) -> Result<Vec<Node>, String> {
    let mut parser = Parser { letters: format!("{text}}}").chars().collect(), at: 0 };
    parser.action()
}

struct Parser {
    letters: Vec<char>,
    at: usize,
}

impl Parser {
    fn peek(&self) -> Option<char> {
        self.letters.get(self.at).copied()
    }

    fn starts_with(&self, prefix: &str) -> bool {
        prefix.chars().enumerate().all(|(at, c)| self.letters.get(self.at + at) == Some(&c))
    }

    /// Up to and including the closing brace.
    fn action(&mut self) -> Result<Vec<Node>, String> {
        let mut nodes = Vec::new();
        loop {
            if self.starts_with("[?(") {
                nodes.push(self.filter()?);
                continue;
            }
            if self.starts_with("..") {
                if matches!(nodes.last(), Some(Node::Recursive)) {
                    return Err("invalid multiple recursive descent".to_owned());
                }
                self.at += 2;
                nodes.push(Node::Recursive);
                if self.peek().is_some_and(is_word) {
                    nodes.push(self.field());
                }
                continue;
            }
            let Some(letter) = self.peek() else { return Err("unclosed action".to_owned()) };
            match letter {
                '}' => {
                    self.at += 1;
                    return Ok(nodes);
                }
                '\r' | '\n' => return Err("unclosed action".to_owned()),
                ' ' | '@' | '$' => self.at += 1,
                '[' => self.array(&mut nodes)?,
                '"' | '\'' => nodes.push(self.quote(letter)?),
                '.' => {
                    self.at += 1;
                    nodes.push(self.field());
                }
                '+' | '-' | '0'..='9' => nodes.push(self.number()?),
                letter if is_word(letter) => nodes.push(self.identifier()),
                letter => {
                    let code = u32::from(letter);
                    return Err(format!(
                        "unrecognized character in action: U+{code:04X} '{letter}'"
                    ));
                }
            }
        }
    }

    fn field(&mut self) -> Node {
        let mut name = String::new();
        while let Some(letter) = self.peek() {
            if letter == '\\' {
                self.at += 1;
                name.extend(self.peek());
                self.at += 1;
            } else if is_end(letter) {
                break;
            } else {
                name.push(letter);
                self.at += 1;
            }
        }
        if name == "*" { Node::Wildcard } else { Node::Field(name) }
    }

    fn identifier(&mut self) -> Node {
        let mut name = String::new();
        while let Some(letter) = self.peek().filter(|letter| !is_end(*letter)) {
            name.push(letter);
            self.at += 1;
        }
        match name.as_str() {
            "true" => Node::Bool(true),
            "false" => Node::Bool(false),
            _ => Node::Identifier(name),
        }
    }

    fn number(&mut self) -> Result<Node, String> {
        let mut text = String::new();
        if let Some(sign @ ('+' | '-')) = self.peek() {
            text.push(sign);
            self.at += 1;
        }
        while let Some(letter @ ('0'..='9' | '.')) = self.peek() {
            text.push(letter);
            self.at += 1;
        }
        if let Ok(number) = text.parse() {
            return Ok(Node::Number(number));
        }
        text.parse().map(Node::Float).map_err(|_| format!("cannot parse number {text}"))
    }

    fn quote(&mut self, quote: char) -> Result<Node, String> {
        self.at += 1;
        let mut text = String::new();
        loop {
            let Some(letter) = self.peek() else {
                return Err("unterminated quoted string".to_owned());
            };
            self.at += 1;
            match letter {
                '\n' => return Err("unterminated quoted string".to_owned()),
                letter if letter == quote => return Ok(Node::Text(text)),
                '\\' => {
                    let escaped = self.peek();
                    self.at += 1;
                    text.push(match escaped {
                        Some('n') => '\n',
                        Some('t') => '\t',
                        Some('r') => '\r',
                        Some(other @ ('\\' | '"' | '\'')) => other,
                        _ => return Err("unquote string error invalid syntax".to_owned()),
                    });
                }
                letter => text.push(letter),
            }
        }
    }

    fn array(&mut self, nodes: &mut Vec<Node>) -> Result<(), String> {
        let start = self.at + 1;
        loop {
            match self.peek() {
                None | Some('\n') => return Err("unterminated array".to_owned()),
                Some(']') => break,
                Some(_) => self.at += 1,
            }
        }
        let text: String = self.letters[start..self.at].iter().collect();
        self.at += 1;
        let parts: Vec<&str> = text.split(',').collect();
        if parts.len() > 1 {
            let union: Result<Vec<_>, _> =
                parts.iter().map(|part| inside(&format!("[{}]", part.trim_matches(' ')))).collect();
            nodes.push(Node::Union(union?));
            return Ok(());
        }
        let quoted = text
            .strip_prefix('\'')
            .and_then(|rest| rest.strip_suffix('\''))
            .filter(|key| !key.contains('\''));
        if let Some(key) = quoted {
            nodes.extend(inside(&format!(".{key}"))?);
            return Ok(());
        }
        nodes.push(Node::Slice(slice(&text)?));
        Ok(())
    }

    fn filter(&mut self) -> Result<Node, String> {
        self.at += 3;
        let start = self.at;
        let mut quote = None;
        let mut closed = false;
        loop {
            let Some(letter) = self.peek() else { return Err("unterminated filter".to_owned()) };
            self.at += 1;
            match letter {
                '\n' => return Err("unterminated filter".to_owned()),
                '"' | '\'' => match quote {
                    None => quote = Some(letter),
                    Some(open) if open == letter && self.letters[self.at - 2] != '\\' => {
                        closed = true;
                    }
                    Some(_) => {}
                },
                ')' if quote.is_some() == closed => break,
                _ => {}
            }
        }
        if self.peek() != Some(']') {
            return Err("unclosed array expect ]".to_owned());
        }
        let text: String = self.letters[start..self.at - 1].iter().collect();
        self.at += 1;
        let is_operator = |c: char| matches!(c, '!' | '<' | '>' | '=');
        let Some(from) = text.find(is_operator).filter(|from| *from > 0) else {
            let left = inside(&text)?;
            return Ok(Node::Filter { left, operator: "exists".to_owned(), right: Vec::new() });
        };
        let rest = &text[from..];
        let length = rest.find(|c| !is_operator(c)).unwrap_or(rest.len());
        if length == rest.len() {
            let left = inside(&text)?;
            return Ok(Node::Filter { left, operator: "exists".to_owned(), right: Vec::new() });
        }
        Ok(Node::Filter {
            left: inside(&text[..from])?,
            operator: rest[..length].to_owned(),
            right: inside(&rest[length..])?,
        })
    }
}

fn slice(text: &str) -> Result<Slice, String> {
    if text == "*" {
        return Ok(Slice::default());
    }
    let invalid = || format!("invalid array index {text}");
    let mut numbers = Vec::new();
    for part in text.split(':') {
        if part.is_empty() {
            numbers.push(None);
        } else {
            numbers.push(Some(part.parse::<i64>().map_err(|_| invalid())?));
        }
    }
    match numbers.as_slice() {
        [Some(start)] => Ok(Slice {
            start: Some(*start),
            end: Some(start.saturating_add(1)),
            step: None,
            single: true,
        }),
        [start, end] => Ok(Slice { start: *start, end: *end, step: None, single: false }),
        [start, end, step] => Ok(Slice { start: *start, end: *end, step: *step, single: false }),
        _ => Err(invalid()),
    }
}

fn is_word(letter: char) -> bool {
    letter == '_' || letter.is_alphanumeric()
}

fn is_end(letter: char) -> bool {
    matches!(letter, ' ' | '\t' | '\r' | '\n' | '.' | ',' | '[' | ']' | '$' | '@' | '{' | '}')
}
