//! What stands in `Range` of a 308.

use crate::kit::case::Case;
use crate::kit::client::Program;
use crate::kit::client::plot::{At, Fault, Owed, Part, QUANTUM, case, progress};

/// Values that say nothing which could be relied on, and how much is kept meanwhile: what a client could mean to read
/// there and must not, is not kept.
const MALFORMED: [(&str, usize); 26] = [
    ("0-262143", QUANTUM),
    ("bytes 0-262143", QUANTUM),
    ("octets=0-262143", QUANTUM),
    ("bytes=0-262143/600011", QUANTUM),
    ("bytes=0-262143/*", QUANTUM),
    ("bytes 0-262143/600011", QUANTUM),
    ("bytes=0--1", 0),
    ("bytes=0-NaN", 0),
    ("bytes=NaN", 0),
    ("bytes=NaN-262143", 0),
    ("bytes=undefined", 0),
    ("bytes=5-262143", 0),
    ("bytes=1-262143", 0),
    ("bytes=262143-0", 0),
    ("bytes=-262144", 0),
    ("bytes=0-", 0),
    ("bytes=0", 0),
    ("bytes=", 0),
    ("", 0),
    ("bytes=*/600011", 0),
    ("bytes=0-99,200-262143", 100),
    ("bytes=0-+99", 0),
    ("bytes=0-0x3ffff", 0),
    ("bytes=0-99.5", 0),
    ("bytes=0-18446744073709551615", 0),
    ("bytes=0-99999999999999999999999999", 0),
];

pub fn cases() -> Vec<Case<Program>> {
    let mut cases = Vec::new();
    for (range, kept) in MALFORMED {
        let name = format!("308 to data with Range: {range}");
        cases.push(case("R40", name, Owed::Failure, [Fault::at(At::Data).keeps(Part::First(kept)).claims(range)]));
    }
    for range in ["bytes=0--1", "bytes=0-NaN", "bytes=5-262143", "bytes=262144-600010", "0-99", "bytes=0-99,200-600010"]
    {
        let name = format!("308 to a question after progress with Range: {range}");
        let question = Fault::at(At::Status).claims(range);
        cases.push(case("R40", name, Owed::Failure, [progress(), unavailable_later(), question]));
    }
    cases.extend(repeated());
    cases.extend(unusual());
    cases
}

fn repeated() -> [Case<Program>; 2] {
    let twice = |first: &str, second: &str| {
        let fields = [&*format!("Range: {first}"), &*format!("Range: {second}")];
        Fault::at(At::Data).keeps(Part::First(100)).answers("308 Resume Incomplete", &fields)
    };
    [
        case("R40", "308 with Range twice, the same", Owed::Failure, [twice("bytes=0-99", "bytes=0-99")]),
        case("R40", "308 with Range twice, not the same", Owed::Failure, [twice("bytes=0-99", "bytes=0-262143")]),
    ]
}

/// Other ways to say the same.
fn unusual() -> Vec<Case<Program>> {
    ["bytes=0-262143", "BYTES=0-262143", "bytes=0-00000262143", "bytes=00-262143", "   bytes=0-262143 \t "]
        .into_iter()
        .map(|range| {
            let kept = Fault::at(At::Data).keeps(Part::First(QUANTUM));
            case("R40", format!("308 with Range: {range:?}"), Owed::Success, [kept.claims(range)])
        })
        .collect()
}

/// 503 to the data after progress.
fn unavailable_later() -> Fault {
    Fault::at(At::Data).after(1).answers("503 Service Unavailable", &[])
}
