//! Where configuration comes from: `otp.toml`, then `.env`, then the environment; later wins.

mod dotenv;
mod layers;
mod toml_file;
mod variables;

use std::{
    collections::BTreeMap,
    fmt, fs, io,
    path::{Path, PathBuf},
};

pub(super) use layers::settle;

use super::{key::Key, problem::Problem};

/// The texts a configuration is made from. [`Sources::read`] collects them; tests write them down.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct Sources {
    /// Path and text of the configuration file.
    pub file: Option<(String, String)>,
    /// Path and text of the file of environment variables.
    pub env_file: Option<(String, String)>,
    /// Environment variables.
    pub environment: BTreeMap<String, String>,
    /// Where relative paths of the sources begin; empty is the working directory.
    pub directory: PathBuf,
    problems: Vec<Problem>,
}

impl Sources {
    /// Reads the file given with `--config` or `otp.toml`, and the one given with `--env-file` or `.env`. Only a file
    /// that was asked for must be there. What cannot be read is a problem of [`Config::load`](super::Config::load).
    #[must_use]
    pub fn read(
        config: Option<&Path>,
        env_file: Option<&Path>,
        environment: BTreeMap<String, String>,
    ) -> Self {
        let mut problems = Vec::new();
        let mut read = |option: &str, asked: Option<&Path>, usual: &str| {
            let path = asked.unwrap_or(Path::new(usual));
            match fs::read_to_string(path) {
                Ok(text) => Some((path.display().to_string(), text)),
                Err(error) if error.kind() == io::ErrorKind::NotFound && asked.is_none() => None,
                Err(error) => {
                    let text = format!("a readable file is expected for {option}: {error}");
                    problems.push(Problem::of(path.display(), "", text));
                    None
                }
            }
        };
        let file = read("--config", config, "otp.toml");
        let env_file = read("--env-file", env_file, ".env");
        Self { file, env_file, environment, directory: PathBuf::new(), problems }
    }
}

/// Values may be secret.
impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sources").field("directory", &self.directory).finish_non_exhaustive()
    }
}

/// Where a value was given.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// Nowhere.
    Default,
    /// There, in words: `otp.toml:3`, `environment OTP_BIND`.
    Given(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Given(place) => f.write_str(place),
        }
    }
}

/// A value as a source gives it.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Raw {
    /// One text: all that environment variables can hold.
    Text(String),
    /// A TOML array.
    List(Vec<String>),
    /// The path of a file that holds the value.
    File(String),
    /// A TOML value that no key takes.
    Unusable,
}

/// A key and its value in one source.
#[derive(Clone)]
pub(super) struct Given {
    pub(super) key: &'static Key,
    /// The name as it was written.
    pub(super) name: String,
    pub(super) raw: Raw,
    pub(super) origin: Origin,
}
