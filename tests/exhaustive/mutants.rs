//! Defects inside the machines: each is a small change of a copy of `src`, in which the same search finds it.
//!
//! A mutant names a text that must stand exactly once in its file, so one that no longer applies is noticed.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

use tempfile::TempDir;

use crate::config::{Config, EXPLICIT, Faults, STRICT, grained};
use crate::defects::Defect;
use crate::properties::Property;
use crate::search::{search, search_to};

/// Which mutant a copy is asked to hunt.
const HUNTED: &str = "RESUMABLE_MUTANT";

const NONE: Faults = Faults::NONE;
const LOST: Faults = Faults { lost: 1, ..NONE };
const PLAIN: Config = Config::PLAIN;

struct Mutant {
    what: &'static str,
    file: &'static str,
    from: &'static str,
    to: &'static str,
    config: Config,
    breaks: Property,
}

const MUTANTS: &[Mutant] = &[
    Mutant {
        what: "a request takes an epoch before it is checked",
        file: "server/request.rs",
        from: "Err(refusal) => self.ticket(Some(intent), None, ",
        to: "Err(refusal) if self.claim().is_none() => self.ticket(Some(intent), None, Phase::Closing),\n            Err(refusal) => self.ticket(Some(intent), None, ",
        config: Config { faults: Faults { strays: 1, ..NONE }, ..PLAIN },
        breaks: Property::RefusalIsFree,
    },
    Mutant {
        what: "a question stops an append that is under way",
        file: "server/admit.rs",
        from: "self.policy.overlap == Overlap::Conflict && self.holder.is_some()",
        to: "self.holder.is_some()",
        config: Config { faults: Faults { probes: 1, ..NONE }, ..PLAIN },
        breaks: Property::RefusalIsFree,
    },
    Mutant {
        what: "a question does not stop an append, though its answer must hold",
        file: "server/admit.rs",
        from: "self.policy.overlap == Overlap::Conflict && self.holder.is_some()",
        to: "false",
        config: Config { policy: STRICT, faults: LOST, ..PLAIN },
        breaks: Property::FirmAnswer,
    },
    Mutant {
        what: "a question closes the upload whatever is persisted",
        file: "server/admit.rs",
        from: "status.total == Some(self.persisted.get())",
        to: "status.total.is_some()",
        config: Config { faults: LOST, ..PLAIN },
        breaks: Property::OneObject,
    },
    Mutant {
        what: "what is persisted is written again",
        file: "server/body.rs",
        from: "Ok(Part { skip, at })",
        to: "let _ = (skip, at); Ok(Part { skip: 0, at: Received::new(next - len) })",
        config: Config { faults: LOST, ..PLAIN },
        breaks: Property::NoMix,
    },
    Mutant {
        what: "the end of any body is the end of the object",
        file: "server/body.rs",
        from: "let whole = size == Some(self.at);",
        to: "let whole = size.is_some();",
        config: PLAIN,
        breaks: Property::OneObject,
    },
    Mutant {
        what: "a cut body completes",
        file: "server/request.rs",
        from: "self.sync(ticket, to, Next::Close);",
        to: "self.sync(ticket, to, Next::Commit);",
        config: Config { faults: LOST, ..PLAIN },
        breaks: Property::OneObject,
    },
    Mutant {
        what: "the granularity is forgotten where a body is cut",
        file: "server/body.rs",
        from: "Received::new(offset::floor(received.get(), policy.granularity).max(persisted.get()))",
        to: "{ let _ = (persisted, policy); received }",
        config: Config { policy: grained(2), faults: LOST, ..PLAIN },
        breaks: Property::WholeGrains,
    },
    Mutant {
        what: "what a fence tells is not learned",
        file: "server/request.rs",
        from: "        self.learn(record);\n        match ticket.intent",
        to: "        match ticket.intent",
        config: Config { overlooked: &[Property::NoMix], faults: LOST, processes: 2, ..PLAIN },
        breaks: Property::NoLoss,
    },
    Mutant {
        what: "bytes count as persisted when the store is asked, not when it has answered",
        file: "server/request.rs",
        from: "ticket.phase = Phase::Syncing { to, then };",
        to: "self.persist(Persisted::confirmed(to.get())); ticket.phase = Phase::Syncing { to, then };",
        config: PLAIN,
        breaks: Property::NoLie,
    },
    Mutant {
        what: "a request that the store has refused goes on with the next epoch",
        file: "server/request.rs",
        from: "if let (Phase::Fencing { .. }, Some(next)) = (ticket.phase, next)",
        to: "if let Some(next) = next",
        config: Config { overlooked: &[Property::NoMix], faults: LOST, processes: 2, ..PLAIN },
        breaks: Property::NoLie,
    },
    Mutant {
        what: "the client skips forward to where the server says to be",
        file: "client/state.rs",
        from: "if persisted.get() > self.sent {",
        to: "if persisted.get() > u64::MAX - 1 {",
        // As it is, the client refuses what it is told here, and that is an end as well.
        config: Config {
            defect: Some(Defect::RangeOffByOne),
            overlooked: &[Property::NoLie, Property::JustFailure],
            ..PLAIN
        },
        breaks: Property::Contiguous,
    },
    Mutant {
        what: "the client adds up what is persisted",
        file: "client/state.rs",
        from: "            self.acknowledged = persisted;\n            self.tries.progress();",
        to: "            self.acknowledged = Persisted::confirmed(self.acknowledged.get() + persisted.get());\n            self.tries.progress();",
        config: Config { size: 6, ..PLAIN },
        breaks: Property::NoLie,
    },
    Mutant {
        what: "the client sends on after a lost answer without asking",
        file: "client/state.rs",
        from: "        self.request(match then {",
        // Not its first question, by which the search finds out where the counters are.
        to: "        if then == Retrying::Status && self.attempt.0 > 1 { return self.proceed(); }\n        self.request(match then {",
        config: Config { faults: LOST, ..PLAIN },
        breaks: Property::AsksAfterLoss,
    },
    Mutant {
        what: "the client does not wait before it tries again",
        file: "client/state.rs",
        from: "Ok(delay) => self.state = State::Waiting { delay, then },",
        to: "Ok(_) if self.attempt.0 > 1 => self.waited(then),\n            Ok(delay) => self.state = State::Waiting { delay, then },",
        config: Config { chunk: None, faults: LOST, ..PLAIN },
        breaks: Property::Waits,
    },
    Mutant {
        what: "the client takes an answer to any attempt",
        file: "client/mod.rs",
        from: "if due && got == self.attempt",
        to: "if due && got <= self.attempt",
        config: Config { faults: LOST, ..PLAIN },
        breaks: Property::StaleAnswer,
    },
    Mutant {
        what: "the client is done when everything is sent",
        file: "client/state.rs",
        from: "        } else if persisted > self.acknowledged {",
        to: "        } else if self.total == Some(self.sent) && !asked {\n            self.state = State::Done;\n        } else if persisted > self.acknowledged {",
        config: Config { policy: EXPLICIT, ..PLAIN },
        breaks: Property::HonestSuccess,
    },
];

