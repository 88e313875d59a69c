//! Time, inputs, and maps for a store.

use otp_core::{
    ChallengeKey, Parameters, Timestamp,
    transition::{Change, Loaded, StartInput},
};

use super::{World, context_hash, key_id};
use crate::reference::Ask;

impl World {
    pub(super) fn pass(&mut self, millis: i64) {
        self.now.passed += millis;
        self.now.clock += millis;
    }

    pub(super) fn at(&self) -> Timestamp {
        Timestamp::from_millis(self.now.clock)
    }

    /// Bytes that never repeat.
    pub(super) fn draw<const N: usize>(&mut self) -> [u8; N] {
        self.drawn += 1;
        let mut bytes = [0; N];
        bytes[..8].copy_from_slice(&self.drawn.to_be_bytes());
        bytes
    }

    pub(super) fn code(&self, session: usize) -> String {
        self.codes[&self.keys[session]].last().expect("every session began with a code").clone()
    }

    pub(super) fn start_input(&mut self, cell: usize, key: ChallengeKey, ask: Ask) -> StartInput {
        let seed = self.draw();
        self.start_input_with_seed(cell, key, ask, seed)
    }

    pub(super) fn start_input_with_seed(
        &self,
        cell: usize,
        key: ChallengeKey,
        ask: Ask,
        seed: [u8; 16],
    ) -> StartInput {
        let scope = &self.cells[cell];
        StartInput {
            key,
            ledger: scope.ledger,
            namespace: scope.namespace.clone(),
            purpose: scope.purpose.clone(),
            recipient: scope.recipient.clone(),
            channel: ask.channel.expect("a start names its channel"),
            language: "en".parse().expect("a language"),
            parameters: Parameters::default(),
            context: context_hash(ask.context.expect("a start names its context")),
            key_id: key_id(),
            seed,
            send: ask.send,
        }
    }

    pub(super) fn load(&self, key: ChallengeKey, cell: usize) -> Loaded {
        Loaded {
            challenge: self.challenges.get(&key).cloned(),
            ledger: self.ledgers.get(&self.cells[cell].ledger).cloned(),
            delivery: self.deliveries.get(&key).cloned(),
        }
    }

    pub(super) fn write(&mut self, Change { challenge, ledger, delivery }: Change) {
        self.challenges.extend(challenge.map(|challenge| (challenge.key, challenge)));
        self.ledgers.extend(ledger.map(|ledger| (ledger.key, ledger)));
        delivery.into_iter().for_each(|delivery| self.put_delivery(delivery));
    }
}
