//! Cargo's `Cargo.toml`: keys of `[dependencies]`, in their sorted places and in the file's own form.

use toml_edit::{Document, Item, Table, TableLike};

use super::{Addition, insertion, line_break};
use crate::lang::data::{ManifestToml, PackageToml};
use crate::lang::lines::{line_end, line_start, past_break};
use crate::model::Edit;

pub(super) fn add(manifest: &ManifestToml, text: &[u8]) -> Addition {
    let parsed = std::str::from_utf8(text).ok().and_then(|text| Document::parse(text.to_owned()).ok());
    let Some(document) = parsed.filter(|document| document.contains_key("package")) else { return Addition::Unfit };
    let own = manifest.own();
    let part = if manifest.part.is_empty() { USUAL } else { &manifest.part };
    let usual = document.get(USUAL).and_then(Item::as_table_like);
    let in_usual = |name: &str| usual.and_then(|table| table.get(name)).is_some_and(|item| !is_optional(item));
    let mut missing: Vec<_> = std::iter::once(&own).chain(&manifest.also).collect();
    missing.retain(|wanted| !in_usual(&wanted.package));
    let table = match document.get(part) {
        Some(listed) => listed.as_table(),
        None if missing.is_empty() => return Addition::Present,
        None => return Addition::Insert(vec![new_table(part, &missing, text, text.len())]),
    };
    let Some(table) = table else { return Addition::ByHand };
    if missing.iter().any(|wanted| table.get(&wanted.package).is_some_and(is_optional)) {
        return Addition::ByHand;
    }
    missing.retain(|wanted| !table.contains_key(&wanted.package));
    if missing.is_empty() {
        return Addition::Present;
    }
    missing.sort_by(|a, b| a.package.cmp(&b.package));
    if table.is_implicit() {
        let first = table.iter().filter_map(|(_, item)| item.as_table()?.span()).map(|span| span.start).min();
        return Addition::Insert(vec![new_table(part, &missing, text, first.unwrap_or(text.len()))]);
    }
    Addition::Insert(in_table(&missing, table, text))
}

/// The table of what the crate itself needs; tests and examples see it too.
const USUAL: &str = "dependencies";

/// Whether code can do without the dependency, so that it may not be there.
fn is_optional(item: &Item) -> bool {
    let table: Option<&dyn TableLike> = item.as_table_like();
    table.and_then(|table| table.get("optional")).and_then(Item::as_bool) == Some(true)
}

fn line(wanted: &PackageToml, newline: &str) -> String {
    let PackageToml { package, version, features } = wanted;
    if features.is_empty() {
        return format!("{package} = \"{version}\"{newline}");
    }
    let features: Vec<_> = features.iter().map(|feature| format!("\"{feature}\"")).collect();
    format!("{package} = {{ version = \"{version}\", features = [{}] }}{newline}", features.join(", "))
}

/// A dependency's line or lines.
struct Listed<'t> {
    name: &'t str,
    start: usize,
    end: usize,
}

fn in_table(missing: &[&PackageToml], table: &Table, text: &[u8]) -> Vec<Edit> {
    let newline = line_break(text);
    // Tables of their own (`[dependencies.x]`) and dotted keys come after, or stand where they stand.
    let keys = table.iter().filter(|(_, item)| item.is_value() || item.as_table().is_some_and(Table::is_dotted));
    let place = |name, item: &Item| {
        let start = line_start(text, table.key(name)?.span()?.start);
        let end = item.span().map_or(start, |span| span.end);
        Some(Listed { name, start, end: past_break(text, line_end(text, end)) })
    };
    let listed: Vec<_> = keys.filter_map(|(name, item)| place(name, item)).collect();
    let head = table.span().map_or(text.len(), |span| past_break(text, line_end(text, span.start)));
    let end = listed.iter().map(|one| one.end).max().unwrap_or(head);
    let sorted = listed.is_sorted_by_key(|one| one.name);
    let at = |name: &str| {
        let before = listed.iter().rfind(|one| one.name < name).map(|one| one.end);
        if sorted { before.or(listed.first().map(|one| one.start)).unwrap_or(head) } else { end }
    };
    let closed = |at: usize| at == 0 || text.get(at - 1) == Some(&b'\n');
    let mut edits: Vec<Edit> = Vec::new();
    for wanted in missing {
        let at = at(&wanted.package);
        let line = line(wanted, newline);
        let opened = edits.iter().any(|other| other.span.start == at);
        let line = if closed(at) || opened { line } else { format!("{newline}{line}") };
        edits.push(insertion(at, line));
    }
    edits
}

