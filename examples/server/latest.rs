//! Which uploads keep their files open between requests: to open two files takes as long as to write a short chunk's
//! record, but a process may have only so many open.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use super::store::lock;

/// How many keep them while nobody asks for them.
const MOST: usize = 64;

/// The uploads that were asked for last, the latest at the end.
pub struct Latest<T>(Mutex<VecDeque<Arc<T>>>);

impl<T> Default for Latest<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> Latest<T> {
    /// This one was asked for. The one that is to close its files for it, if there are too many.
    pub fn add(&self, upload: &Arc<T>) -> Option<Arc<T>> {
        let mut uploads = lock(&self.0);
        if uploads.back().is_some_and(|latest| Arc::ptr_eq(latest, upload)) {
            return None;
        }
        uploads.retain(|other| !Arc::ptr_eq(other, upload));
        uploads.push_back(Arc::clone(upload));
        if uploads.len() > MOST { uploads.pop_front() } else { None }
    }

    /// This one is not asked for any more.
    pub fn remove(&self, upload: &Arc<T>) {
        lock(&self.0).retain(|other| !Arc::ptr_eq(other, upload));
    }
}
