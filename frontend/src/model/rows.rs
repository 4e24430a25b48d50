//! The open shells as a line of text, which a window keeps from page to page: `ada-1-cp 1,2 2`.
//!
//! **Invariant:** what cannot be read, or is of another lab, is one shell.

/// The most shells that a row holds.
const MOST: u32 = 4;

/// The line for a lab's shells and the one that is shown.
pub fn write(lab: &str, numbers: &[u32], current: u32) -> String {
    let numbers: Vec<_> = numbers.iter().map(u32::to_string).collect();
    format!("{lab} {} {current}", numbers.join(","))
}

/// The shells of a line, and the one that is shown.
pub fn read(line: &str, lab: &str) -> (Vec<u32>, u32) {
    let one = (vec![1], 1);
    let mut parts = line.split(' ');
    if parts.next() != Some(lab) {
        return one;
    }
    let number = |text: &str| text.parse().ok().filter(|number| (1..=MOST).contains(number));
    let mut numbers: Vec<u32> =
        parts.next().unwrap_or_default().split(',').filter_map(number).collect();
    numbers.dedup();
    let current = parts.next().and_then(number).filter(|current| numbers.contains(current));
    current.map_or(one, |current| (numbers, current))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_open_is_open_again() {
        assert_eq!(read(&write("ada-1-cp", &[1, 3], 3), "ada-1-cp"), (vec![1, 3], 3));
    }

    #[test]
    fn another_lab_and_nonsense_open_one_shell() {
        for line in ["", "ada-1-cp", "bob-1-cp 1,2 2", "ada-1-cp 9,x 9", "ada-1-cp 1,2 3"] {
            assert_eq!(read(line, "ada-1-cp"), (vec![1], 1), "{line}");
        }
    }
}
