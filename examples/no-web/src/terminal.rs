//! Lines in and out.

use std::{
    io::{self, IsTerminal, Write},
    time::Duration,
};

use tokio::io::{AsyncBufReadExt, BufReader, Lines, Stdin, stdin};

/// The person's keyboard and screen, or what a script puts in their place.
pub(crate) struct Terminal {
    keyboard: Lines<BufReader<Stdin>>,
    is_screen: bool,
}

impl Terminal {
    pub(crate) fn new() -> Self {
        Self {
            keyboard: BufReader::new(stdin()).lines(),
            is_screen: io::stdin().is_terminal() && io::stdout().is_terminal(),
        }
    }

    /// Shows one line.
    pub(crate) fn say(&self, text: &str) -> io::Result<()> {
        writeln!(io::stdout(), "{text}")
    }

    /// Asks for one line, without white space around it; `None` where there are no more.
    pub(crate) async fn ask(&mut self, prompt: &str) -> io::Result<Option<String>> {
        show_prompt(prompt)?;
        self.read().await
    }

    /// The same with a line above that is written anew every second, on a screen; elsewhere it is written once.
    pub(crate) async fn ask_below(
        &mut self,
        line: impl Fn() -> String,
        prompt: &str,
    ) -> io::Result<Option<String>> {
        self.say(&line())?;
        show_prompt(prompt)?;
        let mut second = tokio::time::interval(Duration::from_secs(1));
        loop {
            tokio::select! {
                answer = self.read() => return answer,
                _ = second.tick(), if self.is_screen => rewrite_line_above(&line())?,
            }
        }
    }

    async fn read(&mut self) -> io::Result<Option<String>> {
        Ok(self.keyboard.next_line().await?.map(|line| line.trim().to_owned()))
    }
}

fn show_prompt(prompt: &str) -> io::Result<()> {
    let mut screen = io::stdout();
    write!(screen, "{prompt}")?;
    screen.flush()
}

/// Save the cursor, one line up, to its beginning, clear it, write, back to the cursor: what is being typed stays.
fn rewrite_line_above(line: &str) -> io::Result<()> {
    let mut screen = io::stdout();
    write!(screen, "\x1b7\x1b[1A\r\x1b[2K{line}\x1b8")?;
    screen.flush()
}
