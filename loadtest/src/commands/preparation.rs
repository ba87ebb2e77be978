//! How far the registering is: on one line of a terminal that changes, in a log on a line now and then.

use std::io::{IsTerminal as _, Write, stderr};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::world::Progress;

/// A log needs no more than that.
const TELL_LOG_EVERY: Duration = Duration::from_secs(5);
const CLEAR_TO_END_OF_LINE: &str = "\x1b[K";

/// Says on the standard error how far it is.
pub(super) fn preparation() -> Box<Progress> {
    let told = Mutex::new(Told::to(stderr(), stderr().is_terminal()));
    Box::new(move |what, done, total| told.lock().tell(what, done, total, Instant::now()))
}

/// What was said last.
#[derive(Debug)]
struct Told<W: Write> {
    writer: W,
    is_terminal: bool,
    text: String,
    at: Option<Instant>,
    /// The line is not yet at its end.
    is_open: bool,
}

impl<W: Write> Told<W> {
    const fn to(writer: W, is_terminal: bool) -> Self {
        Self { writer, is_terminal, text: String::new(), at: None, is_open: false }
    }

    fn tell(&mut self, what: &str, done: usize, total: usize, now: Instant) {
        let text = format!("registering {what}: {done} of {total}");
        let whole = done >= total;
        let soon = self.at.is_some_and(|at| now.duration_since(at) < TELL_LOG_EVERY);
        if text == self.text || (!self.is_terminal && !whole && soon) {
            return;
        }
        let (begin, end) = match (self.is_terminal, whole) {
            (true, true) => ("\r", "\x1b[K\n"),
            (true, false) => ("\r", CLEAR_TO_END_OF_LINE),
            (false, _) => ("", "\n"),
        };
        self.write(&format!("{begin}{text}{end}"));
        self.is_open = self.is_terminal && !whole;
        (self.text, self.at) = (text, Some(now));
    }

    /// Whoever no longer listens misses nothing.
    fn write(&mut self, text: &str) {
        self.writer.write_all(text.as_bytes()).and_then(|()| self.writer.flush()).ok();
    }
}

impl<W: Write> Drop for Told<W> {
    /// What is said next begins on a line of its own, also when the registering broke off.
    fn drop(&mut self) {
        if self.is_open {
            self.write("\n");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is written when it is told this, a second apart.
    fn written(is_terminal: bool, told: &[(usize, usize)]) -> String {
        let mut text = Vec::new();
        let began = Instant::now();
        let mut line = Told::to(&mut text, is_terminal);
        for ((done, total), second) in told.iter().zip(0..) {
            line.tell("desks", *done, *total, began + Duration::from_secs(second));
        }
        drop(line);
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn a_terminal_shows_one_line_that_changes() {
        let shown = written(true, &[(0, 9), (4, 9), (9, 9), (9, 9)]);
        let expected =
            "\rregistering desks: 0 of 9\x1b[K\rregistering desks: 4 of 9\x1b[K\rregistering desks: 9 of 9\x1b[K\n";
        assert_eq!(shown, expected);
        assert!(written(true, &[(4, 9)]).ends_with("4 of 9\x1b[K\n"), "a line that broke off is ended");
    }

    #[test]
    fn a_log_holds_a_line_now_and_then_and_the_last_one() {
        let progress: Vec<(usize, usize)> = (0..9).map(|done| (done, 9)).chain([(9, 9), (9, 9)]).collect();
        let lines = written(false, &progress);
        assert_eq!(lines, "registering desks: 0 of 9\nregistering desks: 5 of 9\nregistering desks: 9 of 9\n");
    }
}
