//! Lesson pages as they were last made, each for as long as nothing that it shows has changed.
//!
//! **Invariant:** a page is found only by a reader for whom the same page would be made again: everything that goes into it is
//! compared, the course and the learner's record by identity, since both are replaced as a whole when they change.
//!
//! **Deliberately absent:** a way to remove a page. One that holds no longer is not found, and makes room for the next.

use std::collections::HashMap;
use std::io::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use axum::body::Bytes;
use curriculum::{Course, Language, LessonSlug};
use flate2::Compression;
use flate2::write::GzEncoder;
use frontend::assets::Assets;
use frontend::pages::Theme;

use crate::classroom::readers::Known;
use crate::told::LabStanding;

/// How many pages are kept; when there are more, all go.
const MOST: usize = 256;
/// The time on a page may be so much behind, in milliseconds: it is shown in minutes.
const BEHIND: i64 = 10_000;

/// How hard a page is compressed: it is sent a few times only, and each further level costs more than it saves.
const LEVEL: Compression = Compression::new(3);

/// Everything that goes into a lesson page.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The course.
    pub course: Arc<Course>,
    /// The lesson.
    pub lesson: LessonSlug,
    /// Its language.
    pub language: Language,
    /// The address in front of every path.
    pub origin: String,
    /// Who reads.
    pub known: Option<Arc<Known>>,
    /// Whether an instructor is signed in.
    pub instructor: bool,
    /// How the reader's lab stands.
    pub lab: LabStanding,
    /// Light or dark.
    pub theme: Theme,
    /// The names of styles and scripts.
    pub assets: Arc<Assets>,
    /// The moment, as exactly as a page needs it.
    pub moment: i64,
}

impl Shown {
    /// The moment, as exactly as a page needs it.
    pub fn moment(now: i64) -> i64 {
        now - now.rem_euclid(BEHIND)
    }

    /// Whether the same page would be made of both.
    fn is(&self, other: &Self) -> bool {
        let Self {
            course,
            lesson,
            language,
            origin,
            known,
            instructor,
            lab,
            theme,
            assets,
            moment,
        } = self;
        let same_reader = match (known, &other.known) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        same_reader
            && Arc::ptr_eq(course, &other.course)
            && *lesson == other.lesson
            && *language == other.language
            && *origin == other.origin
            && *instructor == other.instructor
            && *lab == other.lab
            && *theme == other.theme
            && (Arc::ptr_eq(assets, &other.assets) || assets == &other.assets)
            && *moment == other.moment
    }

    fn place(&self) -> Place {
        let reader = self.known.as_ref().map(|known| known.learner.id.clone());
        (reader, self.lesson.clone(), self.language)
    }
}

/// Who reads what in which language: for each the last page is kept.
type Place = (Option<String>, LessonSlug, Language);

/// A page as it is sent.
#[derive(Clone, Debug)]
pub struct Page(Arc<Written>);

#[derive(Debug)]
struct Written {
    plain: Bytes,
    gzip: OnceLock<Bytes>,
}

impl Page {
    /// A page of this text.
    pub fn new(text: String) -> Self {
        Self(Arc::new(Written { plain: text.into(), gzip: OnceLock::new() }))
    }

    /// The text.
    pub(super) fn plain(&self) -> Bytes {
        self.0.plain.clone()
    }

    /// The text, compressed when it is first asked for.
    pub(super) fn gzip(&self) -> Bytes {
        self.0.gzip.get_or_init(|| gzip(&self.0.plain, LEVEL)).clone()
    }
}

/// These bytes, compressed.
pub(in crate::http) fn gzip(bytes: &[u8], level: Compression) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::new(), level);
    // Writing to memory does not fail.
    encoder.write_all(bytes).and_then(|()| encoder.finish()).unwrap_or_default().into()
}

/// The pages that are kept.
#[derive(Debug, Default)]
pub struct Pages {
    kept: Mutex<HashMap<Place, (Shown, Page)>>,
}

impl Pages {
    fn kept(&self) -> MutexGuard<'_, HashMap<Place, (Shown, Page)>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The page that would be made of this.
    pub fn find(&self, shown: &Shown) -> Option<Page> {
        let kept = self.kept();
        let (of, page) = kept.get(&shown.place())?;
        of.is(shown).then(|| page.clone())
    }

    /// Keeps a page that was made of this.
    pub fn keep(&self, shown: Shown, page: &Page) {
        let mut kept = self.kept();
        let place = shown.place();
        if kept.len() >= MOST && !kept.contains_key(&place) {
            kept.clear();
        }
        kept.insert(place, (shown, page.clone()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown() -> Shown {
        Shown {
            course: Arc::new(crate::content::load(None).unwrap()),
            lesson: "hybrid-mode-intro".parse().unwrap(),
            language: Language::En,
            origin: "http://127.0.0.1".to_owned(),
            known: None,
            instructor: false,
            lab: LabStanding::default(),
            theme: Theme::Auto,
            assets: Arc::default(),
            moment: 0,
        }
    }

    #[test]
    fn a_page_is_found_while_nothing_that_it_shows_has_changed() {
        let (pages, shown) = (Pages::default(), shown());
        pages.keep(shown.clone(), &Page::new("text".to_owned()));

        assert_eq!(pages.find(&shown).unwrap().plain(), "text");
        let changed = [
            Shown { course: Arc::new(crate::content::load(None).unwrap()), ..shown.clone() },
            Shown { language: Language::Pt, ..shown.clone() },
            Shown { origin: "http://localhost".to_owned(), ..shown.clone() },
            Shown { theme: Theme::Dark, ..shown.clone() },
            Shown { instructor: true, ..shown.clone() },
            Shown { moment: BEHIND, ..shown.clone() },
            Shown {
                lab: LabStanding { state: wire::LabState::Ready, ..LabStanding::default() },
                ..shown.clone()
            },
        ];
        for other in changed {
            assert!(pages.find(&other).is_none(), "{other:?}");
        }
    }

    #[test]
    fn the_compressed_page_is_the_page() {
        use std::io::Read as _;
        let page = Page::new("a lesson ".repeat(100));
        let mut text = String::new();

        flate2::read::GzDecoder::new(&page.gzip()[..]).read_to_string(&mut text).unwrap();

        assert_eq!(text.as_bytes(), &page.plain()[..]);
    }
}
