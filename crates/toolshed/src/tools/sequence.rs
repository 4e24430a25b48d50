//! `seq` and `yes`.

use super::options::{Buffer, Usage};
use crate::tool::{Context, ExitCode};

const SEQ: Usage = Usage {
    name: "seq",
    flags: "",
    help: "Usage: seq [-s TEXT] [-w] [FIRST [INCREMENT]] LAST\nPrint numbers from FIRST to LAST.\n\n  -s TEXT  print TEXT between numbers\n  -w       make all numbers equally wide\n",
    wrong: 1,
};

/// Prints numbers.
pub(super) async fn seq(context: Context) -> ExitCode {
    if let Err(code) = (Usage { flags: "s/separator= w/equal-width 0 1 2 3 4 5 6 7 8 9 .", ..SEQ })
        .read(&context)
        .await
    {
        return code;
    }
    let range = match Range::read(&context.args) {
        Ok(range) => range,
        Err(complaint) => return SEQ.refuse(&context, &complaint).await,
    };
    range.print(&context).await
}

/// The numbers that are asked for, and how they are shown.
struct Range {
    first: f64,
    step: f64,
    last: f64,
    decimals: usize,
    wide: bool,
    separator: String,
}

impl Range {
    /// Reads the words; negative numbers look like flags, so that is done here once more.
    fn read(args: &[String]) -> Result<Self, String> {
        let (mut separator, mut wide, mut numbers) = ("\n".to_owned(), false, Vec::new());
        let mut words = args.iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                "-s" => separator = words.next().cloned().unwrap_or_default(),
                "-w" | "--equal-width" => wide = true,
                "--" => {}
                other if other.starts_with("-s") => other[2..].clone_into(&mut separator),
                number => numbers.push(number),
            }
        }
        let mut values = Vec::new();
        for text in &numbers {
            let value = text.parse::<f64>().ok().filter(|value| value.is_finite());
            values.push(value.ok_or_else(|| format!("invalid floating point argument: '{text}'"))?);
        }
        let (first, step, last) = match values.as_slice() {
            [last] => (1.0, 1.0, *last),
            [first, last] => (*first, 1.0, *last),
            [first, step, last] => (*first, *step, *last),
            [] => return Err("missing operand".to_owned()),
            _ => return Err(format!("extra operand '{}'", numbers[3])),
        };
        if step == 0.0 {
            return Err(format!("invalid Zero increment value: '{}'", numbers[1]));
        }
        let decimals =
            numbers.iter().map(|text| text.split_once('.').map_or(0, |it| it.1.len())).max();
        let decimals = decimals.unwrap_or(0).min(20);
        Ok(Self { first, step, last, decimals, wide, separator })
    }

    async fn print(&self, context: &Context) -> ExitCode {
        let Self { first, step, last, decimals, wide, ref separator } = *self;
        let show = |value: f64| format!("{value:.decimals$}");
        let width = if wide { show(first).len().max(show(last).len()) } else { 0 };
        let mut buffer = Buffer::new(context);
        let mut index = 0_u32;
        loop {
            let value = first + f64::from(index) * step;
            let past = if step > 0.0 { value > last + 1e-9 } else { value < last - 1e-9 };
            if past {
                break;
            }
            let text = show(value);
            let (sign, digits) = text.split_at(usize::from(text.starts_with('-')));
            let room = width.saturating_sub(sign.len());
            let lead = if index > 0 { separator.as_str() } else { "" };
            if buffer.add(format!("{lead}{sign}{digits:0>room$}").as_bytes()).await.is_err() {
                return 141;
            }
            index += 1;
        }
        if index > 0 && buffer.add(b"\n").await.is_err() {
            return 141;
        }
        buffer.finish(0).await
    }
}

const YES: Usage = Usage {
    name: "yes",
    flags: "",
    help: "Usage: yes [TEXT]...\nPrint TEXT, or y, until Ctrl-C.\n",
    wrong: 1,
};

/// Prints a line until stopped.
pub(super) async fn yes(context: Context) -> ExitCode {
    let arguments = match YES.read(&context).await {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let text =
        if arguments.operands.is_empty() { "y".to_owned() } else { arguments.operands.join(" ") };
    let line = text + "\n";
    let block = bytes::Bytes::from(line.repeat((4_096 / line.len()).max(1)));
    while context.print(block.clone()).await.is_ok() {}
    141
}
