//! `jq`: filters for JSON, without `def`, modules and streams.
//!
//! ```text
//! program ─► tokens ─► parse ─► evaluate (functions, plain, paths, arithmetic, format) ─► text
//! ```
//!
//! **Invariant:** a run is bounded in steps, memory and depth, and runs apart from the runtime's
//! threads: see [`evaluate`]. That is why none of the crates that read `jq` is used: they are
//! complete, and one line of a learner's could take the machine's memory or its stack.

mod arithmetic;
mod evaluate;
mod format;
mod functions;
mod parse;
mod paths;
mod plain;
mod tokens;
mod value;

use std::collections::HashMap;

use evaluate::{BYTES, Machine, Stop};
use parse::Expr;
use value::Json;

use crate::files::FileError;
use crate::tool::{Context, ExitCode};

/// Whose answers these are.
const VERSION: &str = "jq-1.6\n";

/// How many lines `-R` reads.
const MAX_LINES: usize = 100_000;

const HELP: &str = "Usage: jq [OPTION]... FILTER [FILE]...\nFilter JSON: jq '.items[].metadata.name'\n\n  -r, --raw-output      print texts without quotes\n  -j, --join-output     as -r, without line feeds\n  -c, --compact-output  one line a value\n  -n, --null-input      read nothing; the input is null\n  -s, --slurp           read all values into one array\n  -R, --raw-input       read lines as texts\n  -e, --exit-status     exit with 1 if the last value is null or false, 4 if there is none\n  -S, --sort-keys       keys in order\n  --tab, --indent N     how far in each level stands\n  --arg NAME TEXT       set $NAME\n  --argjson NAME JSON   set $NAME\n  -f, --from-file FILE  the filter is in FILE\n";

/// What the command line asks for.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[derive(Default)]
struct Wanted {
    program: Option<String>,
    files: Vec<String>,
    variables: HashMap<String, Json>,
    from_file: Option<String>,
    raw: bool,
    joined: bool,
    compact: bool,
    null: bool,
    slurp: bool,
    lines: bool,
    status: bool,
    sorted: bool,
    indent: String,
}

/// Why a run ends, with its exit code.
struct Failure(ExitCode, String);

/// What a run yields before it ends.
struct Done {
    text: String,
    last: Option<Json>,
    failure: Option<Failure>,
}

/// Filters JSON.
pub(super) async fn jq(context: Context) -> ExitCode {
    if context.args.iter().any(|it| it == "--help" || it == "-h") {
        return if context.print(HELP).await.is_ok() { 0 } else { 141 };
    }
    if context.args.iter().any(|it| it == "--version" || it == "-V") {
        return if context.print(VERSION).await.is_ok() { 0 } else { 141 };
    }
    match start(&context).await {
        Ok(code) => code,
        Err(Failure(code, message)) => {
            context.complain(message).await;
            code
        }
    }
}

async fn start(context: &Context) -> Result<ExitCode, Failure> {
    let mut wanted = wanted(&context.args)?;
    if let Some(file) = wanted.from_file.take() {
        let (first, rest) = (wanted.program.take(), std::mem::take(&mut wanted.files));
        wanted.files = first.into_iter().chain(rest).collect();
        let bytes = context.contents(&file).await;
        let bytes = bytes
            .map_err(|error| Failure(2, format!("jq: error: Could not open {file}: {error}")))?;
        wanted.program = Some(String::from_utf8_lossy(&bytes).into_owned());
    }
    let Some(source) = wanted.program.take() else {
        return Err(Failure(2, HELP.trim_end().to_owned()));
    };
    let program = parse::parse(&source)
        .map_err(|error| Failure(3, format!("jq: error: {error}\njq: 1 compile error")))?;
    let variables = context.variables.iter();
    let variables = variables.map(|(name, text)| (name.as_str().into(), Json::text(text)));
    wanted.variables.insert("ENV".to_owned(), Json::object(variables.collect()));
    let (status, mut missing) = (wanted.status, None);
    let mut input = Vec::new();
    let no_memory = || Failure(2, format!("jq: error: {}", FileError::NoMemory));
    let files = if wanted.files.is_empty() { vec!["-".to_owned()] } else { wanted.files.clone() };
    let mut held = context.share.hold(BYTES).ok_or_else(no_memory)?;
    for file in files.iter().filter(|_| !wanted.null) {
        match context.contents(file).await {
            // Each byte may become a value of two dozen.
            Ok(bytes) if held.grow(bytes.len() * 12) => input.extend_from_slice(&bytes),
            Ok(_) => return Err(no_memory()),
            Err(error) => {
                context.complain(format!("jq: error: Could not open {file}: {error}")).await;
                missing = Some(2);
            }
        }
    }
    let run = move || run(&program, &wanted, &input);
    let Done { text, last, failure } = context.share.apart(usize::MAX, run).await;
    drop(held);
    if context.print(text).await.is_err() {
        return Ok(141);
    }
    if let Some(failure) = failure {
        return Err(failure);
    }
    Ok(match (missing, status, last) {
        (Some(code), ..) => code,
        (None, true, None) => 4,
        (None, true, Some(last)) => u8::from(!last.holds()),
        (None, false, _) => 0,
    })
}

