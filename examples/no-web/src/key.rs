//! The secret key, kept between runs.

use std::{
    error::Error,
    fs::{self, OpenOptions},
    io::{self, Write},
    path::Path,
};

use otp_core::Keyring;
use otp_service::random_bytes;

/// The key in this file, made by the first run. Limits are found by keyed hashes of recipients: with another key, those
/// of earlier runs would be forgotten.
pub(crate) fn keyring(path: &Path) -> Result<Keyring, Box<dyn Error>> {
    let secret = match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => create(path)?,
        read => read?,
    };
    Ok(Keyring::new([("local".parse()?, secret)])?)
}

fn create(path: &Path) -> Result<Vec<u8>, Box<dyn Error>> {
    let secret = random_bytes::<32>()?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(&secret)?;
    Ok(secret.to_vec())
}
