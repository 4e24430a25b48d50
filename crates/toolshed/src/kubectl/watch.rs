//! `kubectl get --watch`: first what is there, then every change as it comes.

use serde_json::{Value, json};

use crate::kubectl::api::TABLE;
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::get::{event_json, hide_managed_fields, options, table};
use crate::kubectl::print::Format;
use crate::kubectl::print::table::{Printer, fallback};
use crate::kubectl::resolve::{Item, Plan};
use crate::kubectl::session::Session;

/// Lists and watches the one thing that the plan names, until the server or the person ends it.
pub(super) async fn run(session: &Session, plan: &Plan, format: &Format) -> Outcome {
    let [item] = plan.items.as_slice() else {
        return Err(Failure::error("you may only specify a single resource type"));
    };
    let mut settings = options(session, format);
    settings.namespace = session.flags.on("all-namespaces") && item.resource().namespaced;
    if session.flags.on("show-kind") {
        settings.kind = Some(item.resource().type_name());
    }
    let mut view = View {
        session,
        format,
        printer: Printer::new(settings),
        events: session.flags.on("output-watch-events"),
        separate: false,
    };
    let first = if format.is_human() {
        table(session, item, false).await
    } else {
        session.api.value(item.call()).await
    };
    let first = match first {
        Ok(first) => first,
        Err(failure) if failure.is_not_found() && session.flags.on("ignore-not-found") => {
            return Ok(());
        }
        Err(failure) => return Err(failure),
    };
    let single = matches!(item, Item::Named { .. });
    if !session.flags.on("watch-only") {
        view.initial(&first).await?;
    }
    let version = if single {
        "0".to_owned()
    } else {
        first["metadata"]["resourceVersion"].as_str().unwrap_or_default().to_owned()
    };
    follow(session, item, &version, &mut view).await
}

/// Shows changes. A watch of one object begins with that object, which has been shown.
async fn follow(session: &Session, item: &Item, version: &str, view: &mut View<'_>) -> Outcome {
    let (call, mut skip) = match item {
        Item::Named { resource, namespace, name } => {
            let list = Item::List {
                resource: resource.clone(),
                namespace: namespace.clone(),
                labels: String::new(),
                fields: format!("metadata.name={name}"),
            };
            (list.call(), true)
        }
        Item::List { .. } => (item.call(), false),
    };
    let mut call = call.query("watch", "true").query("resourceVersion", version);
    if view.format.is_human() {
        call = call.accept(TABLE);
    }
    let mut lines = session.api.lines(call).await?;
    while let Some(event) = lines.event().await? {
        let kind = event["type"].as_str().unwrap_or_default();
        if kind == "BOOKMARK" {
            continue;
        }
        if kind == "ERROR" {
            let message = event["object"]["message"].as_str().unwrap_or("unknown");
            return Err(Failure::error(message));
        }
        if std::mem::take(&mut skip) {
            continue;
        }
        view.show(kind, &event["object"]).await?;
    }
    Ok(())
}

struct View<'a> {
    session: &'a Session,
    format: &'a Format,
    printer: Printer,
    events: bool,
    /// Whether a document has been shown, so that the next one is set apart.
    separate: bool,
}

impl View<'_> {
    async fn initial(&mut self, first: &Value) -> Outcome {
        if self.format.is_human() {
            let text = self.printer.print(first, self.events.then_some("ADDED"));
            return self.session.out(text).await;
        }
        if let Value::Array(items) = &first["items"] {
            for item in items {
                let mut item = item.clone();
                let kind = first["kind"].as_str().unwrap_or_default();
                item["kind"] = json!(kind.strip_suffix("List").unwrap_or(kind));
                item["apiVersion"] = first["apiVersion"].clone();
                self.show("ADDED", &item).await?;
            }
            return Ok(());
        }
        self.show("ADDED", first).await
    }

    async fn show(&mut self, kind: &str, object: &Value) -> Outcome {
        let text = if self.format.is_human() {
            let table = if object["kind"] == "Table" {
                object.clone()
            } else {
                fallback(object, self.session.now())
            };
            self.printer.print(&table, self.events.then_some(kind))
        } else {
            let mut object = object.clone();
            hide_managed_fields(&mut object);
            match self.format {
                Format::Json if self.events => event_json(kind, &object),
                Format::Yaml => {
                    let shown = if self.events {
                        self.format.print(&json!({"type": kind, "object": object}))?
                    } else {
                        self.format.print(&object)?
                    };
                    let rule =
                        if std::mem::replace(&mut self.separate, true) { "---\n" } else { "" };
                    format!("{rule}{shown}")
                }
                _ => self.format.print(&object)?,
            }
        };
        self.session.out(text).await
    }
}
