//! The words of the interface in three languages, as typed tables: a missing one does not compile.
//!
//! [`Texts`] is what pages and islands share and is compiled to WebAssembly; [`PageTexts`] is only for pages.
//!
//! **Deliberately absent:** lessons and reasons, which arrive already worded.

mod en;
mod es;
mod page_texts;
mod pt;
mod texts;

pub use page_texts::PageTexts;
pub use texts::Texts;
use wire::Language;

/// The words that pages and islands share.
pub fn texts(language: Language) -> &'static Texts {
    match language {
        Language::En => &en::TEXTS,
        Language::Pt => &pt::TEXTS,
        Language::Es => &es::TEXTS,
    }
}

/// The words that only pages use.
pub fn page_texts(language: Language) -> &'static PageTexts {
    match language {
        Language::En => &en::PAGES,
        Language::Pt => &pt::PAGES,
        Language::Es => &es::PAGES,
    }
}

/// A language's own name.
pub fn own_name(language: Language) -> &'static str {
    match language {
        Language::En => "English",
        Language::Pt => "Português",
        Language::Es => "Español",
    }
}

/// Hours and minutes as the three languages write them: `1 h 52 min`.
pub(crate) fn hours_and_minutes(minutes: u32) -> String {
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

/// `1 exercise`, `2 exercises`. In Portuguese zero takes the singular; in English and Spanish the plural.
fn counted(count: u32, one: &str, many: &str, zero_is_one: bool) -> String {
    let word = if count == 1 || (count == 0 && zero_is_one) { one } else { many };
    format!("{count} {word}")
}

/// One thing, or two with a comma between.
fn listed(one: &str, other: Option<String>) -> String {
    other.map_or_else(|| one.to_owned(), |other| format!("{one}, {other}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plurals_follow_each_language() {
        let words = |count| {
            Language::ALL.map(|language| (page_texts(language).exercises)(count)).join(" | ")
        };

        assert_eq!(words(0), "0 exercises | 0 exercício | 0 ejercicios");
        assert_eq!(words(1), "1 exercise | 1 exercício | 1 ejercicio");
        assert_eq!(words(2), "2 exercises | 2 exercícios | 2 ejercicios");
    }

    #[test]
    fn seats_are_named_only_where_they_are_counted() {
        let (en, pt) = (page_texts(Language::En), page_texts(Language::Pt));

        assert_eq!((en.facts_learners)(1, Some(2)), "learner, 2 seats");
        assert_eq!((en.facts_learners)(3, None), "learners");
        assert_eq!((pt.taken)(3, Some(30)), "3 de 30 vagas ocupadas");
        assert_eq!((pt.taken)(1, None), "1 participante");
    }

    #[test]
    fn time_left_agrees_with_its_number() {
        assert_eq!((texts(Language::En).time_left)(112), "1 h 52 min left");
        assert_eq!((texts(Language::Pt).time_left)(1), "falta 1 min");
        assert_eq!((texts(Language::Pt).time_left)(60), "falta 1 h");
        assert_eq!((texts(Language::Pt).time_left)(112), "faltam 1 h 52 min");
        assert_eq!((texts(Language::Es).time_left)(45), "quedan 45 min");
    }
}
