//! The OpenAPI document: the contract of everything under `/api/v1`.

use axum::Json;
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme,
};
use utoipa::{Modify, OpenApi};

use super::{api, session};

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
    components(schemas(wire::ToTerminal)),
    modifiers(&Sessions)
)]
struct Document;

/// What is everybody's.
const OPEN: &[&str] = &["/api/v1/course", "/api/v1/classes/{code}/join", "/api/v1/teach/sign-in"];

/// Says of each address whose session it asks for: as a cookie, or as a bearer token.
struct Sessions;

impl Modify for Sessions {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        for name in [session::LEARNER, session::INSTRUCTOR] {
            let said = "`__Host-` stands before the name where the address is https.";
            let cookie = ApiKey::Cookie(ApiKeyValue::with_description(name, said));
            components.add_security_scheme(name, SecurityScheme::ApiKey(cookie));
        }
        let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        components.add_security_scheme("bearer", bearer);
        for (path, item) in &mut document.paths.paths {
            if OPEN.contains(&path.as_str()) {
                continue;
            }
            let teaches = path.starts_with("/api/v1/teach/");
            let cookie = if teaches { session::INSTRUCTOR } else { session::LEARNER };
            let one_of = [cookie, "bearer"]
                .map(|name| SecurityRequirement::new(name, std::iter::empty::<String>()));
            let operations = [&mut item.get, &mut item.post, &mut item.delete];
            for operation in operations.into_iter().flatten() {
                operation.security = Some(one_of.to_vec());
            }
        }
    }
}

/// The document, as it is served.
pub fn document() -> utoipa::openapi::OpenApi {
    Document::openapi()
}

/// Shows the document.
pub async fn show() -> Json<utoipa::openapi::OpenApi> {
    Json(document())
}
