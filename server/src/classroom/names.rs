//! Names of people and classes: any script, no tricks.

/// Why a name was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameError {
    /// Nothing is left of it.
    Empty,
    /// It has more characters than allowed.
    TooLong,
}

/// A name as it is kept: without control characters and marks that change the direction of writing, with single
/// spaces. Markup stays as it was typed; whoever shows a name escapes it.
pub fn clean(typed: &str, longest: usize) -> Result<String, NameError> {
    // Four times the limit is more than any honest name has before it is trimmed.
    if typed.len() > longest.saturating_mul(16) {
        return Err(NameError::TooLong);
    }
    let visible: String = typed
        .chars()
        .filter(|one| one.is_whitespace() || !(one.is_control() || is_invisible(*one)))
        .collect();
    let name = visible.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() {
        Err(NameError::Empty)
    } else if name.chars().count() > longest {
        Err(NameError::TooLong)
    } else {
        Ok(name)
    }
}

/// Zero-width and direction marks, and what is not a character at all. The joiners stay: some scripts need them.
fn is_invisible(one: char) -> bool {
    matches!(
        one,
        '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffc}' | '\u{e0000}'..='\u{e0fff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_any_script_are_kept() {
        for name in ["Zoë", "José da Silva", "李雷", "محمد", "Ольга", "O'Neill", "<b>Ada</b>"]
        {
            assert_eq!(clean(&format!("  {name}\t"), 60).as_deref(), Ok(name));
        }
    }

    #[test]
    fn tricks_are_taken_out() {
        assert_eq!(clean("A\u{202e}da\u{0} \n Love", 60).as_deref(), Ok("Ada Love"));
        assert_eq!(clean(" \u{200b} ", 60), Err(NameError::Empty));
        assert_eq!(clean(&"x".repeat(10_000), 60), Err(NameError::TooLong));
        assert_eq!(clean(&"é".repeat(61), 60), Err(NameError::TooLong));
    }
}
