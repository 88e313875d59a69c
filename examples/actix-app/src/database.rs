//! Which database the verifier keeps its data in.

use std::{error::Error, sync::Arc};

use otp_diesel::{Options, SqliteStore};
use otp_service::Store;

/// The store at `url`: a server's where it names one (`postgres://...` with the feature `postgres`, `mysql://...` with
/// `mysql`), else the SQLite file of this name.
pub(crate) fn open(url: &str) -> Result<Arc<dyn Store>, Box<dyn Error>> {
    let options = Options::new().migrate(true);
    match url.split_once("://") {
        #[cfg(feature = "postgres")]
        Some(("postgres" | "postgresql", _)) => Ok(Arc::new(otp_diesel::PostgresStore::open(url, options)?)),
        #[cfg(feature = "mysql")]
        Some(("mysql" | "mariadb", _)) => Ok(Arc::new(otp_diesel::MysqlStore::open(url, options)?)),
        None | Some(("sqlite", _)) => Ok(Arc::new(SqliteStore::open(url, options)?)),
        Some((kind, _)) => Err(format!("no database \"{kind}\": build with `--features {kind}`").into()),
    }
}
