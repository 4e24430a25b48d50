//! The lesson page: the curriculum's blocks with the learner's own values and checks.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use curriculum::markdown::inline_html;
use curriculum::{Course, ExerciseId, Language, Lesson, LessonSlug};
use frontend::model::{names::Names, variables};
use frontend::pages::lesson::{AdmonitionKind, Block, Code, ExerciseCard, LessonPage, render};
use frontend::pages::{Crumb, Link};
use http::HeaderMap;

use super::frame::{Arrival, Visit, arrive, origin, theme, welcome};
use super::kept::{Page, Shown};
use super::{kept_html, language_in};
use crate::app::App;
use crate::classroom::words::{Planes, Words};
use crate::http::api;
use crate::http::body::In;
use crate::http::problem::Problem;

/// Shows a lesson.
pub async fn show(
    State(app): State<App>,
    headers: HeaderMap,
    In((language, slug)): In<(String, LessonSlug)>,
) -> Result<Response, Problem> {
    let language = language_in(&language)?;
    let course = app.course();
    let lesson = course.lessons.get(&slug).ok_or_else(|| missing(&course, &slug))?;
    let path = format!("/lessons/{slug}");
    let arrival = arrive(&app, &headers, language, &path).await?;
    let Arrival { known, lab, instructor } = arrival;
    let shown = Shown {
        course: Arc::clone(&course),
        lesson: slug,
        language,
        origin: origin(&app, &headers),
        known,
        instructor,
        lab,
        theme: theme(&headers),
        assets: app.built.assets(),
        moment: Shown::moment(app.ambient.now()),
    };
    let page = app.pages.find(&shown).unwrap_or_else(|| {
        let arrival = Arrival {
            known: shown.known.clone(),
            lab: shown.lab.clone(),
            instructor: shown.instructor,
        };
        let mut visit = welcome(&app, &headers, language, &path, arrival);
        visit.frame.now = shown.moment;
        let page = Page::new(make(&app, &course, lesson, visit));
        app.pages.keep(shown, &page);
        page
    });
    Ok(kept_html(&app, &headers, language, &page))
}

/// Why there is no lesson: it is announced, or there is none of that name.
fn missing(course: &Course, slug: &LessonSlug) -> Problem {
    let mut announced = course.modules.iter().flat_map(|module| &module.lessons);
    let found = announced.any(|planned| planned.slug == *slug);
    if found { Problem::LessonAnnounced } else { Problem::NotFound }
}

/// Makes the page of a lesson for whoever visits it.
fn make(app: &App, course: &Course, lesson: &Lesson, mut visit: Visit) -> String {
    let language = visit.frame.language;
    let builder = Builder {
        course,
        lesson,
        language,
        values: values(&visit),
        visit: &visit,
        practice: app.cluster.settings().practice,
    };
    let blocks = builder.blocks(&lesson.page(language).blocks, &mut Blocks::default());
    let front = &lesson.page(language).front_matter;
    let objectives = front.objectives.iter().map(|text| inline_html(text, language)).collect();
    let headings = lesson.page(language).headings.iter().filter(|heading| heading.level == 2);
    let neighbours = neighbours(course, lesson, language);
    let needs = lesson.prerequisites.iter().filter_map(|slug| link(course, slug, language));
    visit.frame.lesson = Some(lesson.slug.clone());
    visit.frame.title.clone_from(&front.title);
    visit.frame.description.clone_from(&front.summary);
    visit.frame.crumbs = crumbs(course, lesson, language);
    render(&LessonPage {
        number: lesson.number,
        title: front.title.clone(),
        summary: front.summary.clone(),
        minutes: lesson.minutes,
        needs: needs.collect(),
        objectives,
        headings: headings.map(|it| (it.id.clone(), it.text.clone())).collect(),
        blocks,
        previous: neighbours.0,
        next: neighbours.1,
        frame: visit.frame,
    })
}

