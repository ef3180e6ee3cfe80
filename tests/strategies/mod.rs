//! What `proptest` makes of numbers, header values, bodies and operations, for all property tests.
#![allow(dead_code, reason = "each test uses some of them")]

use proptest::collection::vec;
use proptest::prelude::*;
use resumable::google::GRANULARITY;
use resumable::google::content_range::ContentRange;
use resumable::http1::{CHUNK_END, LAST_CHUNK, chunk_head};

/// Where the arithmetic of offsets goes wrong: at the ends, at Google's quantum, and where other number types end.
const BOUNDARIES: [u64; 7] = [0, 1, GRANULARITY as u64, 1 << 32, 1 << 53, 1 << 63, u64::MAX];

/// All of `u64`, with the boundaries, their neighbours, and the numbers at which a digit is added more often.
pub(crate) fn numbers() -> impl Strategy<Value = u64> {
    let boundaries = (prop::sample::select(&BOUNDARIES[..]), -2..=2_i64);
    let digits = (0..20_u32, -2..=2_i64).prop_map(|(zeros, by)| (10_u64.pow(zeros), by));
    let near = |(number, by): (u64, i64)| number.saturating_add_signed(by);
    prop_oneof![4 => boundaries.prop_map(near), 1 => digits.prop_map(near), 2 => 0..2000_u64, 2 => any::<u64>()]
}

/// Every `Content-Range` there can be.
pub(crate) fn ranges() -> impl Strategy<Value = ContentRange> {
    (0..6_u8, numbers(), numbers(), numbers()).prop_map(|(form, a, b, c)| {
        let mut sorted = [a, b, c];
        sorted.sort_unstable();
        let [a, b, c] = sorted;
        let total = (form % 2 == 0).then_some(c);
        let range = match form {
            0 | 1 => ContentRange::range(a, b, total),
            2 | 3 => ContentRange::to_end_of_body(a, total),
            _ => None,
        };
        range.unwrap_or(ContentRange::unsatisfied(total))
    })
}

