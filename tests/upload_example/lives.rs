//! The same command, run again and again: processes that are killed, and those that go on after them.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::program::{Ran, Run, run_fed};
use crate::server::{Action, Exchange, Seen, Server, bytes};

/// A command with `--state`, whose processes one server sees.
pub struct Lives {
    run: Run,
    folder: TempDir,
    each: Vec<Life>,
    /// The process that lives now; 0 if none does.
    process: Arc<AtomicU32>,
}

/// No process takes longer to begin, or to end.
const PATIENCE: Duration = Duration::from_secs(20);

/// One process.
#[derive(Default)]
struct Life {
    args: Vec<String>,
    /// What comes on its standard input, if that is not the source.
    input: Option<Vec<u8>>,
}

/// How they went.
pub struct Lived {
    pub lives: Vec<Ran>,
    pub seen: Seen,
    folder: TempDir,
}

impl Run {
    /// With a state file, and one process so far.
    pub fn kept(self) -> Lives {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state").to_str().unwrap().to_owned();
        let each = vec![Life::default()];
        Lives { run: self.with(&["--state", &state]), folder, each, process: Arc::default() }
    }
}

impl Lives {
    /// And then once more.
    pub fn again(self) -> Self {
        self.again_with(&[])
    }

    /// And then once more with these arguments, too.
    pub fn again_with(mut self, args: &[&str]) -> Self {
        let args = args.iter().map(|arg| (*arg).to_owned()).collect();
        self.each.push(Life { args, input: None });
        self
    }

    /// And then once more, with other bytes on the standard input.
    pub fn again_fed(mut self, input: Vec<u8>) -> Self {
        self.each.push(Life { input: Some(input), ..Life::default() });
        self
    }

    /// Where the state is.
    pub fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    /// Whether the source is a file.
    pub fn is_file(&self) -> bool {
        self.run.file.is_some()
    }

    /// Where the file is.
    pub fn path(&self) -> PathBuf {
        self.run.path()
    }

    /// For a script: ends the process that runs then, and waits for its end.
    pub fn signal(&self, signal: Signal) -> Box<dyn FnOnce() + Send> {
        let process = Arc::clone(&self.process);
        Box::new(move || {
            let deadline = Instant::now() + PATIENCE;
            // Its request can be here before its number is; and 0 would be whoever runs this test.
            let (id, pid) = loop {
                let id = process.load(Ordering::SeqCst);
                if let Some(pid) = i32::try_from(id).ok().and_then(Pid::from_raw) {
                    break (id, pid);
                }
                assert!(Instant::now() < deadline, "expected a process to end, there is none");
                thread::sleep(Duration::from_millis(1));
            };
            kill_process(pid, signal).unwrap();
            while process.load(Ordering::SeqCst) == id {
                assert!(Instant::now() < deadline, "expected process {id} to end");
                thread::sleep(Duration::from_millis(1));
            }
        })
    }

    /// For a script: `kill -9`.
    pub fn kill(&self) -> Box<dyn FnOnce() + Send> {
        self.signal(Signal::KILL)
    }

    /// Runs one process after the other against a server that plays `script`, every line of which has to be played,
    /// and no more.
    pub fn against<const N: usize>(self, script: [(&str, Action); N]) -> Lived {
        self.against_long(script.map(|(line, action)| (line.to_owned(), action)).into())
    }

    /// The same with a script that was computed.
    pub fn against_long(self, script: Vec<Exchange>) -> Lived {
        let expected: Vec<String> = script.iter().map(|(line, _)| line.clone()).collect();
        let server = Server::start(script);
        let mut lives = Vec::new();
        for Life { args: more, input } in self.each {
            let more = more.into_iter().map(|arg| arg.replace("{port}", &server.port.to_string()));
            let args: Vec<String> = self.run.args(server.port).into_iter().chain(more).collect();
            let source = if self.run.file.is_some() { Vec::new() } else { bytes(self.run.size) };
            let args: Vec<&str> = args.iter().map(String::as_str).collect();
            let ran = run_fed(&args, input.unwrap_or(source), &self.process);
            lives.push(Ran { size: self.run.size, ..ran });
        }
        let seen = server.stop();
        let said: Vec<&str> = lives.iter().map(|ran| ran.stderr.as_str()).collect();
        assert_eq!(seen.lines, expected, "{}", said.join("---\n"));
        Lived { lives, seen, folder: self.folder }
    }
}

impl Lived {
    /// The last of them.
    pub fn last(&self) -> &Ran {
        self.lives.last().unwrap()
    }

    /// What is kept.
    pub fn state(&self) -> Option<String> {
        std::fs::read_to_string(self.folder.path().join("state")).ok()
    }

    /// The last one has uploaded everything, and nothing is kept any more.
    pub fn succeeds(&self) -> &Self {
        self.last().succeeds();
        let left: Vec<_> = std::fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert!(left.is_empty(), "{left:?}");
        self
    }

    /// The last one has failed with that code, and the state is kept.
    pub fn fails_with(&self, code: i32, why: &str) -> &Self {
        self.last().fails_with(code, why);
        assert!(self.state().is_some(), "the state is gone");
        self
    }
}
