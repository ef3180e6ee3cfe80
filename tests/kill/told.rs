//! What was told about each session, and whether it still holds.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What has left a server about one session.
#[derive(Clone, Copy, Debug, Default)]
pub struct Told {
    pub persisted: u64,
    pub is_complete: bool,
}

/// All sessions, shared by whoever listens.
#[derive(Clone, Default)]
pub struct Ledger(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    /// By their addresses: path and query.
    sessions: BTreeMap<String, Told>,
    /// In the order of their creation.
    order: Vec<String>,
    answers: u64,
    violations: Vec<String>,
}

impl Ledger {
    /// The address of a session was told.
    pub fn created(&self, session: &str) {
        let mut inner = self.lock();
        if inner.sessions.insert(session.to_owned(), Told::default()).is_none() {
            inner.order.push(session.to_owned());
        }
    }

    /// What an answer must not fall below, if its request is sent now.
    pub fn floor(&self, session: &str) -> Told {
        self.lock().sessions.get(session).copied().unwrap_or_default()
    }

    /// A server has answered.
    pub fn answered(&self, session: &str, floor: Told, status: u16, persisted: u64) {
        let mut inner = self.lock();
        let violation = match status {
            308 if floor.is_complete => Some("it was complete".to_owned()),
            308 if persisted < floor.persisted => Some(format!("{} were told before {persisted}", floor.persisted)),
            308 | 200 | 201 | 500..=599 => None,
            other => Some(format!("an open session answers {other}")),
        };
        inner.violations.extend(violation.map(|text| format!("{session}: {text}")));
        let told = inner.sessions.entry(session.to_owned()).or_default();
        match status {
            308 => told.persisted = told.persisted.max(persisted),
            200 | 201 => told.is_complete = true,
            _ => {}
        }
        inner.answers += 1;
    }

    /// Something else is wrong.
    pub fn violated(&self, text: String) {
        self.lock().violations.push(text);
    }

    pub fn assert_kept(&self) {
        let inner = self.lock();
        assert!(inner.violations.is_empty(), "{:#?}", inner.violations);
    }

    /// The newest sessions.
    pub fn newest(&self, count: usize) -> Vec<String> {
        let inner = self.lock();
        inner.order[inner.order.len().saturating_sub(count)..].to_vec()
    }

    pub fn answers(&self) -> u64 {
        self.lock().answers
    }

    pub fn sessions(&self) -> usize {
        self.lock().order.len()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
