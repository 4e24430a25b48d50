//! `hangar content check`: proves that every exercise can be done, broken and mended, from each page's own blocks.
//!
//! ```text
//! red → the page's commands, typed into a lab's shell → green → (each sabotage → exactly its checks red → mended → green)
//! ```
//!
//! It runs on a practice cluster in virtual time: the runtime's clock is paused and moves on whenever nothing is left to do.

mod bench;
mod patience;
mod proof;

use std::path::Path;
use std::sync::Arc;

use curriculum::{Course, Exercise, Finding, Language, Lesson, LessonSlug, lint};

use crate::ambient::Ambient;
use crate::content::{Broken, load};

use bench::Bench;

/// What is to be checked.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Only the pages in this language.
    pub language: Option<Language>,
    /// Only this lesson.
    pub lesson: Option<LessonSlug>,
}

/// One exercise proven, or not, from one language's page.
#[derive(Clone, Debug)]
pub struct Proven {
    /// The exercise.
    pub exercise: String,
    /// Whose page gave the commands.
    pub language: Language,
    /// How many sabotages were tried.
    pub sabotages: usize,
    /// What went wrong.
    pub findings: Vec<Finding>,
}

/// Checks a course: first its files against one another, then every exercise.
///
/// `tell` hears of each exercise when it is done.
pub fn check(
    folder: Option<&Path>,
    selection: &Selection,
    ambient: &dyn Fn() -> Ambient,
    mut tell: impl FnMut(&Proven),
) -> Result<Vec<Finding>, Broken> {
    let course = Arc::new(load(folder)?);
    let mut findings = lint(&course);
    if !findings.is_empty() {
        // What does not hold together on paper is mended there first.
        return Ok(findings);
    }
    if let Some(only) = selection.lesson.as_ref().filter(|slug| !course.lessons.contains_key(slug))
    {
        let known: Vec<String> = course.lessons.keys().map(|slug| format!("`{slug}`")).collect();
        let message = format!("there is no lesson `{only}`: choose from {}", known.join(", "));
        return Ok(vec![Finding::at("course.yaml", 0, message)]);
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .map_err(|error| broken(format!("the runtime cannot start: {error}")))?;
    runtime.block_on(async {
        let bench = Bench::start(Arc::clone(&course), ambient())
            .await
            .map_err(|error| broken(format!("the practice cluster cannot start: {error:#}")))?;
        for (lesson, exercise) in course.exercises() {
            if selection.lesson.as_ref().is_some_and(|only| *only != lesson.slug) {
                continue;
            }
            for language in languages(selection) {
                let proven = prove(&bench, lesson, exercise, language).await;
                tell(&proven);
                findings.extend(proven.findings);
            }
        }
        bench.close().await;
        Ok(findings)
    })
}

fn broken(message: String) -> Broken {
    Broken { findings: vec![Finding::at("course.yaml", 0, message)] }
}

fn languages(selection: &Selection) -> impl Iterator<Item = Language> {
    let only = selection.language;
    Language::ALL.into_iter().filter(move |language| only.is_none_or(|only| only == *language))
}

async fn prove(bench: &Bench, lesson: &Lesson, exercise: &Exercise, language: Language) -> Proven {
    let findings = match proof::prove(bench, lesson, exercise, language).await {
        Ok(()) => Vec::new(),
        Err(finding) => vec![finding],
    };
    Proven {
        exercise: exercise.id.to_string(),
        language,
        sabotages: exercise.sabotage.len(),
        findings,
    }
}

/// The course that a proof is about.
pub(crate) type Shared = Arc<Course>;
