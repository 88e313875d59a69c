//! [`CatalogueBuilder`]: a catalogue in the making.

use std::collections::BTreeMap;

use super::{
    Catalogue, CatalogueProblem, CatalogueProblems, Ending, Language, MAX_VALUE_CHARACTERS, Template,
    TextKind,
    built_in::{FALLBACK, TEXTS},
    catalogue::Texts,
    message_ending::Endings,
    scan::BUILT_IN_NAMES,
    template::is_harmful,
};
use crate::Purpose;

/// Collects the texts of a [`Catalogue`]; [`build`](Self::build) checks them all.
///
/// ```
/// use otp_core::message::{Catalogue, TextKind};
///
/// let problems = Catalogue::builder()
///     .text(None, "nl", TextKind::Sms, "Uw code is {securitycode}.")
///     .default_language("nl_")
///     .build()
///     .unwrap_err();
/// assert_eq!(problems.iter().count(), 3);
/// assert_eq!(
///     problems.to_string().lines().last(),
///     Some(
///         "language \"nl\" (sms): unknown placeholder {securitycode} (did you mean {security_code}?); \
///          allowed are {app}, {security_code}, {minutes}"
///     ),
/// );
/// ```
#[derive(Debug, Clone)]
#[must_use = "a catalogue comes out of build()"]
pub struct CatalogueBuilder {
    app_name: String,
    default_language: String,
    parameters: Vec<String>,
    texts: Vec<Given>,
    endings: Endings,
}

#[derive(Debug, Clone)]
struct Given {
    purpose: Option<Purpose>,
    language: String,
    kind: TextKind,
    text: String,
}

impl CatalogueBuilder {
    pub(super) fn new() -> Self {
        let builder = Self {
            app_name: String::new(),
            default_language: FALLBACK.to_owned(),
            parameters: Vec::new(),
            texts: Vec::new(),
            endings: Endings::default(),
        };
        TEXTS.iter().fold(builder, |builder, built_in| {
            builder
                .text(None, built_in.language, TextKind::Sms, built_in.sms)
                .text(None, built_in.language, TextKind::Voice, built_in.voice)
                .text(None, built_in.language, TextKind::EmailSubject, built_in.email_subject)
                .text(None, built_in.language, TextKind::EmailText, built_in.email_text)
        })
    }

    /// The name recipients know, for `{app}`. There is no default.
    pub fn app_name(mut self, name: impl Into<String>) -> Self {
        self.app_name = name.into();
        self
    }

    /// Declares a host parameter: `{name}` is a placeholder in every text then.
    pub fn parameter(mut self, name: impl Into<String>) -> Self {
        self.parameters.push(name.into());
        self
    }

    /// Adds a text, or replaces the one with the same purpose, language and kind. `None` is for every purpose that
    /// has no text of its own in that language.
    pub fn text(
        mut self,
        purpose: Option<Purpose>,
        language: impl Into<String>,
        kind: TextKind,
        text: impl Into<String>,
    ) -> Self {
        self.texts.push(Given { purpose, language: language.into(), kind, text: text.into() });
        self
    }

    /// The language for callers whose own is not there; `en` when nothing is said. It needs at least one text;
    /// kinds it lacks are taken from English.
    pub fn default_language(mut self, language: impl Into<String>) -> Self {
        self.default_language = language.into();
        self
    }

    /// What text messages end with, so that a phone can hand the code to a web page or an app; nothing when nothing is
    /// said. A catalogue takes one [`Ending::OriginBound`] and one [`Ending::Retriever`], the last given of each; with
    /// both, a message has the first unless its start says otherwise ([`MessageEnding`](super::MessageEnding)).
    ///
    /// The built-in texts stay one SMS with a code of six digits while the application's name is written in the GSM 7-bit
    /// alphabet and short enough:
    ///
    /// | ending | characters of the name |
    /// |---|---|
    /// | none | 46 |
    /// | `OriginBound` | 35 less those of the host (and 2 more and those of `embedded`) |
    /// | `Retriever` | 34 |
    pub fn ending(mut self, ending: Ending) -> Self {
        self.endings.add(ending);
        self
    }

