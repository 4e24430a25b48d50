//! The editor that `kubectl edit` opens: one of the lab's own tools.

use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::session::Session;
use crate::tool::Context;
use crate::tools;

/// Opens the file in the editor that the variables name.
pub(super) async fn launch(session: &Session, path: &str) -> Outcome {
    let context = &session.context;
    let variable = |name: &str| context.variables.get(name).filter(|text| !text.trim().is_empty());
    let editor = variable("KUBE_EDITOR").or_else(|| variable("EDITOR"));
    let editor = editor.map_or("nano", String::as_str);
    let mut args = words(editor);
    if args.is_empty() {
        return Err(Failure::error(format!("unable to launch the editor {editor:?}")));
    }
    let program = args.remove(0);
    let problem = || Failure::error(format!("there was a problem with the editor {editor:?}"));
    match program.as_str() {
        "true" => return Ok(()),
        "false" => return Err(problem()),
        _ => {}
    }
    let tool = tools::find(&program).filter(|_| !tools::is_refused(&program));
    let Some(tool) = tool else {
        return Err(Failure::error(format!("unable to launch the editor {program:?}")));
    };
    args.push(path.to_owned());
    let inner = Context {
        args,
        variables: context.variables.clone(),
        directory: context.directory.clone(),
        files: context.files.clone(),
        stdin: context.stdin.clone(),
        stdout: context.stdout.clone(),
        stderr: context.stderr.clone(),
        screen: context.screen.clone(),
        cluster: None,
        clock: context.clock.clone(),
        random: context.random.clone(),
        cancelled: context.cancelled.clone(),
        share: context.share.clone(),
    };
    match (tool.run)(inner).await {
        0 => Ok(()),
        _ => Err(problem()),
    }
}

/// Words as a shell splits them at spaces, outside of quotes.
fn words(text: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match (quote, letter) {
            (Some(open), letter) if letter == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (None | Some('"'), '\\') => word.get_or_insert_default().extend(letters.next()),
            (None, letter) if letter.is_whitespace() => words.extend(word.take()),
            (_, letter) => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}