fn wanted(words: &[String]) -> Result<Wanted, Failure> {
    let mut wanted = Wanted { indent: "  ".to_owned(), ..Wanted::default() };
    let mut words = words.iter();
    let mut only_operands = false;
    while let Some(word) = words.next() {
        let mut value = |what: &str| {
            let message = format!("jq: error: {word} takes {what}\nUse jq --help for help");
            words.next().cloned().ok_or(Failure(2, message))
        };
        match word.as_str() {
            "--" => only_operands = true,
            _ if only_operands || !word.starts_with('-') || word == "-" => {
                if wanted.program.is_none() {
                    wanted.program = Some(word.clone());
                } else {
                    wanted.files.push(word.clone());
                }
            }
            "--arg" => {
                let name = value("a name and a text")?;
                wanted.variables.insert(name, Json::text(&value("a name and a text")?));
            }
            "--argjson" => {
                let name = value("a name and JSON")?;
                let text = value("a name and JSON")?;
                let json = serde_json::from_str(&text).map_err(|_| {
                    Failure(2, format!("jq: Invalid JSON text passed to --argjson\n{text}"))
                })?;
                wanted.variables.insert(name, json);
            }
            "--indent" => {
                let width: usize = value("a number")?.parse().unwrap_or(usize::MAX);
                if width > 7 {
                    return Err(Failure(2, "jq: Cannot indent more than 7 characters".to_owned()));
                }
                wanted.compact |= width == 0;
                wanted.indent = " ".repeat(width);
            }
            "-f" | "--from-file" => wanted.from_file = Some(value("a file")?),
            long if long.starts_with("--") => switch(&mut wanted, &long[2..], word)?,
            short => {
                for letter in short.chars().skip(1) {
                    switch(&mut wanted, letter.encode_utf8(&mut [0; 4]), word)?;
                }
            }
        }
    }
    Ok(wanted)
}

fn switch(wanted: &mut Wanted, name: &str, word: &str) -> Result<(), Failure> {
    match name {
        "r" | "raw-output" => wanted.raw = true,
        "j" | "join-output" => (wanted.raw, wanted.joined) = (true, true),
        "c" | "compact-output" => wanted.compact = true,
        "n" | "null-input" => wanted.null = true,
        "s" | "slurp" => wanted.slurp = true,
        "R" | "raw-input" => wanted.lines = true,
        "e" | "exit-status" => wanted.status = true,
        "S" | "sort-keys" => wanted.sorted = true,
        "tab" => "\t".clone_into(&mut wanted.indent),
        "M" | "monochrome-output" | "C" | "color-output" | "a" | "ascii-output" | "unbuffered" => {}
        _ => {
            let message = format!("jq: Unknown option: {word}\nUse jq --help for help");
            return Err(Failure(2, message));
        }
    }
    Ok(())
}

/// Runs a program on everything that was read.
fn run(program: &Expr, wanted: &Wanted, input: &[u8]) -> Done {
    let mut done = Done { text: String::new(), last: None, failure: None };
    let mut machine = Machine::new(wanted.variables.clone());
    let (values, broken) = values(wanted, input);
    for value in values {
        let results = match machine.run(program, &value) {
            Ok(results) => results,
            Err(stop) => {
                let message = match stop {
                    Stop::Error(Json::Text(text)) => text.to_string(),
                    Stop::Error(other) => format!("{} (not a string)", other.line()),
                    Stop::End(message) => {
                        done.failure = Some(Failure(5, format!("jq: error: {message}")));
                        return done;
                    }
                };
                done.failure = Some(Failure(5, format!("jq: error (at <stdin>:0): {message}")));
                continue;
            }
        };
        for result in results {
            if done.text.len() > BYTES / 2 {
                let message = "jq: error: output too long for the lab".to_owned();
                done.failure = Some(Failure(5, message));
                return done;
            }
            let indent = (!wanted.compact).then_some(wanted.indent.as_str());
            match &result {
                Json::Text(text) if wanted.raw => done.text.push_str(text),
                other => done.text.push_str(&other.pretty(indent, wanted.sorted)),
            }
            if !wanted.joined {
                done.text.push('\n');
            }
            done.last = Some(result);
        }
    }
    if let Some(message) = broken {
        done.failure = Some(Failure(2, format!("jq: parse error: {message}")));
    }
    done
}

/// The values of the input, and what is wrong after them.
fn values(wanted: &Wanted, input: &[u8]) -> (Vec<Json>, Option<String>) {
    let mut values = Vec::new();
    let mut broken = None;
    if wanted.null {
        values.push(Json::Null);
    } else if wanted.lines {
        let text = String::from_utf8_lossy(input);
        if wanted.slurp {
            return (vec![Json::text(&text)], None);
        }
        values.extend(text.lines().take(MAX_LINES).map(Json::text));
        if text.lines().nth(MAX_LINES).is_some() {
            broken = Some(format!("more than {MAX_LINES} lines"));
        }
    } else {
        for value in serde_json::Deserializer::from_slice(input).into_iter::<Json>() {
            match value {
                Ok(value) => values.push(value),
                Err(error) => {
                    broken = Some(error.to_string());
                    break;
                }
            }
        }
        if wanted.slurp {
            values = if broken.is_none() { vec![Json::array(values)] } else { Vec::new() };
        }
    }
    (values, broken)
}
