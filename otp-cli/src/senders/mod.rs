//! The senders that come with the program itself.

mod console;
mod file;

pub use console::ConsoleSender;
pub use file::FileSender;
