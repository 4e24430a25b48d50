//! `!!` and its like: lines of history within the line being typed.
//!
//! Known: `!!`, `!n`, `!-n`, `!text`, `!?text?`, the words `!$ !^ !*` and `:n :$ :^ :*` after an event,
//! and `^old^new`. What `!` means otherwise, in `[ ! … ]`, `[!a]`, `$!`, `!=`, it keeps.

/// The line with every event in its place, or `None` when there is none in it.
///
/// The error names an event that is not found.
pub(super) fn expand(line: &str, history: &[String]) -> Result<Option<String>, String> {
    if let Some(rest) = line.strip_prefix('^') {
        return substitute(rest, history).map(Some);
    }
    if !line.contains('!') {
        return Ok(None);
    }
    let mut out = String::new();
    let mut rest = line;
    let (mut single, mut double, mut found) = (false, false, false);
    while let Some(letter) = rest.chars().next() {
        let after = &rest[letter.len_utf8()..];
        let literal = match letter {
            '\\' if !single => {
                let next = after.chars().next().map_or(0, char::len_utf8);
                1 + next
            }
            '\'' if !double => {
                single = !single;
                1
            }
            '"' if !single => {
                double = !double;
                1
            }
            '!' if !single && !is_kept(&out, after, double) => 0,
            other => other.len_utf8(),
        };
        if literal > 0 {
            out.push_str(&rest[..literal]);
            rest = &rest[literal..];
            continue;
        }
        let (event, length) = event(after, history)?;
        found = true;
        let (words, designator) = designated(&after[length..], event);
        out.push_str(&words);
        rest = &after[length + designator..];
    }
    Ok(found.then_some(out))
}

/// Whether `!` means itself after `before` and in front of `after`.
fn is_kept(before: &str, after: &str, double: bool) -> bool {
    let next = after.chars().next();
    next.is_none_or(|next| next.is_whitespace() || "=(".contains(next))
        || (double && next == Some('"'))
        || before.ends_with(['$', '[', '{'])
}

/// The line that an event names, and how long its name is.
fn event<'a>(text: &str, history: &'a [String]) -> Result<(&'a str, usize), String> {
    let back = |count: usize| history.len().checked_sub(count).and_then(|at| history.get(at));
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let (found, length) = if text.starts_with('!') {
        (back(1), 1)
    } else if text.starts_with(['$', '^', '*', ':']) {
        (back(1), 0)
    } else if text.starts_with('-') && digits(&text[1..]) > 0 {
        let count = digits(&text[1..]);
        (text[1..=count].parse().ok().and_then(back), count + 1)
    } else if digits(text) > 0 {
        let count = digits(text);
        let number = text[..count].parse::<usize>().ok().and_then(|at| at.checked_sub(1));
        (number.and_then(|at| history.get(at)), count)
    } else if let Some(part) = text.strip_prefix('?') {
        let end = part.find('?').unwrap_or(part.len());
        let part = &part[..end];
        let length = (1 + end + 1).min(text.len());
        (history.iter().rev().find(|line| line.contains(part)), length)
    } else {
        let ends = |it: char| it.is_whitespace() || ":;&|()<>\"'".contains(it);
        let end = text.find(ends).unwrap_or(text.len());
        let start = &text[..end];
        (history.iter().rev().find(|line| line.starts_with(start)), end)
    };
    let name = format!("!{}", &text[..length]);
    found.map(|line| (line.as_str(), length)).ok_or_else(|| format!("{name}: event not found"))
}

/// The words of an event that a designator chooses, and the designator's length.
fn designated(text: &str, event: &str) -> (String, usize) {
    let (colon, rest) = match text.strip_prefix(':') {
        Some(rest) => (1, rest),
        None => (0, text),
    };
    let words: Vec<&str> = event.split_whitespace().collect();
    let word = |at: usize| words.get(at).map_or_else(String::new, |word| (*word).to_owned());
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    match rest.chars().next() {
        Some('$') => (word(words.len().saturating_sub(1)), colon + 1),
        Some('^') => (word(1), colon + 1),
        Some('*') => (words.get(1..).unwrap_or_default().join(" "), colon + 1),
        _ if colon == 1 && digits > 0 => {
            (rest[..digits].parse().map(word).unwrap_or_default(), 1 + digits)
        }
        _ => (event.to_owned(), 0),
    }
}

/// `^old^new`: the last line with a change.
fn substitute(text: &str, history: &[String]) -> Result<String, String> {
    let mut parts = text.splitn(3, '^');
    let (old, new) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    match history.last() {
        Some(line) if !old.is_empty() && line.contains(old) => Ok(line.replacen(old, new, 1)),
        _ => Err(format!(":s^{text}: substitution failed")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_become_lines_of_history() {
        let history = ["kubectl get pods -n dp", "echo 'a b'", "cat labs/echo.yaml"];
        let history = history.map(str::to_owned);
        let cases = [
            ("!!", "cat labs/echo.yaml"),
            ("head !$ | wc", "head labs/echo.yaml | wc"),
            ("!kub -w", "kubectl get pods -n dp -w"),
            ("!1", "kubectl get pods -n dp"),
            ("!-2", "echo 'a b'"),
            ("!?pods?", "kubectl get pods -n dp"),
            ("echo !1:2", "echo pods"),
            ("^cat^less", "less labs/echo.yaml"),
        ];
        for (line, expanded) in cases {
            assert_eq!(expand(line, &history), Ok(Some(expanded.to_owned())), "{line}");
        }
        assert_eq!(expand("!nope", &history), Err("!nope: event not found".to_owned()));
    }

    #[test]
    fn an_exclamation_mark_that_means_something_else_stays() {
        for line in [
            "echo 'hi !x'",
            "[ ! -f x ]",
            "echo \"done!\"",
            "ls [!a]*",
            "kill $!",
            "test a != b",
            "! true",
            "echo \\!x",
            "echo hi!",
        ] {
            assert_eq!(expand(line, &["x".to_owned()]), Ok(None), "{line}");
        }
    }
}
