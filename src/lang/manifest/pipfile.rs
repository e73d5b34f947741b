//! pipenv's `Pipfile`.

use super::{Addition, insert, line_break, normal};
use crate::lang::data::ManifestToml;
use crate::lang::lines::line_end;

pub(super) fn add(manifest: &ManifestToml, text: &[u8]) -> Addition {
    let Ok(string) = std::str::from_utf8(text) else { return Addition::Unfit };
    let Ok(document) = toml_edit::Document::parse(string) else { return Addition::Unfit };
    let Some(table) = document.as_item().get("packages").and_then(toml_edit::Item::as_table) else {
        return Addition::Unfit;
    };
    if table.iter().any(|(key, _)| normal(key) == manifest.package) {
        return Addition::Present;
    }
    let entry = format!("{} = \">={}\"", manifest.package, manifest.version);
    let newline = line_break(text);
    let sorted = table.iter().map(|(key, _)| normal(key)).is_sorted();
    let later = table.iter().find(|(key, _)| normal(key) > manifest.package).filter(|_| sorted);
    if let Some(span) = later.and_then(|(key, _)| table.key(key)?.span()) {
        return insert(span.start, format!("{entry}{newline}"));
    }
    let last = table.iter().filter_map(|(_, item)| item.span()).map(|span| span.end).max();
    let Some(end) = last.or_else(|| table.span().map(|span| span.end)) else { return Addition::Unfit };
    insert(line_end(text, end), format!("{newline}{entry}"))
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;
    use crate::lang::data::ManifestForm;

    #[test]
    fn packages_keep_their_order() {
        let form = ManifestForm::Pipfile;
        check(
            form,
            "[packages]\na = \"*\"\nz = {version = \"1\"}\n\n[requires]\n",
            Some("[packages]\na = \"*\"\nlib = \">=1.2\"\nz = {version = \"1\"}\n\n[requires]\n"),
        );
        check(
            form,
            "[packages]\r\nb = '1' # why\r\na = '1'",
            Some("[packages]\r\nb = '1' # why\r\na = '1'\r\nlib = \">=1.2\""),
        );
        check(form, "[packages]\n\n[dev-packages]\n", Some("[packages]\nlib = \">=1.2\"\n\n[dev-packages]\n"));
        check(form, "[dev-packages]\na = '*'\n", None);
        check(form, "not a pipfile", None);
    }
}
