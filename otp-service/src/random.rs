//! Where randomness enters.

use rand::{TryRng, rngs::SysRng};

/// The operating system's random source failed: nothing secret can be made.
#[derive(Debug, thiserror::Error)]
#[error("the operating system's random source failed")]
pub struct RandomError(#[source] rand::rngs::SysError);

/// Bytes of the operating system's random source.
///
/// # Errors
///
/// [`RandomError`] when the source fails. There is no fallback.
pub fn random_bytes<const N: usize>() -> Result<[u8; N], RandomError> {
    let mut bytes = [0; N];
    SysRng.try_fill_bytes(&mut bytes).map_err(RandomError)?;
    Ok(bytes)
}
