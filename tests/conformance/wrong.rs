//! A little server that keeps the protocol, or breaks it in one way: the kit has to notice.

mod connection;

use std::collections::HashMap;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};

use connection::Connection;
use resumable::{Append, Extent, Intent};

/// In which way it breaks the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    None,
    /// Bytes after a gap are appended as if there were none (S03).
    AppendsAtGaps,
    /// Resent bytes are appended again (S14).
    AppendsOverlaps,
    /// Resent bytes replace those that were kept.
    RewritesOverlaps,
    /// A cut or short body is credited with what its head promised (S15).
    CreditsPromises,
    /// A cut body ends the upload.
    FinishesCuts,
    /// Any question with a total ends the upload (S12).
    FinishesOnQuestions,
    /// `Range` tells the length instead of the last position (S13).
    OffByOne,
    /// `Range` tells `0--1` when nothing is kept (S23).
    RangeOfNothing,
    /// A question with a smaller total truncates (S27).
    Truncates,
    /// An older request goes on after a newer one has been admitted.
    NoFence,
    /// What is kept can be read as an object before the end.
    PublishesEarly,
    /// A success whose object is not kept.
    LosesObjects,
    /// After completion other data replaces the object.
    RewritesAfterCompletion,
    /// A cancelled upload goes on.
    IgnoresCancels,
    /// What follows a refused head is read as the next one.
    ReadsBodiesAsHeads,
    /// Numbers wrap in 32 bits.
    Wraps,
    /// A malformed `Content-Range` gets 500 (S05).
    FailsOnMalformed,
    /// A malformed `Content-Range` gets no answer.
    HangsUpOnMalformed,
    /// A cut body ends the process, or as good as that.
    DiesOfCuts,
}

