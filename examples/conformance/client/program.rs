//! The client that is tested: a command, run once for each play.

use std::collections::HashMap;
use std::fs;
use std::io::{self, Read};
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};
use tempfile::TempDir;

use super::memory::peak;
use super::stage::{MAX_REQUESTS, Script, Stage};
use super::wire::{Play, lock};
use crate::kit::case::{Finding, Peer, Stop};
use crate::kit::server::data;

/// The most of what a client prints that is kept.
const MAX_OUTPUT: u64 = 64 * 1024;

/// The most memory that a client may take, whatever it is sent. The largest file of a case has 600 kB.
const MAX_MEMORY: u64 = 256 << 20;

pub struct Program {
    command: String,
    /// How long one run may take.
    patience: Duration,
    folder: TempDir,
    /// How many files there were: each run has its own.
    files: AtomicUsize,
    /// What was said, by the thread that plays the case.
    exchange: Mutex<HashMap<ThreadId, Vec<String>>>,
}

/// Why there is no program to test.
#[derive(Debug, thiserror::Error)]
pub enum ProgramError {
    #[error("expected {{file}} and {{url}} in the command, got {0:?}")]
    Placeholders(String),
    #[error("cannot make a temporary folder: {0}")]
    Folder(#[from] io::Error),
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Exit(ExitStatus),
    /// Killed: the time was up.
    Late,
    /// Killed: it had sent too many requests.
    Capped,
    /// Killed: it held too much memory.
    Large,
}

/// How a run went.
#[derive(Debug)]
pub struct Ran {
    pub end: End,
    pub stderr: String,
    /// What the server knew in the end.
    pub stage: Stage,
}

impl Program {
    /// `command` is run by `sh`, with `{file}` and `{url}` as words of it, so it may be anything that a shell takes.
    pub fn new(command: &str, patience: Duration) -> Result<Self, ProgramError> {
        if !command.contains("{file}") || !command.contains("{url}") {
            return Err(ProgramError::Placeholders(command.to_owned()));
        }
        // As arguments of the shell they need no quoting.
        let command = command.replace("{file}", r#""$1""#).replace("{url}", r#""$2""#);
        Ok(Self {
            command,
            patience,
            folder: tempfile::tempdir()?,
            files: AtomicUsize::new(0),
            exchange: Mutex::default(),
        })
    }

    /// Runs it once to upload so many bytes, against a server that plays `script`.
    pub fn run(&self, size: usize, script: impl Script) -> Result<Ran, Stop> {
        let ran = self.play(size, Box::new(script));
        ran.map_err(|error| Stop::unready("the command could not be run", error))
    }

    fn play(&self, size: usize, script: Box<dyn Script + '_>) -> io::Result<Ran> {
        let (listener, other) = (TcpListener::bind("127.0.0.1:0")?, TcpListener::bind("127.0.0.1:0")?);
        let (authority, elsewhere) = (listener.local_addr()?.to_string(), other.local_addr()?.to_string());
        let file = data(size, 0);
        let path = self.folder.path().join(format!("file-{}.bin", self.files.fetch_add(1, Ordering::Relaxed)));
        fs::write(&path, &file)?;
        let url = format!("http://{authority}/create?uploadType=resumable");
        let play = Play {
            stage: Mutex::new(Stage { authority, elsewhere, file, ..Stage::default() }),
            script: Mutex::new(script),
            exchange: Mutex::default(),
            is_over: AtomicBool::new(false),
            is_capped: AtomicBool::new(false),
        };
        let mut command = Command::new("sh");
        command.arg("-c").arg(&self.command).arg("sh").arg(&path).arg(&url);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).process_group(0);
        let (end, stderr) = thread::scope(|scope| {
            let served = scope.spawn(|| play.serve(&[listener, other]));
            let ran = self.wait(&mut command, &play);
            play.is_over.store(true, Ordering::SeqCst);
            served.join().unwrap_or_else(|_| Err(io::Error::other("the scripted server panicked")))?;
            ran
        })?;
        fs::remove_file(&path)?;
        lock(&self.exchange).entry(thread::current().id()).or_default().append(&mut lock(&play.exchange));
        let stage = std::mem::take(&mut *lock(&play.stage));
        Ok(Ran { end, stderr, stage })
    }

