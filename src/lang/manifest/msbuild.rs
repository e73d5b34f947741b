//! .NET's project files: `PackageReference` in a `.csproj`, `PackageVersion` in `Directory.Packages.props`.

use xmlparser::{ElementEnd, Token, Tokenizer};

use super::{Addition, insert, line_break, line_lead};
use crate::lang::data::ManifestToml;

/// Adds a reference to a project; without its version where a file above holds the versions.
pub(super) fn project(manifest: &ManifestToml, text: &[u8], versioned: bool) -> Addition {
    let Some(elements) = elements(text) else { return Addition::Unfit };
    // An older project lists each file and keeps its packages elsewhere.
    let modern = elements.first().is_some_and(|root| root.name == "Project" && root.attribute("Sdk").is_some())
        || elements.iter().any(|element| element.name == "PackageReference");
    let version = versioned.then_some(manifest.version.as_str());
    if modern { add(manifest, text, &elements, "PackageReference", version) } else { Addition::Unfit }
}

/// Adds a version to the file that holds them for all projects below it.
pub(super) fn versions(manifest: &ManifestToml, text: &[u8]) -> Addition {
    match elements(text) {
        Some(elements) => add(manifest, text, &elements, "PackageVersion", Some(&manifest.version)),
        None => Addition::Unfit,
    }
}

struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    start: usize,
    end: usize,
    /// Number of the element round it.
    parent: Option<usize>,
    /// Where its closing tag begins.
    close: usize,
}

impl Element {
    fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The package that it names.
    fn package(&self) -> &str {
        self.attribute("Include").or_else(|| self.attribute("Update")).unwrap_or_default()
    }
}

/// All elements in order; `None` where the text is no XML.
fn elements(text: &[u8]) -> Option<Vec<Element>> {
    let text = std::str::from_utf8(text).ok()?;
    let mut all: Vec<Element> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    for token in Tokenizer::from(text) {
        match token.ok()? {
            Token::ElementStart { local, span, .. } => {
                let parent = open.last().copied();
                open.push(all.len());
                let (name, attributes) = (local.as_str().to_owned(), Vec::new());
                all.push(Element { name, attributes, start: span.start(), end: span.end(), parent, close: span.end() });
            }
            Token::Attribute { local, value, .. } => {
                let current = all.get_mut(*open.last()?)?;
                current.attributes.push((local.as_str().to_owned(), value.as_str().to_owned()));
            }
            Token::ElementEnd { end: ElementEnd::Open, .. } => {}
            Token::ElementEnd { span, .. } => {
                let current = all.get_mut(open.pop()?)?;
                (current.close, current.end) = (span.start(), span.end());
            }
            _ => {}
        }
    }
    (open.is_empty() && !all.is_empty()).then_some(all)
}

fn add(manifest: &ManifestToml, text: &[u8], elements: &[Element], kind: &str, version: Option<&str>) -> Addition {
    let conditional = |number: Option<usize>| {
        number.and_then(|number| elements.get(number)).is_none_or(|group| group.attribute("Condition").is_some())
    };
    let all: Vec<_> = elements.iter().filter(|element| element.name == kind).collect();
    if all.iter().any(|element| element.package().eq_ignore_ascii_case(&manifest.package)) {
        return Addition::Present;
    }
    let tight = memchr::memmem::find(text, b" />").is_none() && memchr::memmem::find(text, b"\"/>").is_some();
    let version = version.map_or_else(String::new, |version| format!(" Version=\"{version}\""));
    let entry = format!("<{kind} Include=\"{}\"{version}{}/>", manifest.package, if tight { "" } else { " " });
    let newline = line_break(text);
    let group = all.iter().map(|element| element.parent).find(|parent| !conditional(*parent));
    let Some(group) = group else { return new_group(text, elements, &entry) };
    let members: Vec<_> = all.into_iter().filter(|element| element.parent == group).collect();
    let sorted = members.is_sorted_by_key(|element| element.package().to_lowercase());
    let after = |element: &&&Element| element.package().to_lowercase() > manifest.package.to_lowercase();
    if let Some(later) = members.iter().find(after).filter(|_| sorted) {
        return match line_lead(text, later.start) {
            Some(lead) => insert(later.start, format!("{entry}{newline}{lead}")),
            None => insert(later.start, entry),
        };
    }
    let Some(last) = members.last() else { return Addition::Unfit };
    match line_lead(text, last.start) {
        Some(lead) => insert(last.end, format!("{newline}{lead}{entry}")),
        None => insert(last.end, entry),
    }
}

