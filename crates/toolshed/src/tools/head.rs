//! `head` and `tail`.

use std::collections::VecDeque;
use std::time::Duration;

use super::options::{Arguments, Usage, lines};
use crate::stream::{Closed, Input};
use crate::tool::{Context, ExitCode};

const HEAD: Usage = Usage {
    name: "head",
    flags: "n/lines= c/bytes= q/quiet v/verbose #=",
    help: "Usage: head [OPTION]... [FILE]...\nPrint the first 10 lines of each FILE.\n\n  -c, --bytes=[-]NUM  the first NUM bytes; with -, all but the last NUM\n  -n, --lines=[-]NUM  the first NUM lines; with -, all but the last NUM\n  -q, --quiet         never print file names\n  -v, --verbose       always print file names\n",
    wrong: 1,
};

const TAIL: Usage = Usage {
    name: "tail",
    flags: "n/lines= c/bytes= q/quiet v/verbose f/follow? F s/sleep-interval= #=",
    help: "Usage: tail [OPTION]... [FILE]...\nPrint the last 10 lines of each FILE.\n\n  -c, --bytes=[+]NUM  the last NUM bytes; with +, from byte NUM on\n  -f, --follow        print what is added, until Ctrl-C\n  -n, --lines=[+]NUM  the last NUM lines; with +, from line NUM on\n  -q, --quiet         never print file names\n  -v, --verbose       always print file names\n",
    wrong: 1,
};

/// What a line costs beyond its bytes.
const LINE: usize = 32;

/// How much of each input is wanted.
#[derive(Clone, Copy)]
struct Amount {
    bytes: bool,
    count: usize,
    sign: char,
}

fn amount(arguments: &Arguments) -> Result<Amount, String> {
    let (bytes, text) = match arguments.last_of(&["n", "c", "#"]) {
        Some("c") => (true, arguments.value("c")),
        Some(flag) => (false, arguments.value(flag)),
        None => (false, None),
    };
    let text = text.unwrap_or("10");
    let sign = text.chars().next().filter(|it| matches!(it, '+' | '-')).unwrap_or(' ');
    let digits = text.trim_start_matches(['+', '-']);
    let (digits, factor) = match digits.chars().last() {
        Some('k' | 'K') => (&digits[..digits.len() - 1], 1_024),
        Some('M') => (&digits[..digits.len() - 1], 1_048_576),
        _ => (digits, 1),
    };
    let what = if bytes { "bytes" } else { "lines" };
    let count: usize = digits.parse().map_err(|_| format!("invalid number of {what}: '{text}'"))?;
    Ok(Amount { bytes, count: count.saturating_mul(factor), sign })
}

