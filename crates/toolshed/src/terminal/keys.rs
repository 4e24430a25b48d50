//! Bytes to keys: UTF-8, escape sequences and bracketed paste.
//!
//! **Invariant:** any bytes are accepted, and what is buffered stays below [`MAX_PASTE`].

/// The longest paste.
const MAX_PASTE: usize = 1024 * 1024;

/// A key, or a paste as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    /// A character to insert.
    Character(char),
    /// Ctrl with a letter, in lower case.
    Control(char),
    /// Alt with a letter, in lower case.
    Alt(char),
    Enter,
    Tab,
    Backspace,
    Delete,
    Left,
    Right,
    Up,
    Down,
    Home,
    End,
    PageUp,
    PageDown,
    WordLeft,
    WordRight,
    /// Alt-Backspace.
    EraseWord,
    /// A bracketed paste.
    Paste(String),
    /// A paste longer than [`MAX_PASTE`], which is dropped.
    PasteTooLong,
}

/// Turns bytes into keys, one at a time.
#[derive(Debug, Default)]
pub(crate) struct Decoder {
    state: State,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Ground,
    Utf8(Vec<u8>, usize),
    Escape,
    Sequence(Vec<u8>),
    Paste(Vec<u8>, bool),
}

impl Decoder {
    /// Takes one byte; returns a key when it completes one.
    pub(crate) fn byte(&mut self, byte: u8) -> Option<Key> {
        match std::mem::take(&mut self.state) {
            State::Ground => self.ground(byte),
            State::Utf8(mut bytes, wanted) => {
                if byte & 0xc0 != 0x80 {
                    return self.ground(byte);
                }
                bytes.push(byte);
                if bytes.len() < wanted {
                    self.state = State::Utf8(bytes, wanted);
                    return None;
                }
                let character = std::str::from_utf8(&bytes).ok()?.chars().next()?;
                (!character.is_control()).then_some(Key::Character(character))
            }
            State::Escape => match byte {
                b'[' | b'O' => {
                    self.state = State::Sequence(vec![byte]);
                    None
                }
                b'b' => Some(Key::WordLeft),
                b'f' => Some(Key::WordRight),
                0x7f | 8 => Some(Key::EraseWord),
                27 => {
                    self.state = State::Escape;
                    None
                }
                b'.' | b'_' => Some(Key::Alt('.')),
                _ => {
                    byte.is_ascii_alphabetic().then(|| Key::Alt(byte.to_ascii_lowercase() as char))
                }
            },
            State::Sequence(mut bytes) => {
                bytes.push(byte);
                if byte == 27 {
                    self.state = State::Escape;
                    return None;
                }
                if !(0x40..=0x7e).contains(&byte) && bytes.len() < 32 {
                    self.state = State::Sequence(bytes);
                    return None;
                }
                if bytes == b"[200~" {
                    self.state = State::Paste(Vec::new(), false);
                    return None;
                }
                sequence(&bytes)
            }
            State::Paste(bytes, too_long) => self.paste(bytes, too_long, byte),
        }
    }

    fn ground(&mut self, byte: u8) -> Option<Key> {
        match byte {
            b'\r' | b'\n' => Some(Key::Enter),
            b'\t' => Some(Key::Tab),
            8 | 0x7f => Some(Key::Backspace),
            27 => {
                self.state = State::Escape;
                None
            }
            1..=26 => Some(Key::Control((byte + b'a' - 1) as char)),
            32..=126 => Some(Key::Character(byte as char)),
            0xc2..=0xdf => self.start(byte, 2),
            0xe0..=0xef => self.start(byte, 3),
            0xf0..=0xf4 => self.start(byte, 4),
            0 | 28..=31 | 0x80..=0xc1 | 0xf5..=0xff => None,
        }
    }

    fn start(&mut self, byte: u8, wanted: usize) -> Option<Key> {
        self.state = State::Utf8(vec![byte], wanted);
        None
    }

    fn paste(&mut self, mut bytes: Vec<u8>, mut too_long: bool, byte: u8) -> Option<Key> {
        const END: &[u8] = b"\x1b[201~";
        bytes.push(byte);
        if bytes.ends_with(END) {
            bytes.truncate(bytes.len() - END.len());
            if too_long {
                return Some(Key::PasteTooLong);
            }
            let text = String::from_utf8_lossy(&bytes).replace("\r\n", "\n").replace('\r', "\n");
            let plain = text.chars().filter(|it| !it.is_control() || matches!(it, '\n' | '\t'));
            return Some(Key::Paste(plain.collect()));
        }
        if bytes.len() > MAX_PASTE {
            too_long = true;
            bytes.drain(..bytes.len() - END.len());
        }
        self.state = State::Paste(bytes, too_long);
        None
    }
}

fn sequence(bytes: &[u8]) -> Option<Key> {
    Some(match &bytes[1..] {
        b"A" => Key::Up,
        b"B" => Key::Down,
        b"C" => Key::Right,
        b"D" => Key::Left,
        b"H" | b"1~" | b"7~" => Key::Home,
        b"F" | b"4~" | b"8~" => Key::End,
        b"3~" => Key::Delete,
        b"5~" => Key::PageUp,
        b"6~" => Key::PageDown,
        b"1;5C" | b"1;3C" => Key::WordRight,
        b"1;5D" | b"1;3D" => Key::WordLeft,
        _ => return None,
    })
}
