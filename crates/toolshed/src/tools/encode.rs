//! `base64` and sums.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::options::{Contents, Usage};
use crate::tool::{Context, ExitCode};

const BASE64: Usage = Usage {
    name: "base64",
    flags: "d/decode D i/ignore-garbage w/wrap=",
    help: "Usage: base64 [OPTION]... [FILE]\nEncode FILE, or standard input, in base64.\n\n  -d  decode   -i  when decoding, ignore other characters\n  -w COLS  wrap lines after COLS characters (76); 0 does not wrap\n",
    wrong: 1,
};

/// Encodes or decodes base64.
pub(super) async fn base64(context: Context) -> ExitCode {
    let arguments = match BASE64.read(&context).await {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    if let Some(extra) = arguments.operands.get(1) {
        return BASE64.refuse(&context, &format!("extra operand '{extra}'")).await;
    }
    let file = arguments.operands.first().map_or("-", String::as_str);
    let bytes = match context.contents(file).await {
        Ok(bytes) => bytes,
        Err(error) => {
            context.complain(format!("base64: {file}: {error}")).await;
            return 1;
        }
    };
    if arguments.has("d") || arguments.has("D") {
        return decode(&context, bytes, arguments.has("i")).await;
    }
    let cost = bytes.len();
    let Ok(wrap) = arguments.value("w").unwrap_or("76").parse::<usize>() else {
        let text = arguments.value("w").unwrap_or_default();
        context.complain(format!("base64: invalid wrap size: '{text}'")).await;
        return 1;
    };
    let encode = move || {
        let encoded = STANDARD.encode(&**bytes);
        if wrap == 0 {
            return encoded;
        }
        let lines = encoded.as_bytes().chunks(wrap);
        lines.map(|line| String::from_utf8_lossy(line) + "\n").collect()
    };
    let text = context.share.apart(cost, encode).await;
    if context.print(text).await.is_ok() { 0 } else { 141 }
}

async fn decode(context: &Context, bytes: Contents, ignore: bool) -> ExitCode {
    let cost = bytes.len();
    let (text, whole) = context.share.apart(cost, move || plain(&bytes, ignore)).await;
    if context.print(text).await.is_err() {
        return 141;
    }
    if !whole {
        context.complain("base64: invalid input").await;
        return 1;
    }
    0
}

/// What was encoded, and whether nothing is wrong with it.
fn plain(bytes: &[u8], ignore: bool) -> (Vec<u8>, bool) {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte);
    let mut plain: Vec<u8> = bytes.iter().copied().filter(|byte| *byte != b'\n').collect();
    if ignore {
        plain.retain(|byte| known(*byte));
    }
    let valid = plain.iter().take_while(|byte| known(**byte)).count();
    let decoded = STANDARD.decode(&plain[..valid]);
    if let Ok(text) = decoded {
        (text, valid == plain.len())
    } else {
        // As the real one: what is whole is printed before the complaint.
        let head = &plain[..valid - valid % 4];
        let head: Vec<u8> = head.iter().copied().take_while(|byte| *byte != b'=').collect();
        let head = &head[..head.len() - head.len() % 4];
        (STANDARD.decode(head).unwrap_or_default(), false)
    }
}

const SHA256SUM: Usage = Usage {
    name: "sha256sum",
    flags: "b/binary t/text",
    help: "Usage: sha256sum [FILE]...\nPrint SHA-256 sums.\n",
    wrong: 1,
};

/// Prints SHA-256 sums.
pub(super) async fn sha256sum(context: Context) -> ExitCode {
    let arguments = match SHA256SUM.read(&context).await {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let mut code = 0;
    for file in arguments.files() {
        let line = match context.contents(&file).await {
            Ok(bytes) => {
                let cost = bytes.len();
                let digest = move || Sha256::digest(&**bytes);
                let sum = context.share.apart(cost, digest).await;
                let hex = sum.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
                format!("{hex}  {file}\n")
            }
            Err(error) => {
                context.complain(format!("sha256sum: {file}: {error}")).await;
                code = 1;
                continue;
            }
        };
        if context.print(line).await.is_err() {
            return 141;
        }
    }
    code
}

/// MD5 is not offered; the message says what is.
pub(super) async fn md5sum(context: Context) -> ExitCode {
    context.complain("md5sum: not available here; use sha256sum").await;
    1
}
