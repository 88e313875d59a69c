//! The rows of a batch, all at once: one statement reads them, one writes them.

mod columns;
mod load;
mod write;

pub(super) use self::{load::load, write::write};

pub(super) const HAS_STAMPS: bool = true;