/// The values of the shell's variables on the page: the learner's own once there is a lab, else their names.
fn values(visit: &Visit) -> [(&'static str, String); 3] {
    let lab = &visit.lab;
    // The shell calls her what her namespaces are called after.
    let slug = lab.cp_namespace.as_deref().and_then(|name| name.strip_suffix("-cp"));
    let known = [lab.cp_namespace.as_deref(), lab.dp_namespace.as_deref(), slug];
    let mut known = known.into_iter();
    variables::NAMES.map(|name| {
        let value = known.next().flatten();
        (name, value.map_or_else(|| format!("${name}"), ToOwned::to_owned))
    })
}

fn link(course: &Course, slug: &LessonSlug, language: Language) -> Option<Link> {
    let lesson = course.lessons.get(slug)?;
    Some(Link {
        text: lesson.page(language).front_matter.title.clone(),
        href: format!("/{language}/lessons/{slug}"),
    })
}

fn neighbours(
    course: &Course,
    lesson: &Lesson,
    language: Language,
) -> (Option<Link>, Option<Link>) {
    let slugs: Vec<&LessonSlug> = course
        .modules
        .iter()
        .flat_map(|module| &module.lessons)
        .map(|planned| &planned.slug)
        .filter(|slug| course.lessons.contains_key(slug))
        .collect();
    let Some(place) = slugs.iter().position(|slug| **slug == lesson.slug) else {
        return (None, None);
    };
    let at = |place: Option<usize>| link(course, slugs.get(place?)?, language);
    (at(place.checked_sub(1)), at(Some(place + 1)))
}

fn crumbs(course: &Course, lesson: &Lesson, language: Language) -> Vec<Crumb> {
    let module = course
        .modules
        .iter()
        .find(|module| module.lessons.iter().any(|planned| planned.slug == lesson.slug));
    let word = |texts: &curriculum::Texts| texts.get(&language).cloned().unwrap_or_default();
    let mut crumbs: Vec<Crumb> = module
        .map(|module| Crumb { text: word(&module.title), href: Some(format!("/{language}/")) })
        .into_iter()
        .collect();
    let title = lesson.page(language).front_matter.title.clone();
    crumbs.push(Crumb { text: title, href: None });
    crumbs
}

/// Makes the page's blocks out of the curriculum's.
struct Builder<'a> {
    course: &'a Course,
    lesson: &'a Lesson,
    language: Language,
    values: [(&'static str, String); 3],
    visit: &'a Visit,
    practice: bool,
}

/// The page's blocks of code so far.
#[derive(Default)]
struct Blocks {
    number: u32,
    names: Names,
}

impl Builder<'_> {
    fn blocks(&self, blocks: &[curriculum::Block], so_far: &mut Blocks) -> Vec<Block> {
        blocks.iter().filter_map(|block| self.block(block, so_far)).collect()
    }

    fn block(&self, block: &curriculum::Block, so_far: &mut Blocks) -> Option<Block> {
        Some(match block {
            curriculum::Block::Html(html) => Block::Html(html.clone()),
            curriculum::Block::Code(code) => Block::Code(self.code(code, so_far)),
            curriculum::Block::Exercise { id, .. } => Block::Exercise(Box::new(self.card(id)?)),
            curriculum::Block::Admonition { kind, title, blocks, .. } => Block::Admonition {
                kind: match kind {
                    curriculum::markdown::Admonition::Note => AdmonitionKind::Note,
                    curriculum::markdown::Admonition::Eks => AdmonitionKind::Eks,
                    curriculum::markdown::Admonition::Tip => AdmonitionKind::Tip,
                    curriculum::markdown::Admonition::Caution => AdmonitionKind::Caution,
                },
                title: title.as_deref().map(|title| inline_html(title, self.language)),
                blocks: self.blocks(blocks, so_far),
            },
            curriculum::Block::Figure { file, alt, .. } => Block::Figure {
                svg: self.lesson.drawing(file, self.language)?.to_owned(),
                caption: Some(inline_html(alt, self.language)),
            },
        })
    }

    fn code(&self, code: &curriculum::Code, so_far: &mut Blocks) -> Code {
        let (run, fails, file) = match &code.purpose {
            curriculum::CodeUse::Run { exercise, fails, .. } => {
                (Some(exercise.clone()), fails.clone(), None)
            }
            curriculum::CodeUse::File(file) => (None, Vec::new(), Some(file.clone())),
            curriculum::CodeUse::Show | curriculum::CodeUse::Output => (None, Vec::new(), None),
        };
        // A block that shows a file of the lab has no text of its own.
        let shown = file.as_ref().and_then(|path| self.course.files.get(path));
        let source = shown.map_or(code.text.as_str(), |text| text.trim_end());
        let marked = |line: &str| {
            self.values.iter().fold(escape(line), |line, (name, value)| {
                let mark = format!("<b class=\"yours\" data-var=\"{name}\">{}</b>", escape(value));
                variables::fill(&line, name, &mark)
            })
        };
        so_far.number += 1;
        // What a command answered has no buttons.
        let name = match code.purpose {
            curriculum::CodeUse::Output => String::new(),
            _ => so_far.names.next(file.as_deref(), source),
        };
        Code {
            id: format!("code-{}", so_far.number),
            name,
            language: match code.purpose {
                curriculum::CodeUse::Output => "output".to_owned(),
                _ => code.language.clone(),
            },
            run,
            fails,
            lines: source.lines().map(marked).collect(),
            text: source.to_owned(),
            file,
        }
    }

    fn card(&self, id: &ExerciseId) -> Option<ExerciseCard> {
        let place = self.lesson.exercises.iter().position(|one| one.id == *id)?;
        let exercise = &self.lesson.exercises[place];
        let text = exercise.text(self.language);
        let words = Words { course: self.course, language: self.language, practice: self.practice };
        let live = self.visit.record().exercise(exercise, &words, Planes::from(&self.visit.lab));
        let planes: std::collections::BTreeSet<curriculum::Plane> = exercise
            .checks
            .iter()
            .flat_map(curriculum::Check::reads)
            .map(|read| read.plane)
            .collect();
        let accent = match (planes.first(), planes.len()) {
            (Some(curriculum::Plane::Cp), 1) => Some(wire::Plane::Cp),
            (Some(curriculum::Plane::Dp), 1) => Some(wire::Plane::Dp),
            _ => None,
        };
        Some(ExerciseCard {
            exercise: live,
            number: format!("{}.{}", self.lesson.number, place + 1),
            title: text.title.clone(),
            minutes: exercise.minutes,
            plane: accent,
            hints: text.hints.iter().map(|hint| inline_html(hint, self.language)).collect(),
            solution: Some(api::exercises::solve(self.lesson, exercise, self.language)),
            done: Some(inline_html(&text.done, self.language)),
        })
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
