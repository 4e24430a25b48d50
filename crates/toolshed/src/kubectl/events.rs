//! `kubectl events`.

use serde_json::Value;

use crate::kubectl::api::Call;
use crate::kubectl::describe::page::event_age;
use crate::kubectl::discovery::array;
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::flags::{Flag, Takes};
use crate::kubectl::print::Format;
use crate::kubectl::print::jsonpath::word;
use crate::kubectl::print::tabs::Tabs;
use crate::kubectl::session::{Running, Session};

/// The command's own flags.
pub(crate) const FLAGS: &[Flag] = &[
    Flag::new("for", Takes::Text(""), "Only about this object, as TYPE/NAME"),
    Flag::new("types", Takes::List, "Normal or Warning"),
    Flag::short('w', "watch", Takes::Switch(false), "Go on as events come"),
    Flag::new("no-headers", Takes::Switch(false), "Leave the headers out"),
];

/// Runs the command.
pub(crate) fn run(session: &mut Session) -> Running<'_> {
    Box::pin(async move {
        let everywhere = session.flags.on("all-namespaces");
        let fields = fields(session).await?;
        let path = if everywhere {
            "/api/v1/events".to_owned()
        } else {
            format!("/api/v1/namespaces/{}/events", session.namespace())
        };
        let call = Call::get(path).query_some("fieldSelector", &fields);
        let list = session.api.value(call.clone()).await?;
        let mut events: Vec<Value> = array(&list["items"]).to_vec();
        events.retain(|event| wanted(session, event));
        let format = Format::of_change(session)?;
        if !matches!(format, Format::Human) {
            return session.out(format.print(&list)?).await;
        }
        let watching = session.flags.on("watch");
        if events.is_empty() && !watching {
            return session
                .complain(if everywhere {
                    "No events found.".to_owned()
                } else {
                    format!("No events found in {} namespace.", session.namespace())
                })
                .await;
        }
        events.sort_by_key(when);
        let mut tabs = Tabs::table();
        let mut text = String::new();
        if !session.flags.on("no-headers") {
            text.push_str(if everywhere { "NAMESPACE\t" } else { "" });
            text.push_str("LAST SEEN\tTYPE\tREASON\tOBJECT\tMESSAGE\n");
        }
        for event in &events {
            text.push_str(&row(session, event, everywhere));
        }
        session.out(tabs.render(&text)).await?;
        if !watching {
            return Ok(());
        }
        let version = word(&list["metadata"]["resourceVersion"]);
        let watch = call.query("watch", "true").query("resourceVersion", version);
        let mut lines = session.api.lines(watch).await?;
        while let Some(event) = lines.event().await? {
            let object = &event["object"];
            if matches!(event["type"].as_str(), Some("ADDED" | "MODIFIED"))
                && wanted(session, object)
            {
                session.out(tabs.render(&row(session, object, everywhere))).await?;
            }
        }
        Ok(())
    })
}

async fn fields(session: &Session) -> Outcome<String> {
    let target = session.flags.text("for");
    if target.is_empty() {
        return Ok(String::new());
    }
    let Some((kind, name)) = target.split_once('/') else {
        return Err(Failure::error("--for must be in resource/name form"));
    };
    let resource = session.resource(kind).await?;
    Ok(format!("involvedObject.kind={},involvedObject.name={name}", resource.kind))
}

fn wanted(session: &Session, event: &Value) -> bool {
    let types = session.flags.list("types");
    let kind = word(&event["type"]);
    types.is_empty() || types.iter().any(|one| one.eq_ignore_ascii_case(&kind))
}

fn when(event: &Value) -> String {
    [&event["series"]["lastObservedTime"], &event["lastTimestamp"], &event["eventTime"]]
        .into_iter()
        .find_map(|value| value.as_str())
        .unwrap_or_default()
        .to_owned()
}

fn row(session: &Session, event: &Value, everywhere: bool) -> String {
    let place = if everywhere {
        format!("{}\t", word(&event["metadata"]["namespace"]))
    } else {
        String::new()
    };
    let object = &event["involvedObject"];
    format!(
        "{place}{}\t{}\t{}\t{}/{}\t{}\n",
        event_age(event, session.now()),
        word(&event["type"]),
        word(&event["reason"]),
        word(&object["kind"]),
        word(&object["name"]),
        word(&event["message"]).trim()
    )
}
