//! The table of rules in the crate's documentation, held against the source and the tests.
#![allow(clippy::disallowed_types, clippy::disallowed_methods, reason = "this test reads the project's files")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The tags that the table names, each with the files of `src` that keep it.
fn table() -> BTreeMap<String, BTreeSet<PathBuf>> {
    let documentation = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let mut rules = BTreeMap::new();
    for line in documentation.lines().filter(|line| line.starts_with("//! | R")) {
        let cells: Vec<&str> = line.trim_start_matches("//! |").split('|').map(str::trim).collect();
        let files = cells[2].split(',').map(|file| PathBuf::from(file.trim().trim_matches('`'))).collect();
        assert!(rules.insert(cells[0].to_owned(), files).is_none(), "{} stands twice in the table", cells[0]);
    }
    rules
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below `folder` whose name ends like this.
fn files(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, endings));
        } else if endings.iter().any(|ending| path.to_str().unwrap().ends_with(ending)) {
            found.push(path);
        }
    }
    found
}

/// Every tag in `text`, as often as it stands there: an R and two digits, not part of a longer word.
fn tags(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .filter(|word| word.len() == 3 && word.starts_with('R') && word[1..].bytes().all(|b| b.is_ascii_digit()))
        .map(str::to_owned)
        .collect()
}

/// The part of a source file that is the library, without the tests at its bottom.
fn library(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod tests").next().unwrap()
}

#[test]
fn the_table_has_every_rule_from_reading_to_cancelling() {
    let expected: BTreeSet<String> =
        [1..=8, 10..=16, 20..=26, 40..=49].into_iter().flatten().map(|number| format!("R{number:02}")).collect();
    assert_eq!(table().into_keys().collect::<BTreeSet<_>>(), expected);
}

#[test]
fn each_rule_has_its_tag_once_in_each_file_that_the_table_names() {
    let source = root().join("src");
    let mut kept: BTreeMap<String, BTreeSet<PathBuf>> = BTreeMap::new();
    for path in files(&source, &[".rs"]) {
        let name = path.strip_prefix(&source).unwrap().to_owned();
        if name == Path::new("lib.rs") {
            continue;
        }
        for tag in tags(library(&fs::read_to_string(&path).unwrap())) {
            let new = kept.entry(tag.clone()).or_default().insert(name.clone());
            assert!(new, "{tag} stands more than once in src/{}", name.display());
        }
    }
    assert_eq!(kept, table());
}

#[test]
fn each_rule_is_the_name_of_at_least_one_test() {
    let mut tested = BTreeSet::new();
    for folder in ["src", "tests"] {
        for path in files(&root().join(folder), &[".rs"]) {
            let text = fs::read_to_string(&path).unwrap();
            for (at, _) in text.match_indices("#[test]") {
                let Some((_, name)) = text[at..].split_once("fn ") else {
                    continue;
                };
                let name = name.split('(').next().unwrap().to_uppercase();
                tested.extend(name.split('_').map(str::to_owned).flat_map(|word| tags(&word)));
            }
        }
    }
    let untested: Vec<String> = table().into_keys().filter(|tag| !tested.contains(tag)).collect();
    assert!(untested.is_empty(), "no test is named after {untested:?}");
}
