//! Where a session is, and sessions that are gone.

use crate::kit::case::Case;
use crate::kit::client::plot::{At, Fault, Owed, Part, case, progress, sized};
use crate::kit::client::{Act, Program, Stage};

pub fn cases() -> Vec<Case<Program>> {
    let mut cases = addresses();
    cases.extend(unusable());
    cases.extend(gone());
    cases
}

/// A creation whose answer has these fields.
fn created(status: &'static str, fields: impl Fn(&mut Stage) -> Vec<String> + Send + Sync + 'static) -> Fault {
    Fault::at(At::Create).does(move |stage, _| {
        stage.create();
        let fields = fields(stage);
        Act::answer(status, &fields.iter().map(String::as_str).collect::<Vec<_>>())
    })
}

/// Every form of `Location` that RFC 9110 allows.
fn addresses() -> Vec<Case<Program>> {
    let location = |status, form: fn(&mut Stage) -> String| created(status, move |stage| vec![form(stage)]);
    let whole = |stage: &mut Stage| format!("Location: http://{}{}", stage.authority, stage.path());
    let suffix = |suffix: &'static str| {
        created("200 OK", move |stage| {
            stage.suffix = suffix;
            vec![format!("Location: http://{}{}", stage.authority, stage.path())]
        })
    };
    vec![
        case("R40", "201 to the creation (XML)", Owed::Success, [location("201 Created", whole)]),
        case("R40", "204 to the creation", Owed::Success, [location("204 No Content", whole)]),
        case(
            "R40",
            "a session at a path",
            Owed::Success,
            [location("200 OK", |stage| format!("Location: {}", stage.path()))],
        ),
        case(
            "R40",
            "a session at a relative path",
            Owed::Success,
            [location("200 OK", |stage| format!("Location: {}", &stage.path()[1..]))],
        ),
        case(
            "R40",
            "a session without a scheme (uploadx)",
            Owed::Success,
            [location("200 OK", |stage| format!("Location: //{}{}", stage.authority, stage.path()))],
        ),
        case(
            "R40",
            "a session with the scheme in upper case",
            Owed::Success,
            [location("200 OK", |stage| format!("Location: HTTP://{}{}", stage.authority, stage.path()))],
        ),
        case(
            "R40",
            "location in lower case",
            Owed::Success,
            [location("200 OK", |stage| format!("location: http://{}{}", stage.authority, stage.path()))],
        ),
        case("R40", "a session with a query", Owed::Success, [suffix("?uploadType=resumable&upload_id=ABg5-Ux")]),
        case("R40", "a session with escapes in its query", Owed::Success, [suffix("?upload_id=a%2Fb%3D%3D+c%20d")]),
        case("R40", "a session with dots and slashes", Owed::Success, [suffix("/a.b/~c//d;e=f")]),
        case("R40", "a session with an address of 2000 bytes", Owed::Success, [suffix(LONG)]),
    ]
}

/// As long as Google's are, and more.
const LONG: &str = const {
    const BYTES: [u8; 2000] = {
        let mut bytes = [b'A'; 2000];
        bytes[0] = b'?';
        bytes
    };
    match str::from_utf8(&BYTES) {
        Ok(text) => text,
        Err(_) => "",
    }
};

/// Successes that name no session which could be used.
fn unusable() -> Vec<Case<Program>> {
    let named = |name: &'static str, owed, form: fn(&Stage) -> Vec<String>| {
        let fault = created("200 OK", move |stage| form(stage)).for_ever();
        case("R40", format!("a creation {name}"), owed, [fault])
    };
    vec![
        named("without Location", Owed::Failure, |_| Vec::new()),
        named("with an empty Location", Owed::Failure, |_| vec!["Location:".into()]),
        named("with an unreadable Location", Owed::Failure, |_| vec!["Location: http://[::1".into()]),
        named("with a Location of another scheme", Owed::Failure, |stage| {
            vec![format!("Location: ftp://{}{}", stage.authority, stage.path())]
        }),
        named("with a port that there is not", Owed::Failure, |stage| {
            vec![format!("Location: http://127.0.0.1:99999{}", stage.path())]
        }),
        named("with two Locations, not the same", Owed::Failure, |stage| {
            let path = stage.path();
            vec![
                format!("Location: http://{}{path}", stage.authority),
                format!("Location: http://{}{path}", stage.elsewhere),
            ]
        }),
        case(
            "R40",
            "a session on another host",
            Owed::Failure,
            [created("200 OK", |stage| {
                stage.may_go_elsewhere = true;
                vec![format!("Location: http://{}{}", stage.elsewhere, stage.path())]
            })],
        ),
        case(
            "R40",
            "a session on another host, without a scheme",
            Owed::Failure,
            [created("200 OK", |stage| {
                stage.may_go_elsewhere = true;
                vec![format!("Location: //{}{}", stage.elsewhere, stage.path())]
            })],
        ),
        case(
            "R40",
            "308 with a session to the creation",
            Owed::Failure,
            [created("308 Resume Incomplete", |stage| {
                vec![format!("Location: http://{}{}", stage.authority, stage.path())]
            })],
        ),
    ]
}

/// R43: a new session, from zero; the old one is gone for good.
fn gone() -> Vec<Case<Program>> {
    let mut cases = Vec::new();
    for status in ["404 Not Found", "410 Gone"] {
        let code = &status[..3];
        let gone = |at: At| {
            Fault::at(at).does(move |stage, _| {
                stage.lose();
                Act::text(status, "no such session")
            })
        };
        let lost = || Fault::at(At::Data).after(1).closes(b"");
        let mut add = |name: String, faults: Vec<Fault>| cases.push(case("R43", name, Owed::Success, faults));
        add(format!("{code} to the first data"), vec![gone(At::Data)]);
        add(format!("{code} to later data"), vec![progress(), gone(At::Data).after(1)]);
        add(format!("{code} to the last data"), vec![gone(At::Last)]);
        add(format!("{code} to a question"), vec![progress(), lost(), gone(At::Status)]);
        let twice = [gone(At::Data).times(2)];
        cases.push(case("R43", format!("{code} to data, in the next session, too"), Owed::Either, twice));
        let ever = [gone(At::Session).for_ever()];
        cases.push(case("R43", format!("{code} to every session for ever"), Owed::Failure, ever));
        cases.push(sized("R43", format!("{code} to an empty file"), Owed::Success, 0, [gone(At::Session)]));
    }
    let refused = Fault::at(At::Create).after(1).for_ever().answers("403 Forbidden", &[]);
    let gone = Fault::at(At::Data).keeps(Part::All).does(|stage, _| {
        stage.lose();
        Act::answer("404 Not Found", &[])
    });
    cases.push(case("R43", "404 to data, and no new session", Owed::Failure, [gone, refused]));
    cases
}
