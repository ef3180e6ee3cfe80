//! The client: the same for every server, on one connection, with blocking calls and a body that was made before.
//!
//! | case | what is sent | a request is |
//! |---|---|---|
//! | `one` | 1 GiB | the whole |
//! | `chunks-8m` | 1 GiB | 8 MiB of it |
//! | `chunks-256k` | 256 MiB | 256 KiB of it |
//! | `status` | questions about an upload that has 256 KiB, for half a second | a question |
//! | `one-byte` | bytes of one upload that is never complete, for half a second | 1 byte of it |
//! | `small-256k` | objects of 256 KiB, for half a second | an object: its creation and its bytes |
//!
//! The time begins with the creation, where there is one, and ends with the last answer.

mod dialect;
mod wire;

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use serde_json::json;

use dialect::{Dialect, Upload};
use wire::Wire;

const MIB: u64 = 1 << 20;
const SMALL: u64 = 256 << 10;

/// One measured run.
#[derive(Args)]
pub(crate) struct Plan {
    /// What the server understands.
    dialect: Dialect,
    /// Where it listens.
    addr: SocketAddr,
    case: Case,
    /// How many bytes to send instead of those of the case.
    #[arg(long, value_name = "N")]
    bytes: Option<u64>,
    /// How many of them in one request.
    #[arg(long, value_name = "N")]
    chunk: Option<u64>,
    /// How long to repeat small requests.
    #[arg(long, value_name = "SECONDS", default_value_t = 0.5)]
    seconds: f64,
}

#[derive(Clone, Copy, ValueEnum)]
enum Case {
    One,
    #[value(name = "chunks-8m")]
    Chunks8m,
    #[value(name = "chunks-256k")]
    Chunks256k,
    Status,
    OneByte,
    #[value(name = "small-256k")]
    Small256k,
}

pub(crate) fn run(plan: &Plan) -> io::Result<()> {
    let mut wire = Wire::connect(plan.addr)?;
    let (bytes, chunk) = match plan.case {
        Case::One => (1024 * MIB, 1024 * MIB),
        Case::Chunks8m => (1024 * MIB, 8 * MIB),
        Case::Chunks256k => (256 * MIB, SMALL),
        Case::Status | Case::OneByte | Case::Small256k => return repeat(plan, &mut wire),
    };
    let (bytes, chunk) = (plan.bytes.unwrap_or(bytes), plan.chunk.unwrap_or(chunk).max(1));
    let begun = Instant::now();
    let mut upload = Upload::create(plan.dialect, &mut wire, bytes)?;
    while upload.at < bytes {
        upload.append(&mut wire, chunk.min(bytes - upload.at))?;
    }
    tell(begun, bytes.div_ceil(chunk));
    Ok(())
}

/// Small requests, one after the other, until the time is up.
fn repeat(plan: &Plan, wire: &mut Wire) -> io::Result<()> {
    let limit = Duration::from_secs_f64(plan.seconds);
    // It is never complete.
    let mut upload = Upload::create(plan.dialect, wire, 1024 * MIB)?;
    if matches!(plan.case, Case::Status) && plan.dialect != Dialect::Pong {
        upload.append(wire, SMALL)?;
    }
    let (begun, mut requests) = (Instant::now(), 0);
    while begun.elapsed() < limit {
        match plan.case {
            Case::Status => upload.ask(wire)?,
            Case::OneByte => upload.append(wire, 1)?,
            _ => Upload::create(plan.dialect, wire, SMALL)?.append(wire, SMALL)?,
        }
        requests += 1;
    }
    tell(begun, requests);
    Ok(())
}

fn tell(begun: Instant, requests: u64) {
    println!("{}", json!({ "seconds": begun.elapsed().as_secs_f64(), "requests": requests }));
}
