//! The shell's own marks in the stream of a terminal (OSC 133): where a prompt begins, how a command ended.
//!
//! **Invariant:** a mark that is cut between two chunks is found all the same, and nothing but marks is kept.

/// What the shell says about itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// A prompt begins (`A`).
    Prompt,
    /// The prompt ends; what follows is typed (`B`).
    Input,
    /// A command begins (`C`).
    Started,
    /// A command ended (`D`), with its exit code where the shell tells it.
    Ended(Option<i32>),
}

/// Finds marks in chunks of any size.
#[derive(Debug, Default)]
pub struct Scanner {
    state: State,
    text: Vec<u8>,
}

#[derive(Clone, Copy, Debug, Default)]
enum State {
    #[default]
    Ground,
    Escape,
    Command,
    CommandEscape,
}

/// Longer operating system commands than this (titles, links) are not marks.
const LONGEST: usize = 64;

impl Scanner {
    /// The marks that end in this chunk, in order.
    pub fn scan(&mut self, chunk: &[u8]) -> Vec<Mark> {
        chunk.iter().filter_map(|&byte| self.step(byte)).collect()
    }

    fn step(&mut self, byte: u8) -> Option<Mark> {
        match (self.state, byte) {
            (State::Ground, 0x1b) => self.state = State::Escape,
            (State::Escape, b']') => {
                self.text.clear();
                self.state = State::Command;
            }
            (State::Command, 0x07) | (State::CommandEscape, b'\\') => {
                self.state = State::Ground;
                return mark(&self.text);
            }
            (State::Command, 0x1b) => self.state = State::CommandEscape,
            (State::Command, _) if self.text.len() >= LONGEST => self.text.truncate(LONGEST),
            (State::Command, _) => self.text.push(byte),
            (State::Ground, _) | (State::Escape, 0x1b) => {}
            (State::Escape | State::CommandEscape, _) => self.state = State::Ground,
        }
        None
    }
}

fn mark(text: &[u8]) -> Option<Mark> {
    let text = std::str::from_utf8(text).ok()?.strip_prefix("133;")?;
    let mut parts = text.split(';');
    match parts.next()? {
        "A" => Some(Mark::Prompt),
        "B" => Some(Mark::Input),
        "C" => Some(Mark::Started),
        "D" => Some(Mark::Ended(parts.next().and_then(|code| code.parse().ok()))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_found_wherever_the_stream_is_cut() {
        let stream =
            b"\x1b]133;A\x07ada ~ $ \x1b]133;B\x1b\\ls\r\n\x1b]133;C\x07out\x1b]133;D;127\x07";
        let expected = [Mark::Prompt, Mark::Input, Mark::Started, Mark::Ended(Some(127))];

        for size in 1..=stream.len() {
            let mut scanner = Scanner::default();
            let found: Vec<_> = stream.chunks(size).flat_map(|chunk| scanner.scan(chunk)).collect();
            assert_eq!(found, expected, "cut every {size} bytes");
        }
    }

    #[test]
    fn colours_titles_and_endless_commands_are_no_marks() {
        let mut scanner = Scanner::default();
        let long = [b"\x1b]0;".as_slice(), &[b'x'; 5000], b"\x07"].concat();

        assert_eq!(scanner.scan(b"\x1b[31mred\x1b[0m\x1b]0;title\x07"), []);
        assert_eq!(scanner.scan(&long), []);
        assert_eq!(scanner.scan(b"\x1b]133;D\x07"), [Mark::Ended(None)]);
    }
}
