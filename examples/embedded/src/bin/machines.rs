//! Both machines and the codecs, every call of them, and nothing else: what it takes above the runtime alone is what
//! they take of the flash.
#![no_std]
#![no_main]

use core::hint::black_box;

use cortex_m_rt::entry;
use cortex_m_semihosting::debug;
use httparse::Header;
use resumable::client::Upload;
use resumable::google::{self, Reply};
use resumable::server::Session;

#[entry]
fn main() -> ! {
    // As pointers, so that each is there whole and none is left out because nothing calls it.
    black_box([
        Session::new as *const (),
        Session::restore as *const (),
        Session::snapshot as *const (),
        Session::handle_request as *const (),
        Session::handle_body as *const (),
        Session::handle_body_end as *const (),
        Session::handle_store as *const (),
        Session::handle_record as *const (),
        Session::handle_abandoned as *const (),
        Session::expire as *const (),
        Session::step as *const (),
        Upload::new as *const (),
        Upload::resume as *const (),
        Upload::handle_response as *const (),
        Upload::handle_lost as *const (),
        Upload::handle_waited as *const (),
        Upload::handle_source as *const (),
        Upload::cancel as *const (),
        Upload::step as *const (),
        Upload::snapshot as *const (),
        google::decode_request::<[Header<'_>]> as *const (),
        google::decode_creation::<[Header<'_>]> as *const (),
        google::decode_reply::<[Header<'_>]> as *const (),
        google::decode_creation_reply::<[Header<'_>]> as *const (),
        google::encode_request as *const (),
        google::encode_reply as *const (),
        google::encode_creation as *const (),
        Reply::fields as *const (),
    ]);
    debug::exit(debug::EXIT_SUCCESS);
    loop {}
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}