/// A table of its own, set off by empty lines.
fn new_table(part: &str, wanted: &[&PackageToml], text: &[u8], at: usize) -> Edit {
    let newline = line_break(text);
    let mut wanted = wanted.to_vec();
    wanted.sort_by(|a, b| a.package.cmp(&b.package));
    let lines: String = wanted.iter().map(|wanted| line(wanted, newline)).collect();
    let before = text.get(..at).unwrap_or_default();
    let open = match before {
        [.., b'\n', b'\n'] | [.., b'\n', b'\r', b'\n'] | [] => String::new(),
        [.., b'\n'] => newline.to_owned(),
        _ => newline.repeat(2),
    };
    let close = if at < text.len() { newline } else { "" };
    insertion(at, format!("{open}[{part}]{newline}{lines}{close}"))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{check, check_part};
    use crate::lang::data::ManifestForm::Cargo;

    #[test]
    fn a_table_keeps_its_order_and_its_line_breaks() {
        check(
            Cargo,
            "[package]\nname = \"m\"\n\n[dependencies]\na = \"1\"\nz = { version = \"1\" } # why\n\n[features]\n",
            Some(
                "[package]\nname = \"m\"\n\n[dependencies]\na = \"1\"\nlib = \"1.2\"\nz = { version = \"1\" } # why\n\n[features]\n",
            ),
        );
        check(
            Cargo,
            "[package]\r\n[dependencies]\r\nz = \"1\"\r\nb = \"1\"",
            Some("[package]\r\n[dependencies]\r\nz = \"1\"\r\nb = \"1\"\r\nlib = \"1.2\"\r\n"),
        );
        check(
            Cargo,
            "[package]\n[dependencies]\n# all\nz.version = \"1\"\n[dependencies.a]\nversion = \"1\"\n",
            Some(
                "[package]\n[dependencies]\n# all\nlib = \"1.2\"\nz.version = \"1\"\n[dependencies.a]\nversion = \"1\"\n",
            ),
        );
        check(Cargo, "[package]\n[dependencies]\n", Some("[package]\n[dependencies]\nlib = \"1.2\"\n"));
        check(
            Cargo,
            "[package]\n[dependencies]\na = { version = \"1\", features = [\n  \"b\",\n] }\n",
            Some("[package]\n[dependencies]\na = { version = \"1\", features = [\n  \"b\",\n] }\nlib = \"1.2\"\n"),
        );
    }

    #[test]
    fn a_file_without_the_table_gets_it() {
        check(Cargo, "[package]\nname = \"m\"\n", Some("[package]\nname = \"m\"\n\n[dependencies]\nlib = \"1.2\"\n"));
        check(
            Cargo,
            "[package]\n\n[dependencies.a]\nversion = \"1\"\n",
            Some("[package]\n\n[dependencies]\nlib = \"1.2\"\n\n[dependencies.a]\nversion = \"1\"\n"),
        );
    }

    #[test]
    fn what_tests_need_goes_to_a_table_of_its_own() {
        let form = (Cargo, "dev-dependencies");
        check_part(
            form,
            "",
            "lib",
            "[package]\n\n[dependencies]\na = \"1\"\n",
            Some("[package]\n\n[dependencies]\na = \"1\"\n\n[dev-dependencies]\nlib = \"1.2\"\n"),
        );
        let there = "[package]\n[dependencies]\nlib = \"1\"\n[dev-dependencies]\n";
        check_part(form, "", "lib", there, Some(there));
        check_part(
            form,
            "",
            "lib",
            "[package]\n[dependencies]\nlib = { version = \"1\", optional = true }\n[dev-dependencies]\nz = \"1\"\n",
            Some(
                "[package]\n[dependencies]\nlib = { version = \"1\", optional = true }\n[dev-dependencies]\nlib = \"1.2\"\nz = \"1\"\n",
            ),
        );
    }

    #[test]
    fn what_is_there_stays_and_what_is_optional_is_for_a_person() {
        for there in ["lib = \"1\"", "lib.workspace = true", "lib = { path = \"../lib\" }"] {
            let text = format!("[package]\n[dependencies]\n{there}\n");
            check(Cargo, &text, Some(&text));
        }
        check(
            Cargo,
            "[package]\n[dependencies.lib]\nversion = \"1\"\n",
            Some("[package]\n[dependencies.lib]\nversion = \"1\"\n"),
        );
        check(Cargo, "[package]\n[dependencies]\nlib = { version = \"1\", optional = true }\n", None);
        check(Cargo, "[workspace]\nmembers = []\n", None);
    }
}
