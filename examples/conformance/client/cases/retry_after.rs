//! `Retry-After` beside 503 and 429: seconds, dates, and what is neither.

use crate::kit::case::Case;
use crate::kit::client::Program;
use crate::kit::client::plot::{At, Fault, Owed, case};

const DATE: &str = "Date: Fri, 31 Dec 1999 23:59:59 GMT";

pub fn cases() -> Vec<Case<Program>> {
    let mut cases = Vec::new();
    let mut add = |name: &'static str, owed: Owed, fields: &[&str]| {
        let fault = Fault::at(At::Data).answers("503 Service Unavailable", fields);
        cases.push(case("R47", format!("Retry-After: {name}"), owed, [fault]));
    };
    add("0", Owed::Success, &["Retry-After: 0"]);
    add("1 second", Owed::Success, &["Retry-After: 1"]);
    add("a date, 1 second later (B28)", Owed::Success, &[DATE, "Retry-After: Sat, 01 Jan 2000 00:00:00 GMT"]);
    add("a date in the form of RFC 850", Owed::Success, &[DATE, "Retry-After: Saturday, 01-Jan-00 00:00:00 GMT"]);
    add("a date in the form of asctime", Owed::Success, &[DATE, "Retry-After: Sat Jan  1 00:00:00 2000"]);
    add("a date that has passed", Owed::Success, &[DATE, "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT"]);
    add("a date without Date", Owed::Success, &["Retry-After: Sun, 06 Nov 1994 08:49:37 GMT"]);
    add("a date that there is not", Owed::Success, &[DATE, "Retry-After: Sun, 31 Feb 2000 00:00:00 GMT"]);
    add("negative", Owed::Success, &["Retry-After: -1"]);
    add("a fraction", Owed::Success, &["Retry-After: 0.5"]);
    add("a word", Owed::Success, &["Retry-After: soon"]);
    add("nothing", Owed::Success, &["Retry-After:"]);
    add("two", Owed::Success, &["Retry-After: 0", "Retry-After: 1"]);
    add("a year in seconds", Owed::Failure, &["Retry-After: 31536000"]);
    add("a year as a date", Owed::Failure, &[DATE, "Retry-After: Sun, 31 Dec 2000 23:59:59 GMT"]);
    add("18446744073709551615 seconds", Owed::Failure, &["Retry-After: 18446744073709551615"]);
    add("more seconds than a number holds", Owed::Failure, &["Retry-After: 99999999999999999999999999"]);
    let creation =
        |seconds: &str| Fault::at(At::Create).answers("429 Too Many Requests", &[&format!("Retry-After: {seconds}")]);
    cases.push(case("R47", "Retry-After: 1 second, to the creation", Owed::Success, [creation("1")]));
    cases.push(case("R47", "Retry-After: a year, to the creation", Owed::Failure, [creation("31536000")]));
    cases
}
