//! `kubectl get`.

use std::cmp::Ordering;

use serde_json::{Value, json};

use crate::kubectl::api::TABLE;
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::print::jsonpath::{Template, word};
use crate::kubectl::print::table::{Options, Printer, fallback};
use crate::kubectl::print::tabs::Tabs;
use crate::kubectl::print::{Format, json as json_printer, name};
use crate::kubectl::raw;
use crate::kubectl::resolve::{Found, Item, Plan, Query, flatten, plan};
use crate::kubectl::session::{Running, Session};

/// How many objects are asked for at once.
const CHUNK: &str = "500";

/// Runs the command.
pub(crate) fn run(session: &mut Session) -> Running<'_> {
    Box::pin(async move {
        if session.flags.changed("raw") {
            return raw::get(session).await;
        }
        check(session)?;
        let format = Format::of_get(session)?;
        let words = session.arguments().to_vec();
        let selector = session.flags.text("selector").to_owned();
        let fields = session.flags.text("field-selector").to_owned();
        let watching = session.flags.on("watch") || session.flags.on("watch-only");
        let query = Query {
            words: &words,
            selector: (!selector.is_empty()).then_some(&selector),
            fields: (!fields.is_empty()).then_some(&fields),
            all_namespaces: session.flags.on("all-namespaces"),
            type_alone: true,
            one_type: watching,
            ..Query::default()
        };
        if words.is_empty() && session.flags.list("filename").is_empty() {
            return nothing_asked(session).await;
        }
        let mut plan = plan(session, query).await?;
        if watching {
            // As the real one: a part cannot be watched, the whole object is.
            return super::watch::run(session, &plan, &format).await;
        }
        let part = session.flags.text("subresource");
        if !part.is_empty() {
            only_of_named(&plan, part)?;
            for item in &mut plan.items {
                item.take_part(part);
            }
        }
        match format {
            Format::Human | Format::Wide => human(session, &plan, &format).await,
            _ => objects(session, &plan, &format).await,
        }
    })
}

/// What is said to whoever asks for a part of several objects.
pub(super) const BULK: &str = "subresource cannot be used when bulk resources are specified";

/// A part is asked of an object by name, and only of kinds that have it.
fn only_of_named(plan: &Plan, part: &str) -> Outcome {
    for item in &plan.items {
        if !matches!(item, Item::Named { .. }) {
            return Err(Failure::error(BULK));
        }
        if !item.resource().subresources.iter().any(|it| it == part) {
            return Err(Failure::error(format!(
                "the server doesn't have a subresource {part:?} of {}",
                item.resource().qualified()
            )));
        }
    }
    Ok(())
}

fn check(session: &Session) -> Outcome {
    let output = session.flags.text("output");
    if session.flags.on("show-labels") && !matches!(output, "" | "wide") {
        let words = format!("--show-labels option cannot be used with {output} printer");
        return Err(Failure::error(words));
    }
    let watching = session.flags.on("watch") || session.flags.on("watch-only");
    if session.flags.on("output-watch-events") && !watching {
        return Err(Failure::error(
            "--output-watch-events option can only be used with --watch or --watch-only",
        ));
    }
    Ok(())
}

async fn nothing_asked(session: &Session) -> Outcome {
    session
        .complain(
            "You must specify the type of resource to get. Use \"kubectl api-resources\" for a \
             complete list of supported resources.\n",
        )
        .await?;
    Err(session.usage(
        "Required resource not specified.\nUse \"kubectl explain <resource>\" for a detailed \
         description of that resource (e.g. kubectl explain pods).",
    ))
}

/// The options of columns that the flags name.
pub(super) fn options(session: &Session, format: &Format) -> Options {
    let labels = session.flags.list("label-columns");
    Options {
        wide: matches!(format, Format::Wide),
        headers: !session.flags.on("no-headers"),
        namespace: false,
        kind: None,
        labels: session.flags.on("show-labels"),
        label_columns: labels.to_vec(),
    }
}

