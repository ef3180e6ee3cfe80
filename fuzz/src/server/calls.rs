//! Calls on a session, and what holds of all of them.

use resumable::server::{BodyEnd, Fault, Rejection, Session, Step, StoreReply, Ticket};
use resumable::{Persisted, ServerError};

/// Makes a call, which changes nothing if it fails.
pub(super) fn call<R>(
    session: &mut Session,
    ticket: &mut Ticket,
    make: impl FnOnce(&mut Session, &mut Ticket) -> Result<R, ServerError>,
) -> Result<R, ServerError> {
    let before = (session.clone(), ticket.clone());
    let superseded = session.step(ticket).is_err();
    let result = make(session, ticket);
    if let Err(error) = &result {
        assert_eq!((&*session, &*ticket), (&before.0, &before.1), "{error}, and yet something changed");
        assert!(!error.to_string().is_empty());
    }
    if superseded {
        assert!(matches!(result, Err(ServerError::Superseded(_))), "P3: a superseded request may call");
    }
    result
}

/// Every call that is not due is an error; so is every call for a request that is superseded.
pub(super) fn out_of_turn(session: &Session, ticket: &Ticket) {
    let step = session.step(ticket);
    let is = |due: fn(&Step) -> bool| step.as_ref().is_ok_and(due);
    let reading = is(|step| matches!(step, Step::ReadBody { .. }));
    let over = is(|step| matches!(step, Step::Respond(_) | Step::Close));
    let store = |reply| move |session: &mut Session, ticket: &mut Ticket| session.handle_store(ticket, reply);

    let chunk = |session: &mut Session, ticket: &mut Ticket| session.handle_body(ticket, b"").map(|_| ());
    check(session, ticket, reading, chunk);
    for end in [BodyEnd::Clean, BodyEnd::Cut] {
        check(session, ticket, reading, |session, ticket| session.handle_body_end(ticket, end));
    }
    let fenced = is(|step| matches!(step, Step::Fence { .. }));
    check(session, ticket, fenced, store(StoreReply::Fenced(session.snapshot())));
    let committing = is(|step| matches!(step, Step::Commit { .. }));
    check(session, ticket, committing, store(StoreReply::Committed));
    check(session, ticket, committing, store(StoreReply::Rejected(Rejection::Precondition)));
    let discarding = is(|step| matches!(step, Step::Discard { .. }));
    check(session, ticket, discarding, store(StoreReply::Discarded));
    let alive = step.is_ok() && !over;
    check(session, ticket, alive, store(StoreReply::Failed(Fault::Full)));

    // What the store cannot have, it cannot confirm.
    let persisted = session.persisted().get();
    for wrong in [persisted.checked_sub(1), (persisted < u64::MAX / 2).then_some(u64::MAX)] {
        if let (Some(wrong), false) = (wrong, reading) {
            check(session, ticket, false, store(StoreReply::Synced(Persisted::confirmed(wrong))));
        }
    }
}

fn check(
    session: &Session,
    ticket: &Ticket,
    due: bool,
    make: impl FnOnce(&mut Session, &mut Ticket) -> Result<(), ServerError>,
) {
    let (mut session, mut ticket) = (session.clone(), ticket.clone());
    let result = call(&mut session, &mut ticket, make);
    assert_eq!(result.is_ok(), due, "{result:?}, due is {:?}", session.step(&ticket));
}
