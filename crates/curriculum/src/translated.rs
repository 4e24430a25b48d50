//! One value a language, for all of them.

use std::collections::BTreeMap;

use crate::Language;

/// One value for each [`Language`]; none can be missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Translated<T> {
    en: T,
    pt: T,
    es: T,
}

impl<T> Translated<T> {
    /// The values, when there is one for every language.
    pub fn from_map(mut map: BTreeMap<Language, T>) -> Option<Self> {
        Some(Self {
            en: map.remove(&Language::En)?,
            pt: map.remove(&Language::Pt)?,
            es: map.remove(&Language::Es)?,
        })
    }

    /// The value of a language.
    pub fn get(&self, language: Language) -> &T {
        match language {
            Language::En => &self.en,
            Language::Pt => &self.pt,
            Language::Es => &self.es,
        }
    }

    /// All values, in the order of [`Language::ALL`].
    pub fn values(&self) -> [&T; 3] {
        [&self.en, &self.pt, &self.es]
    }
}
