//! The README's chapter for those who embed the crate, held against the examples: each line that it names is there.
#![allow(clippy::disallowed_types, clippy::disallowed_methods, reason = "this test reads the project's files")]

use std::fs;
use std::path::Path;

/// What a row is about, and the file and line of each place that it names.
fn rows(readme: &str) -> Vec<(String, Vec<(String, usize)>)> {
    let mut rows = Vec::new();
    for line in readme.lines().filter(|line| line.starts_with("| `") && line.contains("#L")) {
        let code = line.split('`').nth(1).unwrap().to_owned();
        let links = line.split("](").skip(1).map(|link| link.split_once(')').unwrap().0);
        let places = links.map(|link| {
            let (path, number) = link.split_once("#L").unwrap();
            (path.to_owned(), number.parse().unwrap())
        });
        rows.push((code, places.collect()));
    }
    rows
}

fn read(path: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&file).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn each_line_of_an_example_that_is_named_does_what_the_row_says() {
    for (code, places) in rows(&read("README.md")) {
        for (path, number) in places {
            let text = read(&path);
            let found: Vec<usize> =
                (1..).zip(text.lines()).filter(|(_, line)| line.contains(&code)).map(|(number, _)| number).collect();
            assert!(found.contains(&number), "{path}: {code} is in line {found:?}, the README says {number}");
        }
    }
}

#[test]
fn no_step_is_left_out() {
    let named: Vec<String> = rows(&read("README.md")).into_iter().map(|(code, _)| code).collect();
    // What a step is, its `Display` says for each variant; a step without words of its own is `Close`.
    for (file, count) in [("src/server/step.rs", 7), ("src/client/step.rs", 7)] {
        let text = read(file);
        let steps = text.split("pub enum Step {").nth(1).unwrap().split("\n}").next().unwrap();
        let variants: Vec<&str> = steps
            .lines()
            .filter_map(|line| line.strip_prefix("    ")?.split([' ', '{', '(', ',']).next())
            .filter(|word| word.starts_with(char::is_uppercase))
            .collect();
        assert_eq!(variants.len(), count, "{variants:?}");
        for variant in variants {
            let step = format!("Step::{variant}");
            assert!(named.contains(&step) || step == "Step::Close", "{file}: the README does not say what {step} asks");
        }
    }
}
