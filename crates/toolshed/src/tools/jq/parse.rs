//! `jq` programs as text: what they say.
//!
//! **Invariant:** what nests deeper than [`MAX_NESTING`] is refused, for programs are read and run
//! by recursion.

use super::value::Json;

use super::tokens::{Piece, Token, tokens};

/// How deep a program may nest.
const MAX_NESTING: usize = 60;

/// How many parts a program may have.
const MAX_PARTS: usize = 4_000;

/// A program, or a part of one.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expr {
    /// `.`
    Identity,
    /// `..`
    Everything,
    Literal(Json),
    /// `"a\(…)b"`, with how what is put in is written.
    Text(Vec<Part>, Option<String>),
    /// `@base64`
    Format(String),
    /// `TERM[KEY]` and `.KEY`.
    Index(Box<Expr>, Box<Expr>),
    /// `TERM[A:B]`
    Slice(Box<Expr>, Option<Box<Expr>>, Option<Box<Expr>>),
    /// `TERM[]`
    Each(Box<Expr>),
    /// `TERM?` and `try A catch B`.
    Try(Box<Expr>, Option<Box<Expr>>),
    Pipe(Box<Expr>, Box<Expr>),
    Both(Box<Expr>, Box<Expr>),
    Array(Option<Box<Expr>>),
    Object(Vec<(Expr, Expr)>),
    Negative(Box<Expr>),
    Operation(String, Box<Expr>, Box<Expr>),
    /// `PATH = VALUE` and its like.
    Assign(String, Box<Expr>, Box<Expr>),
    If(Vec<(Expr, Expr)>, Option<Box<Expr>>),
    Call(String, Vec<Expr>),
    Variable(String),
    /// `SOURCE as $NAME | BODY`
    Bind(Box<Expr>, String, Box<Expr>),
    /// `reduce SOURCE as $NAME (INIT; UPDATE)`
    Reduce(Box<Expr>, String, Box<Expr>, Box<Expr>),
}

/// A piece of a text with `\(…)` in it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Part {
    Plain(String),
    Inserted(Expr),
}

/// Reads a program.
pub(super) fn parse(text: &str) -> Result<Expr, String> {
    within(text, 0)
}

