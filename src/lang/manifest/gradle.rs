//! `build.gradle` and `build.gradle.kts`.

use super::{Addition, insert, line_break};
use crate::lang::data::ManifestToml;
use crate::lang::lines::line_end;
use crate::model::Span;

/// What a dependency that the code is compiled with is given by, `compile` in old builds.
const CONFIGURATIONS: [&str; 3] = ["implementation", "api", "compile"];

pub(super) fn add(manifest: &ManifestToml, text: &[u8]) -> Addition {
    let Ok(build) = std::str::from_utf8(text) else { return Addition::Unfit };
    let Some(code) = blank(build) else { return Addition::Unfit };
    // What a multiplatform build lists at its top is for no platform.
    if build.contains("multiplatform") {
        return Addition::Unfit;
    }
    let file = File { build, code: &code, kotlin: manifest.name.rsplit('.').next() == Some("kts") };
    let Some(list) = file.top_block("dependencies") else {
        let compiles = file.top_block("plugins").is_some() || code.contains("apply plugin") || code.contains("apply(");
        let newline = line_break(text);
        let gap = if build.is_empty() || build.ends_with('\n') { newline.to_owned() } else { newline.repeat(2) };
        let entry = file.entry("implementation", manifest, Span::new(0, 0));
        let list = format!("{gap}dependencies {{{newline}    {entry}{newline}}}{newline}");
        return if compiles { insert(build.len(), list) } else { Addition::Unfit };
    };
    let package = format!("{}:", manifest.package);
    if build.get(list.range()).is_some_and(|inner| inner.contains(&package)) {
        return Addition::Present;
    }
    among(&file, list, manifest)
}

fn among(file: &File<'_>, list: Span, manifest: &ManifestToml) -> Addition {
    let newline = line_break(file.build.as_bytes());
    let statements = file.statements(list);
    let before = statements.iter().rfind(|(name, _)| CONFIGURATIONS.contains(name));
    let name = before.map_or("implementation", |(name, _)| if *name == "compile" { name } else { "implementation" });
    let entry = file.entry(name, manifest, list);
    let one_line = line_end(file.build.as_bytes(), list.start) >= list.end;
    if one_line {
        let rest = file.build.get(list.range()).unwrap_or_default();
        let text = if rest.trim().is_empty() { format!(" {entry} ") } else { format!(" {entry};") };
        return insert(list.start, text);
    }
    let lead = statements.first().and_then(|(_, span)| file.lead(span.start)).unwrap_or("    ");
    match before {
        Some((_, span)) => insert(span.end, format!("{newline}{lead}{entry}")),
        None => insert(list.start, format!("{newline}{lead}{entry}")),
    }
}

struct File<'a> {
    build: &'a str,
    /// The same with strings and comments blanked.
    code: &'a str,
    kotlin: bool,
}

impl<'a> File<'a> {
    /// The inside of a block that stands in no other.
    fn top_block(&self, name: &str) -> Option<Span> {
        let mut depth = 0_usize;
        let mut start = None;
        for (at, byte) in self.code.bytes().enumerate() {
            match byte {
                b'{' => {
                    let before = self.code.get(..at).unwrap_or_default().trim_end();
                    let named = before
                        .strip_suffix(name)
                        .is_some_and(|rest| !rest.ends_with(|c: char| c.is_alphanumeric() || c == '.'));
                    if depth == 0 && named {
                        start = Some(at + 1);
                    }
                    depth += 1;
                }
                b'}' => {
                    depth = depth.saturating_sub(1);
                    if let Some(start) = start.filter(|_| depth == 0) {
                        return Some(Span::new(start, at));
                    }
                }
                _ => {}
            }
        }
        None
    }

    /// The statements of a block that begin a line: first word, and place up to the end of their last line.
    fn statements(&self, list: Span) -> Vec<(&'a str, Span)> {
        let mut found = Vec::new();
        let mut at = list.start;
        while at < list.end {
            let start = at;
            let mut depth = 0_usize;
            while at < list.end {
                match self.code.as_bytes().get(at) {
                    Some(b'{' | b'(' | b'[') => depth += 1,
                    Some(b'}' | b')' | b']') => depth = depth.saturating_sub(1),
                    Some(b'\n') if depth == 0 => break,
                    _ => {}
                }
                at += 1;
            }
            let line = self.code.get(start..at).unwrap_or_default();
            let text = line.trim_start();
            let word = text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
            if !word.is_empty() {
                let first = start + line.len() - text.len();
                found.push((
                    word,
                    Span::new(
                        first,
                        line_end(self.build.as_bytes(), at.saturating_sub(usize::from(line.ends_with('\r')))),
                    ),
                ));
            }
            at += 1;
        }
        found
    }

