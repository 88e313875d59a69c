//! Who the tenants are. A real application reads this from its configuration.

use std::{error::Error, sync::Arc, time::Duration};

use async_trait::async_trait;
use otp_core::{
    Channel, Namespace, Policy,
    message::{Catalogue, TextKind},
};
use otp_service::{Message, Receipt, SendError, Sender};

/// What differs from tenant to tenant.
pub(crate) struct Tenant {
    pub(crate) namespace: Namespace,
    pub(crate) policy: Policy,
    pub(crate) catalogue: Catalogue,
    pub(crate) sender: Arc<dyn Sender>,
}

pub(crate) fn all() -> Result<[Tenant; 2], Box<dyn Error>> {
    Ok([acme()?, globex()?])
}

/// A shop with the usual limits and a text of its own.
fn acme() -> Result<Tenant, Box<dyn Error>> {
    let text = "{app}: {security_code} is your code. Happy shopping!";
    Ok(Tenant {
        namespace: Namespace::new("acme")?,
        policy: Policy::default(),
        catalogue: Catalogue::builder().app_name("Acme").text(None, "en", TextKind::Sms, text).build()?,
        sender: Arc::new(Terminal("acme-terminal")),
    })
}

/// A bank: longer codes, shorter lives, fewer guesses, and German unless the caller asks for something else.
fn globex() -> Result<Tenant, Box<dyn Error>> {
    let limits = Policy::builder().code_length(8).life(Duration::from_secs(180)).max_checks(3);
    Ok(Tenant {
        namespace: Namespace::new("globex")?,
        policy: limits.cooldown(Duration::from_secs(30)).build()?,
        catalogue: Catalogue::builder().app_name("Globex Bank").default_language("de").build()?,
        sender: Arc::new(Terminal("globex-terminal")),
    })
}

/// Prints messages with its own name before them, where a real tenant has an account with a provider.
struct Terminal(&'static str);

#[async_trait]
impl Sender for Terminal {
    fn name(&self) -> &str {
        self.0
    }

    fn carries(&self, channel: Channel) -> bool {
        channel == Channel::Sms
    }

    #[expect(clippy::print_stdout, reason = "printing is this sender's job")]
    async fn send(&self, message: &Message) -> Result<Receipt, SendError> {
        println!("{}: to {}: {}", self.0, message.to.as_str(), message.body.expose());
        Ok(Receipt::default())
    }
}