/// The manifest of a copy: the library without its bridge, and what these tests need.
const MANIFEST: &str = r#"
[package]
name = "resumable"
version = "0.0.0"
edition = "2024"

[dependencies]
httparse = { version = "1.10", default-features = false }
thiserror = { version = "2", default-features = false }

[dev-dependencies]
tempfile = "3"

[profile.dev]
debug = false
"#;

/// What a copy of the project finds in itself.
#[test]
#[ignore = "only for a mutant"]
fn hunt() {
    let Some(mutant) = env::var(HUNTED).ok().and_then(|number| MUTANTS.get(number.parse::<usize>().ok()?)) else {
        return;
    };
    match search(&mutant.config) {
        Ok(seen) => println!("caught by nothing: {seen:?}"),
        Err(violation) => println!("caught by {violation}"),
    }
}

/// Each mutant is caught, by the promise that it breaks; the machines as they are break none.
#[test]
#[ignore = "builds the crate once for each mutant"]
fn mutants_are_caught() {
    let copy = copy();
    for (number, mutant) in MUTANTS.iter().enumerate() {
        let file = copy.path().join("src").join(mutant.file);
        let original = fs::read_to_string(&file).expect("a source file");
        let places = original.matches(mutant.from).count();
        assert_eq!(places, 1, "{}: expected one place in {} to change", mutant.what, mutant.file);
        fs::write(&file, original.replacen(mutant.from, mutant.to, 1)).expect("a changed file");
        let found = run(copy.path(), number);
        fs::write(&file, original).expect("the file as it was");
        println!("{}: {found}", mutant.what);
        let caught = format!("caught by {:?}: ", mutant.breaks);
        assert!(found.contains(&caught), "{}: expected it to be {caught}", mutant.what);
        let limit = found.lines().find_map(|line| line.split("(after ").nth(1)?.split(' ').next()?.parse().ok());
        if let Err(violation) = search_to(limit.expect("a number of steps"), &mutant.config) {
            panic!("{}: without it: {violation}", mutant.what);
        }
    }
}

fn copy() -> TempDir {
    let copy = TempDir::new().expect("a temporary folder");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    fs::write(copy.path().join("Cargo.toml"), MANIFEST).expect("a manifest");
    fs::copy(root.join("Cargo.lock"), copy.path().join("Cargo.lock")).expect("a lock file");
    copy_folder(&root.join("src"), &copy.path().join("src"));
    copy_folder(&root.join("tests/exhaustive"), &copy.path().join("tests/exhaustive"));
    fs::copy(root.join("tests/exhaustive.rs"), copy.path().join("tests/exhaustive.rs")).expect("the tests");
    copy
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        let to = to.join(entry.file_name().expect("a name"));
        if entry.is_dir() {
            copy_folder(&entry, &to);
        } else {
            fs::copy(&entry, &to).expect("a file");
        }
    }
}

/// Lets a copy hunt what is in it.
fn run(copy: &Path, number: usize) -> String {
    let output = Command::new(env!("CARGO"))
        .args(["test", "--offline", "--quiet", "--test", "exhaustive", "--"])
        .args(["--exact", "mutants::hunt", "--ignored", "--nocapture"])
        .current_dir(copy)
        .env("CARGO_TARGET_DIR", copy.join("target"))
        // One small change after another: what stays is not built again.
        .env("CARGO_INCREMENTAL", "1")
        .env(HUNTED, number.to_string())
        .output()
        .expect("cargo runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let lines = text.lines().skip_while(|line| !line.starts_with("caught by"));
    lines.take_while(|line| !line.is_empty()).map(|line| format!("{line}\n")).collect()
}
