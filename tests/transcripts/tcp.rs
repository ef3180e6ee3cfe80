//! The server example over real TCP, with its files on a real disk.

use std::collections::BTreeMap;
use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::path::Path;
use std::thread::JoinHandle;
use std::time::Duration;

use resumable::Saved;
use tempfile::TempDir;

use crate::expect::Reply;
use crate::format::{Event, Setup, Stored};
use crate::play::Player;
use crate::server::{Config, Server, Stopper};

/// No answer takes longer than this.
const PATIENCE: Duration = Duration::from_secs(20);

/// For how long a server is listened to that must say nothing.
const SILENCE: Duration = Duration::from_millis(50);

/// A server of the example's in this process, and the connections to it.
pub(crate) struct Tcp {
    config: Config,
    root: TempDir,
    running: Option<Running>,
    connections: BTreeMap<String, Open>,
}

struct Running {
    stopper: Stopper,
    thread: JoinHandle<()>,
    addr: std::net::SocketAddr,
}

struct Open {
    stream: TcpStream,
    unread: Vec<u8>,
    is_closed: bool,
}

impl Tcp {
    /// A server that has just started, on a new folder.
    pub(crate) fn new(setup: &Setup) -> Self {
        let Setup { policy, options, http1, .. } = *setup;
        let config = Config { policy, google: options, http1, ..Config::default() };
        let root = tempfile::tempdir().expect("a folder");
        let running = Some(Running::new(&root, config.clone()));
        Self { config, root, running, connections: BTreeMap::new() }
    }

    fn open(&mut self, name: &str) -> Result<&mut Open, String> {
        let addr = self.running.as_ref().ok_or("expected a server, it is gone")?.addr;
        if !self.connections.contains_key(name) {
            let stream = TcpStream::connect(addr).map_err(|error| error.to_string())?;
            stream.set_write_timeout(Some(PATIENCE)).map_err(|error| error.to_string())?;
            let open = Open { stream, unread: Vec::new(), is_closed: false };
            self.connections.insert(name.to_owned(), open);
        }
        self.connections.get_mut(name).ok_or_else(|| "expected a connection".to_owned())
    }

    /// A request of the runner's own, and the answer.
    fn ask(&mut self, head: &str) -> Result<Reply, String> {
        let name = "the runner's";
        self.connections.remove(name);
        self.send(name, head.as_bytes())?;
        self.receive(name)
    }
}

impl Running {
    fn new(root: &TempDir, config: Config) -> Self {
        let addr = ([127, 0, 0, 1], 0).into();
        let server = Server::bind(addr, root.path().to_owned(), config, Box::new(|_| ())).expect("a server");
        let (addr, stopper) = (server.addr(), server.stopper());
        Self { stopper, addr, thread: std::thread::spawn(move || server.run()) }
    }

    fn stop(self) {
        self.stopper.stop();
        self.thread.join().expect("the server ends");
    }
}

impl Drop for Tcp {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            running.stop();
        }
    }
}

impl Open {
    /// Reads more, for at most this long; false if nothing came.
    fn read(&mut self, patience: Duration) -> Result<bool, String> {
        self.stream.set_read_timeout(Some(patience)).map_err(|error| error.to_string())?;
        let mut buffer = vec![0; 64 * 1024];
        match self.stream.read(&mut buffer) {
            Ok(0) => self.is_closed = true,
            Ok(len) => self.unread.extend_from_slice(&buffer[..len]),
            Err(error) => match error.kind() {
                ErrorKind::WouldBlock | ErrorKind::TimedOut => return Ok(false),
                // The server has closed it with bytes unread.
                ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => self.is_closed = true,
                _ => return Err(error.to_string()),
            },
        }
        Ok(true)
    }

    /// Reads to the end; nothing may come before it.
    fn read_to_end(&mut self) -> Result<(), String> {
        while !self.is_closed {
            if !self.read(PATIENCE)? {
                return Err("expected a closed connection, got an open one".to_owned());
            }
        }
        self.check_silence()
    }

