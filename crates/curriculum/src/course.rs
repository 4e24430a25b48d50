//! The course: every file of the content folder, parsed, compiled and linked.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::check::{Read, Scope};
use crate::exercise::Exercise;
use crate::finding::{Finding, line_with, yaml};
use crate::markdown::{self, Block, CodeUse, Page, walk};
use crate::messages::Messages;
use crate::svg::{self, Drawing};
use crate::translated::Translated;
use crate::view::Kind;
use crate::{CheckId, ExerciseId, Language, LessonSlug};

/// The content folder's files as text, by path relative to it, with `/` between folders.
pub type Source = BTreeMap<String, String>;

/// A text in every language.
pub type Texts = BTreeMap<Language, String>;

/// The whole course.
#[derive(Debug)]
pub struct Course {
    /// The title.
    pub title: Texts,
    /// What it teaches, in a sentence or two.
    pub summary: Texts,
    /// The modules, in order.
    pub modules: Vec<Module>,
    /// The lessons that can be read, by slug.
    pub lessons: BTreeMap<LessonSlug, Lesson>,
    /// Every message.
    pub messages: Messages,
    /// The files that a lab gets, by path under its home directory, e.g. `labs/echo.yaml`.
    pub files: BTreeMap<String, String>,
    source: Source,
}

/// A group of lessons.
#[derive(Debug)]
pub struct Module {
    /// Stable id.
    pub id: String,
    /// The title.
    pub title: Texts,
    /// The lessons, in order.
    pub lessons: Vec<PlannedLesson>,
}

/// A lesson's place in the course, whether it is written or not.
#[derive(Debug)]
pub struct PlannedLesson {
    /// Its number in the course, from 1.
    pub number: u32,
    /// Its slug; the lesson is in [`Course::lessons`] when it is written.
    pub slug: LessonSlug,
    /// The title.
    pub title: Texts,
    /// One sentence.
    pub summary: Texts,
    /// How long it takes.
    pub minutes: u32,
}