/// Fetches one item as a Table, all its chunks joined.
pub(super) async fn table(session: &Session, item: &Item, whole: bool) -> Outcome<Value> {
    let mut all: Option<Value> = None;
    let mut next = String::new();
    loop {
        let mut call = item.call().accept(TABLE);
        if matches!(item, Item::List { .. }) {
            call = call.query("limit", CHUNK).query_some("continue", &next);
        }
        if whole {
            call = call.query("includeObject", "Object");
        }
        let mut value = session.look(call, item.namespace_of_name()).await?;
        if value["kind"] != "Table" {
            let version = value["metadata"]["resourceVersion"].clone();
            value = fallback(&value, session.now());
            value["metadata"] = json!({ "resourceVersion": version });
        }
        value["metadata"]["continue"].as_str().unwrap_or_default().clone_into(&mut next);
        match &mut all {
            None => all = Some(value),
            Some(all) => {
                if let (Value::Array(rows), Value::Array(more)) =
                    (&mut all["rows"], value["rows"].take())
                {
                    rows.extend(more);
                }
            }
        }
        if next.is_empty() {
            return Ok(all.unwrap_or_default());
        }
    }
}

async fn human(session: &Session, plan: &Plan, format: &Format) -> Outcome {
    let mut failures = plan.failures.clone();
    let ignoring = session.flags.on("ignore-not-found");
    let sort = session.flags.text("sort-by");
    let mut tables: Vec<(&Item, Value)> = Vec::new();
    for item in &plan.items {
        match table(session, item, !sort.is_empty()).await {
            Ok(table) => tables.push((item, table)),
            Err(failure) if ignoring && failure.is_not_found() => {}
            Err(failure) => failures.push(item.explain(failure)),
        }
    }
    let kinds = tables.iter().any(|(item, _)| item.resource() != tables[0].0.resource());
    let mut printer: Option<(&Item, Printer)> = None;
    let mut tabs = Tabs::table();
    let (mut out, mut batch) = (String::new(), String::new());
    for (item, table) in &mut tables {
        // As the real one: a table that cannot be sorted is left out without a word.
        if !sort.is_empty() && sort_rows(table, sort).is_err() {
            continue;
        }
        let same = printer.as_ref().is_some_and(|(last, _)| last.resource() == item.resource());
        if !same {
            flush(&mut out, &mut batch, &mut tabs, !session.flags.on("no-headers"));
            let mut options = options(session, format);
            options.namespace = session.flags.on("all-namespaces") && item.resource().namespaced;
            if kinds || session.flags.on("show-kind") {
                options.kind = Some(item.resource().type_name());
            }
            printer = Some((item, Printer::new(options)));
        }
        if let Some((_, printer)) = &mut printer {
            batch.push_str(&printer.lines(table, None));
        }
    }
    flush(&mut out, &mut batch, &mut tabs, !session.flags.on("no-headers"));
    let empty = out.is_empty();
    session.out(out).await?;
    if empty && !ignoring && failures.is_empty() {
        let namespaced = plan.items.iter().all(|item| item.resource().namespaced);
        if namespaced && !session.flags.on("all-namespaces") {
            let line = format!("No resources found in {} namespace.", session.namespace());
            session.complain(line).await?;
        } else {
            session.complain("No resources found").await?;
        }
    }
    Failure::all(failures)
}

/// Ends a group of lines that share columns.
fn flush(out: &mut String, batch: &mut String, tabs: &mut Tabs, separate: bool) {
    if batch.is_empty() {
        return;
    }
    if separate && !out.is_empty() {
        out.push('\n');
    }
    out.push_str(&tabs.render(batch));
    tabs.forget();
    batch.clear();
}

fn sort_rows(table: &mut Value, field: &str) -> Outcome {
    let template = Template::relaxed(field).map_err(Failure::error)?;
    if let Value::Array(rows) = &mut table["rows"] {
        sort_by(rows, &template, field, |row| &row["object"])?;
    }
    Ok(())
}

/// Sorts by the first value that the path finds; things without come first.
fn sort_by(
    items: &mut [Value],
    template: &Template,
    field: &str,
    object: impl Fn(&Value) -> &Value,
) -> Outcome {
    let key = |item: &Value| {
        let found = template.find(object(item), false).unwrap_or_default();
        found.into_iter().flatten().next()
    };
    if items.len() < 2 {
        return Ok(());
    }
    if items.iter().all(|item| key(item).is_none()) {
        let path = crate::kubectl::print::jsonpath::relax(field).unwrap_or_default();
        let words = format!("couldn't find any field with path {path:?} in the list of objects");
        return Err(Failure::error(words));
    }
    items.sort_by(|a, b| match (key(a), key(b)) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Less,
        (Some(_), None) => Ordering::Greater,
        (Some(a), Some(b)) => compare(&a, &b),
    });
    Ok(())
}