/// Adds a group of its own at the project's end.
fn new_group(text: &[u8], elements: &[Element], entry: &str) -> Addition {
    let Some(root) = elements.first().filter(|root| root.close > root.start + 1) else { return Addition::Unfit };
    let newline = line_break(text);
    let first = elements.iter().find(|element| element.parent == Some(0));
    let lead = first.and_then(|first| line_lead(text, first.start)).unwrap_or_else(|| "  ".to_owned());
    let last = elements.iter().rfind(|element| element.parent == Some(0));
    let Some(at) = last.map(|last| last.end) else { return Addition::Unfit };
    let spaced = text.get(at..root.close).is_some_and(|rest| memchr::memchr_iter(b'\n', rest).count() > 1);
    let gap = if spaced { newline } else { "" };
    insert(at, format!("{newline}{gap}{lead}<ItemGroup>{newline}{lead}{lead}{entry}{newline}{lead}</ItemGroup>"))
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;
    use crate::lang::data::ManifestForm;

    #[test]
    fn a_project_keeps_its_order_and_indentation() {
        let form = ManifestForm::Csproj;
        check(
            form,
            "<Project Sdk=\"Microsoft.NET.Sdk\">\r\n\t<ItemGroup>\r\n\t\t<PackageReference Include=\"A\" Version=\"1\"/>\r\n\t\t<PackageReference Include=\"Z\" Version=\"1\"/>\r\n\t</ItemGroup>\r\n</Project>\r\n",
            Some(
                "<Project Sdk=\"Microsoft.NET.Sdk\">\r\n\t<ItemGroup>\r\n\t\t<PackageReference Include=\"A\" Version=\"1\"/>\r\n\t\t<PackageReference Include=\"lib\" Version=\"1.2\"/>\r\n\t\t<PackageReference Include=\"Z\" Version=\"1\"/>\r\n\t</ItemGroup>\r\n</Project>\r\n",
            ),
        );
        check(
            form,
            "<Project Sdk=\"X\">\n\n  <PropertyGroup />\n\n</Project>\n",
            Some(
                "<Project Sdk=\"X\">\n\n  <PropertyGroup />\n\n  <ItemGroup>\n    <PackageReference Include=\"lib\" Version=\"1.2\" />\n  </ItemGroup>\n\n</Project>\n",
            ),
        );
        check(
            form,
            "<Project Sdk=\"X\">\n  <ItemGroup Condition=\"c\">\n    <PackageReference Include=\"A\" />\n  </ItemGroup>\n</Project>\n",
            Some(
                "<Project Sdk=\"X\">\n  <ItemGroup Condition=\"c\">\n    <PackageReference Include=\"A\" />\n  </ItemGroup>\n  <ItemGroup>\n    <PackageReference Include=\"lib\" Version=\"1.2\" />\n  </ItemGroup>\n</Project>\n",
            ),
        );
        check(
            form,
            "<Project ToolsVersion=\"15.0\"><ItemGroup><Compile Include=\"a.cs\" /></ItemGroup></Project>",
            None,
        );
        check(form, "<Project Sdk=\"X\"", None);
    }

    #[test]
    fn versions_stand_together() {
        check(
            ManifestForm::PackagesProps,
            "<Project>\n  <ItemGroup>\n    <PackageVersion Include=\"A\" Version=\"1\" />\n  </ItemGroup>\n</Project>\n",
            Some(
                "<Project>\n  <ItemGroup>\n    <PackageVersion Include=\"A\" Version=\"1\" />\n    <PackageVersion Include=\"lib\" Version=\"1.2\" />\n  </ItemGroup>\n</Project>\n",
            ),
        );
    }
}