    fn check_silence(&self) -> Result<(), String> {
        match &self.unread[..] {
            [] => Ok(()),
            unread => Err(format!("expected silence, got {}", unread.escape_ascii())),
        }
    }
}

impl Player for Tcp {
    fn send(&mut self, connection: &str, bytes: &[u8]) -> Result<(), String> {
        match self.open(connection)?.stream.write_all(bytes) {
            // Whoever is refused or superseded may be so before the last byte is sent.
            Err(error) if !matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset) => {
                Err(error.to_string())
            }
            _ => Ok(()),
        }
    }

    fn receive(&mut self, connection: &str) -> Result<Reply, String> {
        let open = self.open(connection)?;
        loop {
            if let Some((reply, len)) = Reply::parse(&open.unread, open.is_closed)? {
                open.unread.drain(..len);
                return Ok(reply);
            }
            if open.is_closed || !open.read(PATIENCE)? {
                return Err(format!("expected an answer, got {:?}", open.unread.escape_ascii().to_string()));
            }
        }
    }

    /// The end is seen by the server only after what was sent, and once it has done with that, it closes its side.
    fn cut(&mut self, connection: &str) -> Result<(), String> {
        let open = self.open(connection)?;
        open.stream.shutdown(Shutdown::Write).map_err(|error| error.to_string())?;
        open.read_to_end()
    }

    fn wait(&mut self, connection: &str) -> Result<(), String> {
        let open = self.open(connection)?;
        open.read(SILENCE)?;
        open.check_silence()
    }

    fn closed(&mut self, connection: &str) -> Result<(), String> {
        self.open(connection)?.read_to_end()
    }

    /// A crash leaves the files as they are: a copy of them, which the lost server does not see any more, is what the
    /// next one starts from.
    fn event(&mut self, event: Event, _: &str) -> Result<(), String> {
        if event != Event::Crash {
            return Err(format!("expected what can be done over tcp, got {event:?}"));
        }
        let copy = tempfile::tempdir().map_err(|error| error.to_string())?;
        copy_folder(self.root.path(), copy.path()).map_err(|error| error.to_string())?;
        self.connections.clear();
        if let Some(running) = self.running.take() {
            running.stop();
        }
        self.root = copy;
        self.running = Some(Running::new(&self.root, self.config.clone()));
        Ok(())
    }

    fn finish(&mut self) -> Result<(), String> {
        for (name, mut open) in std::mem::take(&mut self.connections) {
            // It may be closed already.
            let _ = open.stream.shutdown(Shutdown::Write);
            let result = open.read_to_end();
            result.map_err(|error| format!("end: expected every answer to be read, on `{name}`: {error}"))?;
        }
        Ok(())
    }

    fn stored(&mut self, session: &str) -> Result<(Stored, Vec<u8>), String> {
        let status = format!("PUT {session} HTTP/1.1\r\nHost: a\r\nContent-Range: bytes */*\r\n\r\n");
        let reply = self.ask(&status)?;
        let (bytes, state) = match reply.status() {
            200 => {
                let object = self.ask("GET /storage/v1/b/b/o/o?alt=media HTTP/1.1\r\nHost: a\r\n\r\n")?;
                if object.status() != 200 {
                    return Err(format!("expected the object, got {object}"));
                }
                (object.into_text(), Saved::Complete)
            }
            308 => {
                let id = session.rsplit_once("upload_id=").ok_or("expected an id in the session")?.1;
                let mut data = fs::read(self.root.path().join("data").join(id)).map_err(|error| error.to_string())?;
                // What a crash, or a cut body, has left behind the persisted bytes is not part of the upload.
                data.truncate(usize::try_from(reply.persisted()?).map_err(|error| error.to_string())?);
                (data, Saved::Open)
            }
            410 => (Vec::new(), Saved::Dead),
            499 => (Vec::new(), Saved::Cancelled),
            _ => return Err(format!("expected the status of an upload, got {reply}")),
        };
        Ok((Stored::Bytes(bytes.len() as u64, state), bytes))
    }
}

fn copy_folder(from: &Path, to: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            fs::create_dir_all(&to)?;
            copy_folder(&entry.path(), &to)?;
        } else {
            fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}
