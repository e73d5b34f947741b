//! sbt's `build.sbt`: the settings of one project, at the top or in its `.settings(…)`.

use tree_sitter::Node;

use super::{Addition, insert, insertion, line_break, line_lead};
use crate::lang::data::ManifestToml;
use crate::lang::lines::{line_end, past_break};
use crate::lang::syntax::{self, children};

pub(super) fn add(manifest: &ManifestToml, text: &[u8]) -> Addition {
    let tree = syntax::grammar("scala").and_then(|grammar| syntax::parse(&grammar, text));
    let (Some(tree), Ok(build)) = (tree, std::str::from_utf8(text)) else { return Addition::ByHand };
    if tree.root_node().has_error() {
        return Addition::ByHand;
    }
    let build = Build { root: tree.root_node(), text: build };
    let entry = entry(manifest);
    match build.projects().as_slice() {
        [] => {}
        [only] if build.is_root(*only) => {}
        _ => return Addition::ByHand,
    }
    if build.names(manifest) {
        return Addition::Present;
    }
    match build.settings().last() {
        Some(setting) => build.beside(*setting, &entry),
        None => build.at_end(&entry),
    }
}

/// `"group" % "artifact" % "version"`.
fn entry(manifest: &ManifestToml) -> String {
    let parts = manifest.package.split(':').chain([manifest.version.as_str()]);
    parts.map(|part| format!("\"{part}\"")).collect::<Vec<_>>().join(" % ")
}

struct Build<'t> {
    root: Node<'t>,
    text: &'t str,
}

impl<'t> Build<'t> {
    fn of(&self, node: Node<'_>) -> &'t str {
        self.text.get(node.byte_range()).unwrap_or_default()
    }

    /// All nodes, in the file's order.
    fn all(&self) -> Vec<Node<'t>> {
        let mut found = Vec::new();
        let mut open = vec![self.root];
        while let Some(node) = open.pop() {
            found.push(node);
            open.extend(children(node).into_iter().rev());
        }
        found
    }

