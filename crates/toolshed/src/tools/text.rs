//! `cat`, `tac`, `rev`, `nl`, `tee` and `less`.

use super::options::{Buffer, Usage, lines};
use crate::tool::{Context, ExitCode};

const CAT: Usage = Usage {
    name: "cat",
    flags: "n/number b/number-nonblank s/squeeze-blank E/show-ends T/show-tabs A/show-all v/show-nonprinting e t u",
    help: "Usage: cat [OPTION]... [FILE]...\nPrint FILE(s), or standard input without FILE or when FILE is -.\n\n  -A  equivalent to -vET\n  -b  number nonempty lines\n  -E  show $ at the end of each line\n  -n  number all lines\n  -s  squeeze repeated empty lines\n  -T  show tabs as ^I\n  -v  show control characters as ^X\n",
    wrong: 1,
};

/// Prints files.
pub(super) async fn cat(context: Context) -> ExitCode {
    let arguments = match CAT.read(&context).await {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let all = arguments.has("A");
    let style = Style {
        number: arguments.has("n"),
        number_nonblank: arguments.has("b"),
        squeeze: arguments.has("s"),
        ends: all || arguments.has("E") || arguments.has("e"),
        tabs: all || arguments.has("T") || arguments.has("t"),
        visible: all || arguments.has("v") || arguments.has("e") || arguments.has("t"),
    };
    let (mut code, mut count, mut blank) = (0, 0_u64, false);
    for file in arguments.files() {
        let mut input = match context.open(&file) {
            Ok(input) => input,
            Err(error) => {
                context.complain(format!("cat: {file}: {error}")).await;
                code = 1;
                continue;
            }
        };
        if style.is_plain() {
            while let Some(chunk) = input.read().await {
                if context.print(chunk).await.is_err() {
                    return 141;
                }
            }
            continue;
        }
        while let Some(line) = input.read_line().await {
            let empty = line == b"\n";
            if style.squeeze && empty && blank {
                continue;
            }
            blank = empty;
            if context.print(style.show(&line, &mut count)).await.is_err() {
                return 141;
            }
        }
    }
    code
}

#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
struct Style {
    number: bool,
    number_nonblank: bool,
    squeeze: bool,
    ends: bool,
    tabs: bool,
    visible: bool,
}

impl Style {
    fn is_plain(&self) -> bool {
        let Self { number, number_nonblank, squeeze, ends, tabs, visible } = self;
        !(*number || *number_nonblank || *squeeze || *ends || *tabs || *visible)
    }

    fn show(&self, line: &[u8], count: &mut u64) -> Vec<u8> {
        let mut shown = Vec::with_capacity(line.len() + 8);
        let empty = line == b"\n";
        if self.number_nonblank && !empty || self.number && !self.number_nonblank {
            *count += 1;
            shown.extend_from_slice(format!("{count:6}\t").as_bytes());
        }
        for &byte in line {
            match byte {
                b'\n' => {
                    if self.ends {
                        shown.push(b'$');
                    }
                    shown.push(b'\n');
                }
                b'\t' if self.tabs => shown.extend_from_slice(b"^I"),
                b'\t' => shown.push(byte),
                _ if self.visible => show_byte(byte, &mut shown),
                _ => shown.push(byte),
            }
        }
        shown
    }
}

fn show_byte(byte: u8, shown: &mut Vec<u8>) {
    match byte {
        0..=31 => shown.extend_from_slice(&[b'^', byte + 64]),
        32..=126 => shown.push(byte),
        127 => shown.extend_from_slice(b"^?"),
        128..=255 => {
            shown.extend_from_slice(b"M-");
            show_byte(byte - 128, shown);
        }
    }
}

const TAC: Usage = Usage {
    name: "tac",
    flags: "",
    help: "Usage: tac [FILE]...\nPrint each FILE with its lines in reverse order.\n",
    wrong: 1,
};

/// Prints lines in reverse order.
pub(super) async fn tac(context: Context) -> ExitCode {
    whole(&context, &TAC, |bytes| {
        lines(bytes).rev().flat_map(|line| line.iter().copied()).collect()
    })
    .await
}

const REV: Usage = Usage {
    name: "rev",
    flags: "",
    help: "Usage: rev [FILE]...\nPrint each line with its characters in reverse order.\n",
    wrong: 1,
};

/// Reverses each line.
pub(super) async fn rev(context: Context) -> ExitCode {
    whole(&context, &REV, |bytes| {
        let text = String::from_utf8_lossy(bytes);
        let reverse = |line: &str| {
            let body = line.trim_end_matches('\n');
            body.chars().rev().collect::<String>() + &line[body.len()..]
        };
        text.split_inclusive('\n').map(reverse).collect::<String>().into_bytes()
    })
    .await
}

async fn whole(context: &Context, usage: &Usage, change: fn(&[u8]) -> Vec<u8>) -> ExitCode {
    let arguments = match usage.read(context).await {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let mut code = 0;
    for file in arguments.files() {
        match context.contents(&file).await {
            Ok(bytes) => {
                let cost = bytes.len();
                let text = context.share.apart(cost, move || change(&bytes)).await;
                if context.print(text).await.is_err() {
                    return 141;
                }
            }
            Err(error) => {
                context.complain(format!("{}: {file}: {error}", usage.name)).await;
                code = 1;
            }
        }
    }
    code
}

const NL: Usage = Usage {
    name: "nl",
    flags: "b/body-numbering= w/number-width= s/number-separator=",
    help: "Usage: nl [-b a|t] [-w WIDTH] [-s TEXT] [FILE]...\nPrint files with numbered lines; -b a numbers empty lines too.\n",
    wrong: 1,
};

/// Numbers lines.
pub(super) async fn nl(context: Context) -> ExitCode {
    let arguments = match NL.read(&context).await {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let all = arguments.value("b") == Some("a");
    let width = arguments.value("w").and_then(|it| it.parse().ok()).unwrap_or(6_usize).min(100);
    let separator = arguments.value("s").unwrap_or("\t");
    let (mut code, mut number) = (0, 0);
    let mut buffer = Buffer::new(&context);
    for file in arguments.files() {
        let bytes = match context.contents(&file).await {
            Ok(bytes) => bytes,
            Err(error) => {
                context.complain(format!("nl: {file}: {error}")).await;
                code = 1;
                continue;
            }
        };
        for line in lines(&bytes) {
            let head = if all || line != b"\n" {
                number += 1;
                format!("{number:width$}{separator}")
            } else {
                " ".repeat(width + separator.len())
            };
            if buffer.add(head.as_bytes()).await.is_err() || buffer.add(line).await.is_err() {
                return 141;
            }
        }
    }
    buffer.finish(code).await
}

const TEE: Usage = Usage {
    name: "tee",
    flags: "a/append i/ignore-interrupts",
    help: "Usage: tee [-a] [FILE]...\nCopy standard input to each FILE and to standard output; -a appends.\n",
    wrong: 1,
};

/// Copies input to files and output.
pub(super) async fn tee(context: Context) -> ExitCode {
    let arguments = match TEE.read(&context).await {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let mut code = 0;
    let mut files = Vec::new();
    for file in &arguments.operands {
        let path = context.path(file);
        let opened = match context.files.is_directory(&path) {
            true => Err(crate::files::FileError::IsDirectory),
            false if arguments.has("a") => context.files.append(&path, b""),
            false => context.files.write(&path, ""),
        };
        match opened {
            Ok(()) => files.push((file, path)),
            Err(error) => {
                context.complain(format!("tee: {file}: {error}")).await;
                code = 1;
            }
        }
    }
    let mut stdin = context.stdin.clone();
    while let Some(chunk) = stdin.read().await {
        for (file, path) in &files {
            if let Err(error) = context.files.append(path, &chunk) {
                context.complain(format!("tee: {file}: {error}")).await;
                return 1;
            }
        }
        if context.print(chunk).await.is_err() && files.is_empty() {
            return 141;
        }
    }
    code
}

const LESS: Usage = Usage {
    name: "less",
    flags: "N/LINE-NUMBERS R/RAW-CONTROL-CHARS S/chop-long-lines F/quit-if-one-screen X i r",
    help: "Usage: less [FILE]...\nRead text page by page: Space goes on, Enter goes on by a line, q ends.\n",
    wrong: 1,
};

/// Shows text page by page when a person reads and types; prints it otherwise.
pub(super) async fn less(context: Context) -> ExitCode {
    let arguments = match LESS.read(&context).await {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let mut text = Vec::new();
    for file in arguments.files() {
        match context.contents(&file).await {
            Ok(bytes) if text.len() + bytes.len() > crate::files::MAX_FILE_BYTES => {
                context.complain(format!("{file}: {}", crate::files::FileError::TooLarge)).await;
                return 1;
            }
            Ok(bytes) => text.extend_from_slice(&bytes),
            Err(error) => {
                context.complain(format!("{file}: {error}")).await;
                return 1;
            }
        }
    }
    let rows = context.size().map_or(24, |size| usize::from(size.1)).max(2);
    // Keys come from standard input; text that came from there leaves none to type on.
    let keys = (context.stdin.is_terminal() && !arguments.operands.is_empty())
        .then(|| context.stdin.raw())
        .flatten();
    if keys.is_none() || !context.stdout.is_terminal() {
        return if context.print(text).await.is_ok() { 0 } else { 141 };
    }
    let mut stdin = context.stdin.clone();
    let mut left = rows - 1;
    for line in lines(&text) {
        if left == 0 {
            let _ = context.print("\x1b[7m--More-- (Space, Enter, q)\x1b[27m").await;
            let key = stdin.read().await.and_then(|it| it.first().copied());
            let _ = context.print("\r\x1b[K").await;
            left = match key {
                None | Some(b'q' | b'Q' | 3) => return 0,
                Some(b'\r' | b'\n' | b'j') => 1,
                Some(_) => rows - 1,
            };
        }
        if context.print(line.to_vec()).await.is_err() {
            return 141;
        }
        left -= 1;
    }
    0
}
