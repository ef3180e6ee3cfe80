//! A device that uploads a fixed buffer over a link that fails, without std and without an allocator.
//!
//! It runs on a Cortex-M4 under QEMU; the exit code is the verdict. `.ci/embedded` builds and runs it.
#![no_std]
#![no_main]

mod link;

use cortex_m_rt::entry;
use cortex_m_semihosting::{debug, hprintln};
use resumable::client::{Attempt, ClientPolicy, Length, Step, Upload, Verdict};
use resumable::server::{Session, Ticket};
use resumable::{google, http1};

use link::{Link, SIZE};

/// What the device has to tell: bytes that depend on their position.
static SOURCE: [u8; SIZE] = {
    let mut bytes = [0; SIZE];
    let mut at = 0;
    while at < SIZE {
        bytes[at] = (at * 31 + at / 251) as u8;
        at += 1;
    }
    bytes
};

#[entry]
fn main() -> ! {
    let mut passed = 0_u32;
    for seed in 1..=100 {
        match upload(seed) {
            Ok(requests) => passed += u32::from(requests > 2),
            Err(step) => {
                hprintln!("seed {}: {}", seed, step);
                debug::exit(debug::EXIT_FAILURE);
            }
        }
    }
    hprintln!(
        "RAM: {} bytes for an Upload; {} for a Session, {} for the Ticket of each of its requests",
        size_of::<Upload>(),
        size_of::<Session>(),
        size_of::<Ticket>()
    );
    hprintln!("{} uploads of {} bytes over a failing link arrived identical, {} with retries", 100, SIZE, passed);
    debug::exit(if passed > 50 { debug::EXIT_SUCCESS } else { debug::EXIT_FAILURE });
    loop {}
}

/// One upload; how many requests it took, or how it ended otherwise.
fn upload(seed: u64) -> Result<u32, Step> {
    let mut link = Link::new(seed);
    let mut upload = Upload::new(Length::Known(SIZE as u64), ClientPolicy::default(), seed);
    let mut requests = 0;
    loop {
        let handled = match upload.step() {
            Step::Create { attempt, .. } => upload.handle_response(attempt, Verdict::Created),
            Step::Send { attempt, intent, body } => {
                requests += 1;
                let bytes = &SOURCE[body.start as usize..body.end as usize];
                let Ok(head) = google::encode_request(&intent) else {
                    return Err(upload.step());
                };
                let mut buffer = [0; 512];
                match http1::write_request(&mut buffer, head.method, "/uploads/7", "server", head.fields().iter()) {
                    Ok(len) => exchange(&mut link, &mut upload, attempt, &buffer[..len], bytes),
                    Err(_) => return Err(upload.step()),
                }
            }
            // A device would set a timer; here no time passes.
            Step::Wait(_) => upload.handle_waited(),
            Step::Done { .. } if link.published() == Some(&SOURCE) => return Ok(requests),
            step => return Err(step),
        };
        if handled.is_err() {
            return Err(upload.step());
        }
    }
}

/// Sends a request and takes its answer, if there is one.
fn exchange(
    link: &mut Link,
    upload: &mut Upload,
    attempt: Attempt,
    head: &[u8],
    body: &[u8],
) -> Result<(), resumable::client::ClientError> {
    let mut answer = [0; 512];
    let mut headers = [httparse::EMPTY_HEADER; 16];
    match link.exchange(head, body, &mut answer) {
        Some(len) => match http1::parse_response(&answer[..len], &mut headers, "PUT") {
            Ok(Some(head)) => upload.handle_response(attempt, google::decode_reply(head.status, head.headers)),
            Ok(None) | Err(_) => upload.handle_lost(attempt),
        },
        None => upload.handle_lost(attempt),
    }
}

#[panic_handler]
fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
    hprintln!("{}", info);
    debug::exit(debug::EXIT_FAILURE);
    loop {}
}