/// A lesson that can be read.
#[derive(Debug)]
pub struct Lesson {
    /// Its number in the course, from 1.
    pub number: u32,
    /// Its slug.
    pub slug: LessonSlug,
    /// How long it takes.
    pub minutes: u32,
    /// What it builds on.
    pub prerequisites: Vec<LessonSlug>,
    /// One page a language.
    pub pages: Translated<Page>,
    /// Its exercises, in the order in which the page places them.
    pub exercises: Vec<Exercise>,
    /// Its folder, e.g. `lessons/01-hybrid-mode-intro`.
    pub folder: String,
    pub(crate) drawings: BTreeMap<String, Drawing>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCourse {
    title: Texts,
    summary: Texts,
    modules: Vec<RawModule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawModule {
    id: String,
    title: Texts,
    lessons: Vec<RawPlanned>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPlanned {
    slug: LessonSlug,
    minutes: u32,
    title: Texts,
    summary: Texts,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLesson {
    slug: LessonSlug,
    minutes: u32,
    #[serde(default)]
    prerequisites: Vec<LessonSlug>,
}

impl Course {
    /// Parses the whole course; every mistake is a finding.
    pub fn parse(source: &Source) -> Result<Self, Vec<Finding>> {
        let Some(text) = source.get("course.yaml") else {
            return Err(vec![Finding::at(
                "course.yaml",
                0,
                "this file is missing: is this the content folder?",
            )]);
        };
        let raw: RawCourse = yaml("course.yaml", text).map_err(|finding| vec![finding])?;
        let mut findings = Vec::new();
        let modules = numbered(raw.modules);
        let numbers: BTreeMap<&LessonSlug, u32> = modules
            .iter()
            .flat_map(|module| &module.lessons)
            .map(|lesson| (&lesson.slug, lesson.number))
            .collect();
        let mut lessons = BTreeMap::new();
        for folder in folders(source) {
            match lesson(source, &folder, &numbers) {
                Ok(lesson) => {
                    lessons.insert(lesson.slug.clone(), lesson);
                }
                Err(mut wrong) => findings.append(&mut wrong),
            }
        }
        doubles(&lessons, &mut findings);
        let messages = messages(source).map_err(|mut wrong| findings.append(&mut wrong)).ok();
        match messages {
            Some(messages) if findings.is_empty() => Ok(Self {
                title: raw.title,
                summary: raw.summary,
                modules,
                lessons,
                messages,
                files: files(source),
                source: source.clone(),
            }),
            _ => Err(findings),
        }
    }

    /// Every exercise, in course order, with its lesson.
    pub fn exercises(&self) -> impl Iterator<Item = (&Lesson, &Exercise)> {
        self.modules
            .iter()
            .flat_map(|module| &module.lessons)
            .filter_map(|planned| self.lessons.get(&planned.slug))
            .flat_map(|lesson| lesson.exercises.iter().map(move |exercise| (lesson, exercise)))
    }

    /// The exercise with an id.
    pub fn exercise(&self, id: &ExerciseId) -> Option<&Exercise> {
        self.lessons.values().flat_map(|lesson| &lesson.exercises).find(|one| one.id == *id)
    }

    /// The first line of a file that holds `near`, at or after the first that begins with `from`: where a finding
    /// about something that is named there points to.
    pub fn line(&self, file: &str, from: &str, near: &str) -> usize {
        self.source.get(file).map_or(1, |text| line_with(text, from, near))
    }

    /// The checks that may change their verdict when an object changes.
    pub fn affected(
        &self,
        kind: &Kind,
        plane: crate::Plane,
        name: &str,
    ) -> Vec<(&ExerciseId, &CheckId)> {
        let touches = |read: &Read| {
            let named = match &read.scope {
                Scope::Name(wanted) => wanted == name,
                Scope::All => true,
            };
            read.kind == *kind && read.plane == plane && named
        };
        self.exercises()
            .flat_map(|(_, exercise)| exercise.checks.iter().map(move |check| (exercise, check)))
            .filter(|(_, check)| check.reads().iter().any(touches))
            .map(|(exercise, check)| (&exercise.id, &check.id))
            .collect()
    }
}

impl Lesson {
    /// The page in a language.
    pub fn page(&self, language: Language) -> &Page {
        self.pages.get(language)
    }

    /// The drawing of a figure, ready to be put into a page.
    pub fn drawing(&self, file: &str, language: Language) -> Option<&str> {
        self.drawings.get(file)?.get(&language).map(String::as_str)
    }

    /// The commands of one step of an exercise, as the page in `language` gives them; where the page
    /// has blanks, as the exercise's solution has them.
    pub fn solution(&self, exercise: &Exercise, step: &str, language: Language) -> String {
        let texts = self.typed(exercise, step, language).into_iter().map(|(text, _)| text);
        texts.collect::<Vec<_>>().join("\n")
    }

    /// [`Lesson::solution`], block by block, each with its commands that are meant to fail, counted from 1.
    pub fn typed<'a>(
        &'a self,
        exercise: &'a Exercise,
        step: &str,
        language: Language,
    ) -> Vec<(&'a str, &'a [usize])> {
        if let Some(commands) = exercise.solution.get(step) {
            return vec![(commands, &[])];
        }
        let first = exercise.steps.first().is_some_and(|one| one == step);
        let blocks = self.page(language).commands(&exercise.id, step, first);
        let typed = blocks.into_iter().map(|code| match &code.purpose {
            CodeUse::Run { fails, .. } => (code.text.as_str(), fails.as_slice()),
            CodeUse::Show | CodeUse::Output | CodeUse::File(_) => (code.text.as_str(), &[][..]),
        });
        typed.collect()
    }
}

fn numbered(modules: Vec<RawModule>) -> Vec<Module> {
    let mut numbers = 1..;
    modules
        .into_iter()
        .map(|module| Module {
            id: module.id,
            title: module.title,
            lessons: module
                .lessons
                .into_iter()
                .zip(numbers.by_ref())
                .map(|(planned, number)| PlannedLesson {
                    number,
                    slug: planned.slug,
                    title: planned.title,
                    summary: planned.summary,
                    minutes: planned.minutes,
                })
                .collect(),
        })
        .collect()
}

/// The folders of lessons, in order.
fn folders(source: &Source) -> BTreeSet<String> {
    source
        .keys()
        .filter_map(|path| Some(path.strip_suffix("/lesson.yaml")?.to_owned()))
        .filter(|folder| folder.starts_with("lessons/"))
        .collect()
}

fn files(source: &Source) -> BTreeMap<String, String> {
    source
        .iter()
        .filter_map(|(path, text)| Some((path.strip_prefix("files/")?.to_owned(), text.clone())))
        .collect()
}

fn messages(source: &Source) -> Result<Messages, Vec<Finding>> {
    let files = Language::ALL
        .into_iter()
        .filter_map(|language| {
            let file = format!("messages/{language}.ftl");
            let text = source.get(&file)?.clone();
            Some((language, (file, text)))
        })
        .collect();
    Messages::parse(&files)
}

fn doubles(lessons: &BTreeMap<LessonSlug, Lesson>, findings: &mut Vec<Finding>) {
    let mut seen: BTreeMap<&ExerciseId, &str> = BTreeMap::new();
    for exercise in lessons.values().flat_map(|lesson| &lesson.exercises) {
        if let Some(first) = seen.insert(&exercise.id, &exercise.file) {
            let message = format!("the exercise `{}` stands in {first} already", exercise.id);
            findings.push(Finding::at(&exercise.file, 1, message));
        }
    }
}

fn lesson(
    source: &Source,
    folder: &str,
    numbers: &BTreeMap<&LessonSlug, u32>,
) -> Result<Lesson, Vec<Finding>> {
    let file = format!("{folder}/lesson.yaml");
    let raw: RawLesson = yaml(&file, &source[&file]).map_err(|finding| vec![finding])?;
    let Some(number) = numbers.get(&raw.slug).copied() else {
        let message = format!("`{}` is not in course.yaml: give it a place there", raw.slug);
        return Err(vec![Finding::at(&file, 1, message)]);
    };
    let mut findings = Vec::new();
    let pages = pages(source, folder, &mut findings);
    let mut exercises = exercises(source, folder, &mut findings);
    let drawings = drawings(source, folder, &mut findings);
    let Some(pages) = Translated::from_map(pages).filter(|_| findings.is_empty()) else {
        return Err(findings);
    };
    let order = placed(pages.get(Language::En));
    exercises.sort_by_key(|exercise| order.iter().position(|id| **id == exercise.id));
    Ok(Lesson {
        number,
        slug: raw.slug,
        minutes: raw.minutes,
        prerequisites: raw.prerequisites,
        pages,
        exercises,
        folder: folder.to_owned(),
        drawings,
    })
}

/// The exercises whose cards a page places, in order.
pub(crate) fn placed(page: &Page) -> Vec<&ExerciseId> {
    let mut order = Vec::new();
    walk(&page.blocks, &mut |block| {
        if let Block::Exercise { id, .. } = block {
            order.push(id);
        }
    });
    order
}

fn pages(source: &Source, folder: &str, findings: &mut Vec<Finding>) -> BTreeMap<Language, Page> {
    let mut pages = BTreeMap::new();
    for language in Language::ALL {
        let file = format!("{folder}/{language}.md");
        let parsed = match source.get(&file) {
            Some(text) => markdown::parse(&file, text, language),
            None => Err(vec![Finding::at(&file, 0, "this page is missing: write it")]),
        };
        match parsed {
            Ok(page) => {
                pages.insert(language, page);
            }
            Err(mut wrong) => findings.append(&mut wrong),
        }
    }
    pages
}

fn exercises(source: &Source, folder: &str, findings: &mut Vec<Finding>) -> Vec<Exercise> {
    let prefix = format!("{folder}/exercises/");
    let mut exercises = Vec::new();
    for (file, text) in source.iter().filter(|(file, _)| file.starts_with(&prefix)) {
        match Exercise::parse(file, text) {
            Ok(exercise) => exercises.push(exercise),
            Err(mut wrong) => findings.append(&mut wrong),
        }
    }
    exercises
}

fn drawings(
    source: &Source,
    folder: &str,
    findings: &mut Vec<Finding>,
) -> BTreeMap<String, Drawing> {
    let prefix = format!("{folder}/images/");
    let mut drawings = BTreeMap::new();
    for (file, text) in source {
        let Some(name) = file.strip_prefix(&prefix).and_then(|name| name.strip_suffix(".svg"))
        else {
            continue;
        };
        let words_file = format!("{prefix}{name}.yaml");
        let Some(words) = source.get(&words_file) else {
            findings.push(Finding::at(&words_file, 0, "the words of the drawing are missing"));
            continue;
        };
        match svg::draw((file, text), (&words_file, words), name) {
            Ok(drawing) => {
                drawings.insert(format!("images/{name}.svg"), drawing);
            }
            Err(mut wrong) => findings.append(&mut wrong),
        }
    }
    drawings
}
