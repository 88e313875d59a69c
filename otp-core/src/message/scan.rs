//! Reads the text of a template.

use super::{MAX_VALUE_CHARACTERS, TemplateError, suggestion};

/// The names that every template knows.
pub(super) const BUILT_IN_NAMES: [&str; 3] = ["app", "security_code", "minutes"];

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    Literal(String),
    App,
    SecurityCode,
    Minutes,
    Parameter(String),
}

/// The pieces of `text`, or everything that is wrong with it: at least one error.
pub(super) fn scan(text: &str, parameters: &[&str], subject: bool) -> Result<Vec<Piece>, Vec<TemplateError>> {
    let mut scan = Scan { text, parameters, pieces: Vec::new(), errors: Vec::new() };
    scan.control_characters(subject);
    scan.pieces();
    if !subject && scan.errors.is_empty() && !scan.pieces.contains(&Piece::SecurityCode) {
        scan.errors.push(TemplateError::MissingSecurityCode { allowed: scan.allowed() });
    }
    if scan.errors.is_empty() { Ok(scan.pieces) } else { Err(scan.errors) }
}

struct Scan<'a> {
    text: &'a str,
    parameters: &'a [&'a str],
    pieces: Vec<Piece>,
    errors: Vec<TemplateError>,
}

impl<'a> Scan<'a> {
    /// More would not help anybody, and each costs a walk to its position.
    const MAX_ERRORS: usize = 16;

    fn control_characters(&mut self, subject: bool) {
        let allowed = |c: char| !c.is_control() || (!subject && matches!(c, '\n' | '\r' | '\t'));
        if let Some((at, character)) = self.text.chars().enumerate().find(|(_, c)| !allowed(*c)) {
            self.errors.push(TemplateError::ControlCharacter { character, position: at + 1 });
        }
    }

    fn pieces(&mut self) {
        let mut literal = String::new();
        let mut rest = self.text;
        while let Some(at) = rest.find(['{', '}']) {
            if self.errors.len() >= Self::MAX_ERRORS {
                return;
            }
            let (before, brace) = rest.split_at(at);
            literal.push_str(before);
            if brace.starts_with("{{") || brace.starts_with("}}") {
                literal.push_str(&brace[..1]);
                rest = &brace[2..];
                continue;
            }
            let position = self.position(brace);
            rest = &brace[1..];
            if brace.starts_with('}') {
                self.errors.push(TemplateError::UnopenedBrace { position });
                continue;
            }
            let Some(end) = rest.find(['{', '}']).filter(|end| rest[*end..].starts_with('}')) else {
                self.errors.push(TemplateError::UnclosedBrace { position });
                continue;
            };
            let name = &rest[..end];
            rest = &rest[end + 1..];
            match self.placeholder(name, position) {
                Ok(piece) => {
                    if !literal.is_empty() {
                        self.pieces.push(Piece::Literal(std::mem::take(&mut literal)));
                    }
                    self.pieces.push(piece);
                }
                Err(error) => self.errors.push(error),
            }
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            self.pieces.push(Piece::Literal(literal));
        }
    }

    fn placeholder(&self, name: &str, position: usize) -> Result<Piece, TemplateError> {
        match name {
            "app" => Ok(Piece::App),
            "security_code" => Ok(Piece::SecurityCode),
            "minutes" => Ok(Piece::Minutes),
            "" => Err(TemplateError::EmptyName { position, allowed: self.allowed() }),
            name if self.parameters.contains(&name) => Ok(Piece::Parameter(name.to_owned())),
            name => Err(TemplateError::UnknownPlaceholder {
                name: name.chars().take(MAX_VALUE_CHARACTERS).flat_map(char::escape_debug).collect(),
                suggestion: suggestion::closest(name, self.names()).map(str::to_owned),
                allowed: self.allowed(),
            }),
        }
    }

    fn names(&self) -> impl Iterator<Item = &'a str> {
        BUILT_IN_NAMES.into_iter().chain(self.parameters.iter().copied())
    }

    fn allowed(&self) -> String {
        let names: Vec<String> = self.names().map(|name| format!("{{{name}}}")).collect();
        names.join(", ")
    }

    fn position(&self, rest: &str) -> usize {
        self.text[..self.text.len() - rest.len()].chars().count() + 1
    }
}
