//! Changes of one table, sorted by what is to be done.

use crate::{
    database::{Change, Stamp},
    rows::Stored,
};

/// Rows and keys, each list in the order of the keys, beside the stamps that the rows must still bear.
pub(crate) struct Sorted<'c, R: Stored> {
    /// All that there are already, whatever is to be done.
    pub(crate) present: (Vec<R::Key>, Vec<Option<Stamp>>),
    pub(crate) deleted: (Vec<R::Key>, Vec<Option<Stamp>>),
    pub(crate) inserted: Vec<R::Row<'c>>,
    /// Where a smaller set of columns tells all that changed.
    pub(crate) progressed: (Vec<R::Part<'c>>, Vec<Option<Stamp>>),
    pub(crate) updated: (Vec<R::Row<'c>>, Vec<Option<Stamp>>),
}

impl<'c, R: Stored> Sorted<'c, R> {
    /// Sorts `changes`; with `has_parts`, what a smaller set of columns tells is told by it.
    pub(crate) fn new(changes: &'c [Change<'c, R>], has_parts: bool) -> Self {
        let mut sorted = Self {
            present: Default::default(),
            deleted: Default::default(),
            inserted: Vec::new(),
            progressed: Default::default(),
            updated: Default::default(),
        };
        for change in changes {
            if let Change::Update { old, stamp, .. }
            | Change::Delete { old, stamp }
            | Change::Keep { old, stamp } = change
            {
                push(&mut sorted.present, old.key(), *stamp);
            }
            match change {
                Change::Insert { new } => sorted.inserted.push(R::Row::from(new)),
                Change::Update { old, new, stamp } => match R::part(old, new).filter(|_| has_parts) {
                    Some(part) => push(&mut sorted.progressed, part, *stamp),
                    None => push(&mut sorted.updated, R::Row::from(new), *stamp),
                },
                Change::Delete { old, stamp } => push(&mut sorted.deleted, old.key(), *stamp),
                Change::Keep { .. } => {}
            }
        }
        sorted
    }
}

fn push<T>((all, stamps): &mut (Vec<T>, Vec<Option<Stamp>>), one: T, stamp: Option<Stamp>) {
    all.push(one);
    stamps.push(stamp);
}
