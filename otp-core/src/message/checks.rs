//! What to know about a catalogue's text messages before they are paid for.

use std::{cmp::Reverse, collections::BTreeMap, iter};

use super::{
    Catalogue, EndingError, Language, MessageEnding, RenderedText, Segments, Template, TextKind, Values,
    segments,
};
use crate::Purpose;

/// A text message that takes more than one SMS; see [`Catalogue::check_segments`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LongText {
    /// The text's purpose, `None` for any.
    pub purpose: Option<Purpose>,
    /// The text's language.
    pub language: Language,
    /// What it takes, with its ending.
    pub segments: Segments,
    /// The ending with which it takes the most; [`MessageEnding::None`] where it takes as much without.
    pub ending: MessageEnding,
    /// What it takes without an ending.
    pub without_ending: Segments,
}

/// A text message that goes out without one of its endings; see [`Catalogue::check_endings`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LostEnding {
    /// The text's purpose, `None` for any.
    pub purpose: Option<Purpose>,
    /// The text's language.
    pub language: Language,
    /// The ending it lacks.
    pub ending: MessageEnding,
    /// Why.
    pub error: EndingError,
}

impl Catalogue {
    /// The `sms` texts that take more than one SMS with a code of `code_length` digits that is valid `minutes`
    /// minutes, each with the ending that costs most. A host parameter is taken to be 20 ASCII characters long.
    ///
    /// ```
    /// # use otp_core::message::{Catalogue, TextKind};
    /// let text = "Ваш код для входа в приложение {app}: {security_code}. Пожалуйста, никому его не сообщайте.";
    /// let catalogue = Catalogue::builder().app_name("Acme").text(None, "ru", TextKind::Sms, text).build()?;
    /// let long: Vec<_> = catalogue.check_segments(6, 10).collect();
    /// assert_eq!(long.len(), 1);
    /// assert_eq!((long[0].language.as_str(), long[0].segments.segments), ("ru", 2));
    /// # Ok::<(), otp_core::message::CatalogueProblems>(())
    /// ```
    pub fn check_segments(&self, code_length: usize, minutes: u32) -> impl Iterator<Item = LongText> + '_ {
        let sample = Sample::new(self, code_length, minutes);
        self.text_messages().filter_map(move |(purpose, language, template)| {
            let plain = sample.render(self, template);
            let without_ending = segments(plain.expose());
            let ended = self.endings.iter().filter_map(|(which, ending)| {
                let text = ending.append(plain.expose(), &sample.security_code).ok()?;
                Some((which, segments(text.expose())))
            });
            let (ending, segments) = iter::once((MessageEnding::None, without_ending))
                .chain(ended)
                .min_by_key(|(_, segments)| Reverse(segments.segments))?;
            let (purpose, language) = (purpose.cloned(), language.clone());
            (segments.segments > 1).then_some(LongText {
                purpose,
                language,
                segments,
                ending,
                without_ending,
            })
        })
    }

    /// The `sms` texts that go out without one of the catalogue's endings, because it would be of no use there: with
    /// the app hash they are longer than Android reads. The assumptions are those of
    /// [`check_segments`](Self::check_segments).
    ///
    /// ```
    /// # use otp_core::message::{AppHash, Catalogue, Ending, EndingError, TextKind};
    /// let text = "Ваш код для входа в приложение {app}: {security_code}. Пожалуйста, никому его не сообщайте.";
    /// let catalogue = Catalogue::builder()
    ///     .app_name("Acme")
    ///     .ending(Ending::Retriever { app_hash: AppHash::new("FA+9qCX9VSu")? })
    ///     .text(None, "ru", TextKind::Sms, text)
    ///     .build()?;
    /// let lost: Vec<_> = catalogue.check_endings(6, 10).collect();
    /// assert_eq!(lost.len(), 1);
    /// assert_eq!((lost[0].language.as_str(), lost[0].error), ("ru", EndingError::TooLong { bytes: 148 }));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn check_endings(&self, code_length: usize, minutes: u32) -> impl Iterator<Item = LostEnding> + '_ {
        let sample = Sample::new(self, code_length, minutes);
        self.text_messages().flat_map(move |(purpose, language, template)| {
            let plain = sample.render(self, template);
            let lost = self.endings.iter().filter_map(|(ending, appended)| {
                let error = appended.append(plain.expose(), &sample.security_code).err()?;
                Some(LostEnding { purpose: purpose.cloned(), language: language.clone(), ending, error })
            });
            lost.collect::<Vec<_>>()
        })
    }

    fn text_messages(&self) -> impl Iterator<Item = (Option<&Purpose>, &Language, &Template)> {
        let texts = self.texts.iter().flat_map(|(language, texts)| {
            texts.iter().map(move |((kind, purpose), template)| (kind, purpose, language, template))
        });
        texts
            .filter(|(kind, ..)| **kind == TextKind::Sms)
            .map(|(_, purpose, language, template)| (purpose.as_ref(), language, template))
    }
}

/// What a typical message holds.
struct Sample {
    security_code: String,
    minutes: u32,
    parameters: BTreeMap<String, String>,
}

impl Sample {
    fn new(catalogue: &Catalogue, code_length: usize, minutes: u32) -> Self {
        let parameters = catalogue.parameters().iter().map(|name| (name.clone(), "x".repeat(20)));
        Self { security_code: "0".repeat(code_length), minutes, parameters: parameters.collect() }
    }

    fn render(&self, catalogue: &Catalogue, template: &Template) -> RenderedText {
        template.render(&Values {
            app: catalogue.app_name(),
            security_code: &self.security_code,
            minutes: self.minutes,
            parameters: &self.parameters,
        })
    }
}