/// The pieces of which right values of `Content-Range` are made, in an order that is right more often than not.
pub(crate) fn almost_ranges() -> impl Strategy<Value = String> {
    let piece = |common: &'static str, others: &'static [&'static str]| prop_oneof![9 => Just(common), 1 => prop::sample::select(others)];
    let unit = piece("bytes ", &["bytes=", "BYTES ", "", "bytes", "bytes  ", "octets "]);
    let dash = piece("-", &["", "--", " - ", "/", ","]);
    let slash = piece("/", &["", "//", " / ", "-"]);
    let end = piece("", &[" ", ",", "/", "0", "\0", "\u{661}"]);
    (unit, positions(), dash, positions(), slash, positions(), end)
        .prop_map(|(unit, a, dash, b, slash, c, end)| [unit, &a, dash, &b, slash, &c, end].concat())
}

/// The same for `Range`, as a server answers.
pub(crate) fn almost_answers() -> impl Strategy<Value = String> {
    let unit = prop_oneof![9 => Just("bytes="), 1 => prop::sample::select(&["bytes ", "BYTES=", "", "bytes==", "octets="][..])];
    let first = prop_oneof![9 => Just("0".to_owned()), 1 => positions()];
    let end = prop_oneof![9 => Just(""), 1 => prop::sample::select(&[" ", ",3-4", "/7", "-"][..])];
    (unit, first, positions(), end).prop_map(|(unit, first, last, end)| format!("{unit}{first}-{last}{end}"))
}

fn positions() -> impl Strategy<Value = String> {
    let wrong = ["", "-1", "+7", "18446744073709551616", "0x7", " 7"];
    prop_oneof![
        6 => numbers().prop_map(|n| n.to_string()),
        1 => numbers().prop_map(|n| format!("000000000{n}")),
        1 => Just("*".to_owned()),
        1 => prop::sample::select(wrong.to_vec()).prop_map(str::to_owned),
    ]
}

/// A date in each of the three forms: year, month, day, hour, minute, second; also such as there are none.
pub(crate) type Date = (u32, usize, u32, u32, u32, u32);

pub(crate) fn dates(years: core::ops::Range<u32>) -> impl Strategy<Value = Date> {
    (years, 0..12_usize, 0..32_u32, 0..25_u32, 0..61_u32, 0..62_u32)
}

/// The bytes of a source, which depend on their position.
pub(crate) fn bytes(len: usize) -> Vec<u8> {
    (0..len).map(|at| (at * 31 + at / 7 * 17 + at / 251).to_le_bytes()[0]).collect()
}

/// A chunked body, and the data that is in it.
pub(crate) fn chunked_bodies() -> impl Strategy<Value = (Vec<u8>, Vec<u8>)> {
    let sizes = vec(1_usize..300, 1..7);
    let extensions = vec("( ?;[a-z]{1,7}(=\"[ -!#-~]{0,11}\")?){0,3}", 1..3);
    let trailers = "([a-z]{1,7}: [ -~]{0,11}\r\n){0,3}";
    (0_usize..2000, sizes, extensions, trailers).prop_map(|(len, sizes, extensions, trailers)| {
        let data = bytes(len);
        (chunked(&data, &sizes, &extensions, &trailers), data)
    })
}

/// `data` in chunks of the given sizes over and over, with extensions and trailers.
fn chunked(data: &[u8], sizes: &[usize], extensions: &[String], trailers: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = data;
    for (size, extension) in sizes.iter().cycle().zip(extensions.iter().cycle()) {
        let (chunk, tail) = rest.split_at((*size).min(rest.len()));
        let Some(head) = chunk_head(chunk.len() as u64) else {
            break;
        };
        let digits = head.as_bytes().strip_suffix(b"\r\n").expect("a line");
        for part in [digits, extension.as_bytes(), b"\r\n", chunk, CHUNK_END] {
            out.extend_from_slice(part);
        }
        rest = tail;
    }
    let end = LAST_CHUNK.strip_suffix(b"\r\n").expect("a line");
    for part in [end, trailers.as_bytes(), b"\r\n"] {
        out.extend_from_slice(part);
    }
    out
}

/// What is nearly a chunked body.
pub(crate) fn almost_chunked() -> impl Strategy<Value = Vec<u8>> {
    let likely = ["\r\n", "3\r\nabc\r\n", "0\r\n", "3", "abc", "\r", "\n", ";x", " ", "X:", "0", "\0"];
    vec(prop::sample::select(likely.to_vec()), 0..24).prop_map(|parts| parts.concat().into_bytes())
}

/// Sizes of the pieces in which bytes come, over and over.
pub(crate) fn splits() -> impl Strategy<Value = Vec<usize>> {
    vec(1_usize..50, 1..11)
}

/// Cuts `input` into pieces of the given sizes over and over.
pub(crate) fn pieces<'i>(input: &'i [u8], sizes: &'i [usize]) -> impl Iterator<Item = &'i [u8]> {
    let mut rest = input;
    sizes.iter().cycle().map_while(move |size| {
        let (piece, tail) = rest.split_at((*size).min(rest.len()));
        rest = tail;
        (!piece.is_empty()).then_some(piece)
    })
}

/// One thing that happens to an upload.
#[derive(Clone, Debug)]
pub(crate) enum Operation {
    /// A request with a body comes.
    Append(Upload),
    /// Some more of the body of this request comes.
    Chunk { request: usize, len: u64 },
    /// The body of this request ends.
    End { request: usize, clean: bool },
    /// Somebody asks, and names perhaps what is there.
    Status { names_persisted: bool },
}

/// A request with a body, in numbers that are small, and relative to what is persisted.
#[derive(Clone, Debug)]
pub(crate) struct Upload {
    /// Where it starts, in bytes before (or after) what is persisted.
    pub(crate) back: i64,
    pub(crate) len: u64,
    /// The total, if it names one: so many bytes after its end.
    pub(crate) total: Option<u64>,
    /// Whether it says where it ends, or ends where its body does.
    pub(crate) has_end: bool,
    /// Whether its length is told before.
    pub(crate) has_length: bool,
}

pub(crate) fn uploads() -> impl Strategy<Value = Upload> {
    let back = prop_oneof![6 => Just(0), 2 => 0..9_i64, 1 => -3..0_i64];
    let total = prop_oneof![2 => Just(None), 1 => Just(Some(0)), 1 => (0..30_u64).prop_map(Some)];
    (back, 0..24_u64, total, prop::bool::weighted(0.8), any::<bool>())
        .prop_map(|(back, len, total, has_end, has_length)| Upload { back, len, total, has_end, has_length })
}

/// Operations in any order: requests whose bodies come at the same time.
pub(crate) fn interleaved() -> impl Strategy<Value = Vec<Operation>> {
    let operation = prop_oneof![
        3 => uploads().prop_map(Operation::Append),
        5 => (0..4_usize, 1..9_u64).prop_map(|(request, len)| Operation::Chunk { request, len }),
        3 => (0..4_usize, prop::bool::weighted(0.8)).prop_map(|(request, clean)| Operation::End { request, clean }),
        1 => any::<bool>().prop_map(|names_persisted| Operation::Status { names_persisted }),
    ];
    vec(operation, 0..60)
}

/// Requests one after the other: each with the pieces of its body, then its end.
pub(crate) fn one_by_one() -> impl Strategy<Value = Vec<Operation>> {
    let whole = (uploads(), splits(), prop::bool::weighted(0.8)).prop_map(|(upload, sizes, clean)| {
        let mut left = if clean { upload.len } else { upload.len / 2 };
        let mut operations = vec![Operation::Append(upload)];
        for size in sizes.iter().cycle() {
            let len = left.min(*size as u64);
            if len == 0 {
                break;
            }
            left -= len;
            operations.push(Operation::Chunk { request: 0, len });
        }
        operations.push(Operation::End { request: 0, clean });
        operations
    });
    let status = any::<bool>().prop_map(|names_persisted| vec![Operation::Status { names_persisted }]);
    vec(prop_oneof![4 => whole, 1 => status], 0..12).prop_map(|parts| parts.concat())
}

/// Numbers below any bounds, of which something is made: those that are left out are 0, and so they shrink.
pub(crate) fn choices(count: usize) -> impl Strategy<Value = Vec<u32>> {
    vec(any::<u32>(), count)
}

/// What is made of these numbers, and of zeroes once they are used up.
pub(crate) fn chosen<T>(numbers: &[u32], make: impl Fn(&mut dyn FnMut(u64) -> u64) -> T) -> T {
    let mut numbers = numbers.iter();
    make(&mut |below| numbers.next().map_or(0, |number| u64::from(*number)) % below)
}
