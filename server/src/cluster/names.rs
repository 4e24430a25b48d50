//! The names of a lab on the cluster: derived, short, and different for different labs.

use sha2::{Digest, Sha256};

/// How much of a learner's name a namespace repeats.
const LONGEST_NAME: usize = 20;

/// Letters and digits that are not easily taken for one another.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// The names of one lab.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LabNames {
    /// The lab's id, the value of the label `hangar.dev/lab`.
    pub id: String,
    /// What the namespaces' names begin with.
    pub slug: String,
}

impl LabNames {
    /// Names for a lab whose slug is known.
    pub fn new(id: &str, slug: &str) -> Self {
        Self { id: id.to_owned(), slug: slug.to_owned() }
    }

    /// The control plane's namespace.
    pub fn cp(&self) -> String {
        format!("{}-cp", self.slug)
    }

    /// The data plane's namespace.
    pub fn dp(&self) -> String {
        format!("{}-dp", self.slug)
    }

    /// The toolbox's namespace, where the learner has no rights.
    pub fn toolbox(&self) -> String {
        format!("{}-box", self.slug)
    }

    /// All three namespaces.
    pub fn namespaces(&self) -> [String; 3] {
        [self.cp(), self.dp(), self.toolbox()]
    }

    /// Makes a slug from a learner's name and a lab's id: the readable part of the name, and a hash of
    /// the id, so that two learners of one name never share a namespace.
    pub fn slug(learner: &str, id: &str) -> String {
        let mut readable = String::new();
        for character in learner.chars().flat_map(char::to_lowercase).map(plain) {
            if readable.len() == LONGEST_NAME {
                break;
            }
            if character.is_ascii_lowercase() || character.is_ascii_digit() {
                readable.push(character);
            } else if !readable.is_empty() && !readable.ends_with('-') {
                readable.push('-');
            }
        }
        let readable = readable.trim_end_matches('-');
        let starts_well = readable.starts_with(|first: char| first.is_ascii_lowercase());
        let readable = if starts_well { readable } else { "lab" };
        format!("{readable}-{}", digest(id))
    }
}

/// Six letters of a hash: 30 bits.
fn digest(id: &str) -> String {
    let hash = Sha256::digest(id.as_bytes());
    hash.iter().take(6).map(|byte| char::from(ALPHABET[usize::from(byte & 31)])).collect()
}

/// The letter without its accent, for the languages of the course.
fn plain(character: char) -> char {
    match character {
        'á' | 'à' | 'â' | 'ã' | 'ä' | 'å' => 'a',
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'í' | 'ì' | 'î' | 'ï' => 'i',
        'ó' | 'ò' | 'ô' | 'õ' | 'ö' => 'o',
        'ú' | 'ù' | 'û' | 'ü' => 'u',
        'ç' => 'c',
        'ñ' => 'n',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_readable_and_a_valid_namespace_name() {
        for (name, start) in [
            ("Ada", "ada-"),
            ("  João da Silva ", "joao-da-silva-"),
            ("Ñandú", "nandu-"),
            ("李雷", "lab-"),
            ("--<script>", "script-"),
            ("9lives", "lab-"),
            ("a-very-long-name-that-does-not-end", "a-very-long-name-tha-"),
        ] {
            let slug = LabNames::slug(name, "id");
            assert!(slug.starts_with(start), "{name}: {slug}");
            assert!(slug.len() <= 27 && !slug.contains("--"), "{slug}");
        }
    }

    #[test]
    fn learners_of_one_name_get_different_slugs() {
        assert_ne!(LabNames::slug("Ada", "one"), LabNames::slug("Ada", "two"));
    }
}
