//! [`Progress`]: how far a long command is, on standard error.

use std::io::{self, IsTerminal, Write};

use crate::output;

/// Cells of the bar.
const WIDTH: usize = 30;
/// Fewer things than this are done before anybody could read a line about them.
const FEWEST: usize = 500;

/// A bar on a terminal, a line for every tenth elsewhere.
pub(crate) struct Progress {
    what: &'static str,
    total: usize,
    is_terminal: bool,
    /// Hundredths (tenths where there is no terminal) shown last.
    shown: Option<usize>,
}

impl Progress {
    /// Of `total` things called `what`.
    pub(crate) fn new(what: &'static str, total: usize) -> Self {
        Self { what, total, is_terminal: io::stderr().is_terminal(), shown: None }
    }

    /// So many are done; more than the total counts as the total.
    pub(crate) fn show(&mut self, done: usize) {
        let Some(line) = self.line(done) else { return };
        if self.is_terminal {
            let mut stderr = io::stderr().lock();
            // There is nowhere to report that the bar cannot be drawn.
            let _ = write!(stderr, "\r{line}");
            let _ = stderr.flush();
        } else {
            output::diagnostic(format_args!("otp: {line}"));
        }
    }

    /// Leaves the terminal's line to what comes next.
    pub(crate) fn finish(self) {
        if self.is_terminal && self.shown.is_some() {
            let blank = " ".repeat(WIDTH + 2 * self.total.to_string().len() + self.what.len() + 12);
            let _ = write!(io::stderr().lock(), "\r{blank}\r");
        }
    }

    /// What to show next; `None` where it would hardly differ.
    fn line(&mut self, done: usize) -> Option<String> {
        let (done, total) = (done.min(self.total), self.total);
        let steps = if self.is_terminal { 100 } else { 10 };
        let step = (done * steps).checked_div(total)?;
        if total < FEWEST || self.shown == Some(step) {
            return None;
        }
        self.shown = Some(step);
        let count = format!("{done} of {total} {}", self.what);
        if !self.is_terminal {
            return Some(count);
        }
        let full = done * WIDTH / total;
        Some(format!("[{}{}] {count}", "#".repeat(full), "-".repeat(WIDTH - full)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(total: usize, is_terminal: bool, counts: &[usize]) -> Vec<String> {
        let mut progress = Progress { what: "challenges", total, is_terminal, shown: None };
        counts.iter().filter_map(|done| progress.line(*done)).collect()
    }

    #[test]
    fn a_bar_on_a_terminal_and_lines_elsewhere() {
        let bars = lines(1_000, true, &[500, 504, 2_000]);
        let bar = |full: usize| format!("[{}{}]", "#".repeat(full), "-".repeat(WIDTH - full));
        assert_eq!(
            bars,
            [format!("{} 500 of 1000 challenges", bar(15)), format!("{} 1000 of 1000 challenges", bar(30))]
        );
        assert_eq!(
            lines(1_000, false, &[500, 550, 600]),
            ["500 of 1000 challenges", "600 of 1000 challenges"]
        );
        assert_eq!(lines(499, false, &[499]), [""; 0]);
        assert_eq!(lines(0, true, &[0]), [""; 0]);
    }
}
