//! The objects of both planes: as a tree, as a picture, and one in full.

use axum::Json;
use axum::extract::State;
use curriculum::Plane;
use wire::{Architecture, LabObjects, ObjectDetail, ObjectLink};

use super::lab::words;
use crate::app::App;
use crate::cluster::Cluster;
use crate::http::body::In;
use crate::http::language::Reader;
use crate::http::problem::Problem;
use crate::http::session::Learner;
use crate::objects;

/// Both namespaces, flat, owners before what they own.
#[utoipa::path(get, path = "/api/v1/lab/objects", responses((status = 200, body = LabObjects), (status = "4XX", body = wire::Problem)))]
pub async fn show(
    State(app): State<App>,
    Learner(learner): Learner,
    Reader(language): Reader,
) -> Result<Json<LabObjects>, Problem> {
    let lab = app.labs.ready(&learner.id).await?;
    let index = app.cluster.index();
    let (revision, found) = (index.revision(&lab.id), index.objects(&lab.id));
    let objects = objects::tree(&found, &lab, &words(&app, &app.course(), language));
    Ok(Json(LabObjects { revision, objects }))
}

/// The live picture: what leads where in both planes.
#[utoipa::path(get, path = "/api/v1/lab/architecture", responses((status = 200, body = Architecture), (status = "4XX", body = wire::Problem)))]
pub async fn architecture(
    State(app): State<App>,
    Learner(learner): Learner,
    Reader(language): Reader,
) -> Result<Json<Architecture>, Problem> {
    let lab = app.labs.ready(&learner.id).await?;
    let index = app.cluster.index();
    let (revision, found) = (index.revision(&lab.id), index.objects(&lab.id));
    let course = app.course();
    let words = words(&app, &course, language);
    Ok(Json(objects::architecture(&found, &lab, revision, &words)))
}

/// One object in full, read with the learner's own rights; what is secret is left out.
#[utoipa::path(get, path = "/api/v1/lab/objects/{plane}/{kind}/{name}", params(("plane" = wire::Plane, Path), ("kind" = String, Path), ("name" = String, Path)), responses((status = 200, body = ObjectDetail), (status = "4XX", body = wire::Problem)))]
pub async fn detail(
    State(app): State<App>,
    Learner(learner): Learner,
    In((plane, kind, name)): In<(wire::Plane, String, String)>,
) -> Result<Json<ObjectDetail>, Problem> {
    let lab = app.labs.ready(&learner.id).await?;
    let plane = match plane {
        wire::Plane::Cp => Plane::Cp,
        wire::Plane::Dp => Plane::Dp,
    };
    let reader = app.cluster.as_learner(&lab).await.map_err(crate::labs::Error::from)?;
    let found = reader.object(plane, &kind, &name).await.map_err(crate::labs::Error::from)?;
    let object = found.ok_or(Problem::ObjectUnknown)?;
    let events = reader.events(plane, &kind, &name).await.map_err(crate::labs::Error::from)?;
    let link = ObjectLink { kind, namespace: Cluster::namespace(&lab, plane), name };
    let known = app.cluster.index().objects(&lab.id);
    Ok(Json(objects::detail(object, link, plane, &known, objects::events(&events))))
}
