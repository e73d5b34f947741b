//! `pyproject.toml`: PEP 621 and Poetry.

use super::requirements::requirement_name;
use super::{Addition, insert, line_break, line_lead, normal};
use crate::lang::data::ManifestToml;
use crate::lang::lines::line_end;

pub(super) fn add(manifest: &ManifestToml, text: &[u8]) -> Addition {
    let Ok(string) = std::str::from_utf8(text) else { return Addition::Unfit };
    let Ok(document) = toml_edit::Document::parse(string) else { return Addition::Unfit };
    let root = document.as_item();
    let dependencies = root.get("project").and_then(|project| project.get("dependencies"));
    if let Some(list) = dependencies.and_then(toml_edit::Item::as_array) {
        return project_list(manifest, text, list);
    }
    let project = root.get("project").and_then(toml_edit::Item::as_table);
    let dynamic = project.and_then(|table| table.get("dynamic")).and_then(toml_edit::Item::as_array);
    let elsewhere = dynamic.is_some_and(|list| list.iter().any(|field| field.as_str() == Some("dependencies")));
    let poetry = root.get("tool").and_then(|tool| tool.get("poetry")).and_then(|poetry| poetry.get("dependencies"));
    match (poetry.and_then(toml_edit::Item::as_table), project) {
        (Some(table), _) => poetry_table(manifest, text, table),
        (None, Some(table)) if !elsewhere && dependencies.is_none() => first_of_project(manifest, text, table),
        _ => Addition::Unfit,
    }
}

/// A `[project]` without dependencies gets its first, after its last simple field.
fn first_of_project(manifest: &ManifestToml, text: &[u8], table: &toml_edit::Table) -> Addition {
    let fields = table.iter().filter(|(_, item)| item.is_value());
    let last = fields.filter_map(|(_, item)| item.span()).map(|span| span.end).max();
    let Some(end) = last.or_else(|| table.span().map(|span| span.end)) else { return Addition::Unfit };
    let newline = line_break(text);
    let entry = format!("{newline}dependencies = [\"{}>={}\"]", manifest.package, manifest.version);
    insert(line_end(text, end), entry)
}

fn project_list(manifest: &ManifestToml, text: &[u8], list: &toml_edit::Array) -> Addition {
    let Some(whole) = list.span() else { return Addition::Unfit };
    let items: Vec<_> =
        list.iter().filter_map(|item| Some((item.as_str().and_then(requirement_name)?, item.span()?))).collect();
    if items.iter().any(|(name, _)| *name == manifest.package) {
        return Addition::Present;
    }
    let quote = match items.first().and_then(|(_, span)| text.get(span.start)) {
        Some(b'\'') => '\'',
        _ => '"',
    };
    let entry = format!("{quote}{}>={}{quote}", manifest.package, manifest.version);
    let (Some(first), Some(last)) = (items.first(), items.last()) else {
        return insert(whole.start + 1, entry);
    };
    let lead = line_lead(text, first.1.start);
    let sorted = items.is_sorted_by_key(|(name, _)| name);
    if let Some((_, span)) = items.iter().find(|(name, _)| *name > manifest.package).filter(|_| sorted) {
        return match line_lead(text, span.start) {
            Some(lead) => insert(span.start, format!("{entry},{}{lead}", line_break(text))),
            None => insert(span.start, format!("{entry}, ")),
        };
    }
    match lead {
        Some(lead) => insert(last.1.end, format!(",{}{lead}{entry}", line_break(text))),
        None => insert(last.1.end, format!(", {entry}")),
    }
}

fn poetry_table(manifest: &ManifestToml, text: &[u8], table: &toml_edit::Table) -> Addition {
    if table.iter().any(|(key, _)| normal(key) == manifest.package) {
        return Addition::Present;
    }
    let last = table.iter().filter_map(|(_, item)| item.span()).map(|span| span.end).max();
    let Some(end) = last.or_else(|| table.span().map(|span| span.end)) else { return Addition::Unfit };
    let line = format!("{} = \"^{}\"", manifest.package, manifest.version);
    let newline = line_break(text);
    let keys: Vec<String> = table.iter().map(|(key, _)| normal(key)).filter(|key| key != "python").collect();
    let later = table.iter().find(|(key, _)| normal(key) > manifest.package && normal(key) != "python");
    let later = later.filter(|_| keys.is_sorted()).and_then(|(key, _)| table.key(key)?.span());
    if let Some(span) = later {
        return insert(span.start, format!("{line}{newline}"));
    }
    let at = line_end(text, end);
    insert(at, format!("{newline}{line}"))
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;
    use crate::lang::data::ManifestForm;

    #[test]
    fn a_project_list_keeps_its_form() {
        let form = ManifestForm::Pyproject;
        check(form, "[project]\ndependencies = []\n", Some("[project]\ndependencies = [\"lib>=1.2\"]\n"));
        check(
            form,
            "[project]\ndependencies = ['a', 'z']\n",
            Some("[project]\ndependencies = ['a', 'lib>=1.2', 'z']\n"),
        );
        check(
            form,
            "[project]\ndependencies = [\n  \"z\", # last\n  \"b\"\n]\n",
            Some("[project]\ndependencies = [\n  \"z\", # last\n  \"b\",\n  \"lib>=1.2\"\n]\n"),
        );
        check(
            form,
            "[project]\nname = \"x\" # short\n\n[dependency-groups]\ndev = [\"lib\"]\n",
            Some(
                "[project]\nname = \"x\" # short\ndependencies = [\"lib>=1.2\"]\n\n[dependency-groups]\ndev = [\"lib\"]\n",
            ),
        );
        check(form, "[project]\nname = \"x\"\ndynamic = [\"dependencies\"]\n", None);
        check(form, "[dependency-groups]\ndev = [\"a\"]\n", None);
        check(form, "[tool.black]\nline-length = 1\n", None);
        check(form, "not toml", None);
    }

    #[test]
    fn a_poetry_table_keeps_its_form() {
        let form = ManifestForm::Pyproject;
        check(
            form,
            "[tool.poetry.dependencies]\npython = \"^3\"\nb = \"1\" # why\n\n[x]\n",
            Some("[tool.poetry.dependencies]\npython = \"^3\"\nb = \"1\" # why\nlib = \"^1.2\"\n\n[x]\n"),
        );
        check(
            form,
            "[tool.poetry.dependencies]\nz = \"1\"\n",
            Some("[tool.poetry.dependencies]\nlib = \"^1.2\"\nz = \"1\"\n"),
        );
    }
}
