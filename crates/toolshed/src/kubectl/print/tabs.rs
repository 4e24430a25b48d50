//! Columns of text as Go's `tabwriter` lays them out.
//!
//! A column is a run of consecutive lines that have a cell there followed by another cell; its
//! width is that of its widest cell. The last cell of a line belongs to no column.

/// How columns are laid out.
#[derive(Clone, Debug)]
pub(crate) struct Tabs {
    least: usize,
    padding: usize,
    remember: bool,
    remembered: Vec<usize>,
}

impl Tabs {
    /// As `kubectl get` does; widths are remembered from one batch of lines to the next.
    pub(crate) fn table() -> Self {
        Self { least: 6, padding: 3, remember: true, remembered: Vec::new() }
    }

    /// As `kubectl describe` does.
    pub(crate) fn describe() -> Self {
        Self { least: 0, padding: 2, remember: false, remembered: Vec::new() }
    }

    /// Forgets the widths of earlier batches.
    pub(crate) fn forget(&mut self) {
        self.remembered.clear();
    }

    /// Lays out lines whose cells are separated by tabs.
    pub(crate) fn render(&mut self, text: &str) -> String {
        let lines: Vec<Vec<&str>> =
            text.split('\n').map(|line| line.split('\t').collect()).collect();
        let mut layout = Layout { tabs: self, lines: &lines, out: String::new() };
        let mut widths = Vec::new();
        layout.block(&mut widths, 0, lines.len());
        let mut out = layout.out;
        out.pop();
        out
    }
}

struct Layout<'a> {
    tabs: &'a mut Tabs,
    lines: &'a [Vec<&'a str>],
    out: String,
}

impl Layout<'_> {
    /// Lays out the lines `from..to`, whose first columns have the widths known so far.
    fn block(&mut self, widths: &mut Vec<usize>, mut from: usize, to: usize) {
        let column = widths.len();
        let mut at = from;
        while at < to {
            if column + 1 >= self.lines[at].len() {
                at += 1;
                continue;
            }
            self.print(widths, from, at);
            from = at;
            let mut width = self.tabs.least;
            while at < to && column + 1 < self.lines[at].len() {
                width = width.max(self.lines[at][column].chars().count() + self.tabs.padding);
                at += 1;
            }
            if self.tabs.remember {
                match self.tabs.remembered.get_mut(column) {
                    Some(known) => {
                        *known = width.max(*known);
                        width = *known;
                    }
                    None => self.tabs.remembered.push(width),
                }
            }
            widths.push(width);
            self.block(widths, from, at);
            widths.pop();
            from = at;
        }
        self.print(widths, from, to);
    }

    fn print(&mut self, widths: &[usize], from: usize, to: usize) {
        for line in &self.lines[from..to] {
            for (index, cell) in line.iter().enumerate() {
                self.out.push_str(cell);
                if let Some(width) = widths.get(index).filter(|_| index + 1 < line.len()) {
                    let pad = width.saturating_sub(cell.chars().count());
                    self.out.extend(std::iter::repeat_n(' ', pad));
                }
            }
            self.out.push('\n');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_as_wide_as_its_widest_cell() {
        assert_eq!(
            Tabs::table().render("NAME\tREADY\nlong-name-here\t1/1\n"),
            "NAME             READY\nlong-name-here   1/1\n"
        );
    }

    #[test]
    fn a_line_without_the_cell_ends_the_column() {
        assert_eq!(
            Tabs::describe().render("Name:\tx\nLabels:\t<none>\nEvents:\na\tb\n"),
            "Name:    x\nLabels:  <none>\nEvents:\na  b\n"
        );
    }
}
