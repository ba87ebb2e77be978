//! The terminal: taken, and given back whatever happens, also when it has gone away meanwhile.

use std::io::{Result, Stdout, Write, stdout};

use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{
    Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};

/// Takes the terminal: keys come one by one, and what was shown before is kept aside.
///
/// # Errors
/// When it is none.
pub(super) fn take() -> Result<Terminal<CrosstermBackend<Lenient>>> {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        give_back();
        hook(panic);
    }));
    enable_raw_mode()?;
    // A terminal that keeps nothing aside still shows what was said before.
    execute!(stdout(), EnterAlternateScreen, Clear(ClearType::All))?;
    Terminal::new(CrosstermBackend::new(Lenient(stdout())))
}

/// Gives the terminal back. One that has gone away needs nothing back.
pub(super) fn give_back() {
    disable_raw_mode().ok();
    execute!(stdout(), LeaveAlternateScreen).ok();
}

/// What is drawn for nobody is lost. `Terminal` complains of that on the standard error when it is dropped, and complaining there panics when
/// the standard error is the terminal that has gone away.
#[derive(Debug)]
pub(super) struct Lenient(Stdout);

impl Write for Lenient {
    fn write(&mut self, buffer: &[u8]) -> Result<usize> {
        Ok(self.0.write(buffer).unwrap_or(buffer.len()))
    }

    fn flush(&mut self) -> Result<()> {
        self.0.flush().or(Ok(()))
    }
}
