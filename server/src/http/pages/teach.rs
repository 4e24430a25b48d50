//! The instructor's pages.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use curriculum::Language;
use frontend::pages::Crumb;
use frontend::pages::teach::{
    ClassPage, ClassesPage, SignInPage, render_class, render_classes, render_sign_in,
};
use frontend::views::grid::Order;
use http::header::HOST;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;

use super::frame::{name, visit};
use super::{html, language_in};
use crate::app::App;
use crate::classroom::teaching;
use crate::http::api;
use crate::http::api::teach::LabAction;
use crate::http::body::{Asked, Fields, In};
use crate::http::problem::Problem;
use crate::http::session;
use crate::http::words::describe;

/// The query of the sign-in page.
#[derive(Debug, Deserialize)]
pub struct Link {
    #[serde(default)]
    token: String,
}

/// A button, so that whatever opens links by itself does not use the link up.
pub async fn sign_in_page(
    State(app): State<App>,
    headers: HeaderMap,
    In(language): In<String>,
    Asked(link): Asked<Link>,
) -> Result<Response, Problem> {
    let language = language_in(&language)?;
    sign_in_form(&app, &headers, language, link.token, None).await
}

async fn sign_in_form(
    app: &App,
    headers: &HeaderMap,
    language: Language,
    token: String,
    problem: Option<Problem>,
) -> Result<Response, Problem> {
    let mut visit = visit(app, headers, language, "/teach/sign-in").await?;
    name(&mut visit.frame, &title(app, language, "page-sign-in"));
    visit.frame.lab = None;
    let status = problem.as_ref().map_or(StatusCode::OK, |problem| problem.kind().0);
    let page = render_sign_in(&SignInPage {
        frame: visit.frame,
        token: token.chars().filter(char::is_ascii_alphanumeric).take(80).collect(),
        problem: problem.map(|problem| describe(app, language, &problem)),
    });
    Ok((status, html(app, headers, language, page)).into_response())
}

fn title(app: &App, language: Language, id: &str) -> String {
    app.course().messages.message(language, id, &std::collections::BTreeMap::new()).text
}

/// Signs the instructor in.
pub async fn sign_in(
    State(app): State<App>,
    headers: HeaderMap,
    In(language): In<String>,
    Fields(link): Fields<Link>,
) -> Result<Response, Problem> {
    let language = language_in(&language)?;
    let classes = Redirect::to(&format!("/{language}/teach"));
    match api::teach::open_session(&app, &headers, &link.token, classes).await {
        Err(Problem::LinkUsed) => {
            sign_in_form(&app, &headers, language, String::new(), Some(Problem::LinkUsed)).await
        }
        answer => answer,
    }
}

/// The classes; who is not signed in is led to signing in.
pub async fn classes(
    State(app): State<App>,
    headers: HeaderMap,
    In(language): In<String>,
) -> Result<Response, Problem> {
    let language = language_in(&language)?;
    if !session::is_instructor(&app, &headers).await? {
        return Ok(Redirect::to(&format!("/{language}/teach/sign-in")).into_response());
    }
    list(&app, &headers, language, None, None).await
}

async fn list(
    app: &App,
    headers: &HeaderMap,
    language: Language,
    draft: Option<wire::NewClass>,
    problem: Option<Problem>,
) -> Result<Response, Problem> {
    let mut visit = visit(app, headers, language, "/teach").await?;
    name(&mut visit.frame, &title(app, language, "page-classes"));
    visit.frame.lab = None;
    let classes = app.store.classes().await?;
    let status = problem.as_ref().map_or(StatusCode::OK, |problem| problem.kind().0);
    let page = render_classes(&ClassesPage {
        frame: visit.frame,
        classes: classes.iter().map(teaching::describe).collect(),
        draft,
        problem: problem.map(|problem| describe(app, language, &problem)),
    });
    Ok((status, html(app, headers, language, page)).into_response())
}

/// Ends the instructor's session in this browser.
pub async fn sign_out(
    State(app): State<App>,
    headers: HeaderMap,
    In(language): In<String>,
) -> Result<Response, Problem> {
    let language = language_in(&language)?;
    let cookie = api::teach::close_session(&app, &headers).await?;
    Ok(super::redirect_with(cookie, Redirect::to(&format!("/{language}/"))))
}

/// The fields of a new class.
#[derive(Debug, Deserialize)]
pub struct NewClass {
    #[serde(default)]
    name: String,
    language: Language,
    seats: u32,
    #[serde(default)]
    starts: String,
    #[serde(default)]
    ends: String,
}

