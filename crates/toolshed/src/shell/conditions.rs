//! `test`, `[` and `[[`.

use brush_parser::ast::{BinaryPredicate as Binary, ExtendedTestExpr, TestExpr, UnaryPredicate};
use futures::future::BoxFuture;

use super::{Flow, Shell, Step, Streams, pattern};
use crate::files::Kind;

impl Shell {
    /// Evaluates `[[ … ]]`.
    pub(super) async fn extended_test(
        &mut self,
        expression: &ExtendedTestExpr,
        streams: &Streams,
    ) -> Step {
        match self.holds(expression, streams).await? {
            Ok(holds) => Ok(u8::from(!holds)),
            Err(message) => {
                self.complain(streams, format!("[[: {message}")).await;
                Ok(1)
            }
        }
    }

    fn holds<'a>(
        &'a mut self,
        expression: &'a ExtendedTestExpr,
        streams: &'a Streams,
    ) -> BoxFuture<'a, Result<Result<bool, String>, Flow>> {
        Box::pin(async move {
            match expression {
                ExtendedTestExpr::And(left, right) => match self.holds(left, streams).await? {
                    Ok(true) => self.holds(right, streams).await,
                    other => Ok(other),
                },
                ExtendedTestExpr::Or(left, right) => match self.holds(left, streams).await? {
                    Ok(false) => self.holds(right, streams).await,
                    other => Ok(other),
                },
                ExtendedTestExpr::Not(inner) => {
                    Ok(self.holds(inner, streams).await?.map(|holds| !holds))
                }
                ExtendedTestExpr::Parenthesized(inner) => self.holds(inner, streams).await,
                ExtendedTestExpr::UnaryTest(predicate, word) => {
                    let text = self.text(&word.value, streams).await?;
                    Ok(Ok(self.unary(predicate, &text, streams)))
                }
                ExtendedTestExpr::BinaryTest(predicate, left, right) => {
                    let left = self.text(&left.value, streams).await?;
                    let right = match predicate {
                        Binary::StringExactlyMatchesPattern
                        | Binary::StringDoesNotExactlyMatchPattern => {
                            self.pattern(&right.value, streams).await?
                        }
                        _ => self.text(&right.value, streams).await?,
                    };
                    match predicate {
                        Binary::StringExactlyMatchesPattern => {
                            Ok(Ok(pattern::matches(&self.lab.share, &right, &left).await))
                        }
                        Binary::StringDoesNotExactlyMatchPattern => {
                            Ok(Ok(!pattern::matches(&self.lab.share, &right, &left).await))
                        }
                        Binary::StringMatchesRegex => Ok(self.finds(&left, &right).await),
                        predicate => Ok(self.binary(predicate, &left, &right)),
                    }
                }
            }
        })
    }

    /// Whether a regular expression matches; keeps what its groups hold.
    async fn finds(&mut self, text: &str, source: &str) -> Result<bool, String> {
        let (own, other) = (source.to_owned(), text.to_owned());
        let find = move || {
            let regex = pattern::compile(&own)
                .ok_or_else(|| format!("{own}: invalid regular expression"))?;
            let Some(groups) = regex.captures(&other) else { return Ok(None) };
            let texts = groups.iter().map(|it| it.map_or("", |it| it.as_str()).to_owned());
            Ok::<_, String>(Some((0_i64..).zip(texts).collect()))
        };
        match self.lab.share.apart(pattern::cost(source, text), find).await? {
            Some(items) => self.set("BASH_REMATCH", super::Value::Array(items)).map(|()| true),
            None => Ok(false),
        }
    }

    /// Evaluates the arguments of `test`.
    pub(crate) fn test(&mut self, arguments: &[String], streams: &Streams) -> Result<bool, String> {
        if arguments.len() > 100 {
            return Err("too many arguments".to_owned());
        }
        let expression =
            brush_parser::test_command::parse(arguments).map_err(|_| match arguments {
                [_, operator, _] => format!("{operator}: binary operator expected"),
                [operator, _] => format!("{operator}: unary operator expected"),
                _ => "too many arguments".to_owned(),
            })?;
        self.plain(&expression, streams)
    }

    fn plain(&mut self, expression: &TestExpr, streams: &Streams) -> Result<bool, String> {
        match expression {
            TestExpr::False => Ok(false),
            TestExpr::Literal(text) => Ok(!text.is_empty()),
            TestExpr::And(left, right) => {
                Ok(self.plain(left, streams)? && self.plain(right, streams)?)
            }
            TestExpr::Or(left, right) => {
                Ok(self.plain(left, streams)? || self.plain(right, streams)?)
            }
            TestExpr::Not(inner) => Ok(!self.plain(inner, streams)?),
            TestExpr::Parenthesized(inner) => self.plain(inner, streams),
            TestExpr::UnaryTest(predicate, text) => Ok(self.unary(predicate, text, streams)),
            TestExpr::BinaryTest(predicate, left, right) => {
                if is_arithmetic(predicate) {
                    for side in [left, right] {
                        if side.trim().parse::<i64>().is_err() {
                            return Err(format!("{side}: integer expression expected"));
                        }
                    }
                }
                self.binary(predicate, left, right)
            }
        }
    }

    fn unary(&self, predicate: &UnaryPredicate, text: &str, streams: &Streams) -> bool {
        use UnaryPredicate as P;
        let file = || self.lab.files.metadata(&self.path(text)).ok();
        match predicate {
            P::FileExists => file().is_some(),
            P::FileExistsAndIsCharSpecialFile => file().is_some_and(|it| it.kind == Kind::Device),
            P::FileExistsAndIsDir => file().is_some_and(|it| it.kind == Kind::Directory),
            P::FileExistsAndIsRegularFile => file().is_some_and(|it| it.kind == Kind::File),
            P::FileExistsAndIsReadable => file().is_some_and(|it| it.mode & 0o444 != 0),
            P::FileExistsAndIsNotZeroLength => file().is_some_and(|it| it.size > 0),
            P::FileExistsAndIsWritable => {
                file().is_some() && self.lab.files.is_writable(&self.path(text))
            }
            P::FileExistsAndIsExecutable => file().is_some_and(|it| it.mode & 0o111 != 0),
            P::FileExistsAndOwnedByEffectiveGroupId | P::FileExistsAndOwnedByEffectiveUserId => {
                file().is_some_and(|it| it.own)
            }
            P::FdIsOpenTerminal => match text {
                "0" => streams.stdin.is_terminal(),
                "1" => streams.stdout.is_terminal(),
                "2" => streams.stderr.is_terminal(),
                _ => false,
            },
            P::ShellOptionEnabled => match text {
                "errexit" => self.options.errexit,
                "nounset" => self.options.nounset,
                "xtrace" => self.options.xtrace,
                "pipefail" => self.options.pipefail,
                "noglob" => self.options.noglob,
                _ => false,
            },
            P::ShellVariableIsSetAndAssigned => self.variables.contains_key(text),
            P::StringHasZeroLength => text.is_empty(),
            P::StringHasNonZeroLength => !text.is_empty(),
            P::FileExistsAndIsBlockSpecialFile
            | P::FileExistsAndIsSetgid
            | P::FileExistsAndIsSymlink
            | P::FileExistsAndHasStickyBit
            | P::FileExistsAndIsFifo
            | P::FileExistsAndIsSetuid
            | P::FileExistsAndModifiedSinceLastRead
            | P::FileExistsAndIsSocket
            | P::ShellVariableIsSetAndNameRef => false,
        }
    }

    fn binary(&mut self, predicate: &Binary, left: &str, right: &str) -> Result<bool, String> {
        let modified = |shell: &Self, path: &str| {
            shell.lab.files.metadata(&shell.path(path)).ok().map(|it| it.modified)
        };
        Ok(match predicate {
            Binary::FilesReferToSameDeviceAndInodeNumbers => self.path(left) == self.path(right),
            Binary::LeftFileIsNewerOrExistsWhenRightDoesNot => {
                modified(self, left) > modified(self, right)
            }
            Binary::LeftFileIsOlderOrDoesNotExistWhenRightDoes => {
                modified(self, left) < modified(self, right)
            }
            Binary::StringMatchesRegex => {
                return Err("=~: binary operator expected".to_owned());
            }
            // Patterns are matched by `holds`; to `test` they are texts.
            Binary::StringExactlyMatchesString | Binary::StringExactlyMatchesPattern => {
                left == right
            }
            Binary::StringDoesNotExactlyMatchString | Binary::StringDoesNotExactlyMatchPattern => {
                left != right
            }
            Binary::StringContainsSubstring => left.contains(right),
            Binary::LeftSortsBeforeRight => left < right,
            Binary::LeftSortsAfterRight => left > right,
            Binary::ArithmeticEqualTo => self.arithmetic(left)? == self.arithmetic(right)?,
            Binary::ArithmeticNotEqualTo => self.arithmetic(left)? != self.arithmetic(right)?,
            Binary::ArithmeticLessThan => self.arithmetic(left)? < self.arithmetic(right)?,
            Binary::ArithmeticLessThanOrEqualTo => {
                self.arithmetic(left)? <= self.arithmetic(right)?
            }
            Binary::ArithmeticGreaterThan => self.arithmetic(left)? > self.arithmetic(right)?,
            Binary::ArithmeticGreaterThanOrEqualTo => {
                self.arithmetic(left)? >= self.arithmetic(right)?
            }
        })
    }
}

fn is_arithmetic(predicate: &Binary) -> bool {
    matches!(
        predicate,
        Binary::ArithmeticEqualTo
            | Binary::ArithmeticNotEqualTo
            | Binary::ArithmeticLessThan
            | Binary::ArithmeticLessThanOrEqualTo
            | Binary::ArithmeticGreaterThan
            | Binary::ArithmeticGreaterThanOrEqualTo
    )
}
