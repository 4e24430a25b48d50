//! Label selectors: `app=web,tier!=db,env in (a,b),!old`.

use std::collections::BTreeSet;

use serde_json::Value;

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
    /// Parses the query form.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut parser = Parser { tokens: tokens(text), at: 0 };
        let mut requirements = Vec::new();
        if parser.peek() == &Token::End {
            return Ok(Self::default());
        }
        loop {
            let requirement = parser.requirement();
            requirements
                .push(requirement.map_err(|why| format!("unable to parse requirement: {why}"))?);
            match parser.next() {
                Token::End => return Ok(Self(requirements)),
                Token::Sign(',') => {}
                other => {
                    return Err(format!(
                        "found '{}', expected: ',' or 'end of string'",
                        other.text()
                    ));
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

    /// Reads a plain map, as a Service's selector is.
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
    Sign(char),
    Equals,
    NotEquals,
    End,
}

impl Token {
    fn text(&self) -> String {
        match self {
            Self::Word(word) => word.clone(),
            Self::Sign(sign) => sign.to_string(),
            Self::Equals => "=".to_owned(),
            Self::NotEquals => "!=".to_owned(),
            Self::End => String::new(),
        }
    }
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '=' => {
                tokens.push(Token::Equals);
                if rest.starts_with("==") { 2 } else { 1 }
            }
            '!' if rest.starts_with("!=") => {
                tokens.push(Token::NotEquals);
                2
            }
            '(' | ')' | ',' | '!' | '<' | '>' => {
                tokens.push(Token::Sign(first));
                1
            }
            _ => {
                let special = |it: char| "=!(),<>".contains(it) || it.is_whitespace();
                let length = rest.find(special).unwrap_or(rest.len());
                tokens.push(Token::Word(rest[..length].to_owned()));
                length
            }
        };
        rest = rest[length..].trim_start();
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
        let absent = self.peek() == &Token::Sign('!');
        if absent {
            self.next();
        }
        let key = match self.next() {
            Token::Word(word) => word,
            other => return Err(format!("found '{}', expected: identifier", other.text())),
        };
        if absent {
            return Ok(Requirement { key, operator: Operator::Absent });
        }
        if matches!(self.peek(), Token::Sign(',') | Token::End) {
            return Ok(Requirement { key, operator: Operator::Exists });
        }
        let operator = self.operator()?;
        Ok(Requirement { key, operator })
    }

    fn operator(&mut self) -> Result<Operator, String> {
        match self.next() {
            Token::Equals => Ok(Operator::In(BTreeSet::from([self.value()]))),
            Token::NotEquals => Ok(Operator::NotIn(BTreeSet::from([self.value()]))),
            Token::Sign('>') => self.number().map(Operator::Greater),
            Token::Sign('<') => self.number().map(Operator::Less),
            Token::Word(word) if word == "in" => self.values().map(Operator::In),
            Token::Word(word) if word == "notin" => self.values().map(Operator::NotIn),
            other => {
                Err(format!("found '{}', expected: in, notin, =, ==, !=, gt, lt", other.text()))
            }
        }
    }

    fn value(&mut self) -> String {
        match self.peek() {
            Token::Word(_) => self.next().text(),
            _ => String::new(),
        }
    }

    fn number(&mut self) -> Result<i64, String> {
        let text = self.value();
        text.parse().map_err(|_| {
            "values[0]: Invalid value: for 'Gt', 'Lt' operators, the value must be an integer"
                .to_owned()
        })
    }

    fn values(&mut self) -> Result<BTreeSet<String>, String> {
        if self.next() != Token::Sign('(') {
            return Err("found '', expected: '('".to_owned());
        }
        let mut values = BTreeSet::new();
        loop {
            values.insert(self.value());
            match self.next() {
                Token::Sign(',') => {}
                Token::Sign(')') => return Ok(values),
                other => return Err(format!("found '{}', expected: ',' or ')'", other.text())),
            }
        }
    }
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
    fn nonsense_is_refused() {
        assert!(Selector::parse("a in b").is_err());
        assert!(Selector::parse("a=b c").is_err());
        assert!(Selector::parse(",").is_err());
    }
}
