//! The server as a process, and what `/proc` says about one.

use std::fs;
use std::io::{self, BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::Failure;

/// The example server, running. It is ended when this is dropped.
pub struct Server {
    child: Child,
    address: String,
    _root: TempDir,
}

/// What a process takes.
#[derive(Clone, Copy)]
pub struct Usage {
    /// Bytes.
    pub resident: u64,
    pub threads: u64,
}

impl Server {
    pub fn start(program: &Path) -> Result<Self, Failure> {
        let root = TempDir::new()?;
        let mut command = Command::new(program);
        command.args(["--listen", "127.0.0.1:0", "--root"]).arg(root.path());
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut child = child.map_err(|error| format!("cannot start {}: {error}", program.display()))?;
        let mut line = String::new();
        if let Some(stdout) = child.stdout.as_mut() {
            BufReader::new(stdout).read_line(&mut line)?;
        }
        let address = line.trim().strip_prefix("listening on http://").map(str::to_owned);
        let server = Self { child, address: address.clone().unwrap_or_default(), _root: root };
        match address {
            Some(_) => Ok(server),
            None => Err(format!("expected {} to say where it listens, got {line:?}", program.display()).into()),
        }
    }

    /// A host and a port.
    pub fn address(&self) -> &str {
        &self.address
    }

    pub fn usage(&self) -> io::Result<Usage> {
        let process = self.child.id().to_string();
        Ok(Usage { resident: resident(&process)?, threads: status(&process, "Threads:")? })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // An error means that it is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The axum example, where cargo puts it, seen from this benchmark.
pub fn beside() -> Result<PathBuf, Failure> {
    let here = std::env::current_exe()?;
    let target = here.parent().and_then(Path::parent).unwrap_or(Path::new("."));
    let program = target.join("examples").join(format!("axum{}", std::env::consts::EXE_SUFFIX));
    if program.exists() {
        return Ok(program);
    }
    Err(format!("expected {}, got none: run `cargo build --release --example axum`", program.display()).into())
}

/// How many bytes of a process are in memory.
pub fn resident(process: &str) -> io::Result<u64> {
    Ok(status(process, "VmRSS:")? * 1024)
}

/// A number in `/proc/PROCESS/status`.
fn status(process: &str, name: &str) -> io::Result<u64> {
    let text = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.split_whitespace().next()).and_then(|number| number.parse().ok());
    number.ok_or_else(|| io::Error::other(format!("expected a line {name} in /proc/{process}/status, got none")))
}
