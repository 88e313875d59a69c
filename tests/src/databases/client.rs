//! A connection to a database server, for what the program under test has no command for.

/// A connection by the libraries that the program itself uses.
pub(super) trait Client {
    /// Runs a statement.
    fn run(&mut self, sql: &str) -> Result<(), String>;
    /// Reads texts, the column `text`.
    fn texts(&mut self, sql: &str) -> Result<Vec<String>, String>;
}

/// Connects to the database at `url`.
pub(super) fn connect(url: &str) -> Result<Box<dyn Client>, String> {
    match url.split(':').next().unwrap_or_default() {
        #[cfg(feature = "postgres")]
        "postgres" => establish::postgres(url),
        #[cfg(feature = "mysql")]
        "mysql" => establish::mysql(url),
        kind => Err(format!("built without {kind}")),
    }
}

#[cfg(any(feature = "postgres", feature = "mysql"))]
mod establish {
    use diesel::{Connection as _, QueryableByName, RunQueryDsl as _, connection::SimpleConnection as _};

    use super::Client;

    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::Text)]
        text: String,
    }

    macro_rules! client {
        ($connection:ty, $connect:ident) => {
            pub(super) fn $connect(url: &str) -> Result<Box<dyn Client>, String> {
                match <$connection>::establish(url) {
                    Ok(connection) => Ok(Box::new(connection)),
                    Err(error) => Err(error.to_string()),
                }
            }

            impl Client for $connection {
                fn run(&mut self, sql: &str) -> Result<(), String> {
                    self.batch_execute(sql).map_err(|error| error.to_string())
                }

                fn texts(&mut self, sql: &str) -> Result<Vec<String>, String> {
                    let rows: Vec<Row> =
                        diesel::sql_query(sql).load(self).map_err(|error| error.to_string())?;
                    Ok(rows.into_iter().map(|row| row.text).collect())
                }
            }
        };
    }

    #[cfg(feature = "postgres")]
    client!(diesel::PgConnection, postgres);
    #[cfg(feature = "mysql")]
    client!(diesel::MysqlConnection, mysql);
}