    /// The definitions that make projects: `project`, `Project(…)`, `crossProject(…)` and the like.
    fn projects(&self) -> Vec<Node<'t>> {
        let makes = |node: &Node<'_>| {
            let name = self.of(*node);
            node.kind() == "identifier"
                && (name == "project" || name.ends_with("Project") || name.ends_with("projectMatrix"))
        };
        self.all().into_iter().filter(makes).collect()
    }

    /// Whether the project made at `node` is that of the build's own folder.
    fn is_root(&self, node: Node<'t>) -> bool {
        let mut around = std::iter::successors(Some(node), Node::parent);
        let statement = around.find(|node| node.parent().is_some_and(|parent| parent.id() == self.root.id()));
        let words: String = statement.map_or("", |node| self.of(node)).split_whitespace().collect();
        words.contains("projectinfile(\".\")") || words.contains("project.in(file(\".\"))")
    }

    /// Whether the package stands in the build's code.
    fn names(&self, manifest: &ManifestToml) -> bool {
        let artifact = manifest.package.rsplit(':').next().unwrap_or_default();
        self.all().iter().any(|node| node.kind() == "string" && self.of(*node).trim_matches('"') == artifact)
    }

    /// What sets or adds to `libraryDependencies`, outside of any scope.
    fn settings(&self) -> Vec<Setting<'t>> {
        let mut found = Vec::new();
        for node in self.all().into_iter().filter(|node| node.kind() == "infix_expression") {
            let field = |name: &str| node.child_by_field_name(name);
            let (Some(left), Some(operator), Some(right)) = (field("left"), field("operator"), field("right")) else {
                continue;
            };
            let at_top = node.parent().is_some_and(|parent| parent.id() == self.root.id());
            let among_arguments = node.parent().is_some_and(|parent| self.is_settings(parent));
            if self.of(left) == "libraryDependencies"
                && matches!(self.of(operator), "+=" | "++=" | ":=")
                && (at_top || among_arguments)
            {
                found.push(Setting { node, right, at_top });
            }
        }
        found
    }

    /// Whether `node` is the arguments of `.settings(…)`.
    fn is_settings(&self, node: Node<'_>) -> bool {
        let function = node.parent().and_then(|call| call.child_by_field_name("function"));
        node.kind() == "arguments" && function.is_some_and(|function| self.of(function).ends_with(".settings"))
    }

    /// The insertion that adds `entry` beside a setting: to its list, or as a setting of its own.
    fn beside(&self, setting: Setting<'t>, entry: &str) -> Addition {
        if let Some(list) = self.list(setting.right) {
            return self.among(list, entry);
        }
        let own = format!("libraryDependencies += {entry}");
        if setting.at_top { self.line_after(setting.node.end_byte(), &own) } else { self.behind(setting.node, &own) }
    }

    /// The arguments of a plain list such as `Seq(…)`.
    fn list(&self, node: Node<'t>) -> Option<Node<'t>> {
        let function = node.child_by_field_name("function")?;
        let arguments = node.child_by_field_name("arguments")?;
        let plain = node.kind() == "call_expression" && arguments.kind() == "arguments";
        (plain && matches!(self.of(function), "Seq" | "List" | "Vector")).then_some(arguments)
    }

    /// Adds `entry` to a list: behind the last of what the code itself is compiled with.
    fn among(&self, list: Node<'t>, entry: &str) -> Addition {
        let text = self.text.as_bytes();
        let items: Vec<_> = children(list).into_iter().filter(|node| node.is_named() && !node.is_extra()).collect();
        let for_tests = |node: &Node<'_>| {
            let item = self.of(*node);
            ["% Test", "% IntegrationTest", "% \"test", "% \"it", "% Provided", "% \"provided"]
                .iter()
                .any(|scope| item.contains(scope))
        };
        if let Some(item) = items.iter().rfind(|node| !for_tests(node)) {
            return self.behind(*item, entry);
        }
        let Some(first) = items.first() else { return insert(list.start_byte() + 1, entry.to_owned()) };
        let gap = self.lead(*first).map_or(" ".to_owned(), |lead| format!("{}{lead}", line_break(text)));
        insert(first.start_byte(), format!("{entry},{gap}"))
    }

    /// The white space before a node that begins a line.
    fn lead(&self, node: Node<'_>) -> Option<String> {
        line_lead(self.text.as_bytes(), node.start_byte())
    }

    /// Adds `entry` behind an item of a list; a comment at the end of the item's line stays there.
    fn behind(&self, item: Node<'t>, entry: &str) -> Addition {
        let text = self.text.as_bytes();
        let end = item.end_byte();
        let line = line_end(text, end);
        let after: Vec<_> = std::iter::successors(item.next_sibling(), Node::next_sibling)
            .filter(|node| !node.is_extra() && node.start_byte() < line)
            .collect();
        let Some(lead) = self.lead(item).filter(|_| after.iter().all(|node| node.kind() == ",")) else {
            return insert(end, format!(", {entry}"));
        };
        let newline = line_break(text);
        match after.first() {
            Some(_) => insert(line, format!("{newline}{lead}{entry},")),
            None => Addition::Insert(vec![
                insertion(end, ",".to_owned()),
                insertion(line, format!("{newline}{lead}{entry}")),
            ]),
        }
    }

    /// A line of its own below the one that ends at `end`.
    fn line_after(&self, end: usize, line: &str) -> Addition {
        let text = self.text.as_bytes();
        let newline = line_break(text);
        let at = line_end(text, end);
        let next = past_break(text, at);
        if next > at { insert(next, format!("{line}{newline}")) } else { insert(at, format!("{newline}{line}")) }
    }

    /// A setting behind all else, for a build without one.
    fn at_end(&self, entry: &str) -> Addition {
        let newline = line_break(self.text.as_bytes());
        let gap = if self.text.is_empty() {
            String::new()
        } else if self.text.ends_with('\n') {
            newline.to_owned()
        } else {
            newline.repeat(2)
        };
        insert(self.text.len(), format!("{gap}libraryDependencies += {entry}{newline}"))
    }
}

/// One of a build's settings of `libraryDependencies`.
#[derive(Clone, Copy)]
struct Setting<'t> {
    node: Node<'t>,
    right: Node<'t>,
    at_top: bool,
}

#[cfg(test)]
mod tests {
    use super::super::tests::check_package;
    use crate::lang::data::ManifestForm;

