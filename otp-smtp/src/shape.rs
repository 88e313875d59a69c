//! [`Shape`]: what the text of an option looks like.

use std::{fs, net::IpAddr, path::Path};

use otp_core::EmailAddress;
use rustls::pki_types::ServerName;

use crate::{SetupError, Tls, mail::From, tls};

/// The longest name that mail comes from, in characters.
const LONGEST_NAME: usize = 100;

/// What the text of an option looks like. [`SmtpBuilder::build`](crate::SmtpBuilder::build) refuses what does not pass;
/// who reads a configuration of many options can ask for each one before, and name everything that is wrong at once.
///
/// ```
/// use otp_smtp::{SetupError, Shape, Tls};
///
/// assert!(Shape::Server(Tls::StartTls).check("smtp.example.com").is_ok());
/// let elsewhere = Shape::Server(Tls::None).check("smtp.example.com");
/// assert!(matches!(elsewhere, Err(SetupError::NotLoopback)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Shape {
    /// The server: a host's name or address, without a port, that may be reached in this mode.
    Server(Tls),
    /// The address that mail comes from.
    From,
    /// The name beside it.
    FromName,
    /// A file of authorities, which is read.
    CaFile,
}

impl Shape {
    /// Whether the text looks like that.
    ///
    /// # Errors
    ///
    /// [`SetupError`], which says what is expected.
    pub fn check(self, text: &str) -> Result<(), SetupError> {
        match self {
            Self::Server(tls) => server(text, tls).map(drop),
            Self::From => {
                let address = EmailAddress::parse(text).map_err(|_| SetupError::From)?;
                From::new(address, String::new()).map(drop).ok_or(SetupError::From)
            }
            Self::FromName if text.chars().count() <= LONGEST_NAME && !text.contains(char::is_control) => {
                Ok(())
            }
            Self::FromName => Err(SetupError::FromName),
            Self::CaFile => tls::connector(Some(&authorities(Path::new(text))?)).map(drop),
        }
    }
}

/// The name that the server's certificate must have.
pub(crate) fn server(host: &str, tls: Tls) -> Result<ServerName<'static>, SetupError> {
    let name = ServerName::try_from(host.to_owned()).map_err(|_| SetupError::Server)?;
    if tls == Tls::None && !is_loopback(host) { Err(SetupError::NotLoopback) } else { Ok(name) }
}

/// The text of a file of authorities.
pub(crate) fn authorities(path: &Path) -> Result<Vec<u8>, SetupError> {
    fs::read(path).map_err(|error| SetupError::CaFile(path.to_owned(), error))
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
