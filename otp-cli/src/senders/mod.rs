//! The senders that come with the program itself.

mod console;
mod file;

pub(crate) use console::ConsoleSender;
pub(crate) use file::FileSender;
