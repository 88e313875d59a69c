//! `otp config`: the effective configuration.

use crate::{
    cli::GlobalOptions,
    command::CommandError,
    config::{Config, MissingKey, Setting},
    output,
};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// One JSON object: each key with its value and source
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(options: &GlobalOptions, arguments: &Arguments) -> Result<(), CommandError> {
    let config = options.load(MissingKey::Ephemeral)?;
    if arguments.json {
        output::answer(json(&config))?;
    } else {
        config.settings.iter().try_for_each(|setting| output::answer(line(setting)))?;
    }
    Ok(())
}

fn line(setting: &Setting) -> String {
    let value = match setting.text() {
        text if text.is_empty() => String::new(),
        text => format!(" {text}"),
    };
    let origin = if setting.value.is_null() { "not set".to_owned() } else { setting.origin.to_string() };
    format!("{} ={value}  # {origin}", setting.name)
}

fn json(config: &Config) -> serde_json::Value {
    let entry = |setting: &Setting| {
        let origin = setting.origin.to_string();
        (setting.name.to_owned(), serde_json::json!({ "value": setting.value, "source": origin }))
    };
    config.settings.iter().map(entry).collect::<serde_json::Map<_, _>>().into()
}
