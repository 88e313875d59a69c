//! Opening a server database. Each server backend compiles this file with its own `dialect` beside it.

use diesel::{QueryResult, result::Error};

use super::{
    EXAMPLE, NEEDS_NAME, SCHEMES, dialect,
    dialect::Connection,
    migrations::{self, Failed},
};
use crate::{
    Inspection, OpenError, Options, accounts::AccountTable, database::Database as _, server::Server,
    store::Connections,
};

/// Connects, and makes sure that records can be kept there.
fn connect(server: &Server) -> Result<Connection, OpenError> {
    let explain = |error: Error| server.explain(error);
    let mut connection = dialect::connect(server.url()).map_err(explain)?;
    match dialect::flaw(&mut connection, server.url()).map_err(explain)? {
        None => Ok(connection),
        Some(why) => Err(OpenError::Unfit { database: server.name(), why }),
    }
}

fn parse(url: &str) -> Result<Server, OpenError> {
    Server::parse(url, SCHEMES, NEEDS_NAME, EXAMPLE)
}

fn failed(server: &Server, failed: Failed) -> OpenError {
    match failed {
        Failed::Database(error) => server.explain(error),
        Failed::Migration(source) => server.not_migrated(&*source),
    }
}

pub(super) fn migrate(url: &str) -> Result<Vec<String>, OpenError> {
    let server = parse(url)?;
    migrations::run(&mut connect(&server)?).map_err(|error| failed(&server, error))
}

pub(super) fn pending_migrations(url: &str) -> Result<Vec<String>, OpenError> {
    let server = parse(url)?;
    migrations::pending(&mut connect(&server)?).map_err(|error| failed(&server, error))
}

pub(super) fn inspect(url: &str) -> Result<Inspection, OpenError> {
    let server = parse(url)?;
    connect(&server)?.inspect().map_err(|source| server.not_migrated(&*source))
}

/// The connections of a store and of its accounts.
pub(super) fn open(
    url: &str,
    options: &Options,
) -> Result<(Connections<Connection>, AccountTable<Connection>), OpenError> {
    let server = parse(url)?;
    // The first connection finds every mistake, with a good message.
    let mut first = connect(&server)?;
    if options.migrate {
        migrations::run(&mut first).map_err(|error| failed(&server, error))?;
    }
    let pending = migrations::pending(&mut first).map_err(|error| failed(&server, error))?;
    if !pending.is_empty() {
        return Err(OpenError::NotMigrated { database: server.name(), pending });
    }
    drop(first);

    let opener = |server: &Server| {
        let url = server.url().to_owned();
        move || -> QueryResult<Connection> { dialect::connect(&url) }
    };
    let connections = Connections::start(&dialect::NAME.to_lowercase(), options, opener(&server))
        .map_err(|source| OpenError::Other { database: server.name(), source: source.into() })?;
    let accounts = AccountTable::new(connections.readers.clone(), options, opener(&server));
    Ok((connections, accounts))
}