    /// The white space before `at` on its line.
    fn lead(&self, at: usize) -> Option<&'a str> {
        let before = self.build.get(..at)?;
        let lead = before.get(before.rfind('\n')? + 1..)?;
        lead.trim().is_empty().then_some(lead)
    }

    /// The statement that adds the package, as the others of the list are written.
    fn entry(&self, name: &str, manifest: &ManifestToml, list: Span) -> String {
        let inside = self.build.get(list.range()).unwrap_or_default();
        let count = |quote: char| inside.matches(quote).count();
        let quote = if self.kotlin || count('"') > count('\'') { '"' } else { '\'' };
        let brackets = CONFIGURATIONS.iter().any(|name| inside.contains(&format!("{name}(")));
        let package = format!("{quote}{}:{}{quote}", manifest.package, manifest.version);
        if self.kotlin || brackets { format!("{name}({package})") } else { format!("{name} {package}") }
    }
}

/// The text with strings and comments turned into spaces, byte for byte; `None` where one doesn't end.
fn blank(build: &str) -> Option<String> {
    let mut out = String::with_capacity(build.len());
    let mut rest = build;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/")? + 2,
            '"' | '\'' => string_length(rest)?,
            _ => {
                out.push(first);
                rest = rest.get(first.len_utf8()..)?;
                continue;
            }
        };
        let (part, after) = rest.split_at_checked(length)?;
        out.extend(part.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
        rest = after;
    }
    Some(out)
}

fn string_length(rest: &str) -> Option<usize> {
    for quote in ["\"\"\"", "'''", "\"", "'"] {
        let Some(mut body) = rest.strip_prefix(quote) else { continue };
        while !body.starts_with(quote) {
            let step = if body.starts_with('\\') && quote.len() == 1 { 2 } else { body.chars().next()?.len_utf8() };
            body = body.get(step..)?;
        }
        return Some(rest.len() - body.len() + quote.len());
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::tests::check_package;
    use crate::lang::data::ManifestForm;

    #[track_caller]
    fn groovy(before: &str, expected: Option<&str>) {
        check_package(ManifestForm::Gradle, "build.gradle", "g:lib", before, expected);
    }

    #[track_caller]
    fn kotlin(before: &str, expected: Option<&str>) {
        check_package(ManifestForm::Gradle, "build.gradle.kts", "g:lib", before, expected);
    }

    #[test]
    fn a_list_keeps_its_form() {
        groovy(
            "buildscript {\n  dependencies { classpath 'x' }\n}\ndependencies {\n  implementation 'a:b:1' // }\n  \
             testImplementation 'c:d:1'\n}\n",
            Some(
                "buildscript {\n  dependencies { classpath 'x' }\n}\ndependencies {\n  implementation 'a:b:1' // }\n  \
                 implementation 'g:lib:1.2'\n  testImplementation 'c:d:1'\n}\n",
            ),
        );
        groovy(
            "dependencies {\n    compile(\"a:b:1\") {\n        exclude group: \"x\"\n    }\n}\n",
            Some(
                "dependencies {\n    compile(\"a:b:1\") {\n        exclude group: \"x\"\n    }\n    \
                 compile(\"g:lib:1.2\")\n}\n",
            ),
        );
        kotlin(
            "dependencies {\r\n\ttestImplementation(libs.junit)\r\n}\r\n",
            Some("dependencies {\r\n\timplementation(\"g:lib:1.2\")\r\n\ttestImplementation(libs.junit)\r\n}\r\n"),
        );
        kotlin("dependencies { api(\"a:b\") }", Some("dependencies { implementation(\"g:lib:1.2\"); api(\"a:b\") }"));
        groovy("dependencies {}", Some("dependencies { implementation 'g:lib:1.2' }"));
    }

    #[test]
    fn a_build_without_a_list_gets_one() {
        groovy(
            "plugins {\n    id 'java'\n}\n",
            Some("plugins {\n    id 'java'\n}\n\ndependencies {\n    implementation 'g:lib:1.2'\n}\n"),
        );
        kotlin("allprojects {\n    dependencies { }\n}\n", None);
        kotlin("plugins { kotlin(\"multiplatform\") }\n", None);
        groovy("dependencies {\n    implementation 'a:b:1\n}\n", None);
    }
}