    /// The finished catalogue.
    ///
    /// # Errors
    ///
    /// [`CatalogueProblems`]: all of them at once. A text that was replaced is not looked at.
    pub fn build(mut self) -> Result<Catalogue, CatalogueProblems> {
        let mut problems = Vec::new();
        let app_name = self.app_name.trim();
        if app_name.is_empty()
            || app_name.chars().count() > MAX_VALUE_CHARACTERS
            || app_name.contains(is_harmful)
        {
            problems.push(CatalogueProblem::AppName { given: self.app_name.clone() });
        }
        self.parameters.sort();
        self.parameters.dedup();
        let bad_names = self.parameters.iter().filter(|name| !is_parameter_name(name));
        problems.extend(bad_names.map(|name| CatalogueProblem::Parameter { name: name.clone() }));
        // A badly spelled name stays allowed in texts: that is one problem, not two.
        self.parameters.retain(|name| !BUILT_IN_NAMES.contains(&name.as_str()));

        let given = last_given(&self.texts, &mut problems);
        problems.extend(half_emails(&given));
        let mut languages: Vec<&Language> = given.keys().map(|(language, ..)| language).collect();
        languages.dedup();
        let default = Language::new(&self.default_language).ok().filter(|tag| languages.contains(&tag));
        if default.is_none() {
            problems.push(CatalogueProblem::DefaultLanguage {
                tag: self.default_language.clone(),
                available: languages.iter().map(|tag| tag.as_str()).collect::<Vec<_>>().join(", "),
            });
        }
        let texts = parse_texts(given, &self.parameters, &mut problems);
        match default {
            Some(default) if problems.is_empty() => {
                Ok(Catalogue::new(app_name.into(), self.parameters, default, texts, self.endings))
            }
            _ => Err(CatalogueProblems::new(problems)),
        }
    }
}

fn is_parameter_name(name: &str) -> bool {
    (1..=32).contains(&name.len())
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        && !BUILT_IN_NAMES.contains(&name)
}

type Key = (Language, Option<Purpose>, TextKind);

/// What was given last under each key, with its place in the input.
fn last_given<'a>(
    given: &'a [Given],
    problems: &mut Vec<CatalogueProblem>,
) -> BTreeMap<Key, (usize, &'a str)> {
    let mut last = BTreeMap::new();
    for (place, Given { purpose, language, kind, text }) in given.iter().enumerate() {
        match Language::new(language) {
            Ok(language) => {
                last.insert((language, purpose.clone(), *kind), (place, text.as_str()));
            }
            Err(_) => problems.push(CatalogueProblem::Language {
                tag: language.clone(),
                purpose: purpose.clone(),
                kind: *kind,
            }),
        }
    }
    last
}

fn half_emails(given: &BTreeMap<Key, (usize, &str)>) -> impl Iterator<Item = CatalogueProblem> {
    given.keys().filter_map(|(language, purpose, kind)| {
        let missing = match kind {
            TextKind::EmailSubject => TextKind::EmailText,
            TextKind::EmailText => TextKind::EmailSubject,
            TextKind::Sms | TextKind::Voice => return None,
        };
        let is_there = |purpose| given.contains_key(&(language.clone(), purpose, missing));
        (!is_there(purpose.clone()) && !is_there(None)).then(|| CatalogueProblem::HalfEmail {
            language: language.to_string(),
            purpose: purpose.clone(),
            kind: *kind,
            missing,
        })
    })
}

fn parse_texts(
    given: BTreeMap<Key, (usize, &str)>,
    parameters: &[String],
    problems: &mut Vec<CatalogueProblem>,
) -> BTreeMap<Language, Texts> {
    let parameters: Vec<&str> = parameters.iter().map(String::as_str).collect();
    let mut given: Vec<_> = given.into_iter().collect();
    given.sort_by_key(|(_, (place, _))| *place);

    let mut texts = BTreeMap::<Language, Texts>::new();
    for ((language, purpose, kind), (_, text)) in given {
        match Template::parse_all(text, &parameters, kind == TextKind::EmailSubject) {
            Ok(template) => {
                texts.entry(language).or_default().insert((kind, purpose), template);
            }
            Err(errors) => problems.extend(errors.into_iter().map(|error| CatalogueProblem::Text {
                language: language.to_string(),
                purpose: purpose.clone(),
                kind,
                error,
            })),
        }
    }
    texts
}
