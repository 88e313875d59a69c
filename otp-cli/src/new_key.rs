//! Making secret keys: the one place where this program draws random bytes.

use std::io;

use base64::{Engine, engine::general_purpose::STANDARD};
use otp_core::{KeyId, MIN_SECRET_LENGTH};
use rand::{TryRng, rngs::SysRng};
use zeroize::Zeroizing;

use crate::config::Secret;

/// A new key as `kid:base64`: 32 bytes of the operating system. Without an id it gets a random one, so that keys of a
/// rotation differ in their ids too.
///
/// # Errors
///
/// The operating system gives no random bytes.
pub fn new_key(id: Option<&KeyId>) -> io::Result<Secret> {
    let mut name = [0; 4];
    let mut bytes = Zeroizing::new([0; MIN_SECRET_LENGTH]);
    SysRng.try_fill_bytes(&mut name).map_err(io::Error::other)?;
    SysRng.try_fill_bytes(bytes.as_mut_slice()).map_err(io::Error::other)?;
    let id = id.map_or_else(|| format!("k{:08x}", u32::from_be_bytes(name)), ToString::to_string);
    let encoded = Zeroizing::new(STANDARD.encode(bytes.as_slice()));
    Ok(Secret::new(format!("{id}:{}", encoded.as_str())))
}
