//! A device that uploads the object over a link that fails, with all its memory in place.

use std::fmt::Display;
use std::ops::Range;

use httparse::EMPTY_HEADER;
use resumable::Intent;
use resumable::client::{Attempt, Chunk, ClientPolicy, Length, Source, Step, Upload, Verdict};
use resumable::google::{CreationKind, decode_creation_reply, decode_reply, encode_creation, encode_request};
use resumable::http1::{CHUNK_END, LAST_CHUNK, chunk_head, parse_response, write_request};

use crate::server::Server;
use crate::{OBJECT, SIZE};

/// A device, its link, and the server at the other end.
pub(crate) struct Client<N> {
    upload: Upload,
    chunked: bool,
    policy: ClientPolicy,
    server: Server,
    filled: u64,
    requests: u64,
    /// Writes a line of the ladder.
    note: N,
    /// What goes out, and what comes back.
    out: [u8; 2 * SIZE],
    answer: [u8; 512],
}

impl<N: Fn(&dyn Display)> Client<N> {
    pub(crate) fn new(length: Length, chunk: Chunk, chunked: bool, note: N) -> Self {
        let policy = ClientPolicy { chunk, source: Source::Replayable, ..ClientPolicy::default() };
        Self {
            upload: Upload::new(length, policy, 7),
            chunked,
            policy,
            server: Server::default(),
            filled: 0,
            requests: 0,
            note,
            out: [0; 2 * SIZE],
            answer: [0; 512],
        }
    }

    /// Uploads the object; how many requests it took.
    pub(crate) fn run(mut self) -> u64 {
        loop {
            let step = self.upload.step();
            (self.note)(&step);
            match step {
                Step::Create { attempt, total } => self.create(attempt, total),
                Step::Send { attempt, intent, body } => self.send(attempt, &intent, &body),
                Step::Fill { to } => {
                    let more = to.min(SIZE as u64);
                    let ended = more == self.filled;
                    self.filled = more;
                    self.upload.handle_source(more, ended).expect("the source does not contradict itself");
                }
                Step::Wait(_) => self.upload.handle_waited().expect("a wait is due"),
                Step::Done { size } => {
                    assert_eq!(size, SIZE as u64);
                    assert_eq!(self.server.published(), Some(&OBJECT));
                    return self.requests;
                }
                step => panic!("ends with: {step}"),
            }
        }
    }

    fn create(&mut self, attempt: Attempt, total: Option<u64>) {
        let fields = encode_creation(CreationKind::Json, total, Some("text/csv"));
        let fields = fields.iter().chain([("Content-Length", &b"0"[..])]);
        let len = write_request(&mut self.out, "POST", "/uploads", "a", fields).expect("it fits");
        self.exchange(attempt, len, len, true);
    }

    fn send(&mut self, attempt: Attempt, intent: &Intent, body: &Range<u64>) {
        let head = encode_request(intent).expect("it can be written");
        (self.note)(&head);
        let fields = head.fields();
        let data = &OBJECT[usize::try_from(body.start).unwrap()..usize::try_from(body.end).unwrap()];
        let chunked = self.chunked && !data.is_empty();
        let fields = fields.iter().filter(|(name, _)| !chunked || *name != "Content-Length");
        let coding = chunked.then_some(("Transfer-Encoding", &b"chunked"[..]));
        let head_len = write_request(&mut self.out, head.method, "/uploads/7", "a", fields.chain(coding));
        let head_len = head_len.expect("it fits");
        let mut len = head_len;
        if chunked {
            for piece in data.chunks(331) {
                let size = chunk_head(piece.len() as u64).expect("pieces are not empty");
                for part in [size.as_bytes(), piece, CHUNK_END] {
                    self.put(&mut len, part);
                }
            }
            self.put(&mut len, LAST_CHUNK);
        } else {
            self.put(&mut len, data);
        }
        self.exchange(attempt, head_len, len, false);
    }

    fn put(&mut self, len: &mut usize, bytes: &[u8]) {
        self.out[*len..*len + bytes.len()].copy_from_slice(bytes);
        *len += bytes.len();
    }

    /// Sends what stands in the buffer. The trouble is always the same: the second request is cut, the third answer is
    /// lost, the store is busy during the fifth, and after the sixth another process takes over.
    fn exchange(&mut self, attempt: Attempt, head: usize, len: usize, is_creation: bool) {
        self.requests += 1;
        let arrives = match self.requests {
            2 => head + (len - head) * 2 / 3,
            _ => len,
        };
        self.server.is_busy = self.requests == 5;
        let answer = self.server.serve(&self.out[..arrives], &mut self.answer, is_creation);
        let answer = answer.filter(|_| self.requests != 3);
        match answer {
            Some(len) => {
                let verdict = read(&self.answer[..len], is_creation);
                self.upload.handle_response(attempt, verdict).expect("the newest attempt");
            }
            None => self.upload.handle_lost(attempt).expect("the newest attempt"),
        }
        if self.requests == 6 {
            let record = self.upload.snapshot().expect("there is a session");
            self.upload = Upload::resume(record, self.policy, 11);
            self.filled = record.persisted;
        }
    }
}

fn read(answer: &[u8], to_creation: bool) -> Verdict {
    let mut headers = [EMPTY_HEADER; 8];
    let head = parse_response(answer, &mut headers, "PUT").expect("a right answer").expect("a whole one");
    if to_creation {
        decode_creation_reply(head.status, head.headers).0
    } else {
        decode_reply(head.status, head.headers)
    }
}
