//! Starting and resending.

use std::sync::Arc;

use otp_core::{
    Channel, Recipient, SessionToken,
    transition::{self, Loaded, ResendInput, SendKind, StartInput},
};

use super::{
    Address, DeliveryMode, Inner, ResendRequest, Session, StartError, StartRequest, Verifier, decide::Call,
    request::put_own_code, stand_in,
};
use crate::random::random_bytes;

impl Verifier {
    /// Begins a challenge and sends its code.
    ///
    /// # Errors
    ///
    /// [`StartError`]; no message leaves then, except that [`StartError::DeliveryFailed`] may be of class `Unknown`.
    pub async fn start(&self, request: StartRequest) -> Result<Session, StartError> {
        let inner = Arc::clone(&self.inner);
        let now = inner.clock.now();
        let send = inner.prescribed.send_kind(&request.recipient, request.channel, now);
        inner.check_destination(&request.recipient, send)?;
        inner.check_channel(&request.recipient, request.channel, send)?;

        let reply = inner.pending_reply(
            request.idempotency.as_ref(),
            "start",
            &request.purpose,
            &request.recipient,
        )?;
        let token = match &reply {
            _ if request.by_recipient => None,
            Some(reply) => reply.token(&inner.keyring),
            None => Some(SessionToken::from_random(random_bytes()?)),
        };
        let address = token.clone().map_or(Address::Recipient, Address::Token);
        let call = Call {
            scope: inner.scope(&request.purpose, &request.recipient, &address),
            inner: Arc::clone(&inner),
            purpose: request.purpose.clone(),
            recipient: request.recipient.clone(),
            token,
            reply,
            budgets: inner.budgets(request.caller, &request.recipient, send),
            begins: true,
            delivery: if request.discreet.is_some() { DeliveryMode::Queue } else { inner.delivery },
            now,
        };
        if let Some(reply) = &call.reply
            && let Some(answer) = inner.answered(reply, now).await?
        {
            return Ok(call.again(&answer));
        }
        let mut parameters = request.parameters;
        if request.discreet.is_some() {
            put_own_code(&mut parameters);
        }
        let input = StartInput {
            key: call.scope.challenge(),
            ledger: call.scope.ledger(),
            namespace: inner.namespace.clone(),
            purpose: request.purpose,
            recipient: request.recipient,
            channel: request.channel,
            language: request.language.unwrap_or_else(|| inner.catalogue.default_language().clone()),
            parameters,
            context: if request.discreet == Some(false) { Some(stand_in::CONTEXT) } else { request.context },
            key_id: inner.keyring.signing_id().clone(),
            seed: random_bytes()?,
            send,
        };
        call.run(move |loaded| transition::start(loaded, input.clone(), &inner.policy, now)).await
    }

    /// Sends a challenge's code again: the same code while it can live, so that a late first message still works.
    ///
    /// # Errors
    ///
    /// As for [`Verifier::start`].
    pub async fn resend(&self, request: ResendRequest) -> Result<Session, StartError> {
        let inner = Arc::clone(&self.inner);
        let now = inner.clock.now();
        // Without another channel the challenge's own counts, which is not known yet; it was checked at the start.
        let channel = request.channel.unwrap_or(Channel::Sms);
        let send = inner.prescribed.send_kind(&request.recipient, channel, now);
        inner.check_destination(&request.recipient, send)?;
        if request.channel.is_some() {
            inner.check_channel(&request.recipient, channel, send)?;
        }
        let call = Call {
            scope: inner.scope(&request.purpose, &request.recipient, &request.address),
            inner: Arc::clone(&inner),
            reply: inner.pending_reply(
                request.idempotency.as_ref(),
                "resend",
                &request.purpose,
                &request.recipient,
            )?,
            purpose: request.purpose,
            recipient: request.recipient.clone(),
            token: match request.address {
                Address::Token(token) => Some(token),
                Address::Recipient => None,
            },
            budgets: inner.budgets(request.caller, &request.recipient, send),
            begins: false,
            delivery: inner.delivery,
            now,
        };
        let seed = random_bytes()?;
        let ResendRequest { recipient, channel, language, context, .. } = request;
        call.run(move |loaded: Loaded| {
            let present = loaded.challenge.as_ref().map(|challenge| challenge.channel);
            let through = channel.or(present).unwrap_or(Channel::Sms);
            let input = ResendInput {
                channel,
                language: language.clone(),
                parameters: None,
                context,
                key_id: inner.keyring.signing_id().clone(),
                seed,
                send: inner.prescribed.send_kind(&recipient, through, now),
            };
            transition::resend(loaded, input, &inner.policy, now)
        })
        .await
    }
}

impl Inner {
    /// Whether messages may go there at all, where one would.
    fn check_destination(&self, recipient: &Recipient, send: SendKind) -> Result<(), StartError> {
        if send != SendKind::Deliver || self.destinations.allow(recipient) {
            Ok(())
        } else {
            Err(StartError::RegionNotAllowed)
        }
    }

    /// Whether the channel reaches this kind of recipient and has a sender, where one is needed.
    fn check_channel(
        &self,
        recipient: &Recipient,
        channel: Channel,
        send: SendKind,
    ) -> Result<(), StartError> {
        let reaches = channel.takes_phone_number() == matches!(recipient, Recipient::Phone(_));
        if reaches && (send != SendKind::Deliver || self.routes.serves(channel)) {
            Ok(())
        } else {
            Err(StartError::ChannelNotSupported(channel))
        }
    }
}
