//! Which language a request wants: the address first, path and query; then what was chosen on a page; then, for the API, the
//! language of whoever is signed in; then the browser's.

use axum::extract::FromRequestParts;
use curriculum::Language;
use http::request::Parts;
use http::{HeaderMap, Uri};

use super::cookies;
use super::problem::Problem;

/// The language that the answer should be in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reader(pub Language);

/// The language of whoever is signed in, where the request names none: the layer around every request leaves it there.
#[derive(Clone, Copy, Debug)]
pub struct Own(pub Language);

impl<S: Sync> FromRequestParts<S> for Reader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        if let Some(unknown) = unknown_in_query(parts.uri.query().unwrap_or_default()) {
            return Err(Problem::LanguageUnknown(unknown.chars().take(40).collect()));
        }
        let own = parts.extensions.get::<Own>().map(|own| own.0);
        Ok(Self(own.unwrap_or_else(|| of(&parts.uri, &parts.headers))))
    }
}

/// The language of a request.
pub fn of(uri: &Uri, headers: &HeaderMap) -> Language {
    named(uri, headers).or_else(|| negotiated(headers)).unwrap_or_default()
}

/// The language that a request names: by its address, or by what was chosen on a page.
pub fn named(uri: &Uri, headers: &HeaderMap) -> Option<Language> {
    let chosen = || cookies::get(headers, frontend::forms::LANGUAGE_COOKIE)?.parse().ok();
    in_address(uri).or_else(chosen)
}

/// The language that the address names, in its path or in its query.
pub fn in_address(uri: &Uri) -> Option<Language> {
    in_path(uri.path()).or_else(|| in_query(uri.query().unwrap_or_default()))
}

/// The language that the path begins with.
pub fn in_path(path: &str) -> Option<Language> {
    path.trim_start_matches('/').split('/').next()?.parse().ok()
}

fn in_query(query: &str) -> Option<Language> {
    asked(query).find_map(spoken)
}

/// What the query asks for, if none of it is spoken here.
fn unknown_in_query(query: &str) -> Option<&str> {
    asked(query).next().filter(|_| in_query(query).is_none())
}

fn asked(query: &str) -> impl Iterator<Item = &str> {
    query.split('&').filter_map(|pair| pair.strip_prefix("lang=")).filter(|tag| !tag.is_empty())
}

/// The language of a tag, whatever its region: `pt-BR` is `pt`.
fn spoken(tag: &str) -> Option<Language> {
    tag.split('-').next()?.to_ascii_lowercase().parse().ok()
}

/// The best of `Accept-Language`.
fn negotiated(headers: &HeaderMap) -> Option<Language> {
    let accepted = headers.get("accept-language")?.to_str().ok()?;
    let mut best: Option<(f32, Language)> = None;
    for item in accepted.split(',').take(20) {
        let mut parts = item.trim().split(';');
        let tag = parts.next().unwrap_or_default();
        let weight = parts
            .find_map(|part| part.trim().strip_prefix("q=")?.parse::<f32>().ok())
            .unwrap_or(1.0);
        let Some(language) = spoken(tag) else { continue };
        if weight > 0.0 && best.is_none_or(|(most, _)| weight > most) {
            best = Some((weight, language));
        }
    }
    best.map(|(_, language)| language)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accept(value: &str) -> HeaderMap {
        HeaderMap::from_iter([(http::header::ACCEPT_LANGUAGE, value.parse().unwrap())])
    }

    #[test]
    fn the_address_wins_over_the_browser() {
        let headers = accept("es");

        assert_eq!(of(&"/pt/me".parse().unwrap(), &headers), Language::Pt);
        assert_eq!(of(&"/api/v1/me?lang=pt".parse().unwrap(), &headers), Language::Pt);
        assert_eq!(of(&"/".parse().unwrap(), &headers), Language::Es);
    }

    #[test]
    fn a_query_may_name_a_region_and_not_a_language_that_is_not_there() {
        assert_eq!(in_query("x=1&lang=pt-BR"), Some(Language::Pt));
        assert_eq!(unknown_in_query("lang=de&x=1"), Some("de"));
        assert_eq!(unknown_in_query("lang=&x=1"), None);
    }

    #[test]
    fn the_browsers_best_language_that_we_have_is_taken() {
        let of_browser = |value: &str| of(&"/".parse().unwrap(), &accept(value));

        assert_eq!(of_browser("de-DE,de;q=0.9,pt-BR;q=0.8,en;q=0.7"), Language::Pt);
        assert_eq!(of_browser("es-MX"), Language::Es);
        assert_eq!(of_browser("fr"), Language::En);
        assert_eq!(of_browser("en;q=bad, ;;, es;q=0"), Language::En);
    }
}
