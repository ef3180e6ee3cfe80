//! A server of one upload that holds its bytes and nothing else that would be worth a bug.

use std::collections::BTreeMap;

/// What a request has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Came {
    /// Its body is read.
    Reading,
    Refused,
    Incomplete(u64),
    Complete(u64),
    /// It is over without an answer: its body was cut, or a newer request has taken over.
    Closed,
}

/// A request with a body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request {
    pub(crate) at: u64,
    /// Where it ends, if it says so; else its end is the end of the object.
    pub(crate) end: Option<u64>,
    pub(crate) total: Option<u64>,
    pub(crate) length: Option<u64>,
}

#[derive(Debug)]
pub(crate) struct Reference {
    grain: u64,
    pub(crate) kept: Vec<u8>,
    total: Option<u64>,
    complete: bool,
    writer: Option<usize>,
    /// The bodies that are read: of the writer, and of requests that can bring nothing new.
    bodies: BTreeMap<usize, (Request, Vec<u8>)>,
}

impl Reference {
    pub(crate) fn new(grain: u64) -> Self {
        Self { grain, kept: Vec::new(), total: None, complete: false, writer: None, bodies: BTreeMap::new() }
    }

    fn len(&self) -> u64 {
        self.kept.len() as u64
    }

    fn progress(&self) -> Came {
        if self.complete { Came::Complete(self.len()) } else { Came::Incomplete(self.len()) }
    }

    pub(crate) fn status(&mut self, total: Option<u64>) -> Came {
        if total == Some(self.len()) && self.total.is_none_or(|declared| Some(declared) == total) {
            self.take_over(None);
            (self.complete, self.total) = (true, total);
        }
        self.progress()
    }

    pub(crate) fn append(&mut self, id: usize, request: Request) -> Came {
        if self.complete {
            return self.progress();
        }
        let Request { at, end, total, length } = request;
        let declared = self.total.or(total);
        let told = end.or(length.map(|length| at + length));
        let last = end.is_none() || end == declared;
        let fits = self.total.is_none() || total.is_none() || self.total == total;
        let within = declared.is_none_or(|declared| declared >= self.len() && told.unwrap_or(at) <= declared);
        let whole = end.is_some() || length.is_none() || declared.is_none() || told == declared;
        let below = end.is_none() && told.is_some_and(|told| told < self.len());
        if !fits || !within || !whole || below || at > self.len() {
            return Came::Refused;
        }
        let brings_nothing = told.is_some_and(|told| !last && told <= self.len());
        if !brings_nothing {
            if told.is_some_and(|told| !last && told - told % self.grain <= self.len()) {
                return Came::Refused;
            }
            self.take_over(Some(id));
            self.total = declared;
        }
        self.bodies.insert(id, (request, Vec::new()));
        Came::Reading
    }

    /// A newer request takes over from the one whose bytes counted before.
    fn take_over(&mut self, writer: Option<usize>) {
        if let Some(older) = self.writer {
            self.bodies.remove(&older);
        }
        self.writer = writer;
    }

    pub(crate) fn chunk(&mut self, id: usize, data: &[u8]) -> Came {
        let Some((request, body)) = self.bodies.get_mut(&id) else { return Came::Closed };
        body.extend(data);
        if request.end.or(self.total).is_some_and(|end| request.at + body.len() as u64 > end) {
            return self.over(id, Came::Refused);
        }
        Came::Reading
    }

    pub(crate) fn end(&mut self, id: usize, clean: bool) -> Came {
        let Some((request, body)) = self.bodies.get(&id) else { return Came::Closed };
        let reached = request.at + body.len() as u64;
        let must = request.end.or(self.total);
        let size = if request.end.is_none() { Some(reached) } else { self.total };
        let whole = clean && size == Some(reached);
        let published = if whole { reached } else { reached - reached % self.grain };
        let short = must.is_some_and(|must| reached < must) || (request.end.is_none() && reached < self.len());
        let is_writer = self.writer == Some(id);
        if clean && (short || (published <= self.len() && reached > self.len())) {
            return self.over(id, Came::Refused);
        }
        if is_writer && published > self.len() {
            let new = body.iter().take((published - request.at) as usize).skip((self.len() - request.at) as usize);
            self.kept.extend(new);
        }
        if is_writer && whole {
            (self.total, self.complete) = (size, true);
        }
        let came = if clean { self.progress() } else { Came::Closed };
        self.over(id, came)
    }

    fn over(&mut self, id: usize, came: Came) -> Came {
        self.bodies.remove(&id);
        self.writer = self.writer.filter(|writer| *writer != id);
        came
    }
}
