//! What must hold in every state.

use core::fmt;

use resumable::Saved;
use resumable::client::{Failure, State, Step};

use crate::config::Config;
use crate::store;
use crate::world::World;

/// A promise that a search checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Property {
    /// Every offset that has left a server is covered by durable bytes and by the record.
    NoLie,
    /// An answer tells no less than any answer before its request came; the record never falls.
    NoLoss,
    /// What is persisted is the source's, byte by byte, and is never written again.
    NoMix,
    /// One publication at most, of exactly the source.
    OneObject,
    /// The client reports success only after the publication, and the server too.
    HonestSuccess,
    /// A cancellation or an expiry that was told is true.
    HonestEnd,
    /// The client never asks its host for bytes below what was acknowledged.
    Acknowledged,
    /// The client sends on from where the server's bytes end, and skips nothing.
    Contiguous,
    /// After a lost answer the client asks.
    AsksAfterLoss,
    /// An answer to an older attempt changes nothing.
    StaleAnswer,
    /// A refused request takes no epoch and changes nothing; a question does not either, where overlap is skipped.
    RefusalIsFree,
    /// Where overlap is a conflict, the answer to a question holds until a newer append.
    FirmAnswer,
    /// What is persisted is a multiple of the granularity, until it is all.
    WholeGrains,
    /// The client fails only for what really happened.
    JustFailure,
    /// The machines take every call of a host that does as the docs say.
    TakesCalls,
    /// Once faults stop, the end can be reached.
    Ends,
    /// Nothing goes round in circles without a wait.
    Waits,
}

/// A promise that was broken, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Broken {
    pub(crate) property: Property,
    pub(crate) how: String,
}

impl Property {
    pub(crate) fn broken(self, how: impl Into<String>) -> Broken {
        Broken { property: self, how: how.into() }
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.property, self.how)
    }
}

/// Checks what a state shows. What only a step between two states shows is noted in [`World::broken`].
pub(crate) fn check(world: &World, config: &Config) -> Result<(), Broken> {
    if let Some(broken) = &world.broken {
        return Err(broken.clone());
    }
    let claims = Claims(config);
    check_store(world, config, &claims)?;
    check_client(world, config, &claims)
}

/// Claims promises that are not overlooked.
struct Claims<'c>(&'c Config);

impl Claims<'_> {
    fn claim(&self, property: Property, holds: bool, how: impl FnOnce() -> String) -> Result<(), Broken> {
        if holds || self.0.overlooked.contains(&property) { Ok(()) } else { Err(property.broken(how())) }
    }
}

fn check_store(world: &World, config: &Config, claims: &Claims<'_>) -> Result<(), Broken> {
    let (recorded, told) = (world.store.record.persisted, world.told);
    if !matches!(world.store.record.state, Saved::Open | Saved::Complete) {
        return Ok(());
    }
    let grain = config.policy.granularity.get();
    let whole = recorded.is_multiple_of(grain) || recorded == config.size;
    claims.claim(Property::WholeGrains, whole, || format!("{recorded} bytes are recorded, in grains of {grain}"))?;
    if let Some(firm) = world.firm {
        claims.claim(Property::FirmAnswer, firm == recorded, || {
            format!("{firm} bytes were told, {recorded} are recorded, and there was no append since")
        })?;
    }
    let durable = store::prefix(&world.store.durable);
    claims.claim(Property::NoLie, told <= recorded, || format!("{told} bytes were told, {recorded} are recorded"))?;
    claims.claim(Property::NoLie, told <= durable, || {
        format!("{told} bytes were told, {durable} are durable and the source's")
    })?;
    claims.claim(Property::NoMix, recorded <= durable, || {
        format!("{recorded} bytes are recorded, {durable} are durable and the source's")
    })?;
    for process in &world.processes {
        let persisted = process.persisted().get();
        claims.claim(Property::NoLie, persisted <= recorded, || {
            format!("a server takes {persisted} bytes for persisted, {recorded} are recorded")
        })?;
        let alone = world.processes.len() == 1;
        claims.claim(Property::NoLoss, !alone || persisted >= told, || {
            format!("{told} bytes were told, the server now takes {persisted} for persisted")
        })?;
    }
    Ok(())
}

fn check_client(world: &World, config: &Config, claims: &Claims<'_>) -> Result<(), Broken> {
    let upload = &world.client.upload;
    let (record, published) = (world.store.record, world.store.published);
    // While it confirms, the client names what the source has shown, since the server has said that it has it all.
    if !matches!(upload.state(), State::Confirming { .. } | State::Failed(_))
        && matches!(record.state, Saved::Open | Saved::Complete)
    {
        let (taken, recorded) = (upload.persisted().get(), record.persisted);
        claims.claim(Property::NoLie, taken <= recorded, || {
            format!("the client takes {taken} bytes for persisted, {recorded} are recorded")
        })?;
    }
    match upload.step() {
        Step::Done { size } => {
            let honest = published == Some(size) && size == config.size;
            claims.claim(Property::HonestSuccess, honest, || {
                format!("the client is done with {size} bytes, published is {published:?}")
            })
        }
        Step::Failed(failure) => {
            let just = just(&failure, world, config);
            claims.claim(Property::JustFailure, just, || failure.to_string())
        }
        _ => Ok(()),
    }
}

/// Whether what happened is a reason for this.
fn just(failure: &Failure, world: &World, config: &Config) -> bool {
    match failure {
        Failure::TooManyAttempts { .. } => config.patience.is_some(),
        Failure::Gone => world.store.record.state == Saved::Expired,
        Failure::Cancelled => world.store.record.state == Saved::Cancelled,
        // By this policy an append starts exactly where the last one ended, so a request that was given up, or sent
        // twice, and came late is in the way of its repetition.
        Failure::Refused { code: 409 } => {
            config.policy.overlap == resumable::Overlap::Conflict
                && (config.faults.lost > 0 || config.faults.doubled > 0)
        }
        _ => false,
    }
}
