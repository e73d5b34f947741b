//! npm's `package.json` and Composer's `composer.json`: members of one object.

use super::{Addition, insert, line_break, line_lead};
use crate::lang::data::ManifestToml;
use crate::lang::syntax::{self, children, span_of};

/// Adds to the object that `field` names.
pub(super) fn add(manifest: &ManifestToml, text: &[u8], field: &str) -> Addition {
    let Some(tree) = syntax::grammar("json").and_then(|grammar| syntax::parse(&grammar, text)) else {
        return Addition::Unfit;
    };
    let root = children(tree.root_node()).into_iter().find(|node| node.kind() == "object");
    let Some(root) = root.filter(|_| !tree.root_node().has_error()) else { return Addition::Unfit };
    let entry = format!("\"{}\": \"^{}\"", manifest.package, manifest.version);
    let top = members(root, text);
    if let Some((_, pair)) = top.iter().find(|(key, _)| key == field) {
        let Some(object) = pair.child_by_field_name("value").filter(|value| value.kind() == "object") else {
            return Addition::Unfit;
        };
        let members = members(object, text);
        if members.iter().any(|(key, _)| *key == manifest.package) {
            return Addition::Present;
        }
        return member(object, &members, &manifest.package, &entry, text);
    }
    let Some((_, last)) = top.last() else { return Addition::Unfit };
    let newline = line_break(text);
    let end = span_of(*last).end;
    match line_lead(text, span_of(*last).start) {
        Some(lead) => {
            insert(end, format!(",{newline}{lead}\"{field}\": {{{newline}{lead}{lead}{entry}{newline}{lead}}}"))
        }
        None => insert(end, format!(", \"{field}\": {{ {entry} }}")),
    }
}

type Members<'t> = Vec<(String, tree_sitter::Node<'t>)>;

fn members<'t>(object: tree_sitter::Node<'t>, text: &[u8]) -> Members<'t> {
    let pairs = children(object).into_iter().filter(|child| child.kind() == "pair");
    pairs
        .filter_map(|pair| {
            let key = pair.child_by_field_name("key")?;
            Some((String::from_utf8_lossy(span_of(key).of(text)).trim_matches('"').to_owned(), pair))
        })
        .collect()
}

fn member(object: tree_sitter::Node<'_>, members: &Members<'_>, name: &str, entry: &str, text: &[u8]) -> Addition {
    let newline = line_break(text);
    let Some((_, last)) = members.last() else {
        let at = span_of(object).start + 1;
        let lead = object.parent().and_then(|pair| line_lead(text, span_of(pair).start));
        return match lead {
            Some(lead) if span_of(object).of(text) == b"{}" => {
                insert(at, format!("{newline}{lead}{lead}{entry}{newline}{lead}"))
            }
            _ => insert(at, format!(" {entry} ")),
        };
    };
    let later = members.iter().find(|(key, _)| key.as_str() > name).filter(|_| members.is_sorted_by_key(|m| &m.0));
    if let Some((_, pair)) = later {
        let at = span_of(*pair).start;
        return match line_lead(text, at) {
            Some(lead) => insert(at, format!("{entry},{newline}{lead}")),
            None => insert(at, format!("{entry}, ")),
        };
    }
    let end = span_of(*last).end;
    match line_lead(text, span_of(*last).start) {
        Some(lead) => insert(end, format!(",{newline}{lead}{entry}")),
        None => insert(end, format!(", {entry}")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;
    use crate::lang::data::ManifestForm;

    #[test]
    fn package_json_keeps_its_order_and_indentation() {
        let form = ManifestForm::PackageJson;
        check(
            form,
            "{\"dependencies\": {\"z\": \"1\"}}",
            Some("{\"dependencies\": {\"lib\": \"^1.2\", \"z\": \"1\"}}"),
        );
        check(
            form,
            "{\r\n\t\"dependencies\": {\r\n\t\t\"a\": \"1\"\r\n\t}\r\n}",
            Some("{\r\n\t\"dependencies\": {\r\n\t\t\"a\": \"1\",\r\n\t\t\"lib\": \"^1.2\"\r\n\t}\r\n}"),
        );
        check(
            form,
            "{\n  \"dependencies\": {}\n}\n",
            Some("{\n  \"dependencies\": {\n    \"lib\": \"^1.2\"\n  }\n}\n"),
        );
        check(
            form,
            "{\n  \"name\": \"a\"\n}\n",
            Some("{\n  \"name\": \"a\",\n  \"dependencies\": {\n    \"lib\": \"^1.2\"\n  }\n}\n"),
        );
        check(form, "{ nope", None);
        check(
            ManifestForm::ComposerJson,
            "{\n    \"require\": {\n        \"php\": \">=8\"\n    }\n}\n",
            Some("{\n    \"require\": {\n        \"lib\": \"^1.2\",\n        \"php\": \">=8\"\n    }\n}\n"),
        );
    }
}