    fn wait(&self, command: &mut Command, play: &Play<'_>) -> io::Result<(End, String)> {
        let deadline = Instant::now() + self.patience;
        let mut child = command.spawn()?;
        let stderr = child.stderr.take().map(collect);
        let end = loop {
            if peak(child.id()).is_some_and(|bytes| bytes > MAX_MEMORY) {
                break End::Large;
            }
            if let Some(status) = child.try_wait()? {
                break End::Exit(status);
            }
            if play.is_capped.load(Ordering::SeqCst) {
                break End::Capped;
            }
            if Instant::now() >= deadline {
                break End::Late;
            }
            thread::sleep(Duration::from_millis(5));
        };
        kill(&mut child)?;
        let stderr = stderr.and_then(|reader| reader.join().ok());
        Ok((end, stderr.unwrap_or_default()))
    }
}

impl Peer for Program {
    /// Each run is a process of its own, so there is nothing that could be broken for the next one.
    fn check(&self) -> Result<(), Finding> {
        Ok(())
    }

    fn take_exchange(&self) -> Vec<String> {
        lock(&self.exchange).remove(&thread::current().id()).unwrap_or_default()
    }
}

impl Ran {
    /// It has to upload everything, and to say so.
    pub fn uploads(&self) -> Finding {
        let came = self.came();
        self.judge().unwrap_or_else(|| if self.is_success() { Finding::ok(came) } else { Finding::refused(came) })
    }

    /// It has to fail, and to say so.
    pub fn fails(&self) -> Finding {
        let came = self.came();
        self.judge().unwrap_or_else(|| if self.is_success() { Finding::lenient(came) } else { Finding::ok(came) })
    }

    /// The same; but it may still be trying, with waits between, when the time is up.
    pub fn fails_in_the_end(&self) -> Finding {
        match self.end {
            End::Late if self.stage.account.is_empty() => Finding::skipped(format!("it is patient: {}", self.came())),
            _ => self.fails(),
        }
    }

    /// It has to end, and to say truly how.
    pub fn ends(&self) -> Finding {
        self.judge().unwrap_or_else(|| Finding::ok(self.came()))
    }

    pub fn is_success(&self) -> bool {
        matches!(self.end, End::Exit(status) if status.success())
    }

    /// Whether what was published is the file.
    pub fn is_uploaded(&self) -> bool {
        self.stage.object.as_ref() == Some(&self.stage.file)
    }

    /// The end of the run in one line.
    pub fn came(&self) -> String {
        let requests = self.stage.requests;
        let object = match &self.stage.object {
            None => "no object".to_owned(),
            Some(_) if self.is_uploaded() => "identical".to_owned(),
            Some(object) => format!("{} bytes of {}, or others", object.len(), self.stage.file.len()),
        };
        let last = self.stderr.lines().next_back().unwrap_or_default();
        let last: String = last.chars().take(100).collect();
        match self.end {
            End::Exit(status) if status.success() => format!("success, {object}, {requests} requests"),
            End::Exit(status) => format!("{status}, {object}, {requests} requests, says {last:?}"),
            End::Late => format!("killed when the time was up, {object}, {requests} requests"),
            End::Capped => format!("killed after {MAX_REQUESTS} requests, {object}"),
            End::Large => format!("killed with more than {} MiB of memory, {object}", MAX_MEMORY >> 20),
        }
    }

    /// What must not be, whatever the case is about.
    fn judge(&self) -> Option<Finding> {
        let mut found: Vec<Finding> = self.stage.account.iter().cloned().map(Finding::wrong).collect();
        let is_other = self.stage.object.is_some() && !self.is_uploaded();
        match self.end {
            End::Late | End::Capped | End::Large => found.push(Finding::crash(self.came())),
            // A signal.
            End::Exit(status) if status.code().is_none() => found.push(Finding::crash(self.came())),
            // Published is published, whatever the client says of it; but only the file may be.
            End::Exit(_) if is_other || self.is_success() && !self.is_uploaded() => {
                found.push(Finding::wrong(self.came()));
            }
            End::Exit(_) if found.is_empty() => {}
            End::Exit(_) => found.push(Finding::ok(self.came())),
        }
        found.into_iter().reduce(Finding::and)
    }
}

/// Ends a process and all that it has started.
fn kill(child: &mut Child) -> io::Result<()> {
    // An error means that the group has ended.
    let _ = kill_process_group(Pid::from_child(child), Signal::KILL);
    child.wait()?;
    Ok(())
}

fn collect(pipe: impl Read + Send + 'static) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let (mut kept, mut rest) = (Vec::new(), pipe);
        // What cannot be read was not printed.
        let _ = rest.by_ref().take(MAX_OUTPUT).read_to_end(&mut kept);
        let _ = io::copy(&mut rest, &mut io::sink());
        String::from_utf8_lossy(&kept).into_owned()
    })
}