fn within(text: &str, depth: usize) -> Result<Expr, String> {
    let tokens = tokens(text)?;
    if tokens.len() > MAX_PARTS {
        return Err("program too long".to_owned());
    }
    if tokens.is_empty() {
        return Ok(Expr::Identity);
    }
    let mut parser = Parser { tokens, at: 0, depth };
    let program = parser.pipe()?;
    match parser.tokens.get(parser.at) {
        None => Ok(program),
        Some(token) => Err(format!("syntax error, unexpected {}", token.shown())),
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

/// How tightly an operator binds, and whether it groups to the right.
fn binding(operator: &str) -> Option<(u8, bool)> {
    Some(match operator {
        "//" => (2, true),
        "=" | "|=" | "+=" | "-=" | "*=" | "/=" | "%=" | "//=" => (3, true),
        "or" => (4, false),
        "and" => (5, false),
        "==" | "!=" | "<" | "<=" | ">" | ">=" => (6, false),
        "+" | "-" => (7, false),
        "*" | "/" | "%" => (8, false),
        _ => return None,
    })
}

impl Parser {
    fn peek(&self) -> Option<&str> {
        match self.tokens.get(self.at)? {
            Token::Sign(sign) => Some(sign),
            Token::Word(word) => Some(word),
            _ => None,
        }
    }

    fn take(&mut self, wanted: &str) -> bool {
        let found = self.peek() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, wanted: &str) -> Result<(), String> {
        if self.take(wanted) {
            Ok(())
        } else {
            Err(self.unexpected(&format!(" (wanted {wanted})")))
        }
    }

    fn unexpected(&self, more: &str) -> String {
        let shown = self.tokens.get(self.at).map_or("end of program".to_owned(), Token::shown);
        format!("syntax error, unexpected {shown}{more}")
    }

    fn deeper<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, String>,
    ) -> Result<T, String> {
        self.depth += 1;
        if self.depth > MAX_NESTING {
            return Err("program nests too deep".to_owned());
        }
        let read = read(self);
        self.depth -= 1;
        read
    }

    fn pipe(&mut self) -> Result<Expr, String> {
        if self.peek() == Some("def") {
            return Err("def is not available here".to_owned());
        }
        self.deeper(|parser| {
            let left = parser.comma()?;
            if parser.take("as") {
                let name = parser.variable()?;
                parser.expect("|")?;
                let body = parser.pipe()?;
                return Ok(Expr::Bind(Box::new(left), name, Box::new(body)));
            }
            if parser.take("|") {
                let right = parser.pipe()?;
                return Ok(Expr::Pipe(Box::new(left), Box::new(right)));
            }
            Ok(left)
        })
    }

    fn comma(&mut self) -> Result<Expr, String> {
        let mut left = self.operation(0)?;
        while self.take(",") {
            let right = self.operation(0)?;
            left = Expr::Both(Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn operation(&mut self, least: u8) -> Result<Expr, String> {
        self.deeper(|parser| {
            let mut left = parser.postfix()?;
            while let Some(operator) = parser.peek().map(str::to_owned)
                && let Some((tightness, right)) = binding(&operator)
                && tightness >= least
            {
                parser.at += 1;
                let other = parser.operation(if right { tightness } else { tightness + 1 })?;
                let (left_side, right_side) = (Box::new(left), Box::new(other));
                left = if tightness == 3 {
                    Expr::Assign(operator, left_side, right_side)
                } else {
                    Expr::Operation(operator, left_side, right_side)
                };
            }
            Ok(left)
        })
    }

    /// A term and what follows it directly.
    fn postfix(&mut self) -> Result<Expr, String> {
        let mut term = self.term()?;
        loop {
            if self.take("?") {
                term = Expr::Try(Box::new(term), None);
            } else if let Some(Token::Field(name)) = self.tokens.get(self.at) {
                let key = Expr::Literal(Json::text(name));
                self.at += 1;
                term = Expr::Index(Box::new(term), Box::new(key));
            } else if self.peek() == Some(".")
                && matches!(self.tokens.get(self.at + 1), Some(Token::Text(_)))
            {
                self.at += 1;
                let key = self.term()?;
                term = Expr::Index(Box::new(term), Box::new(key));
            } else if self.peek() == Some(".")
                && matches!(self.tokens.get(self.at + 1), Some(Token::Sign(sign)) if sign == "[")
            {
                self.at += 1;
            } else if self.take("[") {
                term = self.brackets(term)?;
            } else {
                return Ok(term);
            }
        }
    }

    fn brackets(&mut self, term: Expr) -> Result<Expr, String> {
        let term = Box::new(term);
        if self.take("]") {
            return Ok(Expr::Each(term));
        }
        let from = if self.peek() == Some(":") { None } else { Some(Box::new(self.pipe()?)) };
        if self.take(":") {
            let to = if self.peek() == Some("]") { None } else { Some(Box::new(self.pipe()?)) };
            self.expect("]")?;
            return Ok(Expr::Slice(term, from, to));
        }
        self.expect("]")?;
        match from {
            Some(key) => Ok(Expr::Index(term, key)),
            None => Err(self.unexpected("")),
        }
    }

    fn term(&mut self) -> Result<Expr, String> {
        let Some(token) = self.tokens.get(self.at).cloned() else {
            return Err(self.unexpected(""));
        };
        self.at += 1;
        match token {
            Token::Number(number) => Ok(Expr::Literal(number)),
            Token::Text(pieces) => self.text(pieces, None),
            Token::Field(name) => {
                let key = Expr::Literal(Json::text(&name));
                Ok(Expr::Index(Box::new(Expr::Identity), Box::new(key)))
            }
            Token::Variable(name) => Ok(Expr::Variable(name)),
            Token::Format(name) => match self.tokens.get(self.at).cloned() {
                Some(Token::Text(pieces)) => {
                    self.at += 1;
                    self.text(pieces, Some(name))
                }
                _ => Ok(Expr::Format(name)),
            },
            Token::Word(word) => self.word(word),
            Token::Sign(sign) => self.sign(&sign),
        }
    }

    fn sign(&mut self, sign: &str) -> Result<Expr, String> {
        match sign {
            "." if matches!(self.tokens.get(self.at), Some(Token::Text(_))) => {
                let key = self.term()?;
                Ok(Expr::Index(Box::new(Expr::Identity), Box::new(key)))
            }
            "." => Ok(Expr::Identity),
            ".." => Ok(Expr::Everything),
            "-" => Ok(Expr::Negative(Box::new(self.deeper(Self::postfix)?))),
            "(" => {
                let inner = self.pipe()?;
                self.expect(")")?;
                Ok(inner)
            }
            "[" if self.take("]") => Ok(Expr::Array(None)),
            "[" => {
                let inner = self.pipe()?;
                self.expect("]")?;
                Ok(Expr::Array(Some(Box::new(inner))))
            }
            "{" => self.object(),
            _ => {
                self.at -= 1;
                Err(self.unexpected(""))
            }
        }
    }

    fn word(&mut self, word: String) -> Result<Expr, String> {
        match word.as_str() {
            "null" => Ok(Expr::Literal(Json::Null)),
            "true" => Ok(Expr::Literal(Json::Bool(true))),
            "false" => Ok(Expr::Literal(Json::Bool(false))),
            "if" => self.if_else(),
            "try" => {
                let tried = Box::new(self.deeper(Self::postfix)?);
                let caught = if self.take("catch") {
                    Some(Box::new(self.deeper(Self::postfix)?))
                } else {
                    None
                };
                Ok(Expr::Try(tried, caught))
            }
            "reduce" => {
                let source = Box::new(self.deeper(Self::postfix)?);
                self.expect("as")?;
                let name = self.variable()?;
                self.expect("(")?;
                let first = Box::new(self.pipe()?);
                self.expect(";")?;
                let update = Box::new(self.pipe()?);
                self.expect(")")?;
                Ok(Expr::Reduce(source, name, first, update))
            }
            "foreach" | "label" | "import" | "include" | "def" => {
                Err(format!("{word} is not available here"))
            }
            "then" | "elif" | "else" | "end" | "as" | "and" | "or" | "catch" => {
                self.at -= 1;
                Err(self.unexpected(""))
            }
            _ => {
                let mut arguments = Vec::new();
                if self.take("(") {
                    loop {
                        arguments.push(self.pipe()?);
                        if self.take(")") {
                            break;
                        }
                        self.expect(";")?;
                    }
                }
                Ok(Expr::Call(word, arguments))
            }
        }
    }

    fn if_else(&mut self) -> Result<Expr, String> {
        let mut branches = Vec::new();
        loop {
            let condition = self.pipe()?;
            self.expect("then")?;
            branches.push((condition, self.pipe()?));
            if self.take("elif") {
                continue;
            }
            let other = if self.take("else") { Some(Box::new(self.pipe()?)) } else { None };
            self.expect("end")?;
            return Ok(Expr::If(branches, other));
        }
    }

    fn object(&mut self) -> Result<Expr, String> {
        let mut entries = Vec::new();
        loop {
            if self.take("}") {
                return Ok(Expr::Object(entries));
            }
            entries.push(self.entry()?);
            if !self.take(",") {
                self.expect("}")?;
                return Ok(Expr::Object(entries));
            }
        }
    }

    fn entry(&mut self) -> Result<(Expr, Expr), String> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        let literal = |name: &String| Expr::Literal(Json::text(name));
        let field = |key: &Expr| Expr::Index(Box::new(Expr::Identity), Box::new(key.clone()));
        let (key, alone) = match token {
            Some(Token::Variable(name)) => {
                return Ok((literal(&name), Expr::Variable(name)));
            }
            Some(Token::Word(name)) => (literal(&name), field(&literal(&name))),
            Some(Token::Text(pieces)) => {
                let key = self.text(pieces, None)?;
                let alone = field(&key);
                (key, alone)
            }
            Some(Token::Format(name)) => (Expr::Format(name), Expr::Identity),
            Some(Token::Sign(sign)) if sign == "(" => {
                let key = self.pipe()?;
                self.expect(")")?;
                self.expect(":")?;
                return Ok((key, self.object_value()?));
            }
            _ => {
                self.at -= 1;
                return Err(self.unexpected(""));
            }
        };
        if self.take(":") { Ok((key, self.object_value()?)) } else { Ok((key, alone)) }
    }

    fn object_value(&mut self) -> Result<Expr, String> {
        let mut value = self.operation(0)?;
        while self.take("|") {
            let next = self.operation(0)?;
            value = Expr::Pipe(Box::new(value), Box::new(next));
        }
        Ok(value)
    }

    fn variable(&mut self) -> Result<String, String> {
        match self.tokens.get(self.at).cloned() {
            Some(Token::Variable(name)) => {
                self.at += 1;
                Ok(name)
            }
            _ => Err(self.unexpected(" (wanted a $name)")),
        }
    }

    fn text(&mut self, pieces: Vec<Piece>, format: Option<String>) -> Result<Expr, String> {
        let mut parts = Vec::new();
        for piece in pieces {
            parts.push(match piece {
                Piece::Plain(text) => Part::Plain(text),
                Piece::Inserted(source) => {
                    self.deeper(|parser| Ok(Part::Inserted(within(&source, parser.depth)?)))?
                }
            });
        }
        match parts.as_slice() {
            [] => Ok(Expr::Literal(Json::text(""))),
            [Part::Plain(text)] => Ok(Expr::Literal(Json::text(text))),
            _ => Ok(Expr::Text(parts, format)),
        }
    }
}
