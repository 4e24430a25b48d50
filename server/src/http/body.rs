//! Bodies and parameters whose mistakes are [`Problem`]s.

use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{FormRejection, JsonRejection, PathRejection, QueryRejection};
use axum::extract::{Form, FromRequest, FromRequestParts, Path, Query, Request};
use http::StatusCode;
use http::request::Parts;
use serde::de::DeserializeOwned;

use super::problem::Problem;

/// How long the body of a request may be on its way: it is small.
const PATIENCE: Duration = Duration::from_secs(15);

/// A JSON body.
#[derive(Clone, Debug)]
pub struct Body<T>(pub T);

/// A JSON body that may be left out.
#[derive(Clone, Debug)]
pub struct MaybeBody<T>(pub T);

/// The fields of a posted form.
#[derive(Clone, Debug)]
pub struct Fields<T>(pub T);

/// The variable parts of the address.
#[derive(Clone, Debug)]
pub struct In<T>(pub T);

/// The query.
#[derive(Clone, Debug)]
pub struct Asked<T>(pub T);

fn refused(status: StatusCode, detail: &str) -> Problem {
    if status == StatusCode::PAYLOAD_TOO_LARGE {
        Problem::TooLarge
    } else {
        // The parser repeats what it was given; a line of it is enough.
        Problem::Malformed(detail.chars().take(200).collect())
    }
}

/// Reads a body, as long as it may take to arrive.
async fn arrived<T>(reading: impl Future<Output = T>) -> Result<T, Problem> {
    tokio::time::timeout(PATIENCE, reading).await.map_err(|_| Problem::Unfinished)
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let Json(body) = arrived(Json::from_request(request, state))
            .await?
            .map_err(|error: JsonRejection| refused(error.status(), &error.body_text()))?;
        Ok(Self(body))
    }
}

impl<T: DeserializeOwned + Default, S: Send + Sync> FromRequest<S> for MaybeBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = arrived(Bytes::from_request(request, state))
            .await?
            .map_err(|error| refused(error.status(), &error.body_text()))?;
        // Browsers and tools send nothing, or `null`, where there is nothing to say.
        if bytes.trim_ascii().is_empty() || bytes.trim_ascii() == b"null" {
            return Ok(Self(T::default()));
        }
        let Json(body) = Json::from_bytes(&bytes)
            .map_err(|error: JsonRejection| refused(error.status(), &error.body_text()))?;
        Ok(Self(body))
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Fields<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let Form(fields) = arrived(Form::from_request(request, state))
            .await?
            .map_err(|error: FormRejection| refused(error.status(), &error.body_text()))?;
        Ok(Self(fields))
    }
}

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for In<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        // An id that cannot be one names nothing.
        let Path(value) = Path::from_request_parts(parts, state)
            .await
            .map_err(|_: PathRejection| Problem::NotFound)?;
        Ok(Self(value))
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Query(value) = Query::from_request_parts(parts, state)
            .await
            .map_err(|error: QueryRejection| refused(error.status(), &error.body_text()))?;
        Ok(Self(value))
    }
}

#[cfg(test)]
mod tests {
    use futures::StreamExt as _;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_body_that_never_ends_is_not_waited_for() {
        let beginning = futures::stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(b"{"))]);
        let slow = axum::body::Body::from_stream(beginning.chain(futures::stream::pending()));
        let request = Request::post("/").header("content-type", "application/json");
        let request = request.body(slow).unwrap();

        let read = Body::<serde_json::Value>::from_request(request, &()).await;

        assert_eq!(read.unwrap_err(), Problem::Unfinished);
    }
}
