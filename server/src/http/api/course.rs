//! The course as a map.

use axum::Json;
use axum::extract::State;

use crate::app::App;
use crate::classroom::progress::course_map;
use crate::http::language::Reader;

/// Modules, lessons, exercises and checks, in a language.
#[utoipa::path(get, path = "/api/v1/course", params(("lang" = Option<String>, Query)), responses((status = 200, body = wire::Course)))]
pub async fn show(State(app): State<App>, Reader(language): Reader) -> Json<wire::Course> {
    Json(course_map(&app.course(), language))
}
