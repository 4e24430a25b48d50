//! The course page.

use axum::extract::State;
use axum::response::{Redirect, Response};
use curriculum::{Course, ExerciseState};
use frontend::pages::Link;
use frontend::pages::course::{CoursePage, render};
use http::HeaderMap;

use super::frame::{Visit, visit};
use super::{html, language_in};
use crate::app::App;
use crate::classroom::codes;
use crate::http::body::In;
use crate::http::problem::Problem;

/// The one address of a page has its slash.
pub async fn add_slash(In(language): In<String>) -> Result<Redirect, Problem> {
    Ok(Redirect::permanent(&format!("/{}/", language_in(&language)?)))
}

/// Shows the map of the course.
pub async fn show(
    State(app): State<App>,
    headers: HeaderMap,
    In(language): In<String>,
) -> Result<Response, Problem> {
    let language = language_in(&language)?;
    let visit = visit(&app, &headers, language, "/").await?;
    let continue_at = continue_at(&app.course(), &visit);
    let open = app.store.class_by_code(codes::OPEN).await?.is_some();
    let page = render(&CoursePage { frame: visit.frame, continue_at, open });
    Ok(html(&app, &headers, language, page))
}

/// The first lesson with an exercise that has never been proven; what a new lab has undone is no reason to go back.
fn continue_at(course: &Course, visit: &Visit) -> Option<Link> {
    let language = visit.frame.language;
    let lessons = course.modules.iter().flat_map(|module| &module.lessons);
    let mut written = lessons.filter_map(|planned| course.lessons.get(&planned.slug));
    let open = written.find(|lesson| {
        lesson
            .exercises
            .iter()
            .any(|exercise| !visit.frame.progress.get(&exercise.id).copied().is_some_and(is_proven))
    })?;
    Some(Link {
        text: open.page(language).front_matter.title.clone(),
        href: format!("/{language}/lessons/{}", open.slug),
    })
}

fn is_proven(state: ExerciseState) -> bool {
    matches!(state, ExerciseState::Passed | ExerciseState::Broken)
}
