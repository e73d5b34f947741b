//! Maven's `pom.xml`.

use super::xml::{Element, elements};
use super::{Addition, insert, line_break, line_lead};
use crate::lang::data::ManifestToml;

pub(super) fn add(manifest: &ManifestToml, text: &[u8]) -> Addition {
    let Some((xml, all)) = std::str::from_utf8(text).ok().and_then(|xml| Some((xml, elements(xml)?))) else {
        return Addition::Unfit;
    };
    let Some(project) = all.first().filter(|root| root.path == "project") else { return Addition::Unfit };
    let Some(entry) = Entry::of(manifest) else { return Addition::Unfit };
    let list = project.children(&all).find(|child| child.name() == "dependencies");
    match list.filter(|list| list.inner.start < list.inner.end) {
        Some(list) => among(&entry, (xml, &all), list),
        None if list.is_some() => Addition::Unfit,
        None => alone(&entry, (xml, &all), project),
    }
}

/// A dependency's coordinates.
struct Entry<'m> {
    group: &'m str,
    artifact: &'m str,
    version: &'m str,
}

impl<'m> Entry<'m> {
    fn of(manifest: &'m ManifestToml) -> Option<Self> {
        let (group, artifact) = manifest.package.split_once(':')?;
        Some(Self { group, artifact, version: &manifest.version })
    }

    /// The element, indented by `lead` and steps of `step`, without a line break at its ends.
    fn element(&self, lead: &str, step: &str, newline: &str) -> String {
        let line = |name, text| format!("{newline}{lead}{step}<{name}>{text}</{name}>");
        let lines = [line("groupId", self.group), line("artifactId", self.artifact), line("version", self.version)];
        format!("<dependency>{}{newline}{lead}</dependency>", lines.concat())
    }
}

fn among(entry: &Entry<'_>, (xml, all): (&str, &[Element]), list: &Element) -> Addition {
    let has = |dependency: &&Element, name: &str, text: &str| {
        dependency.children(all).any(|child| child.name() == name && child.text(xml) == text)
    };
    let dependencies: Vec<_> = list.children(all).filter(|child| child.name() == "dependency").collect();
    if dependencies.iter().any(|one| has(one, "groupId", entry.group) && has(one, "artifactId", entry.artifact)) {
        return Addition::Present;
    }
    let newline = line_break(xml.as_bytes());
    let outer = line_lead(xml.as_bytes(), list.whole.start).unwrap_or_default();
    // before what only tests need
    let before = dependencies.iter().rfind(|one| !has(one, "scope", "test")).or(dependencies.last());
    let Some(before) = before else {
        let step = if outer.is_empty() { "    " } else { &outer };
        let lead = format!("{outer}{step}");
        return insert(list.inner.start, format!("{newline}{lead}{}", entry.element(&lead, step, newline)));
    };
    let Some(lead) = line_lead(xml.as_bytes(), before.whole.start) else { return Addition::Unfit };
    let step = lead.strip_prefix(outer.as_str()).filter(|step| !step.is_empty()).unwrap_or("    ");
    insert(before.whole.end, format!("{newline}{lead}{}", entry.element(&lead, step, newline)))
}

/// A new list, after what usually stands before it.
fn alone(entry: &Entry<'_>, (xml, all): (&str, &[Element]), project: &Element) -> Addition {
    const BEFORE: [&str; 9] = [
        "dependencyManagement",
        "properties",
        "modules",
        "packaging",
        "name",
        "version",
        "artifactId",
        "parent",
        "modelVersion",
    ];
    let place = BEFORE.iter().find_map(|name| project.children(all).find(|child| child.name() == *name));
    let Some((place, lead)) = place.and_then(|place| Some((place, line_lead(xml.as_bytes(), place.whole.start)?)))
    else {
        return Addition::Unfit;
    };
    let newline = line_break(xml.as_bytes());
    let step = if lead.is_empty() { "    " } else { &lead };
    let inner = format!("{lead}{step}");
    let element = entry.element(&inner, step, newline);
    let list = format!("<dependencies>{newline}{inner}{element}{newline}{lead}</dependencies>");
    let rest = xml.get(place.whole.end..).unwrap_or_default();
    let spaced = rest.strip_prefix(newline).is_some_and(|next| next.starts_with(newline));
    insert(place.whole.end, format!("{}{lead}{list}", newline.repeat(1 + usize::from(spaced))))
}

#[cfg(test)]
mod tests {
    use super::super::tests::check_package;
    use crate::lang::data::ManifestForm;

    fn check(before: &str, expected: Option<&str>) {
        check_package(ManifestForm::Pom, "pom.xml", "g.h:lib", before, expected);
    }

    #[test]
    fn a_pom_keeps_its_indentation_and_tests_stay_last() {
        check(
            "<project>\n  <dependencyManagement><dependencies><dependency/></dependencies></dependencyManagement>\n  \
             <dependencies>\n    <dependency>\n      <groupId>a</groupId>\n      <artifactId>b</artifactId>\n    \
             </dependency>\n    <dependency><artifactId>junit</artifactId><scope>test</scope></dependency>\n  \
             </dependencies>\n</project>\n",
            Some(
                "<project>\n  \
                 <dependencyManagement><dependencies><dependency/></dependencies></dependencyManagement>\n  \
                 <dependencies>\n    <dependency>\n      <groupId>a</groupId>\n      <artifactId>b</artifactId>\n    \
                 </dependency>\n    <dependency>\n      <groupId>g.h</groupId>\n      \
                 <artifactId>lib</artifactId>\n      <version>1.2</version>\n    </dependency>\n    \
                 <dependency><artifactId>junit</artifactId><scope>test</scope></dependency>\n  \
                 </dependencies>\n</project>\n",
            ),
        );
    }

    #[test]
    fn a_pom_without_dependencies_gets_a_list() {
        check(
            "<project>\r\n\t<version>1</version>\r\n\t<build/>\r\n</project>",
            Some(
                "<project>\r\n\t<version>1</version>\r\n\t<dependencies>\r\n\t\t<dependency>\r\n\t\t\t\
                 <groupId>g.h</groupId>\r\n\t\t\t<artifactId>lib</artifactId>\r\n\t\t\t<version>1.2</version>\r\n\t\t\
                 </dependency>\r\n\t</dependencies>\r\n\t<build/>\r\n</project>",
            ),
        );
        check("<settings/>", None);
        check("<project>", None);
    }
}
