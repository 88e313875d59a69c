//! The secret key that development makes for itself.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use otp_core::Keyring;

use super::{MissingKey, secret_key};
use crate::new_key::new_key;

/// The keyring of a key file.
pub(super) struct KeyFile {
    pub(super) keyring: Keyring,
    state: State,
}

enum State {
    Found { readable_by_others: bool },
    Made,
    NotThere,
}

/// Why there is no key in the file.
#[derive(Debug, thiserror::Error)]
pub(super) enum KeyFileError {
    #[error("no key was given, and {path} cannot be used: {error}; `otp keygen` makes a key to give")]
    File { path: String, error: io::Error },
    #[error("a key as `otp keygen` makes it is expected in the file that holds it")]
    Content,
    #[error("the operating system gives no random bytes: {0}")]
    Random(String),
}

impl KeyFile {
    /// Reads the file. Where it is not there, makes it, so that of several processes all get the same key.
    pub(super) fn open(path: &Path, missing_key: MissingKey) -> Result<Self, KeyFileError> {
        let failed = |error| KeyFileError::File { path: path.display().to_string(), error };
        if let Some(found) = Self::read(path)? {
            return Ok(found);
        }
        if missing_key == MissingKey::Ephemeral {
            return Ok(Self { keyring: secret_key::ephemeral()?, state: State::NotThere });
        }
        match create(path) {
            Ok(()) => {
                let made = Self::read(path)?.ok_or(KeyFileError::Content)?;
                Ok(Self { state: State::Made, ..made })
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Self::read(path)?.ok_or_else(|| failed(io::ErrorKind::NotFound.into()))
            }
            Err(error) => Err(failed(error)),
        }
    }

    /// Where the key is, for `otp config`.
    pub(super) fn origin(&self, path: &Path) -> String {
        match self.state {
            State::NotThere => format!("default: made at the first start and kept in {}", path.display()),
            State::Found { .. } | State::Made => path.display().to_string(),
        }
    }

    /// What the operator should know.
    pub(super) fn notice(&self, path: &Path) -> Option<String> {
        let path = path.display();
        match self.state {
            State::Made => Some(format!(
                "secret_key: none was given, so one was made and is kept in {path}; keep it with the database, and give it to every other server on the same one"
            )),
            State::Found { readable_by_others: true } => {
                Some(format!("secret_key: other users can read {path}; chmod 600 is expected"))
            }
            State::Found { .. } | State::NotThere => None,
        }
    }

    fn read(path: &Path) -> Result<Option<Self>, KeyFileError> {
        let failed = |error| KeyFileError::File { path: path.display().to_string(), error };
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        let entries: Vec<_> = text.trim().split(',').map(str::to_owned).collect();
        let keyring = secret_key::parse(&entries)
            .map_err(|problems| failed(io::Error::new(io::ErrorKind::InvalidData, problems.join("; "))))?;
        let readable_by_others = readable_by_others(path).map_err(failed)?;
        Ok(Some(Self { keyring, state: State::Found { readable_by_others } }))
    }
}

/// Writes a new key under a name of its own and then links it to `path`, which only one process can: nobody ever
/// reads half a key.
fn create(path: &Path) -> io::Result<()> {
    let key = new_key(None)?;
    let unique = key.expose().split(':').next().unwrap_or_default();
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}.{unique}", std::process::id()));
    let draft = PathBuf::from(name);
    let result = write_private(&draft, key.expose()).and_then(|()| fs::hard_link(&draft, path));
    let removed = fs::remove_file(&draft);
    result.and(removed)
}

fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut file = private().open(path)?;
    writeln!(file, "{text}")?;
    File::sync_all(&file)
}

#[cfg(unix)]
fn private() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    options
}

#[cfg(not(unix))]
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    options
}

#[cfg(unix)]
fn readable_by_others(path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    Ok(fs::metadata(path)?.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn readable_by_others(_: &Path) -> io::Result<bool> {
    Ok(false)
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::*;

    #[test]
    fn racing_starts_agree_on_one_key() {
        for _ in 0..20 {
            let directory = tempfile::tempdir().unwrap();
            let path = directory.path().join("otp.db.secret-key");
            let barrier = Barrier::new(8);
            let files: Vec<KeyFile> = std::thread::scope(|scope| {
                let starts: Vec<_> = (0..8)
                    .map(|_| {
                        scope.spawn(|| {
                            barrier.wait();
                            KeyFile::open(&path, MissingKey::Create).unwrap()
                        })
                    })
                    .collect();
                starts.into_iter().map(|start| start.join().unwrap()).collect()
            });
            assert_eq!(files.iter().filter(|file| matches!(file.state, State::Made)).count(), 1);
            let seeds: Vec<_> =
                files.iter().flat_map(|file| file.keyring.proof_seeds().map(|(_, seed)| *seed)).collect();
            assert!(seeds.iter().all(|seed| *seed == seeds[0]));
            assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "no draft is left");
            #[cfg(unix)]
            assert!(!readable_by_others(&path).unwrap());
        }
    }

    #[test]
    fn a_bad_file_is_an_error_that_does_not_repeat_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("key");
        for text in ["", "hunter2hunter2", "k1:aHVudGVyMg==", "hunter2:x"] {
            fs::write(&path, text).unwrap();
            let error = KeyFile::open(&path, MissingKey::Create).err().unwrap().to_string();
            assert!(error.contains("otp keygen") && !error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn looking_makes_no_file() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("key");
        assert!(KeyFile::open(&path, MissingKey::Ephemeral).is_ok());
        assert!(!path.exists());
    }
}