fn compare(a: &Value, b: &Value) -> Ordering {
    if let (Some(a), Some(b)) = (a.as_f64(), b.as_f64()) {
        return a.total_cmp(&b);
    }
    let (a, b) = (word(a), word(b));
    match (quantity(&a), quantity(&b)) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        _ => a.cmp(&b),
    }
}

/// The amount that a quantity such as `100m` or `2Gi` names.
pub(crate) fn quantity(text: &str) -> Option<f64> {
    let end = text.find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | '-' | '+'));
    let (number, unit) = text.split_at(end.unwrap_or(text.len()));
    let number: f64 = number.parse().ok()?;
    let factor = match unit {
        "" => 1.0,
        "n" => 1e-9,
        "u" => 1e-6,
        "m" => 1e-3,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "P" => 1e15,
        "E" => 1e18,
        "Ki" => 1024.0,
        "Mi" => 1024.0 * 1024.0,
        "Gi" => 1024.0 * 1024.0 * 1024.0,
        "Ti" => 1024.0_f64.powi(4),
        "Pi" => 1024.0_f64.powi(5),
        "Ei" => 1024.0_f64.powi(6),
        _ => return None,
    };
    Some(number * factor)
}

/// Fetches one item as objects, all its chunks joined.
async fn whole(session: &Session, item: &Item) -> Outcome<Value> {
    if matches!(item, Item::Named { .. }) {
        return session.look(item.call(), item.namespace_of_name()).await;
    }
    let mut all = session.api.value(item.call().query("limit", CHUNK)).await?;
    loop {
        let next = all["metadata"]["continue"].as_str().unwrap_or_default().to_owned();
        if next.is_empty() {
            return Ok(all);
        }
        let call = item.call().query("limit", CHUNK).query("continue", next);
        let mut more = session.api.value(call).await?;
        all["metadata"] = more["metadata"].take();
        if let (Value::Array(items), Value::Array(more)) = (&mut all["items"], more["items"].take())
        {
            items.extend(more);
        }
    }
}

async fn objects(session: &Session, plan: &Plan, format: &Format) -> Outcome {
    let mut failures = plan.failures.clone();
    let ignoring = session.flags.on("ignore-not-found");
    let mut found: Vec<Found> = Vec::new();
    for item in &plan.items {
        match whole(session, item).await {
            Ok(value) => found.extend(flatten(item.resource(), value)),
            Err(failure) if ignoring && failure.is_not_found() => {}
            Err(failure) if plan.single => return Err(failure),
            Err(failure) => failures.push(failure),
        }
    }
    if found.is_empty() && ignoring {
        return Failure::all(failures);
    }
    let mut objects: Vec<Value> = found.into_iter().map(|found| found.object).collect();
    if !session.flags.on("show-managed-fields") && format.hides_managed_fields() {
        for object in &mut objects {
            hide_managed_fields(object);
        }
    }
    let sort = session.flags.text("sort-by");
    if !sort.is_empty() {
        let template = Template::relaxed(sort).map_err(Failure::error)?;
        sort_by(&mut objects, &template, sort, |object| object)?;
    }
    let text = if matches!(format, Format::Name) {
        let names: Vec<String> = objects.iter().map(name).collect();
        names.iter().fold(String::new(), |all, name| all + name + "\n")
    } else if plan.single && objects.len() == 1 {
        format.print(&objects[0])?
    } else {
        format.print(&json!({
            "apiVersion": "v1",
            "items": objects,
            "kind": "List",
            "metadata": {"resourceVersion": ""},
        }))?
    };
    session.out(text).await?;
    Failure::all(failures)
}

/// Takes out what is of no interest to people.
pub(crate) fn hide_managed_fields(object: &mut Value) {
    if let Some(Value::Object(metadata)) = object.get_mut("metadata") {
        metadata.remove("managedFields");
    }
}

/// One event of a watch as JSON, for `--output-watch-events`.
pub(super) fn event_json(kind: &str, object: &Value) -> String {
    format!("{}\n", json_printer::compact(&json!({"type": kind, "object": object})))
}
