//! A block of shell text as the commands that a person would enter one after the other.
//!
//! **Invariant:** the commands, put together again, are the block's lines without its blank and comment lines.
//! A line that is not finished (a backslash, a pipe, an open quote, a here-document, a loop) takes the next with it.

use std::ops::Range;

/// One command of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// Its lines in the block, from 0.
    pub lines: Range<usize>,
    /// What is typed, without the last line break.
    pub text: String,
}

/// The commands of `block`, in order.
pub fn split(block: &str) -> Vec<Command> {
    let lines: Vec<&str> = block.lines().collect();
    let mut commands = Vec::new();
    let mut start = 0;
    while start < lines.len() {
        let blank = lines[start].trim();
        if blank.is_empty() || blank.starts_with('#') {
            start += 1;
            continue;
        }
        let mut reading = Reading::default();
        let mut end = start;
        while end < lines.len() {
            reading.line(lines[end]);
            end += 1;
            if reading.is_complete() {
                break;
            }
        }
        commands.push(Command { lines: start..end, text: lines[start..end].join("\n") });
        start = end;
    }
    commands
}

/// What is still open after some lines.
#[derive(Debug, Default)]
struct Reading {
    quote: Option<char>,
    here: Vec<(String, bool)>,
    blocks: i32,
    parens: i32,
    continued: bool,
}

impl Reading {
    fn is_complete(&self) -> bool {
        self.quote.is_none()
            && self.here.is_empty()
            && self.blocks <= 0
            && self.parens <= 0
            && !self.continued
    }

    fn line(&mut self, line: &str) {
        if let Some((word, tabs)) = self.here.first() {
            let text = if *tabs { line.trim_start_matches('\t') } else { line };
            if text == word {
                self.here.remove(0);
            }
            return;
        }
        self.continued = false;
        let mut words = String::with_capacity(line.len());
        let mut characters = line.chars().peekable();
        let mut before = ' ';
        while let Some(character) = characters.next() {
            match (self.quote, character) {
                (Some(quote), _) if character == quote => self.quote = None,
                (Some('\''), _) => {}
                (_, '\\') if characters.peek().is_none() => self.continued = true,
                (_, '\\') => drop(characters.next()),
                (Some(_), _) => {}
                (None, '\'' | '"') => {
                    self.quote = Some(character);
                    words.push('q');
                }
                (None, '#') if before.is_whitespace() => break,
                (None, _) => words.push(character),
            }
            before = character;
        }
        if self.quote.is_none() {
            self.structure(&words, line);
        }
    }

    /// Counts loops, conditions, brackets, here-documents and open pipes in a line without its quoted parts.
    fn structure(&mut self, words: &str, line: &str) {
        self.parens +=
            count(words, '(') - count(words, ')') + count(words, '{') - count(words, '}');
        for word in words.split(|it: char| it.is_whitespace() || it == ';') {
            match word {
                "for" | "while" | "until" | "if" | "case" => self.blocks += 1,
                "done" | "fi" | "esac" => self.blocks -= 1,
                _ => {}
            }
        }
        if let Some(at) = words.find("<<").filter(|at| !words[*at..].starts_with("<<<")) {
            let tabs = words[at + 2..].starts_with('-');
            let after = line.find("<<").map_or("", |at| &line[at + 2..]);
            let after = after.trim_start_matches('-').trim_start();
            let word: String = after
                .chars()
                .filter(|it| !matches!(it, '\'' | '"' | '\\'))
                .take_while(|it| it.is_alphanumeric() || *it == '_')
                .collect();
            if !word.is_empty() {
                self.here.push((word, tabs));
            }
        }
        let end = words.trim_end();
        self.continued |= end.ends_with('|') || end.ends_with("&&");
    }
}

fn count(text: &str, wanted: char) -> i32 {
    i32::try_from(text.chars().filter(|it| *it == wanted).count()).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranges(block: &str) -> Vec<Range<usize>> {
        split(block).into_iter().map(|command| command.lines).collect()
    }

    #[test]
    fn each_line_is_a_command_and_comments_are_not() {
        let block = "# first\nkubectl get pods\n\nkubectl get svc # all\n";

        assert_eq!(ranges(block), [1..2, 3..4]);
    }

    #[test]
    fn an_unfinished_line_takes_the_next_with_it() {
        assert_eq!(ranges("helm install \\\n  kong\nls"), [0..2, 2..3]);
        assert_eq!(ranges("cat a |\n  sort &&\n  ls\npwd"), [0..3, 3..4]);
        assert_eq!(ranges("echo 'one\ntwo'\nls"), [0..2, 2..3]);
        assert_eq!(ranges("for i in 1 2; do\n  echo $i\ndone\nls"), [0..3, 3..4]);
        assert_eq!(ranges("kubectl get pods -o jsonpath='{.items[*]}'\nls"), [0..1, 1..2]);
    }

    #[test]
    fn a_here_document_ends_with_its_word() {
        let block = "cat > a.yaml <<'EOF'\nkind: \"Pod\nEOF\nls";

        assert_eq!(ranges(block), [0..3, 3..4]);
        assert_eq!(split(block)[1].text, "ls");
    }
}