    #[track_caller]
    fn sbt(before: &str, expected: Option<&str>) {
        check_package(ManifestForm::Sbt, "build.sbt", "g:lib", before, expected);
    }

    #[test]
    fn a_list_keeps_its_form() {
        sbt(
            "name := \"a\" // libraryDependencies\n\nlibraryDependencies ++= Seq(\n  \"a\" %% \"b\" % \"1\", // why\n  \
             \"c\" % \"d\" % \"1\" % Test\n)\n",
            Some(
                "name := \"a\" // libraryDependencies\n\nlibraryDependencies ++= Seq(\n  \"a\" %% \"b\" % \"1\", // why\n  \"g\" % \
                 \"lib\" % \"1.2\",\n  \"c\" % \"d\" % \"1\" % Test\n)\n",
            ),
        );
        sbt(
            "libraryDependencies ++= Seq(\r\n\t\"c\" % \"d\" % \"1\" % \"test\",\r\n)\r\n",
            Some(
                "libraryDependencies ++= Seq(\r\n\t\"g\" % \"lib\" % \"1.2\",\r\n\t\"c\" % \"d\" % \"1\" % \"test\",\r\n)\r\n",
            ),
        );
        sbt("libraryDependencies := List(a)", Some("libraryDependencies := List(a, \"g\" % \"lib\" % \"1.2\")"));
        sbt(
            "libraryDependencies ++= Seq(\n  a, b,\n  c // why\n)\n",
            Some("libraryDependencies ++= Seq(\n  a, b,\n  c, // why\n  \"g\" % \"lib\" % \"1.2\"\n)\n"),
        );
        sbt(
            "libraryDependencies ++= Seq(\n  a, b % Test)\n",
            Some("libraryDependencies ++= Seq(\n  a, \"g\" % \"lib\" % \"1.2\", b % Test)\n"),
        );
        sbt("libraryDependencies ++= Seq()\n", Some("libraryDependencies ++= Seq(\"g\" % \"lib\" % \"1.2\")\n"));
    }

    #[test]
    fn a_setting_of_its_own_stands_below_the_last_one() {
        sbt(
            "libraryDependencies += \"a\" %% \"b\" % \"1\"\nTest / libraryDependencies += x\n",
            Some(
                "libraryDependencies += \"a\" %% \"b\" % \"1\"\nlibraryDependencies += \"g\" % \"lib\" % \"1.2\"\nTest / libraryDependencies += x\n",
            ),
        );
        sbt(
            "libraryDependencies ++= all",
            Some("libraryDependencies ++= all\nlibraryDependencies += \"g\" % \"lib\" % \"1.2\""),
        );
        sbt("name := \"a\"", Some("name := \"a\"\n\nlibraryDependencies += \"g\" % \"lib\" % \"1.2\"\n"));
    }

    #[test]
    fn the_settings_of_the_only_project_are_extended() {
        sbt(
            "lazy val root = (project in file(\".\"))\n  .settings(\n    name := \"a\",\n    libraryDependencies ++= all.map(_ % x)\n  )\n",
            Some(
                "lazy val root = (project in file(\".\"))\n  .settings(\n    name := \"a\",\n    libraryDependencies ++= all.map(_ % x),\n    \
                 libraryDependencies += \"g\" % \"lib\" % \"1.2\"\n  )\n",
            ),
        );
        sbt(
            "val root = project.in(file(\".\")).settings(libraryDependencies ++= Seq(a))\n",
            Some(
                "val root = project.in(file(\".\")).settings(libraryDependencies ++= Seq(a, \"g\" % \"lib\" % \"1.2\"))\n",
            ),
        );
        sbt(
            "lazy val root = (project in file(\".\")).settings(name := \"a\")\n",
            Some(
                "lazy val root = (project in file(\".\")).settings(name := \"a\")\n\nlibraryDependencies += \"g\" % \"lib\" % \"1.2\"\n",
            ),
        );
    }

    #[test]
    fn of_several_projects_or_another_ones_folder_a_person_decides() {
        sbt("lazy val a = project\nlazy val b = project\n", None);
        sbt("lazy val a = (project in file(\"a\")).settings(libraryDependencies ++= Seq(x))\n", None);
        sbt("lazy val a = crossProject(JVMPlatform)\n", None);
        sbt("libraryDependencies ++= Seq(\n", None);
    }
}