/// `YYYY-MM-DDTHH:MM` in UTC, or nothing.
fn moment(text: &str) -> Result<Option<i64>, Problem> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let zoned = text
        .parse::<jiff::civil::DateTime>()
        .and_then(|moment| moment.to_zoned(jiff::tz::TimeZone::UTC));
    match zoned {
        Ok(zoned) => Ok(Some(zoned.timestamp().as_millisecond())),
        Err(error) => Err(Problem::Malformed(error.to_string())),
    }
}

/// Makes a class and leads to its page.
pub async fn create_class(
    State(app): State<App>,
    headers: HeaderMap,
    _: session::Instructor,
    In(language): In<String>,
    Fields(form): Fields<NewClass>,
) -> Result<Response, Problem> {
    let language = language_in(&language)?;
    let wanted = wire::NewClass {
        name: form.name,
        language: form.language,
        seats: form.seats,
        starts: moment(&form.starts)?,
        ends: moment(&form.ends)?,
    };
    match teaching::create_class(&app.store, &app.ambient, &wanted).await {
        Ok(class) => {
            let to = format!("/{language}/teach/classes/{}", class.code);
            Ok(Redirect::to(&to).into_response())
        }
        Err(error) => {
            list(&app, &headers, language, Some(wanted), Some(Problem::from(error))).await
        }
    }
}

/// How the rows are to be ordered.
#[derive(Debug, Default, Deserialize)]
pub struct Ordered {
    #[serde(default)]
    order: String,
}

/// One class: its code, its grid, where people are stuck.
pub async fn class(
    State(app): State<App>,
    headers: HeaderMap,
    In((language, code)): In<(String, String)>,
    Asked(ordered): Asked<Ordered>,
) -> Result<Response, Problem> {
    let language = language_in(&language)?;
    if !session::is_instructor(&app, &headers).await? {
        return Ok(Redirect::to(&format!("/{language}/teach/sign-in")).into_response());
    }
    let class = api::teach::class_of(&app, &code).await?;
    let grid = api::teach::grid_of(&app, &class, language).await?;
    let path = format!("/teach/classes/{}", class.code);
    let mut visit = visit(&app, &headers, language, &path).await?;
    name(&mut visit.frame, &class.name);
    let classes = title(&app, language, "page-classes");
    let above = Crumb { text: classes, href: Some(format!("/{language}/teach")) };
    visit.frame.crumbs.insert(1, above);
    visit.frame.lab = None;
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let join_url = format!("{}/{}/join/{}", app.site.address(host), class.language, class.code);
    let page = render_class(&ClassPage {
        frame: visit.frame,
        stuck: teaching::stuck(&grid),
        class: teaching::describe(&class),
        grid,
        join_qr: qr(&join_url),
        join_url,
        order: Order::parse(&ordered.order),
    });
    Ok(html(&app, &headers, language, page))
}

fn qr(url: &str) -> Option<String> {
    use qrcode::render::svg;
    let code = qrcode::QrCode::new(url.as_bytes()).ok()?;
    let drawing = code
        .render::<svg::Color<'_>>()
        .min_dimensions(160, 160)
        .dark_color(svg::Color("currentColor"))
        .light_color(svg::Color("none"))
        .build();
    // The XML declaration has no place inside a page.
    drawing.find("<svg").map(|start| drawing[start..].to_owned())
}

/// The fields of a row's form.
#[derive(Debug, Deserialize)]
pub struct Act {
    learner: String,
    action: LabAction,
}

/// The fields of an announcement's form.
#[derive(Debug, Deserialize)]
pub struct Say {
    text: String,
    /// Ids with spaces between; empty means everyone.
    #[serde(default)]
    learners: String,
}

/// Says something to a class, or to some of it.
pub async fn announce(
    State(app): State<App>,
    _: session::Instructor,
    In((language, code)): In<(String, String)>,
    Fields(form): Fields<Say>,
) -> Result<Response, Problem> {
    let language = language_in(&language)?;
    let learners: Vec<String> = form.learners.split_whitespace().map(str::to_owned).collect();
    let learners = (!learners.is_empty()).then_some(learners);
    api::teach::say(&app, &code, &wire::Announce { text: form.text, learners }).await?;
    let code = crate::classroom::codes::canonical(&code);
    Ok(Redirect::to(&format!("/{language}/teach/classes/{code}")).into_response())
}

/// Extends or ends one learner's lab, or lowers her hand.
pub async fn act_on_lab(
    State(app): State<App>,
    _: session::Instructor,
    In((language, code)): In<(String, String)>,
    Fields(form): Fields<Act>,
) -> Result<Response, Problem> {
    let language = language_in(&language)?;
    api::teach::act(&app, &code, &form.learner, form.action).await?;
    let code = crate::classroom::codes::canonical(&code);
    Ok(Redirect::to(&format!("/{language}/teach/classes/{code}")).into_response())
}
