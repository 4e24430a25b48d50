//! Which language a request wants: the address first, then the query, the cookie, the browser.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use curriculum::Language;
use http::request::Parts;
use http::{HeaderMap, Uri};

use super::cookies;

/// The language that the answer should be in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reader(pub Language);

impl<S: Sync> FromRequestParts<S> for Reader {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(of(&parts.uri, &parts.headers)))
    }
}

/// The language of a request.
pub fn of(uri: &Uri, headers: &HeaderMap) -> Language {
    in_path(uri.path())
        .or_else(|| in_query(uri.query().unwrap_or_default()))
        .or_else(|| cookies::get(headers, frontend::forms::LANGUAGE_COOKIE)?.parse().ok())
        .or_else(|| negotiated(headers))
        .unwrap_or_default()
}

/// The language that the path begins with.
pub fn in_path(path: &str) -> Option<Language> {
    path.trim_start_matches('/').split('/').next()?.parse().ok()
}

fn in_query(query: &str) -> Option<Language> {
    query.split('&').find_map(|pair| pair.strip_prefix("lang=")?.parse().ok())
}

/// The best of `Accept-Language`.
fn negotiated(headers: &HeaderMap) -> Option<Language> {
    let accepted = headers.get("accept-language")?.to_str().ok()?;
    let mut best: Option<(f32, Language)> = None;
    for item in accepted.split(',').take(20) {
        let mut parts = item.trim().split(';');
        let tag = parts.next().unwrap_or_default().to_ascii_lowercase();
        let weight = parts
            .find_map(|part| part.trim().strip_prefix("q=")?.parse::<f32>().ok())
            .unwrap_or(1.0);
        let Ok(language) = tag.split('-').next().unwrap_or_default().parse() else { continue };
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
    fn the_browsers_best_language_that_we_have_is_taken() {
        let of_browser = |value: &str| of(&"/".parse().unwrap(), &accept(value));

        assert_eq!(of_browser("de-DE,de;q=0.9,pt-BR;q=0.8,en;q=0.7"), Language::Pt);
        assert_eq!(of_browser("es-MX"), Language::Es);
        assert_eq!(of_browser("fr"), Language::En);
        assert_eq!(of_browser("en;q=bad, ;;, es;q=0"), Language::En);
    }
}
