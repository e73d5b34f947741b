//! setuptools' `setup.cfg`: the list `install_requires` of `[options]`.

use super::requirements::requirement_name;
use super::{Addition, insert, line_break};
use crate::lang::data::ManifestToml;

pub(super) fn add(manifest: &ManifestToml, text: &[u8]) -> Addition {
    let Ok(string) = std::str::from_utf8(text) else { return Addition::Unfit };
    let mut at = 0;
    let mut options = false;
    let mut list: Option<List> = None;
    for line in string.split_inclusive('\n') {
        let (start, shown) = (at, line.trim());
        at += line.len();
        let indented = line.starts_with([' ', '\t']);
        match &mut list {
            Some(list) if indented || shown.is_empty() => list.take(line, start),
            Some(_) => break,
            None if shown.starts_with('[') => options = shown == "[options]",
            None if options && !indented => {
                let value = shown.strip_prefix("install_requires").map(str::trim_start);
                if let Some(value) = value.and_then(|rest| rest.strip_prefix('=')) {
                    if !value.trim().is_empty() {
                        // `install_requires = a; b` or a file: too many ways to write it
                        return if value.contains(&manifest.package) { Addition::Present } else { Addition::ByHand };
                    }
                    list = Some(List { items: Vec::new(), end: at });
                }
            }
            None => {}
        }
    }
    list.map_or(Addition::Unfit, |list| list.insertion(manifest, text))
}

/// The lines of a list.
struct List {
    items: Vec<Item>,
    /// Past the last line.
    end: usize,
}

struct Item {
    name: String,
    lead: String,
    start: usize,
}

impl List {
    fn take(&mut self, line: &str, start: usize) {
        let Some(name) = requirement_name(line.trim()) else { return };
        let lead = line.get(..line.len() - line.trim_start().len()).unwrap_or_default();
        self.items.push(Item { name, lead: lead.to_owned(), start });
        self.end = start + line.len();
    }

    fn insertion(&self, manifest: &ManifestToml, text: &[u8]) -> Addition {
        if self.items.iter().any(|item| item.name == manifest.package) {
            return Addition::Present;
        }
        let lead = self.items.first().map_or("    ", |item| item.lead.as_str());
        let newline = line_break(text);
        let entry = format!("{lead}{}>={}", manifest.package, manifest.version);
        let sorted = self.items.is_sorted_by_key(|item| &item.name);
        let later = self.items.iter().find(|item| item.name > manifest.package).filter(|_| sorted);
        if let Some(item) = later {
            return insert(item.start, format!("{entry}{newline}"));
        }
        let open = self.end > 0 && text.get(self.end - 1) != Some(&b'\n');
        insert(self.end, if open { format!("{newline}{entry}") } else { format!("{entry}{newline}") })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;
    use crate::lang::data::ManifestForm;

    #[test]
    fn the_list_keeps_its_form() {
        let form = ManifestForm::SetupCfg;
        check(
            form,
            "[metadata]\nname = x\n\n[options]\ninstall_requires =\n  a>1\n  # why\n  z\npackages = find:\n",
            Some(
                "[metadata]\nname = x\n\n[options]\ninstall_requires =\n  a>1\n  # why\n  lib>=1.2\n  z\npackages = find:\n",
            ),
        );
        check(
            form,
            "[options]\r\ninstall_requires=\r\n\tz\r\n\ta",
            Some("[options]\r\ninstall_requires=\r\n\tz\r\n\ta\r\n\tlib>=1.2"),
        );
        check(form, "[options]\ninstall_requires =\n[x]\n", Some("[options]\ninstall_requires =\n    lib>=1.2\n[x]\n"));
        check(form, "[options]\ninstall_requires = a;b\n", None);
        check(form, "[options.extras_require]\ninstall_requires =\n  a\n", None);
        check(form, "[flake8]\nmax-line-length = 1\n", None);
    }
}
