//! The command line: what a wrong call is told.

use crate::program::{TempFile, run};
use crate::server::TOKEN;

#[test]
fn help_is_a_success() {
    for flag in ["-h", "--help"] {
        let ran = run(&[flag], 0);
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
        assert!(ran.stdout.contains("Usage: upload [OPTIONS] <FILE> <URL>"));
        for code in ["0    uploaded", "1    failed", "2    called", "3    the", "4    the", "5    the", "130  inter"] {
            assert!(ran.stdout.contains(&format!("\n  {code}")), "{code}");
        }
    }
}

#[test]
fn a_wrong_call_is_explained() {
    let url = "http://127.0.0.1:1/create";
    for (args, why) in [
        (&[][..], "the following required arguments were not provided"),
        (&["-"], "the following required arguments were not provided"),
        (&["-", "ftp://a/"], "expected a URL that starts with http://, got another text"),
        (&["-", "https://a/"], "expected a URL with http://, got https, which is not supported"),
        (
            &["-", url, "--chunk-size", "7"],
            "invalid value '7' for '--chunk-size <BYTES>': expected a chunk size above zero that is a multiple of \
             262144 bytes, got 7",
        ),
        (
            &["-", url, "--chunk-size", "8M"],
            "invalid value '8M' for '--chunk-size <BYTES>': expected a number of bytes",
        ),
        (
            &["-", url, "--chunk-size", "0"],
            "expected a chunk size for a stream, got 0: all of it would have to be held",
        ),
        (&["-", url, "--max-attempts", "0"], "invalid value '0' for '--max-attempts <N>'"),
        (&["-", url, "--timeout", "0"], "invalid value '0' for '--timeout <SECONDS>'"),
        (&["-", url, "--kind", "tus"], "invalid value 'tus' for '--kind <KIND>'"),
        (
            &["-", url, "--content-type", "a\r\nb"],
            "invalid value 'a\r\nb' for '--content-type <TYPE>': expected visible ascii",
        ),
        (&["-", url, "--checksum", "sha1"], "invalid value 'sha1' for '--checksum <KIND>'"),
        (&["-", url, "--session", url], "the argument '[URL]' cannot be used with '--session <URL>'"),
        (&["-", "--session", "a"], "expected a URL that starts with http://, got another text"),
        (&["-", "--session", url, "--name", "a"], "the argument '--session <URL>' cannot be used with '--name <NAME>'"),
        (&["-"], "the following required arguments were not provided"),
        (&["--session", url], "the following required arguments were not provided"),
        (&["--cancel"], "expected --session or --state with --cancel, got neither"),
        (&["--cancel", "-", url], "expected --session or --state with --cancel, got neither"),
        (&["-", "http://a/?name=b", "--name", "c"], "expected --name or a name in the query of the URL, got both"),
    ] {
        run(args, 0).is_wrong(why);
    }
}

#[test]
fn a_wrong_call_does_not_show_a_url() {
    let url = format!("http://127.0.0.1:1/{TOKEN}");
    let (seed, session) = (format!("--seed={url}"), url.replace("http:", "ftp:"));
    for args in [
        &["-", &url, &url][..],
        &["-", &url, "--seed", &url],
        &["-", &url, &seed],
        &["-", &url.replace("http:", "https:")],
        &[&url, "-"],
        &["-", "--session", &session],
    ] {
        run(args, 0).is_wrong("");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_a_failure() {
    let url = "http://127.0.0.1:1/create";
    let missing = TempFile::new(0).path().to_owned();
    let ran = run(&[&missing, url], 0);
    ran.fails(&format!("cannot open {missing}: No such file or directory (os error 2)"));
    let directory = env!("CARGO_TARGET_TMPDIR");
    run(&[directory, url], 0).fails(&format!("cannot open {directory}: is a directory"));
}