pub struct WrongServer {
    pub addr: SocketAddr,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Upload {
    name: String,
    kept: Vec<u8>,
    total: Option<u64>,
    epoch: u64,
    is_complete: bool,
    is_cancelled: bool,
}

struct Shared {
    flaw: Flaw,
    stop: Arc<AtomicBool>,
    uploads: Mutex<Vec<Upload>>,
    objects: Mutex<HashMap<String, Vec<u8>>>,
}

struct Reply {
    status: u16,
    fields: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl WrongServer {
    pub fn start(flaw: Flaw) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap();
        let stop = Arc::<AtomicBool>::default();
        let (uploads, objects) = Default::default();
        let shared = Arc::new(Shared { flaw, stop: Arc::clone(&stop), uploads, objects });
        let thread = thread::spawn(move || {
            for stream in listener.incoming() {
                if shared.stop.load(Ordering::SeqCst) {
                    return;
                }
                let shared = Arc::clone(&shared);
                // An error is a peer that is gone.
                thread::spawn(move || stream.map(|stream| Connection::new(stream).serve(&shared)));
            }
        });
        Self { addr, stop, thread: Some(thread) }
    }
}

impl Drop for WrongServer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // It looks up only when somebody comes.
        let _ = TcpStream::connect(self.addr);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn upload(&self) -> MutexGuard<'_, Vec<Upload>> {
        self.uploads.lock().unwrap()
    }

    fn object(&self, name: &str) -> Reply {
        let early = self
            .upload()
            .iter()
            .find(|upload| upload.name == name && !upload.kept.is_empty())
            .map(|it| it.kept.clone());
        let early = early.filter(|_| self.flaw == Flaw::PublishesEarly);
        match self.objects.lock().unwrap().get(name).cloned().or(early) {
            Some(body) => Reply { body, ..reply(200) },
            None => reply(404),
        }
    }

    fn create(&self, target: &str, total: Option<u64>) -> Reply {
        let name = target.rsplit_once("name=").map_or("", |(_, name)| name).to_owned();
        let mut uploads = self.upload();
        uploads.push(Upload { name, total, ..Upload::default() });
        reply(200).with("Location", format!("/session/{}", uploads.len() - 1))
    }

    fn incomplete(&self, upload: &Upload) -> Reply {
        match (upload.kept.len(), self.flaw) {
            (0, Flaw::RangeOfNothing) => reply(308).with("Range", "bytes=0--1".to_owned()),
            (0, _) => reply(308),
            (kept, Flaw::OffByOne) => reply(308).with("Range", format!("bytes=0-{kept}")),
            (kept, _) => reply(308).with("Range", format!("bytes=0-{}", kept - 1)),
        }
    }

    fn complete(&self, upload: &mut Upload) -> Reply {
        upload.is_complete = true;
        if self.flaw != Flaw::LosesObjects {
            self.objects.lock().unwrap().insert(upload.name.clone(), upload.kept.clone());
        }
        reply(200)
    }

    /// Takes a request on; `Err` is its answer already.
    fn admit(&self, id: usize, intent: &Intent) -> Result<(u64, Append), Reply> {
        let mut uploads = self.upload();
        let Some(upload) = uploads.get_mut(id) else { return Err(reply(404)) };
        if upload.is_complete && self.flaw != Flaw::RewritesAfterCompletion {
            return Err(if *intent == Intent::Cancel { reply(404) } else { reply(200) });
        }
        if upload.is_cancelled {
            return Err(reply(499));
        }
        match *intent {
            Intent::Cancel => {
                upload.is_cancelled = self.flaw != Flaw::IgnoresCancels;
                upload.epoch += 1;
                Err(reply(499))
            }
            Intent::Status(status) if status.body != Some(0) => Err(reply(400)),
            Intent::Status(status) => {
                let kept = upload.kept.len() as u64;
                if self.flaw == Flaw::Truncates && status.total.is_some_and(|total| total < kept) {
                    upload.kept.truncate(usize::try_from(status.total.unwrap()).unwrap());
                }
                let closes = status.total == Some(kept) && upload.total.is_none_or(|total| total == kept);
                let closes = closes || self.flaw == Flaw::FinishesOnQuestions && status.total.is_some();
                Err(if closes { self.complete(upload) } else { self.incomplete(upload) })
            }
            Intent::Append(append) => {
                let append = self.wrapped(append);
                if append.at > upload.kept.len() as u64 && self.flaw != Flaw::AppendsAtGaps {
                    return Err(reply(503));
                }
                let differs = |total| upload.total.is_some_and(|declared| declared != total);
                let length = append.body.map(|length| append.at.saturating_add(length));
                let mismatch = matches!((append.extent, length), (Extent::To(end), Some(length)) if end != length);
                if append.total.is_some_and(differs) || mismatch && self.flaw != Flaw::CreditsPromises {
                    return Err(reply(400));
                }
                upload.total = upload.total.or(append.total);
                upload.epoch += 1;
                Ok((upload.epoch, append))
            }
        }
    }

    fn wrapped(&self, append: Append) -> Append {
        let wrap = |number: u64| if self.flaw == Flaw::Wraps { number & 0xffff_ffff } else { number };
        let extent = match append.extent {
            Extent::To(end) => Extent::To(wrap(end)),
            extent => extent,
        };
        Append { at: wrap(append.at), extent, total: append.total.map(wrap), ..append }
    }

    /// Keeps bytes of a body; `false` if a newer request has taken over.
    fn keep(&self, id: usize, epoch: u64, at: u64, data: &[u8]) -> bool {
        let mut uploads = self.upload();
        let upload = &mut uploads[id];
        if upload.epoch != epoch && self.flaw != Flaw::NoFence {
            return false;
        }
        if upload.is_complete && self.flaw != Flaw::RewritesAfterCompletion {
            return true;
        }
        let at = usize::try_from(at).unwrap();
        let skipped = upload.kept.len().saturating_sub(at).min(data.len());
        match self.flaw {
            Flaw::AppendsOverlaps => upload.kept.extend(data),
            Flaw::RewritesOverlaps | Flaw::RewritesAfterCompletion => {
                upload.kept[at..at + skipped].copy_from_slice(&data[..skipped]);
                upload.kept.extend(&data[skipped..]);
            }
            _ => upload.kept.extend(&data[skipped..]),
        }
        true
    }

    /// Answers an append of which so many bytes came, if an answer is owed.
    fn end(&self, id: usize, epoch: u64, append: &Append, came: u64, clean: bool) -> Option<Reply> {
        let mut uploads = self.upload();
        let upload = &mut uploads[id];
        if upload.epoch != epoch && self.flaw != Flaw::NoFence {
            return None;
        }
        let end = append.at.saturating_add(came);
        if self.flaw == Flaw::CreditsPromises
            && let Extent::To(end) = append.extent
        {
            // Not more than there is room for.
            let end = usize::try_from(end).unwrap().min(1 << 20);
            upload.kept.resize(upload.kept.len().max(end), 0);
        }
        if !clean && self.flaw != Flaw::FinishesCuts {
            return None;
        }
        let is_short = matches!(append.extent, Extent::To(wanted) if wanted != end);
        if is_short && !matches!(self.flaw, Flaw::CreditsPromises | Flaw::FinishesCuts) {
            return Some(reply(400));
        }
        let is_last =
            append.extent == Extent::Last || append.total.is_some() && append.extent == Extent::To(append.total?);
        let is_whole = upload.total.is_none_or(|total| total == upload.kept.len() as u64);
        let is_whole =
            is_whole || matches!(self.flaw, Flaw::AppendsAtGaps | Flaw::FinishesCuts | Flaw::AppendsOverlaps);
        Some(if is_last && is_whole { self.complete(upload) } else { self.incomplete(upload) })
    }
}

impl Reply {
    fn with(mut self, name: &'static str, value: String) -> Self {
        self.fields.push((name, value));
        self
    }
}

fn reply(status: u16) -> Reply {
    Reply { status, fields: Vec::new(), body: Vec::new() }
}
