//! Go's `go.mod`: lines in a `require` block, in their sorted places.

use super::{Addition, insertion, line_break};
use crate::lang::data::{ManifestToml, PackageToml};
use crate::lang::lines::{line_end, past_break};
use crate::model::Edit;

/// A requirement of the file.
struct Required {
    module: String,
    start: usize,
    /// Just past its line.
    end: usize,
    /// The number of its block; none for a line that stands alone.
    block: Option<usize>,
    indirect: bool,
}

pub(super) fn add(manifest: &ManifestToml, text: &[u8]) -> Addition {
    let Ok(string) = std::str::from_utf8(text) else { return Addition::Unfit };
    if !string.lines().any(|line| line.split_whitespace().next() == Some("module")) {
        return Addition::Unfit;
    }
    let required = required(string);
    let own = manifest.own();
    let mut missing: Vec<_> = std::iter::once(&own)
        .chain(&manifest.also)
        .filter(|wanted| !required.iter().any(|other| other.module == wanted.package))
        .collect();
    missing.sort_by(|a, b| a.package.cmp(&b.package));
    if missing.is_empty() {
        return Addition::Present;
    }
    let block = required.iter().filter(|line| !line.indirect).find_map(|line| line.block);
    match block {
        Some(block) => {
            let lines: Vec<_> = required.iter().filter(|line| line.block == Some(block)).collect();
            Addition::Insert(in_block(&missing, &lines, line_break(text)))
        }
        None => Addition::Insert(vec![new_block(&missing, &required, text)]),
    }
}

fn required(text: &str) -> Vec<Required> {
    let mut found = Vec::new();
    let mut block = None;
    let mut blocks = 0;
    let mut at = 0;
    while at < text.len() {
        let stop = line_end(text.as_bytes(), at);
        let end = past_break(text.as_bytes(), stop);
        let line = text.get(at..stop).unwrap_or_default();
        let code = line.split("//").next().unwrap_or_default();
        let words: Vec<&str> = code.split_whitespace().collect();
        let module = match (block, words.as_slice()) {
            (None, ["require", "("]) => {
                blocks += 1;
                block = Some(blocks);
                None
            }
            (Some(_), [")", ..]) => {
                block = None;
                None
            }
            (Some(_), [module, _version]) | (None, ["require", module, _version]) => Some(*module),
            _ => None,
        };
        if let Some(module) = module {
            let indirect = line.contains("// indirect");
            let module = module.trim_matches(['"', '`']).to_owned();
            found.push(Required { module, start: at, end, block, indirect });
        }
        at = end;
    }
    found
}

fn in_block(missing: &[&PackageToml], lines: &[&Required], newline: &str) -> Vec<Edit> {
    let sorted = lines.is_sorted_by_key(|line| &line.module);
    let end = lines.last().map_or(0, |last| last.end);
    let place = |module: &String| {
        let later = lines.iter().find(|line| line.module > *module).filter(|_| sorted);
        later.map_or(end, |line| line.start)
    };
    missing.iter().map(|wanted| insertion(place(&wanted.package), line(wanted, newline))).collect()
}

fn line(wanted: &PackageToml, newline: &str) -> String {
    format!("\t{} {}{newline}", wanted.package, wanted.version)
}

/// A block of its own: after the requirements that stand alone, else at the end.
fn new_block(missing: &[&PackageToml], required: &[Required], text: &[u8]) -> Edit {
    let newline = line_break(text);
    let alone = required.iter().rfind(|line| line.block.is_none() && !line.indirect);
    let at = alone.map_or(text.len(), |line| line.end);
    let lines: Vec<_> = missing.iter().map(|wanted| line(wanted, newline)).collect();
    let lines = lines.concat();
    let open = if text.get(..at).is_some_and(|before| before.ends_with(b"\n")) { "" } else { newline };
    insertion(at, format!("{open}{newline}require ({newline}{lines}){newline}"))
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;
    use crate::lang::data::ManifestForm::GoMod;

    #[test]
    fn a_block_stays_sorted_and_keeps_its_line_breaks() {
        check(
            GoMod,
            "module m\r\n\r\nrequire (\r\n\ta v1\r\n\tz v2 // why\r\n)\r\n",
            Some("module m\r\n\r\nrequire (\r\n\ta v1\r\n\tlib 1.2\r\n\tz v2 // why\r\n)\r\n"),
        );
        check(
            GoMod,
            "module m\n\nrequire (\n\tz v2\n\ta v1\n)\n\nrequire (\n\tb v1 // indirect\n)\n",
            Some("module m\n\nrequire (\n\tz v2\n\ta v1\n\tlib 1.2\n)\n\nrequire (\n\tb v1 // indirect\n)\n"),
        );
        check(GoMod, "module m\n\nrequire lib v1\n", Some("module m\n\nrequire lib v1\n"));
    }

    #[test]
    fn a_file_without_a_block_gets_one() {
        check(GoMod, "module m\n\ngo 1.24", Some("module m\n\ngo 1.24\n\nrequire (\n\tlib 1.2\n)\n"));
        check(
            GoMod,
            "module m\n\nrequire a v1\n\nreplace a => ../a\n",
            Some("module m\n\nrequire a v1\n\nrequire (\n\tlib 1.2\n)\n\nreplace a => ../a\n"),
        );
        check(GoMod, "{}", None);
    }
}
