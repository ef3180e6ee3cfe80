//! Every public function of the library, as a pointer, in a program that has no panic handler to link.
//!
//! `rust_begin_unwind` calls a symbol that is nowhere. If any function that is listed here could reach a panic in the
//! optimized program, the linker would look for it, and say so.
#![no_std]
#![no_main]

use core::fmt::Display;
use core::hint::black_box;

use httparse::Header;
use resumable::client::{self, Upload};
use resumable::fields::Fields;
use resumable::google::{
    self,
    content_range::{ContentRange, ContentRangeError},
    range, retry_after,
};
use resumable::server::{self, Session, Ticket};
use resumable::{Epoch, Intent, Persisted, Policy, Received, ServerError, Snapshot, SnapshotError, Superseded, http1};

unsafe extern "C" {
    /// Nowhere.
    fn a_panic_can_be_reached() -> !;
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    // SAFETY: it does not link.
    unsafe { a_panic_can_be_reached() }
}

#[unsafe(no_mangle)]
extern "C" fn main(_: i32, _: *const *const u8) -> i32 {
    machines();
    codecs();
    layer();
    words();
    #[cfg(feature = "theirs")]
    theirs();
    #[cfg(feature = "teeth")]
    teeth();
    0
}

type Headers<'b> = [Header<'b>];

fn machines() {
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
        Intent::can_complete as *const (),
        Session::persisted as *const (),
        Session::total as *const (),
        Session::state as *const (),
        Session::policy as *const (),
        Ticket::id as *const (),
        Ticket::intent as *const (),
        server::TicketId::get as *const (),
        Upload::new as *const (),
        Upload::resume as *const (),
        Upload::handle_response as *const (),
        Upload::handle_lost as *const (),
        Upload::handle_waited as *const (),
        Upload::handle_source as *const (),
        Upload::cancel as *const (),
        Upload::step as *const (),
        Upload::persisted as *const (),
        Upload::total as *const (),
        Upload::state as *const (),
        Upload::snapshot as *const (),
        client::Attempt::get as *const (),
        client::ChunkSize::new as *const (),
        client::ChunkSize::google as *const (),
        client::ChunkSize::bytes as *const (),
        Epoch::from_record as *const (),
        Epoch::get as *const (),
        Epoch::next as *const (),
        Persisted::confirmed as *const (),
        Persisted::get as *const (),
        Received::get as *const (),
        Policy::gcs as *const (),
        Snapshot::check as *const (),
    ]);
}

fn codecs() {
    black_box([
        google::decode_request::<Headers<'_>> as *const (),
        google::decode_creation::<Headers<'_>> as *const (),
        google::decode_reply::<Headers<'_>> as *const (),
        google::decode_creation_reply::<Headers<'_>> as *const (),
        google::encode_request as *const (),
        google::encode_creation as *const (),
        google::encode_reply as *const (),
        google::RequestHead::fields as *const (),
        google::Reply::is_complete as *const (),
        google::Creation::status as *const (),
        google::FieldList::iter as *const (),
        google::Text::number as *const (),
        google::Text::as_bytes as *const (),
        google::Text::as_str as *const (),
        ContentRange::range as *const (),
        ContentRange::to_end_of_body as *const (),
        ContentRange::unsatisfied as *const (),
        ContentRange::parse as *const (),
        ContentRange::encode as *const (),
        range::parse as *const (),
        range::encode as *const (),
        retry_after::parse as *const (),
        retry_after::encode as *const (),
        <Headers<'_> as Fields>::field as *const (),
        resumable::fields::Field::one as *const (),
        resumable::fields::is_named as *const (),
    ]);
}

fn layer() {
    black_box([
        http1::Body::new as *const (),
        http1::Body::decode as *const (),
        http1::Body::is_end as *const (),
        http1::Body::is_clean_at_close as *const (),
        http1::Framing::length as *const (),
        http1::HeadError::status as *const (),
        http1::BodyError::status as *const (),
        http1::reason as *const (),
        http1::chunk_head as *const (),
        http1::ChunkHead::as_bytes as *const (),
        write_request as *const (),
        write_response as *const (),
    ]);
}

type Lines<'f> = [(&'f str, &'f [u8])];

fn write_request(out: &mut [u8], texts: [&str; 3], fields: &Lines<'_>) -> Result<usize, http1::WriteError> {
    let [method, target, host] = texts;
    http1::write_request(out, method, target, host, fields.iter().copied())
}

fn write_response(out: &mut [u8], status: u16, fields: &Lines<'_>) -> Result<usize, http1::WriteError> {
    http1::write_response(out, status, fields.iter().copied())
}

/// What writes a step, an outcome, a head or an error as text.
fn words() {
    black_box([
        <Intent as Display>::fmt as *const (),
        <Epoch as Display>::fmt as *const (),
        <Persisted as Display>::fmt as *const (),
        <Received as Display>::fmt as *const (),
        <Superseded as Display>::fmt as *const (),
        <ServerError as Display>::fmt as *const (),
        <SnapshotError as Display>::fmt as *const (),
        <server::Step as Display>::fmt as *const (),
        <server::Outcome as Display>::fmt as *const (),
        <server::Answer as Display>::fmt as *const (),
        <server::Refusal as Display>::fmt as *const (),
        <client::Violation as Display>::fmt as *const (),
        <client::ClientError as Display>::fmt as *const (),
        <client::ChunkSizeError as Display>::fmt as *const (),
        <google::Reply as Display>::fmt as *const (),
        <google::ReplyText as Display>::fmt as *const (),
        <google::RequestHead as Display>::fmt as *const (),
        <google::RequestError as Display>::fmt as *const (),
        <google::CreationError as Display>::fmt as *const (),
        <google::Unencodable as Display>::fmt as *const (),
        <google::Text as Display>::fmt as *const (),
        <ContentRange as Display>::fmt as *const (),
        <ContentRangeError as Display>::fmt as *const (),
        <range::RangeError as Display>::fmt as *const (),
        <http1::HeadError as Display>::fmt as *const (),
        <http1::BodyError as Display>::fmt as *const (),
        <http1::WriteError as Display>::fmt as *const (),
        google::Reply::content_length as *const (),
        google::Reply::fields as *const (),
    ]);
}

/// What calls code of others whose checks the optimizer cannot prove: `httparse` cuts a value at the last visible byte,
/// and `core` writes a `Duration`. The check of these is in `.ci/no_panic`: nothing else of them reaches a panic.
#[cfg(feature = "theirs")]
fn theirs() {
    black_box([
        http1::parse_request as *const (),
        http1::parse_response as *const (),
        <client::Step as Display>::fmt as *const (),
        <client::Failure as Display>::fmt as *const (),
    ]);
}

#[cfg(feature = "teeth")]
fn teeth() {
    black_box([index as *const ()]);
}

#[cfg(feature = "teeth")]
fn index(bytes: &[u8], at: usize) -> u8 {
    bytes[at]
}
