//! Exercises: their live checks, starting, hints, the solution.

use axum::Json;
use axum::extract::State;
use curriculum::{Course, Exercise, ExerciseId, Language, Lesson};

use crate::app::App;
use crate::checking;
use crate::classroom::progress::Record;
use crate::classroom::words::{Planes, Words};
use crate::http::body::In;
use crate::http::language::Reader;
use crate::http::problem::Problem;
use crate::http::session::Learner;

fn find<'a>(course: &'a Course, id: &ExerciseId) -> Result<(&'a Lesson, &'a Exercise), Problem> {
    course.exercises().find(|(_, one)| one.id == *id).ok_or(Problem::ExerciseUnknown)
}

async fn describe(
    app: &App,
    learner: &str,
    language: Language,
    exercise: &Exercise,
    course: &Course,
) -> Result<wire::Exercise, Problem> {
    let record = Record::load(&app.store, learner).await?;
    let lab = app.labs.standing(learner).await?;
    let practice = app.cluster.settings().practice;
    let words = Words { course, language, practice };
    Ok(record.exercise(exercise, &words, Planes::from(&lab)))
}

/// The exercise with its checks as they stand.
#[utoipa::path(get, path = "/api/v1/exercises/{id}", params(("id" = String, Path)), responses((status = 200, body = wire::Exercise), (status = "4XX", body = wire::Problem)))]
pub async fn show(
    State(app): State<App>,
    Learner(learner): Learner,
    Reader(language): Reader,
    In(id): In<ExerciseId>,
) -> Result<Json<wire::Exercise>, Problem> {
    let course = app.course();
    let (_, exercise) = find(&course, &id)?;
    describe(&app, &learner.id, language, exercise, &course).await.map(Json)
}

/// Starts the exercise: its baseline is noted. Starting it again changes nothing.
#[utoipa::path(post, path = "/api/v1/exercises/{id}/start", params(("id" = String, Path)), responses((status = 200, body = wire::Exercise), (status = "4XX", body = wire::Problem)))]
pub async fn start(
    State(app): State<App>,
    Learner(learner): Learner,
    Reader(language): Reader,
    In(id): In<ExerciseId>,
) -> Result<Json<wire::Exercise>, Problem> {
    let course = app.course();
    let (_, exercise) = find(&course, &id)?;
    begin(&app, &learner.id, &id).await?;
    describe(&app, &learner.id, language, exercise, &course).await.map(Json)
}

/// Starts an exercise for a learner whose lab is ready.
pub async fn begin(app: &App, learner: &str, id: &ExerciseId) -> Result<(), Problem> {
    let course = app.course();
    let (_, exercise) = find(&course, id)?;
    app.labs.ready(learner).await?;
    app.checking.start(learner, exercise).await.map_err(|error| match error {
        checking::Error::NoLab => Problem::LabNotReady,
        checking::Error::TooEarly(reason) => Problem::TooEarly(reason),
        checking::Error::Unseen => Problem::ClusterUnreachable,
        checking::Error::Store(error) => error.into(),
    })
}

/// One hint.
#[utoipa::path(get, path = "/api/v1/exercises/{id}/hints/{number}", params(("id" = String, Path), ("number" = u32, Path)), responses((status = 200, body = wire::Hint), (status = "4XX", body = wire::Problem)))]
pub async fn hint(
    State(app): State<App>,
    _: Learner,
    Reader(language): Reader,
    In((id, number)): In<(ExerciseId, u32)>,
) -> Result<Json<wire::Hint>, Problem> {
    let course = app.course();
    let (_, exercise) = find(&course, &id)?;
    let hints = &exercise.text(language).hints;
    let place = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
    let text = place.and_then(|place| hints.get(place)).ok_or(Problem::HintUnknown)?;
    Ok(Json(wire::Hint {
        number,
        of: u32::try_from(hints.len()).unwrap_or(u32::MAX),
        html: curriculum::markdown::inline_html(text, language),
    }))
}

/// The reference solution.
#[utoipa::path(get, path = "/api/v1/exercises/{id}/solution", params(("id" = String, Path)), responses((status = 200, body = wire::Solution), (status = "4XX", body = wire::Problem)))]
pub async fn solution(
    State(app): State<App>,
    _: Learner,
    Reader(language): Reader,
    In(id): In<ExerciseId>,
) -> Result<Json<wire::Solution>, Problem> {
    let course = app.course();
    let (lesson, exercise) = find(&course, &id)?;
    Ok(Json(solve(lesson, exercise, language)))
}

/// The commands of every step, as the lesson's page has them.
pub fn solve(lesson: &Lesson, exercise: &Exercise, language: Language) -> wire::Solution {
    let steps = exercise.steps.iter().map(|step| wire::SolutionStep {
        step: step.clone(),
        commands: lesson.solution(exercise, step, language),
    });
    wire::Solution { steps: steps.collect() }
}
