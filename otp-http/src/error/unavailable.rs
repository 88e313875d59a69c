//! Failures of ours: logged here, told to nobody.

use std::error::Error as StdError;

use super::ApiError;

/// A failure of ours, which ends here: logged once, told without its cause.
pub(super) fn unavailable(error: &(dyn StdError + 'static)) -> ApiError {
    // As a text of its own: JSON logs leave the causes of an error out.
    let causes = causes(error);
    tracing::error!(target: "otp::http", error, causes, "a request was answered \"unavailable\"");
    ApiError::Unavailable
}

/// What is behind an error, outermost first.
fn causes(error: &(dyn StdError + 'static)) -> String {
    let mut behind = Vec::new();
    let mut cause = error.source();
    while let Some(error) = cause {
        behind.push(error.to_string());
        cause = error.source();
    }
    behind.join(": ")
}
