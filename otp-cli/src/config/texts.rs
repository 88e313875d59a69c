//! The texts that are sent: `app_name`, `message`, `messages_dir`.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use otp_core::{
    Purpose,
    message::{
        AppHash, Catalogue, CatalogueBuilder, CatalogueProblem, Ending, Language, OriginHost, TextKind,
    },
};
use toml::de::{DeTable, DeValue};

use super::{problem::Problem, source::Origin, suggestion::hint, values::Values};

/// The language `message` is first of all for.
const MESSAGE_LANGUAGE: &str = "en";

/// Builds the catalogue: the built-in texts, then `message`, then the files of `messages_dir`.
pub(super) fn catalogue(values: &mut Values, directory: &Path) -> Option<Catalogue> {
    if values.origin("app_name") == Origin::Default && values.choice("environment") == "production" {
        values.warn("app_name", "recipients read \"OTP\" where they expect your name (OTP_APP_NAME)");
    }
    let builder = Catalogue::builder().app_name(values.text("app_name").unwrap_or_default());
    let mut texts = Texts {
        builder: endings(values).into_iter().fold(builder, CatalogueBuilder::ending),
        places: BTreeMap::new(),
        problems: Vec::new(),
    };
    let message = values.text("message").unwrap_or_default().to_owned();
    for language in languages_of_message(values.is_given("message")) {
        texts.add(None, &language, TextKind::Sms, message.clone(), Place::Message);
    }
    if let Some(path) = values.path_buf("messages_dir") {
        match files(&directory.join(&path)) {
            Ok(files) => files.iter().for_each(|file| texts.read_file(file)),
            Err(error) => {
                let text = format!("a readable directory is expected, not {}: {error}", path.display());
                values.problem("messages_dir", text);
            }
        }
    }
    let Texts { builder, places, problems } = texts;
    let replaced = places.get(&(MESSAGE_LANGUAGE.to_owned(), None, TextKind::Sms)) != Some(&Place::Message);
    if replaced && values.is_given("message") {
        values.warn("message", "messages_dir has an English text message too, which is the one that is sent");
    }
    let given_badly = !problems.is_empty();
    values.problems.extend(problems);
    match builder.build() {
        Ok(catalogue) => {
            warn_of_long_texts(values, &places, &catalogue);
            (!given_badly).then_some(catalogue)
        }
        Err(problems) => {
            problems.iter().for_each(|problem| add(values, &places, problem));
            None
        }
    }
}

/// Reads `sms_origin` and `android_app_hash`.
fn endings(values: &mut Values) -> Vec<Ending> {
    let mut endings = Vec::new();
    match values.text("sms_origin").map(OriginHost::new) {
        Some(Ok(host)) => endings.push(Ending::OriginBound { host, embedded: None }),
        Some(Err(error)) => values.problem("sms_origin", error),
        None => {}
    }
    match values.text("android_app_hash").map(AppHash::new) {
        Some(Ok(app_hash)) => endings.push(Ending::Retriever { app_hash }),
        Some(Err(error)) => values.problem("android_app_hash", error),
        None => {}
    }
    endings
}

/// A message that an operator wrote is what everybody gets, whatever their language: it may be registered with carriers
/// word for word. Only `messages_dir` translates it.
fn languages_of_message(is_given: bool) -> Vec<String> {
    let built_in = Catalogue::builder().app_name("OTP").build().expect("the built-in texts are valid");
    let languages = built_in.languages().iter().map(ToString::to_string);
    languages.filter(|language| is_given || language == MESSAGE_LANGUAGE).collect()
}

/// How warnings of long texts end.
pub(crate) const PAID_FOR: &str = "SMS, each of which is paid for";

/// What takes more than one SMS costs more than one.
fn warn_of_long_texts(values: &mut Values, places: &Places, catalogue: &Catalogue) {
    let minutes = values.number("security_code_expiration_seconds").div_ceil(60);
    let digits = values.number("token_length") as usize;
    for long in catalogue.check_segments(digits, minutes) {
        let count = long.segments.segments;
        let text = format!("the text takes {count} {PAID_FOR}");
        match places.get(&(long.language.to_string(), long.purpose, TextKind::Sms)) {
            Some(Place::File(path)) => {
                let subject = format!("messages_dir {}", path.display());
                values.warnings.push(Problem::of(subject, TextKind::Sms, text).to_string());
            }
            Some(Place::Message) if long.language.as_str() == MESSAGE_LANGUAGE => {
                values.warn("message", text)
            }
            Some(Place::Message) | None => {}
        }
    }
}

