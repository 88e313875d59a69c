//! [`Catalogue`]: every text an application sends.

use std::{collections::BTreeMap, fmt, iter};

use zeroize::Zeroizing;

use super::{
    CatalogueBuilder, Ending, Language, MessageEnding, RenderedText, Template, TextKind, Values,
    built_in::FALLBACK,
    message_ending::Endings,
    negotiation::{candidates, lookup, negotiate},
};
use crate::{Channel, Purpose};

/// The texts of an application in all its languages.
///
/// A text is looked up by purpose, language and [`TextKind`]: first the text of that purpose in that language, then
/// the one for any purpose; then the same for the language cut short (`pt-BR`, `pt`), for the default language,
/// and for English, which has every kind. Subject and body of an e-mail message come from the same language.
#[derive(Debug, Clone)]
pub struct Catalogue {
    app_name: String,
    parameters: Vec<String>,
    /// The default language first: `*` in `Accept-Language` means the first.
    languages: Vec<Language>,
    pub(super) texts: BTreeMap<Language, Texts>,
    pub(super) endings: Endings,
}

/// A language's texts; no purpose is any purpose.
pub(super) type Texts = BTreeMap<(TextKind, Option<Purpose>), Template>;

/// What [`Catalogue::render`] needs to know.
#[derive(Clone, Copy)]
pub struct RenderRequest<'a> {
    /// Why the recipient is verified.
    pub purpose: &'a Purpose,
    /// The recipient's language, as [`Catalogue::negotiate`] gave it.
    pub language: &'a Language,
    /// The way the message goes.
    pub channel: Channel,
    /// The code, in the clear.
    pub security_code: &'a str,
    /// Minutes the code is still valid.
    pub minutes: u32,
    /// The host's parameters by name, see [`Values::parameters`]; and what takes the code from the message, see
    /// [`MessageEnding`].
    pub parameters: &'a BTreeMap<String, String>,
}

/// A message in words.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Rendered {
    /// The subject, for [`Channel::Email`].
    pub subject: Option<RenderedText>,
    /// The text.
    pub body: RenderedText,
    /// The language both are in: not the one asked for where that lacks the text.
    pub language: Language,
}

impl Catalogue {
    /// A builder that holds the built-in texts: `en`, `es`, `fr`, `de`, `pt`, `zh-Hant`, `ja`, `ar`.
    pub fn builder() -> CatalogueBuilder {
        CatalogueBuilder::new()
    }

    pub(super) fn new(
        app_name: String,
        parameters: Vec<String>,
        default: Language,
        texts: BTreeMap<Language, Texts>,
        endings: Endings,
    ) -> Self {
        let others = texts.keys().filter(|language| **language != default).cloned();
        let languages = iter::once(default.clone()).chain(others).collect();
        Self { app_name, parameters, languages, texts, endings }
    }

    /// The name that `{app}` becomes.
    #[must_use]
    pub fn app_name(&self) -> &str {
        &self.app_name
    }

    /// Languages that have a text, the default language first.
    #[must_use]
    pub fn languages(&self) -> &[Language] {
        &self.languages
    }

    /// The language for callers whose own is not there.
    #[must_use]
    pub fn default_language(&self) -> &Language {
        &self.languages[0]
    }

    /// Names of the declared host parameters, sorted.
    #[must_use]
    pub fn parameters(&self) -> &[String] {
        &self.parameters
    }

    /// What text messages end with that are for `which`.
    #[must_use]
    pub fn ending(&self, which: MessageEnding) -> Option<&Ending> {
        self.endings.get(which)
    }

    /// The language to write in: `explicit` where it is supported, else the best for `accept_language` (see
    /// [`negotiate`]), else the default. Neither is trusted to be well-formed.
    ///
    /// ```
    /// # use otp_core::message::Catalogue;
    /// let catalogue = Catalogue::builder().app_name("Acme").build()?;
    /// assert_eq!(catalogue.negotiate(Some("pt-BR"), Some("fr")).as_str(), "pt");
    /// assert_eq!(catalogue.negotiate(Some("tlh"), Some("fr;q=0.5, zh-HK")).as_str(), "zh-Hant");
    /// assert_eq!(catalogue.negotiate(None, Some("tlh")).as_str(), "en");
    /// # Ok::<(), otp_core::message::CatalogueProblems>(())
    /// ```
    #[must_use]
    pub fn negotiate(&self, explicit: Option<&str>, accept_language: Option<&str>) -> Language {
        let available: Vec<&Language> = self.languages.iter().collect();
        explicit
            .and_then(|tag| Language::new(tag.trim()).ok())
            .and_then(|tag| lookup(&tag, &available).cloned())
            .or_else(|| negotiate(accept_language?, &self.languages))
            .unwrap_or_else(|| self.default_language().clone())
    }

    /// Writes a message. For [`Channel::Voice`] the code is spelled out, `0, 1, 2`.
    ///
    /// For [`Channel::Sms`] the [`Ending`] is appended that the request's parameters choose, or the catalogue's own where
    /// they choose none. An ending that would be of no use is left out (see [`Catalogue::check_endings`]): the text itself
    /// is never changed, for it may be registered with carriers word for word.
    #[must_use]
    pub fn render(&self, request: &RenderRequest<'_>) -> Rendered {
        let (language, body) =
            self.find(request.purpose, request.language, TextKind::body_of(request.channel));
        let subject = (request.channel == Channel::Email)
            .then(|| self.find(request.purpose, language, TextKind::EmailSubject).1);
        let spelled = (request.channel == Channel::Voice).then(|| spelled(request.security_code));
        let values = Values {
            app: &self.app_name,
            security_code: spelled.as_ref().map_or(request.security_code, |code| code.as_str()),
            minutes: request.minutes,
            parameters: request.parameters,
        };
        let body = body.render(&values);
        let ending = self.endings.chosen(request.parameters).filter(|_| request.channel == Channel::Sms);
        let ended = ending.and_then(|ending| ending.append(body.expose(), request.security_code).ok());
        Rendered {
            subject: subject.map(|subject| subject.render(&values)),
            body: ended.unwrap_or(body),
            language: language.clone(),
        }
    }

    fn find(&self, purpose: &Purpose, language: &Language, kind: TextKind) -> (&Language, &Template) {
        let tags = candidates(language);
        let tags = tags.iter().map(String::as_str).chain([self.default_language().as_str(), FALLBACK]);
        tags.filter_map(|tag| self.texts.get_key_value(tag))
            .find_map(|(language, texts)| {
                let text = texts.get(&(kind, Some(purpose.clone()))).or_else(|| texts.get(&(kind, None)))?;
                Some((language, text))
            })
            .expect("a builder starts with every kind in English, and texts can only be replaced")
    }
}

impl fmt::Debug for RenderRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RenderRequest")
            .field("purpose", &self.purpose)
            .field("language", &self.language)
            .field("channel", &self.channel)
            .field("minutes", &self.minutes)
            .finish_non_exhaustive()
    }
}

/// `012` as `0, 1, 2`: speech synthesis would read a number.
fn spelled(code: &str) -> Zeroizing<String> {
    let mut spelled = Zeroizing::new(String::with_capacity(code.len() * 3));
    for (index, character) in code.chars().enumerate() {
        if index > 0 {
            spelled.push_str(", ");
        }
        spelled.push(character);
    }
    spelled
}
