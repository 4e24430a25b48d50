//! The shell's variables in a block of code: `$CP_NS` and `${CP_NS}`.
//!
//! **Invariant:** a name that only begins like a variable's (`$CP_NSX`) is another variable.

/// The variables that stand for the learner's own values.
pub const NAMES: [&str; 3] = ["CP_NS", "DP_NS", "LEARNER"];

/// `text` with every use of the variable `name` replaced.
pub fn fill(text: &str, name: &str, value: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let length = used(rest, name);
        if length == 0 {
            out.push('$');
            rest = &rest[1..];
        } else {
            out.push_str(value);
            rest = &rest[length..];
        }
    }
    out.push_str(rest);
    out
}

/// How many bytes the use of the variable at the start of `text` takes; none if it is no use of it.
fn used(text: &str, name: &str) -> usize {
    let braced = text.strip_prefix("${").and_then(|rest| rest.strip_prefix(name));
    if braced.is_some_and(|rest| rest.starts_with('}')) {
        return name.len() + 3;
    }
    let plain = text.strip_prefix('$').and_then(|rest| rest.strip_prefix(name));
    let goes_on = |it: char| it.is_ascii_alphanumeric() || it == '_';
    match plain {
        Some(rest) if !rest.starts_with(goes_on) => name.len() + 1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_of_writing_a_variable_are_filled_in() {
        let text = "kubectl -n $CP_NS get ns ${CP_NS}; echo $CP_NSX ${CP_NS:-x} $ \"$CP_NS\"";

        let filled = fill(text, "CP_NS", "ada-cp");

        let expected = "kubectl -n ada-cp get ns ada-cp; echo $CP_NSX ${CP_NS:-x} $ \"ada-cp\"";
        assert_eq!(filled, expected);
    }
}
