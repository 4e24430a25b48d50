//! Class codes: words to say aloud, letters against guessing.
//!
//! `PLUM-7K4Q-KITE-9XWD` holds 52 bits: at ten thousand guesses a second, the chance to hit a given class within a
//! day is below one in a million, without counting on any limit.

use crate::ambient::Ambient;

/// The class that always exists in a practice cluster.
pub const OPEN: &str = "open";

const WORDS: [&str; 64] = [
    "ARCO", "AZUL", "BEAR", "BIRD", "BLUE", "BOAT", "CALM", "CAPE", "CITY", "CLAY", "COAT", "COLA",
    "CORN", "CROW", "DAWN", "DELI", "DOVE", "DUNE", "ECHO", "FARM", "FERN", "FISH", "FLAG", "FOAM",
    "FROG", "GATE", "GIFT", "GOLD", "HARP", "HERO", "HILL", "IRIS", "JADE", "JAZZ", "KITE", "KIWI",
    "LAKE", "LAMP", "LEAF", "LIMA", "LION", "LUNA", "MAPA", "MILK", "MINT", "MOON", "NEST", "OLIV",
    "OPAL", "PALM", "PEAR", "PINE", "PLUM", "POET", "RAIN", "ROSA", "SAIL", "SEAL", "SNOW", "SOLO",
    "STAR", "TREE", "WIND", "WOLF",
];

/// Makes a code.
pub fn new_code(ambient: &Ambient) -> String {
    let mut bytes = [0; 2];
    (ambient.random)(&mut bytes);
    let word = |byte: u8| WORDS[usize::from(byte % 64)];
    let letters = ambient.letters(8).to_uppercase();
    format!("{}-{}-{}-{}", word(bytes[0]), &letters[..4], word(bytes[1]), &letters[4..])
}

/// The code that someone meant who typed it in any case, with or without hyphens.
pub fn canonical(typed: &str) -> String {
    let plain: String =
        typed.chars().filter(char::is_ascii_alphanumeric).take(40).collect::<String>();
    if plain.eq_ignore_ascii_case(OPEN) {
        return OPEN.to_owned();
    }
    let plain = plain.to_uppercase();
    let groups: Vec<&str> =
        (0..plain.len()).step_by(4).map(|at| &plain[at..plain.len().min(at + 4)]).collect();
    groups.join("-")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn ambient() -> Ambient {
        Ambient {
            clock: Arc::new(|| jiff::Timestamp::UNIX_EPOCH),
            random: Arc::new(|buffer| {
                for (byte, value) in buffer.iter_mut().zip((7..).step_by(31)) {
                    *byte = u8::try_from(value % 256).unwrap();
                }
            }),
        }
    }

    #[test]
    fn a_code_is_found_however_it_is_typed() {
        let code = new_code(&ambient());

        assert_eq!(canonical(&code), code);
        assert_eq!(canonical(&code.to_lowercase().replace('-', " ")), code);
        assert_eq!(canonical(" Open "), OPEN);
    }

    #[test]
    fn every_word_has_four_letters_and_stands_once() {
        assert!(WORDS.iter().all(|word| word.len() == 4));
        assert!(WORDS.is_sorted_by(|one, other| one < other));
    }
}
