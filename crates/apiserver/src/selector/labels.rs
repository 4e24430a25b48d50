//! Label selectors: `app=web,tier!=db,env in (a,b),!old`.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::kinds::names;

/// A conjunction of requirements; empty matches everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Selector(Vec<Requirement>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Requirement {
    key: String,
    operator: Operator,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Operator {
    In(BTreeSet<String>),
    NotIn(BTreeSet<String>),
    Exists,
    Absent,
    Greater(i64),
    Less(i64),
}

impl Selector {
    /// Parses the query form; the messages are those of the real server's parser.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut parser = Parser { tokens: tokens(text), at: 0 };
        let mut requirements = Vec::new();
        loop {
            match parser.peek() {
                Token::End => return Ok(Self(requirements)),
                Token::Word(_) | Token::Sign("!") => {}
                Token::Sign(found) => {
                    return Err(format!(
                        "found '{found}', expected: !, identifier, or 'end of string'"
                    ));
                }
            }
            let requirement = parser.requirement();
            requirements
                .push(requirement.map_err(|why| format!("unable to parse requirement: {why}"))?);
            match (parser.next(), parser.peek()) {
                (Token::End, _) => return Ok(Self(requirements)),
                (Token::Sign(","), Token::Word(_) | Token::Sign("!")) => {}
                (Token::Sign(","), other) => {
                    let found = other.text();
                    return Err(format!("found '{found}', expected: identifier after ','"));
                }
                (other, _) => {
                    let found = other.text();
                    return Err(format!("found '{found}', expected: ',' or 'end of string'"));
                }
            }
        }
    }

    /// Reads the object form, `matchLabels` and `matchExpressions`; absent selects nothing here.
    pub(crate) fn from_object(selector: &Value) -> Self {
        let mut requirements = Vec::new();
        for (key, value) in selector["matchLabels"].as_object().into_iter().flatten() {
            requirements.push(equals(key, value.as_str().unwrap_or_default()));
        }
        for expression in selector["matchExpressions"].as_array().into_iter().flatten() {
            let values = expression["values"].as_array().into_iter().flatten();
            let values = values.filter_map(Value::as_str).map(str::to_owned).collect();
            let operator = match expression["operator"].as_str().unwrap_or_default() {
                "In" => Operator::In(values),
                "NotIn" => Operator::NotIn(values),
                "DoesNotExist" => Operator::Absent,
                _ => Operator::Exists,
            };
            let key = expression["key"].as_str().unwrap_or_default().to_owned();
            requirements.push(Requirement { key, operator });
        }
        Self(requirements)
    }

    /// Whether an object with these labels is selected.
    pub(crate) fn matches(&self, labels: &[(Box<str>, Box<str>)]) -> bool {
        self.0.iter().all(|it| it.matches(labels))
    }
}

fn equals(key: &str, value: &str) -> Requirement {
    let operator = Operator::In(BTreeSet::from([value.to_owned()]));
    Requirement { key: key.to_owned(), operator }
}

