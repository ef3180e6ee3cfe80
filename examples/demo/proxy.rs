//! A bad network between a client and a server. It carries bytes and knows nothing of HTTP.
//!
//! What goes wrong, and after how many bytes, is drawn from a seed. It goes wrong a given number of times, each kind as
//! often as the others; then the network is good.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::num::NonZeroU64;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How bad the network is.
#[derive(Clone, Copy, Debug)]
pub struct Faults {
    /// How often something goes wrong.
    pub count: u32,
    /// Something goes wrong within so many bytes from the start of a connection, or from the last time.
    pub within: NonZeroU64,
    /// How long nothing passes when the network stalls.
    pub stall: Duration,
    /// How many bytes pass in a second towards the server. `None` is as many as come.
    pub rate: Option<NonZeroU64>,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Both ends learn that the connection is gone.
    Cut,
    /// The client learns that the connection is gone, the server does not: it waits for bytes that never come.
    Vanished,
    /// What the client has sent arrives. The answer does not, and then the connection is gone.
    AnswerLost,
    /// The same, but the start of the answer arrives.
    AnswerCut,
    /// For a while no bytes pass to the server.
    Stalled,
    /// For a while no answer passes to the client.
    AnswerStalled,
}

/// Where the network tells what goes wrong, after how many bytes of a connection.
pub type Watch = dyn Fn(Fault, u64) + Send + Sync;

/// A network between clients that connect to it and one server. It ends when this is dropped.
pub struct Proxy {
    addr: SocketAddr,
    closing: Arc<AtomicBool>,
}

impl Proxy {
    /// A network to `upstream`.
    pub fn start(upstream: SocketAddr, seed: u64, faults: Faults, watch: Box<Watch>) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let proxy = Self { addr: listener.local_addr()?, closing: Arc::default() };
        let network = Arc::new(Network { faults, watch, luck: Mutex::new(Luck { seed, struck: 0, bag: Vec::new() }) });
        let closing = Arc::clone(&proxy.closing);
        thread::spawn(move || {
            for client in listener.incoming() {
                if closing.load(Ordering::SeqCst) {
                    break;
                }
                // A client that cannot be connected finds its connection closed.
                let _ = client.and_then(|client| Line::connect(&network, client, upstream));
            }
        });
        Ok(proxy)
    }

    /// Where clients connect.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.closing.store(true, Ordering::SeqCst);
        // It waits for a connection, and looks up only then.
        let _ = TcpStream::connect(self.addr);
    }
}

struct Network {
    faults: Faults,
    watch: Box<Watch>,
    luck: Mutex<Luck>,
}

struct Luck {
    seed: u64,
    struck: u32,
    /// The kinds that have not had their turn.
    bag: Vec<Fault>,
}

impl Network {
    fn luck(&self) -> MutexGuard<'_, Luck> {
        self.luck.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// After how many more bytes something goes wrong; not 0.
    fn distance(&self) -> u64 {
        self.luck().below(self.faults.within.get()) + 1
    }

    /// What goes wrong now, if anything does.
    fn strike(&self, at: u64) -> Option<Fault> {
        let mut luck = self.luck();
        if luck.struck == self.faults.count {
            return None;
        }
        luck.struck += 1;
        if luck.bag.is_empty() {
            luck.bag = vec![
                Fault::Cut,
                Fault::Vanished,
                Fault::AnswerLost,
                Fault::AnswerCut,
                Fault::Stalled,
                Fault::AnswerStalled,
            ];
        }
        let kinds = luck.bag.len() as u64;
        let pick = luck.below(kinds);
        let fault = luck.bag.swap_remove(usize::try_from(pick).unwrap_or(0));
        drop(luck);
        (self.watch)(fault, at);
        Some(fault)
    }
}

impl Luck {
    /// A number below `limit`, which is not 0, by splitmix64.
    fn below(&mut self, limit: u64) -> u64 {
        self.seed = self.seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.seed;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % limit
    }
}

