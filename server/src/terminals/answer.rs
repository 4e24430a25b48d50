//! What a terminal sends by itself, because a program has asked it something: not typed by anybody.

/// The escape character.
const ESCAPE: u8 = 0x1b;

/// Whether these bytes are nothing but answers of a terminal: where the cursor is, what it can do, which colours it has.
pub fn is_answer(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let Some(after) = without_answer(rest) {
        if after.is_empty() {
            return true;
        }
        rest = after;
    }
    rest.is_empty()
}

/// What follows the answer at the beginning; nothing if there is no answer.
fn without_answer(bytes: &[u8]) -> Option<&[u8]> {
    let (&ESCAPE, rest) = bytes.split_first()? else { return None };
    let (kind, rest) = rest.split_first()?;
    match kind {
        b'[' => {
            let end = rest.iter().position(|byte| (0x40..=0x7e).contains(byte))?;
            let (parameters, last) = (&rest[..end], rest[end]);
            let answers = match last {
                // Cursor position, device attributes, device status, window, mode; focus gained and lost.
                b'R' | b'c' | b'n' | b't' | b'y' => !parameters.is_empty(),
                b'I' | b'O' => parameters.is_empty(),
                _ => false,
            };
            answers.then(|| &rest[end + 1..])
        }
        // Strings: colours, capabilities.
        b']' | b'P' => {
            let bell = rest.iter().position(|byte| *byte == 0x07).map(|at| at + 1);
            let terminator =
                rest.windows(2).position(|two| two == [ESCAPE, b'\\']).map(|at| at + 2);
            let end = bell.into_iter().chain(terminator).min()?;
            Some(&rest[end..])
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_says_by_itself_is_told_from_typing() {
        for answer in [
            "\x1b[24;80R",
            "\x1b[?1;2c",
            "\x1b[>0;276;0c",
            "\x1b[0n",
            "\x1b[I",
            "\x1b[O",
            "\x1b[?2026;2$y",
            "\x1b]11;rgb:1212/1313/1b1b\x1b\\",
            "\x1b]10;rgb:e6/e4/df\x07",
            "\x1bP1+r544e=787465726d\x1b\\",
            "\x1b[1;1R\x1b[?1;2c",
            "",
        ] {
            assert!(is_answer(answer.as_bytes()), "{answer:?}");
        }
    }

    #[test]
    fn keys_are_typing() {
        for typed in [
            "a",
            "\r",
            "\x03",
            "\x1b",
            "\x1b[A",
            "\x1b[15~",
            "\x1bOP",
            "\x1b[1;5C",
            "é",
            "\x1b[200~x\x1b[201~",
            "\x1b[24;80Rx",
            "\x1b[<0;3;4M",
            "\x1b]",
            "\x1b[",
        ] {
            assert!(!is_answer(typed.as_bytes()), "{typed:?}");
        }
    }
}
