//! Both machines and the dialect in a library that has neither std nor an allocator.
#![no_std]

use resumable::client::{ClientPolicy, Length, Step, Upload};
use resumable::google::{Options, decode_request};
use resumable::http1;

/// A second panic handler is an error: there would be one if anything here brought std in.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}

/// Uses enough that the linker has something to keep.
#[unsafe(no_mangle)]
pub extern "C" fn resumable_no_std(bytes: *const u8) -> bool {
    let upload = Upload::new(Length::Known(bytes as u64), ClientPolicy::default(), 7);
    let mut headers = [httparse::EMPTY_HEADER; 4];
    let head = http1::parse_request(b"PUT / HTTP/1.1\r\nHost: a\r\n\r\n", &mut headers, http1::Options::default());
    let request = match head {
        Ok(Some(head)) => decode_request(head.method, head.headers, head.body.length(), &Options::default()),
        _ => return false,
    };
    matches!(upload.step(), Step::Create { .. }) && request.is_ok()
}
