//! The upload example passes, with each way to send.

use std::collections::HashSet;

use crate::{Line, example, not_ok, run_client};

/// What makes failures quick, and nothing else.
const QUICK: &str = "--backoff-ms 1 --max-attempts 5 --timeout 2";

/// Runs the upload example with these arguments.
fn upload(args: &str, only: &str) -> Vec<Line> {
    run_client(&format!("'{}' {args} {QUICK}", example("upload").display()), only, 60)
}

#[test]
fn the_client_passes_every_case_without_any_leniency() {
    let lines = upload("{file} {url} --chunk-size 262144", "");
    assert!(lines.len() >= 400, "only {} cases were run", lines.len());
    assert_eq!(not_ok(&lines), "");
}

/// A client that sends all at once never has a success come too early, nor too much after a part.
#[test]
fn it_passes_when_it_sends_all_in_one_request() {
    let lines = upload("{file} {url} --chunk-size 0", "R41|R44|R45|R46");
    let skipped = lines.iter().filter(|line| line.verdict == "skipped").count();
    assert!(lines.iter().all(|line| matches!(&*line.verdict, "ok" | "skipped")), "{}", not_ok(&lines));
    assert!((1..lines.len() / 4).contains(&skipped), "{}", not_ok(&lines));
}

/// A stream cannot be read again, so a session that is gone ends its upload; everything else is as with a file.
#[test]
fn it_passes_with_a_stream_but_for_sessions_that_are_gone() {
    let lines = upload("- {url} --chunk-size 262144 < {file}", "R41|R43|R44|R46");
    let is_gone = |line: &&Line| ["R43 404 ", "R43 410 "].iter().any(|title| line.title().starts_with(title));
    let (gone, others): (Vec<&Line>, Vec<&Line>) = lines.iter().partition(is_gone);
    assert_eq!(not_ok(others), "");
    assert!(gone.iter().all(|line| matches!(&*line.verdict, "ok" | "refused" | "skipped")), "{}", not_ok(gone));
    assert!(gone.iter().any(|line| line.verdict == "refused"), "a stream was read again");
}

/// Its exit code and its summary say whether there was anything `WRONG`, or a crash.
#[test]
fn the_kit_is_a_program_with_an_exit_code() {
    let kit = |client: &str| {
        let mut command = std::process::Command::new(example("conformance"));
        command.args(["--client", client, "--only", "r46 a file of one byte$", "--jobs", "2"]);
        let output = command.output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, out, _) = kit(&format!("'{}' {{file}} {{url}} {QUICK}", example("upload").display()));
    let expected = "ok      R46  a file of one byte | expected success, identical | came success, identical, 2 requests\n\
                    1 cases: 1 ok, 0 skipped, 0 lenient, 0 refused, 0 WRONG, 0 crash\n";
    assert_eq!((code, &*out), (Some(0), expected));
    let (code, out, _) = kit("true {file} {url}");
    assert_eq!(code, Some(1), "{out}");
    assert!(out.starts_with("WRONG   R46  a file of one byte | ") && out.contains(" 1 WRONG, 0 crash\n"), "{out}");
    let (code, _, error) = kit("true {file}");
    assert_eq!(code, Some(2), "{error}");
    assert_eq!(error, "error: expected {file} and {url} in the command, got \"true {file}\"\n");
}

#[test]
fn each_case_for_clients_has_a_name_of_its_own_and_a_rule() {
    let cases = crate::kit::client::table();
    let titles: HashSet<String> = cases.iter().map(crate::kit::case::Case::title).collect();
    assert_eq!(titles.len(), cases.len());
    for rule in ["R40", "R41", "R42", "R43", "R44", "R45", "R46", "R47", "R48"] {
        assert!(cases.iter().any(|case| case.tag == rule), "no case is about {rule}");
    }
}