type Places = BTreeMap<(String, Option<Purpose>, TextKind), Place>;

#[derive(Clone, PartialEq, Eq)]
enum Place {
    Message,
    File(PathBuf),
}

struct Texts {
    builder: CatalogueBuilder,
    places: Places,
    problems: Vec<Problem>,
}

impl Texts {
    fn add(&mut self, purpose: Option<Purpose>, language: &str, kind: TextKind, text: String, place: Place) {
        self.places.insert((language.to_owned(), purpose.clone(), kind), place);
        self.builder = self.builder.clone().text(purpose, language, kind, text);
    }

    /// Reads `LANGUAGE.toml` or `PURPOSE.LANGUAGE.toml`.
    fn read_file(&mut self, path: &Path) {
        match parse_name(path)
            .and_then(|name| Ok((name, fs::read_to_string(path).map_err(|e| e.to_string())?)))
        {
            Ok(((purpose, language), text)) => self.read_texts(path, purpose.as_ref(), &language, &text),
            Err(problem) => self.problem(path, None, problem),
        }
    }

    fn read_texts(&mut self, path: &Path, purpose: Option<&Purpose>, language: &Language, text: &str) {
        let table = match DeTable::parse(text) {
            Ok(table) => table.into_inner(),
            Err(error) => return self.problem(path, None, format!("not TOML: {}", error.message())),
        };
        for (name, value) in &table {
            let kind = TextKind::ALL.into_iter().find(|kind| kind.as_str() == name.get_ref());
            match (kind, value.get_ref()) {
                (Some(kind), DeValue::String(text)) => {
                    let place = Place::File(path.to_owned());
                    self.add(purpose.cloned(), language.as_str(), kind, text.to_string(), place);
                }
                (Some(_), _) => self.problem(path, Some(name.get_ref()), "a text in quotes is expected"),
                (None, _) => {
                    let kinds = TextKind::ALL.map(TextKind::as_str);
                    let hint = hint(name.get_ref(), kinds.iter().map(|kind| (*kind, *kind)));
                    let text = format!("unknown key{hint}; a file of texts takes {}", kinds.join(", "));
                    self.problem(path, Some(name.get_ref()), text);
                }
            }
        }
    }

    fn problem(&mut self, path: &Path, key: Option<&str>, text: impl Into<String>) {
        let subject = format!("messages_dir {}", path.display());
        self.problems.push(Problem::of(subject, key.unwrap_or_default(), text.into()));
    }
}

/// Every `.toml` file, in order of names.
fn files(directory: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if !hidden && path.extension().is_some_and(|extension| extension == "toml") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn parse_name(path: &Path) -> Result<(Option<Purpose>, Language), String> {
    let expected =
        "LANGUAGE.toml or PURPOSE.LANGUAGE.toml is expected, like fr.toml or password-reset.fr.toml";
    let stem = path.file_stem().and_then(|stem| stem.to_str()).ok_or(expected)?;
    let (purpose, language) = match stem.rsplit_once('.') {
        Some((purpose, language)) => (Some(purpose), language),
        None => (None, stem),
    };
    let purpose = purpose.map(Purpose::new).transpose().map_err(|error| format!("{expected}; {error}"))?;
    let language = Language::new(language).map_err(|error| format!("{expected}; {error}"))?;
    Ok((purpose, language))
}

fn add(values: &mut Values, places: &Places, problem: &CatalogueProblem) {
    let (language, purpose, kind, text) = match problem {
        CatalogueProblem::AppName { .. } => {
            return values.problem("app_name", "1 to 64 characters on one line are expected");
        }
        CatalogueProblem::Text { language, purpose, kind, error } => {
            (language, purpose, *kind, error.to_string())
        }
        CatalogueProblem::HalfEmail { language, purpose, kind, missing } => {
            (language, purpose, *kind, format!("{missing} is expected too: a message needs both"))
        }
        other => return values.problems.push(Problem::of("messages_dir", "", other)),
    };
    match places.get(&(language.clone(), purpose.clone(), kind)) {
        Some(Place::File(path)) => {
            let subject = format!("messages_dir {}", path.display());
            values.problems.push(Problem::of(subject, kind, text));
        }
        _ => values.problem("message", text),
    }
}
