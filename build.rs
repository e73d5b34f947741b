//! Prepares what would take time at each start of the program.
//!
//! Turns the rule files and the judge's model from TOML, which people write, into JSON, which is read in a tenth of
//! the time: the whole set is read at each start of the program.
//!
//! Nothing is left out or checked here: the JSON holds the same keys and values, and the library checks both alike.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

#[expect(clippy::disallowed_methods, reason = "a build script has no settings, and only cargo reads what it writes")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    // cargo looks into folders, so that a new rule file is noticed, too
    println!("cargo:rerun-if-changed=rules/detect");
    println!("cargo:rerun-if-changed=rules/judge/model.toml");
    // embedded as they are
    println!("cargo:rerun-if-changed=rules/compose");
    println!("cargo:rerun-if-changed=build.rs");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?);
    let mut files = Vec::new();
    for entry in std::fs::read_dir("rules/detect")? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            files.push(path);
        }
    }
    files.sort();
    let rules = files.iter().map(|path| Ok((name(path), read(path)?))).collect::<Result<Vec<_>, String>>()?;
    std::fs::write(out.join("rules.json"), serde_json::to_vec(&rules)?)?;
    std::fs::write(out.join("model.json"), serde_json::to_vec(&read(Path::new("rules/judge/model.toml"))?)?)?;
    println!("cargo:rerun-if-changed=rules/judge/words.txt");
    std::fs::write(out.join("grams"), grams(&std::fs::read_to_string("rules/judge/words.txt")?))?;
    Ok(())
}

/// The commonest three-letter pieces of the words, which come most frequent first: each with its weight, big endian, in
/// alphabetical order.
fn grams(words: &str) -> Vec<u8> {
    let mut weights: BTreeMap<[u8; 3], u32> = BTreeMap::new();
    for (rank, word) in (0_u32..).zip(words.lines()) {
        for gram in word.as_bytes().array_windows() {
            // as often as the word is, by Zipf's law
            *weights.entry(*gram).or_default() += 10_000_000 / (rank + 20);
        }
    }
    let mut heaviest: Vec<_> = weights.into_iter().collect();
    heaviest.sort_by_key(|(gram, weight)| (std::cmp::Reverse(*weight), *gram));
    heaviest.truncate(4096);
    heaviest.sort_unstable();
    heaviest.into_iter().flat_map(|(gram, weight)| gram.into_iter().chain(weight.to_be_bytes())).collect()
}

/// The file's name as messages show it, on every system with `/`.
fn name(path: &Path) -> String {
    format!("rules/detect/{}", path.file_name().unwrap_or_default().to_string_lossy())
}

fn read(path: &Path) -> Result<toml::Table, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    text.parse().map_err(|error| format!("{}: {error}", path.display()))
}