/// Prints the first lines.
pub(super) async fn head(context: Context) -> ExitCode {
    let arguments = match HEAD.read(&context).await {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let amount = match amount(&arguments) {
        Ok(amount) => amount,
        Err(message) => {
            context.complain(format!("head: {message}")).await;
            return 1;
        }
    };
    each(&context, "head", &arguments, amount).await
}

/// Prints the wanted part of each input, with headings between several.
async fn each(context: &Context, name: &str, arguments: &Arguments, amount: Amount) -> ExitCode {
    let files = arguments.files();
    let headings = (files.len() > 1 || arguments.has("v")) && !arguments.has("q");
    let (mut code, mut first) = (0, true);
    for file in &files {
        let input = match context.open(file) {
            Ok(input) => input,
            Err(error) => {
                let message = match error {
                    crate::files::FileError::IsDirectory => {
                        format!("{name}: error reading '{file}': {error}")
                    }
                    error => format!("{name}: cannot open '{file}' for reading: {error}"),
                };
                context.complain(message).await;
                code = 1;
                continue;
            }
        };
        if headings {
            let shown = if file == "-" { "standard input" } else { file };
            let gap = if first { "" } else { "\n" };
            if context.print(format!("{gap}==> {shown} <==\n")).await.is_err() {
                return 141;
            }
        }
        first = false;
        let printed = match name {
            "head" => self::first(context, input, amount).await,
            _ => last(context, input, amount).await,
        };
        if printed.is_err() {
            return 141;
        }
    }
    code
}

async fn first(context: &Context, mut input: Input, amount: Amount) -> Result<(), Closed> {
    if amount.sign == '-' {
        let Some(all) = input.read_to_end(crate::files::MAX_TOTAL_BYTES).await else {
            return Ok(());
        };
        let kept = if amount.bytes {
            all.len().saturating_sub(amount.count)
        } else {
            let ends: Vec<usize> = lines(&all).map(<[u8]>::len).collect();
            ends[..ends.len().saturating_sub(amount.count)].iter().sum()
        };
        return context.print(all[..kept].to_vec()).await;
    }
    let mut left = amount.count;
    while left > 0 {
        let next = if amount.bytes {
            input.read().await.map(|chunk| chunk.to_vec())
        } else {
            input.read_line().await
        };
        let Some(mut piece) = next else { break };
        if amount.bytes {
            piece.truncate(left);
            left -= piece.len();
        } else {
            left -= 1;
        }
        context.print(piece).await?;
    }
    Ok(())
}

/// Prints the last lines.
pub(super) async fn tail(context: Context) -> ExitCode {
    let arguments = match TAIL.read(&context).await {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let amount = match amount(&arguments) {
        Ok(amount) => amount,
        Err(message) => {
            context.complain(format!("tail: {message}")).await;
            return 1;
        }
    };
    let code = each(&context, "tail", &arguments, amount).await;
    if code == 0 && (arguments.has("f") || arguments.has("F")) {
        return follow(&context, &arguments).await;
    }
    code
}

async fn last(context: &Context, mut input: Input, amount: Amount) -> Result<(), Closed> {
    if !amount.bytes && amount.sign != '+' {
        let mut kept: VecDeque<Vec<u8>> = VecDeque::new();
        let (mut size, mut most) = (0, 0);
        let mut held = context.share.hold(0);
        while let Some(line) = input.read_line().await {
            size += line.len() + LINE;
            kept.push_back(line);
            while kept.len() > amount.count || size > crate::files::MAX_TOTAL_BYTES {
                size -= kept.pop_front().map_or(0, |line| line.len() + LINE);
            }
            let more = size.saturating_sub(most);
            if !held.as_mut().is_some_and(|held| held.grow(more)) {
                context.complain(format!("tail: {}", crate::files::FileError::NoMemory)).await;
                return Ok(());
            }
            most += more;
        }
        return context.print(kept.into_iter().flatten().collect::<Vec<u8>>()).await;
    }
    let Some(all) = input.read_to_end(crate::files::MAX_TOTAL_BYTES).await else { return Ok(()) };
    let start = match (amount.bytes, amount.sign) {
        (true, '+') => amount.count.saturating_sub(1).min(all.len()),
        (true, _) => all.len().saturating_sub(amount.count),
        (false, _) => lines(&all).take(amount.count.saturating_sub(1)).map(<[u8]>::len).sum(),
    };
    context.print(all[start..].to_vec()).await
}

/// Looks four times a second for what was added to the files.
async fn follow(context: &Context, arguments: &Arguments) -> ExitCode {
    let paths: Vec<String> = arguments.operands.iter().map(|file| context.path(file)).collect();
    let size = |path: &String| context.files.read(path).map_or(0, |bytes| bytes.len());
    let mut sizes: Vec<usize> = paths.iter().map(size).collect();
    loop {
        if paths.is_empty() {
            return 0;
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
        for (path, old) in paths.iter().zip(sizes.iter_mut()) {
            let Some(bytes) = context.files.read(path) else { continue };
            if bytes.len() < *old {
                *old = 0;
            }
            if context.print(bytes.slice(*old..)).await.is_err() {
                return 141;
            }
            *old = bytes.len();
        }
    }
}
