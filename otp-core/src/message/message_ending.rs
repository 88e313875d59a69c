//! [`MessageEnding`]: which ending one message gets.

use std::{collections::BTreeMap, fmt, str::FromStr};

use super::Ending;

/// What takes the code from a text message, and so which of the catalogue's [`Ending`]s the message gets.
///
/// A host that serves pages and an app from one catalogue says it for each start. The choice travels with the challenge
/// among its host parameters, under a name that no placeholder can have, so that every resend keeps it.
///
/// ```
/// use std::collections::BTreeMap;
/// use otp_core::message::MessageEnding;
///
/// let mut parameters = BTreeMap::from([("device".to_owned(), "Pixel".to_owned())]);
/// MessageEnding::put(Some(MessageEnding::Android), &mut parameters);
/// assert_eq!(MessageEnding::of(&parameters), Some(MessageEnding::Android));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum MessageEnding {
    /// Nothing: people read the code.
    None,
    /// A browser: [`Ending::OriginBound`].
    Web,
    /// An Android app: [`Ending::Retriever`].
    Android,
}

/// A text that names no [`MessageEnding`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("what takes the code from a message is one of none, web, android")]
pub struct UnknownMessageEnding;

/// Names of host parameters begin with a letter.
const PARAMETER: &str = "@ending";

impl MessageEnding {
    /// Every one, in the order of the documentation.
    pub const ALL: [Self; 3] = [Self::None, Self::Web, Self::Android];

    /// Its name in requests and records.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Web => "web",
            Self::Android => "android",
        }
    }

    /// What was [put](Self::put) among these parameters.
    #[must_use]
    pub fn of(parameters: &BTreeMap<String, String>) -> Option<Self> {
        parameters.get(PARAMETER)?.parse().ok()
    }

    /// Notes the choice among a message's host parameters; `None` leaves it to the catalogue.
    pub fn put(chosen: Option<Self>, parameters: &mut BTreeMap<String, String>) {
        match chosen {
            Some(chosen) => parameters.insert(PARAMETER.to_owned(), chosen.as_str().to_owned()),
            None => parameters.remove(PARAMETER),
        };
    }
}

impl fmt::Display for MessageEnding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for MessageEnding {
    type Err = UnknownMessageEnding;

    fn from_str(text: &str) -> Result<Self, UnknownMessageEnding> {
        Self::ALL.into_iter().find(|ending| ending.as_str() == text).ok_or(UnknownMessageEnding)
    }
}

/// The endings of a catalogue: at most one of each kind.
#[derive(Debug, Clone, Default)]
pub(super) struct Endings {
    web: Option<Ending>,
    android: Option<Ending>,
}

impl Endings {
    pub(super) fn add(&mut self, ending: Ending) {
        match ending {
            Ending::OriginBound { .. } => self.web = Some(ending),
            Ending::Retriever { .. } => self.android = Some(ending),
        }
    }

    pub(super) fn get(&self, which: MessageEnding) -> Option<&Ending> {
        match which {
            MessageEnding::None => None,
            MessageEnding::Web => self.web.as_ref(),
            MessageEnding::Android => self.android.as_ref(),
        }
    }

    /// The one a message with these parameters gets: the web's before Android's where nothing was chosen.
    pub(super) fn chosen(&self, parameters: &BTreeMap<String, String>) -> Option<&Ending> {
        match MessageEnding::of(parameters) {
            Some(which) => self.get(which),
            None => self.web.as_ref().or(self.android.as_ref()),
        }
    }

    /// Those there are.
    pub(super) fn iter(&self) -> impl Iterator<Item = (MessageEnding, &Ending)> {
        MessageEnding::ALL.into_iter().filter_map(|which| Some((which, self.get(which)?)))
    }
}
