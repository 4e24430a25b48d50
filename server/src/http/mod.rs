//! The edge: one route table; extract, call once, convert.

pub mod api;
pub mod assets;
pub mod body;
pub mod cookies;
pub mod edge;
pub mod events;
pub mod health;
pub mod language;
pub mod limits;
pub mod openapi;
pub mod pages;
pub mod problem;
pub mod routes;
pub mod security;
pub mod session;
pub mod terminal;
pub mod words;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use http::header::ETAG;
use http::{Extensions, HeaderMap, Method, StatusCode, Version};
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};

pub use assets::Site as BuiltSite;
pub use health::recorder;
pub use limits::{Kind, Open, WrongCodes};
pub use openapi::document as openapi_document;
pub use pages::kept::Pages;
pub use problem::Problem;

use crate::app::App;
use routes::Routes;

/// No request of ours is larger.
const LARGEST_BODY: usize = 64 * 1024;

/// The whole server on one page.
fn routes() -> Routes {
    let operators = Routes::default()
        .get("/healthz", health::alive)
        .get("/readyz", health::ready)
        .get("/metrics", health::metrics)
        .get("/api/openapi.json", openapi::show)
        .get("/pkg/{*path}", assets::built)
        .get("/static/{*path}", assets::fixed)
        .get("/robots.txt", assets::robots);
    pages(teaching(learning(operators)))
}

/// What learners' browsers and scripts ask for.
fn learning(routes: Routes) -> Routes {
    routes
        .get("/api/v1/course", api::course::show)
        .post("/api/v1/classes/{code}/join", api::join::join)
        .get("/api/v1/me", api::me::show)
        .post("/api/v1/me/language", api::me::set_language)
        .delete("/api/v1/me", api::me::delete)
        .get("/api/v1/lab", api::lab::show)
        .post("/api/v1/lab", api::lab::start)
        .delete("/api/v1/lab", api::lab::end)
        .post("/api/v1/lab/extend", api::lab::extend)
        .post("/api/v1/lab/reset", api::change::reset)
        .post("/api/v1/lab/catch-up", api::change::catch_up)
        .get("/api/v1/lab/kubeconfig", api::lab::kubeconfig)
        .get("/api/v1/lab/objects", api::objects::show)
        .get("/api/v1/lab/objects/{plane}/{kind}/{name}", api::objects::detail)
        .get("/api/v1/lab/architecture", api::objects::architecture)
        .get("/api/v1/lab/terminal", terminal::open)
        .get("/api/v1/exercises/{id}", api::exercises::show)
        .post("/api/v1/exercises/{id}/start", api::exercises::start)
        .get("/api/v1/exercises/{id}/hints/{number}", api::exercises::hint)
        .get("/api/v1/exercises/{id}/solution", api::exercises::solution)
        .get("/api/v1/help", api::help::show)
        .post("/api/v1/help", api::help::raise)
        .delete("/api/v1/help", api::help::lower)
        .post("/api/v1/announcements/dismiss", api::help::dismiss)
        .get("/api/v1/events", events::stream)
}

/// What instructors' browsers and scripts ask for.
fn teaching(routes: Routes) -> Routes {
    routes
        .post("/api/v1/teach/sign-in", api::teach::sign_in)
        .post("/api/v1/teach/sign-out", api::teach::sign_out)
        .post("/api/v1/teach/classes", api::teach::create_class)
        .get("/api/v1/teach/classes", api::teach::classes)
        .get("/api/v1/teach/classes/{code}", api::teach::class)
        .get("/api/v1/teach/classes/{code}/grid", api::teach::grid)
        .get("/api/v1/teach/classes/{code}/stuck", api::teach::stuck)
        .get("/api/v1/teach/classes/{code}/events", events::of_class)
        .post("/api/v1/teach/classes/{code}/announce", api::teach::announce)
        .post("/api/v1/teach/classes/{code}/learners/{learner}/extend", api::teach::extend_lab)
        .post("/api/v1/teach/classes/{code}/learners/{learner}/end", api::teach::end_lab)
        .delete("/api/v1/teach/classes/{code}/learners/{learner}/help", api::teach::lower_hand)
}

/// What people see, and the forms that work without a script.
fn pages(routes: Routes) -> Routes {
    routes
        .get("/", pages::entry::choose)
        .post("/theme", pages::entry::set_theme)
        .get("/teach/sign-in", pages::entry::sign_in_link)
        .get("/{language}", pages::course::add_slash)
        .get("/{language}/", pages::course::show)
        .get("/{language}/lessons/{slug}", pages::lesson::show)
        .get("/{language}/join", pages::join::show)
        .get("/{language}/join/{code}", pages::join::show_with_code)
        .post("/{language}/join", pages::join::join)
        .get("/{language}/me", pages::me::show)
        .post("/{language}/me/leave", pages::me::leave)
        .post("/{language}/me/delete", pages::me::delete)
        .post("/{language}/lab", pages::lab::act)
        .post("/{language}/help", pages::help::act)
        .post("/{language}/announcements/dismiss", pages::help::dismiss)
        .post("/{language}/exercises/{id}/start", pages::lab::start_exercise)
        .get("/{language}/teach", pages::teach::classes)
        .get("/{language}/teach/sign-in", pages::teach::sign_in_page)
        .post("/{language}/teach/sign-in", pages::teach::sign_in)
        .post("/{language}/teach/sign-out", pages::teach::sign_out)
        .post("/{language}/teach/classes", pages::teach::create_class)
        .get("/{language}/teach/classes/{code}", pages::teach::class)
        .post("/{language}/teach/classes/{code}/labs", pages::teach::act_on_lab)
        .post("/{language}/teach/classes/{code}/announce", pages::teach::announce)
}

/// Every route, for tests that must not forget one.
pub fn route_table() -> Vec<(Method, &'static str)> {
    routes().into_parts().1
}

/// The server's answer to everything.
pub fn router(app: App) -> Router {
    let (router, _) = routes().into_parts();
    router
        .fallback(pages::entry::elsewhere)
        .method_not_allowed_fallback(async || Problem::MethodNotAllowed)
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(app.clone(), edge::layer))
        .layer(compression())
        .with_state(app)
}

/// Packs what is made for one reader, as quickly as can be. Fonts are packed already, and what has a tag is packed where it is
/// kept, once: its tag names these very bytes.
fn compression() -> CompressionLayer<impl Predicate> {
    let untagged = |_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions| {
        !headers.contains_key(ETAG)
    };
    let worth_it = DefaultPredicate::new().and(NotForContentType::const_new("font/")).and(untagged);
    CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(worth_it)
}

fn panicked(_: Box<dyn std::any::Any + Send>) -> axum::response::Response {
    use axum::response::IntoResponse as _;
    tracing::error!("A request handler panicked");
    Problem::Internal.into_response()
}