impl Requirement {
    fn matches(&self, labels: &[(Box<str>, Box<str>)]) -> bool {
        let value = labels.iter().find(|(key, _)| **key == *self.key).map(|(_, value)| &**value);
        let number = || value.and_then(|it| it.parse::<i64>().ok());
        match &self.operator {
            Operator::In(values) => value.is_some_and(|it| values.contains(it)),
            Operator::NotIn(values) => value.is_none_or(|it| !values.contains(it)),
            Operator::Exists => value.is_some(),
            Operator::Absent => value.is_none(),
            Operator::Greater(than) => number().is_some_and(|it| it > *than),
            Operator::Less(than) => number().is_some_and(|it| it < *than),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(String),
    Sign(&'static str),
    End,
}

impl Token {
    fn text(&self) -> &str {
        match self {
            Self::Word(word) => word,
            Self::Sign(sign) => sign,
            Self::End => "",
        }
    }
}

/// The longer of two that begin alike comes first.
const SIGNS: [&str; 9] = ["==", "=", "!=", "!", "(", ")", ",", "<", ">"];

fn tokens(text: &str) -> Vec<Token> {
    let blank = |it: char| matches!(it, ' ' | '\t' | '\r' | '\n');
    let mut tokens = Vec::new();
    let mut rest = text.trim_start_matches(blank);
    while !rest.is_empty() {
        let sign = SIGNS.into_iter().find(|it| rest.starts_with(it));
        let length = sign.map_or_else(
            || {
                let ends = |it: char| "=!(),<>".contains(it) || blank(it);
                rest.find(ends).unwrap_or(rest.len())
            },
            str::len,
        );
        tokens.push(sign.map_or_else(|| Token::Word(rest[..length].to_owned()), Token::Sign));
        rest = rest[length..].trim_start_matches(blank);
    }
    tokens.push(Token::End);
    tokens
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    fn peek(&self) -> &Token {
        &self.tokens[self.at]
    }

    fn next(&mut self) -> Token {
        let token = self.tokens[self.at].clone();
        self.at = (self.at + 1).min(self.tokens.len() - 1);
        token
    }

    fn requirement(&mut self) -> Result<Requirement, String> {
        let absent = self.peek() == &Token::Sign("!");
        if absent {
            self.next();
        }
        let key = self.word("identifier")?;
        if let Some(why) = joined("<nil>", &key, &names::qualified(&key)) {
            return Err(why);
        }
        if matches!(self.peek(), Token::Sign(",") | Token::End) {
            let operator = if absent { Operator::Absent } else { Operator::Exists };
            return Ok(Requirement { key, operator });
        }
        let operator = self.operator(&key)?;
        // `!key` followed by an operator is a comparison: the real parser reads it so, too.
        Ok(Requirement { key, operator })
    }

    fn word(&mut self, expected: &str) -> Result<String, String> {
        match self.next() {
            Token::Word(word) => Ok(word),
            other => Err(format!("found '{}', expected: {expected}", other.text())),
        }
    }

    fn operator(&mut self, key: &str) -> Result<Operator, String> {
        let token = self.next();
        match token.text() {
            "=" | "==" => self.value(key).map(Operator::In),
            "!=" => self.value(key).map(Operator::NotIn),
            ">" => self.number(key).map(Operator::Greater),
            "<" => self.number(key).map(Operator::Less),
            "in" => self.values(key).map(Operator::In),
            "notin" => self.values(key).map(Operator::NotIn),
            other => Err(format!("found '{other}', expected: in, notin, =, ==, !=, gt, lt")),
        }
    }

    fn exact(&mut self) -> Result<String, String> {
        match self.peek() {
            Token::Sign(",") | Token::End => Ok(String::new()),
            _ => self.word("identifier"),
        }
    }

    fn value(&mut self, key: &str) -> Result<BTreeSet<String>, String> {
        let value = self.exact()?;
        checked(key, BTreeSet::from([value]))
    }

    fn number(&mut self, key: &str) -> Result<i64, String> {
        let text = self.exact()?;
        let number = text.parse().map_err(|_| {
            format!(
                "values[0]: Invalid value: {text:?}: for 'Gt', 'Lt' operators, the value must be \
                 an integer"
            )
        })?;
        checked(key, BTreeSet::from([text])).map(|_| number)
    }

    fn values(&mut self, key: &str) -> Result<BTreeSet<String>, String> {
        let open = self.next();
        if open != Token::Sign("(") {
            return Err(format!("found '{}' expected: '('", open.text()));
        }
        match self.peek() {
            Token::Word(_) | Token::Sign(",") => {}
            Token::Sign(")") => {
                self.next();
                return Ok(BTreeSet::from([String::new()]));
            }
            other => {
                let found = other.text();
                return Err(format!("found '{found}', expected: ',', ')' or identifier"));
            }
        }
        let values = self.list()?;
        self.next();
        checked(key, values)
    }

    /// Words between commas, up to the parenthesis that ends them; nothing between is an empty one.
    fn list(&mut self) -> Result<BTreeSet<String>, String> {
        let mut values = BTreeSet::new();
        loop {
            match self.next() {
                Token::Word(word) => {
                    values.insert(word);
                    match self.peek() {
                        Token::Sign(",") => {}
                        Token::Sign(")") => return Ok(values),
                        other => {
                            let found = other.text();
                            return Err(format!("found '{found}', expected: ',' or ')'"));
                        }
                    }
                }
                Token::Sign(",") => {
                    if values.is_empty() {
                        values.insert(String::new());
                    }
                    if self.peek() == &Token::Sign(")") {
                        values.insert(String::new());
                        return Ok(values);
                    }
                    if self.peek() == &Token::Sign(",") {
                        self.next();
                        values.insert(String::new());
                    }
                }
                other => {
                    return Err(format!("found '{}', expected: ',', or identifier", other.text()));
                }
            }
        }
    }
}

/// The values, if each may be the value of a label.
fn checked(key: &str, values: BTreeSet<String>) -> Result<BTreeSet<String>, String> {
    let wrong: Vec<String> = values
        .iter()
        .enumerate()
        .filter_map(|(index, value)| {
            joined(&format!("values[{index}][{key}]"), value, &names::label_value(value))
        })
        .collect();
    match wrong.as_slice() {
        [] => Ok(values),
        [one] => Err(one.clone()),
        many => Err(format!("[{}]", many.join(", "))),
    }
}

/// What is wrong with a key or a value, if anything is.
fn joined(place: &str, value: &str, objections: &[String]) -> Option<String> {
    let all = objections.join("; ");
    (!all.is_empty()).then(|| format!("{place}: Invalid value: {value:?}: {all}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selects(selector: &str, labels: &[(&str, &str)]) -> bool {
        let labels: Vec<(Box<str>, Box<str>)> =
            labels.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect();
        Selector::parse(selector).unwrap().matches(&labels)
    }

    #[test]
    fn every_operator_selects_as_kubernetes_says() {
        let labels = [("app", "web"), ("tier", "3")];

        assert!(selects("", &labels));
        assert!(selects("app=web,tier==3", &labels));
        assert!(selects("app in (web, db),!old,tier", &labels));
        assert!(selects("env!=prod,env notin (x)", &labels));
        assert!(selects("tier>2,tier<4", &labels));
        assert!(!selects("app!=web", &labels));
        assert!(!selects("env=", &labels));
    }

    #[test]
    fn nonsense_is_refused_in_the_real_words() {
        // What a real 1.36 server answered.
        let cases = [
            ("a in b", "unable to parse requirement: found 'b' expected: '('"),
            ("a in (b", "unable to parse requirement: found '', expected: ',' or ')'"),
            ("a=b c", "found 'c', expected: ',' or 'end of string'"),
            (",", "found ',', expected: !, identifier, or 'end of string'"),
            ("(a)", "found '(', expected: !, identifier, or 'end of string'"),
            ("a=b,,c", "found ',', expected: identifier after ','"),
            ("!", "unable to parse requirement: found '', expected: identifier"),
            (
                "A B",
                "unable to parse requirement: found 'B', expected: in, notin, =, ==, !=, gt, lt",
            ),
            (
                "a>b",
                "unable to parse requirement: values[0]: Invalid value: \"b\": for 'Gt', 'Lt' \
                 operators, the value must be an integer",
            ),
        ];
        for (selector, message) in cases {
            assert_eq!(Selector::parse(selector).unwrap_err(), message, "{selector}");
        }
    }

    #[test]
    fn what_no_label_may_be_is_refused() {
        let key = Selector::parse("-a=b").unwrap_err();
        let value = Selector::parse("a=-b").unwrap_err();

        let start = "unable to parse requirement: ";
        assert!(
            key.starts_with(&format!("{start}<nil>: Invalid value: \"-a\": name part must")),
            "{key}"
        );
        assert!(
            value.starts_with(&format!(
                "{start}values[0][a]: Invalid value: \"-b\": a valid label must"
            )),
            "{value}"
        );
        assert_eq!(Selector::parse("a=="), Selector::parse("a="));
    }
}
