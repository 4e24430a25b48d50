//! The OpenAPI document: the contract of everything under `/api/v1`.

use axum::Json;
use utoipa::OpenApi;

use super::api;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Hangar",
        description = "The classroom's API. Errors are RFC 9457 problem details."
    ),
    paths(
        api::course::show,
        api::join::join,
        api::me::show,
        api::me::set_language,
        api::me::delete,
        api::lab::show,
        api::lab::start,
        api::lab::end,
        api::lab::extend,
        api::change::reset,
        api::change::catch_up,
        api::lab::kubeconfig,
        api::objects::show,
        api::objects::detail,
        api::objects::architecture,
        super::terminal::open,
        super::events::stream,
        api::help::show,
        api::help::raise,
        api::help::lower,
        api::help::dismiss,
        api::exercises::show,
        api::exercises::start,
        api::exercises::hint,
        api::exercises::solution,
        api::teach::sign_in,
        api::teach::sign_out,
        api::teach::create_class,
        api::teach::classes,
        api::teach::class,
        api::teach::grid,
        api::teach::stuck,
        api::teach::announce,
        api::teach::extend_lab,
        api::teach::end_lab,
        api::teach::lower_hand,
        super::events::of_class,
    ),
    components(schemas(wire::ToTerminal))
)]
struct Document;

/// The document, as it is served.
pub fn document() -> utoipa::openapi::OpenApi {
    Document::openapi()
}

/// Shows the document.
pub async fn show() -> Json<utoipa::openapi::OpenApi> {
    Json(document())
}