/// One connection: a thread for each direction.
struct Line {
    network: Arc<Network>,
    client: TcpStream,
    server: TcpStream,
    /// What is to happen to the next answer.
    answer: Mutex<Option<Fault>>,
}

impl Line {
    fn connect(network: &Arc<Network>, client: TcpStream, upstream: SocketAddr) -> io::Result<()> {
        let server = TcpStream::connect(upstream)?;
        client.set_nodelay(true)?;
        server.set_nodelay(true)?;
        let up = Arc::new(Self { network: Arc::clone(network), client, server, answer: Mutex::default() });
        let down = Arc::clone(&up);
        thread::spawn(move || {
            // An error is an end that is gone: the other one is to learn it.
            up.carry_requests().unwrap_or_else(|_| up.cut());
        });
        thread::spawn(move || down.carry_answers().unwrap_or_else(|_| down.cut()));
        Ok(())
    }

    fn carry_requests(&self) -> io::Result<()> {
        let mut buffer = [0; 16 * 1024];
        let (mut passed, mut due) = (0, self.network.distance());
        let begun = Instant::now();
        loop {
            // Not beyond the place where something goes wrong.
            let room = usize::try_from(due - passed).map_or(buffer.len(), |left| left.min(buffer.len()));
            let len = (&self.client).read(&mut buffer[..room])?;
            if len == 0 {
                return self.server.shutdown(Shutdown::Write);
            }
            passed += len as u64;
            let mut fault = None;
            if passed == due {
                due += self.network.distance();
                // One at a time: the last one may still wait for its answer.
                let waiting = self.answer().is_some();
                fault = if waiting { None } else { self.network.strike(passed) };
            }
            match fault {
                Some(Fault::Stalled) => thread::sleep(self.network.faults.stall),
                // Before the bytes that bring the answer.
                Some(Fault::AnswerLost | Fault::AnswerCut | Fault::AnswerStalled) => *self.answer() = fault,
                Some(Fault::Cut | Fault::Vanished) | None => {}
            }
            (&self.server).write_all(&buffer[..len])?;
            match fault {
                Some(Fault::Cut) => {
                    self.cut();
                    return Ok(());
                }
                Some(Fault::Vanished) => return self.client.shutdown(Shutdown::Both),
                _ => {}
            }
            if let Some(rate) = self.network.faults.rate {
                let due = Duration::from_micros(passed.saturating_mul(1_000_000) / rate);
                thread::sleep(due.saturating_sub(begun.elapsed()));
            }
        }
    }

    fn carry_answers(&self) -> io::Result<()> {
        let mut buffer = [0; 16 * 1024];
        loop {
            let len = (&self.server).read(&mut buffer)?;
            if len == 0 {
                return self.client.shutdown(Shutdown::Write);
            }
            let fault = self.answer().take();
            let passing = match fault {
                Some(Fault::AnswerLost) => 0,
                // In the middle of the status line.
                Some(Fault::AnswerCut) => len.min(11),
                _ => len,
            };
            if fault == Some(Fault::AnswerStalled) {
                thread::sleep(self.network.faults.stall);
            }
            (&self.client).write_all(&buffer[..passing])?;
            if passing < len {
                self.cut();
                return Ok(());
            }
        }
    }

    fn answer(&self) -> MutexGuard<'_, Option<Fault>> {
        self.answer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn cut(&self) {
        // An error means that the end is gone already.
        let _ = self.client.shutdown(Shutdown::Both);
        let _ = self.server.shutdown(Shutdown::Both);
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cut => "the connection is cut",
            Self::Vanished => "the connection is cut, and the server does not notice",
            Self::AnswerLost => "the next answer is lost",
            Self::AnswerCut => "the next answer is cut",
            Self::Stalled => "the connection stalls",
            Self::AnswerStalled => "the next answer stalls",
        })
    }
}
