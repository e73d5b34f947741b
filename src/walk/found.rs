//! What a walk finds, handed over as it goes: reading begins with the first source, and none is held longer than it
//! takes to read it.

use std::sync::Arc;
use std::vec;

use super::tree::Tree;
use crate::model::{Skip, Source};

/// Batches of blobs for each worker, so that none waits long for the last one.
const BATCHES_A_THREAD: usize = 8;
/// Fewer blobs are not worth a process of their own.
const LEAST_BATCH: usize = 32;
/// Skips that are remembered as long as there is no source.
const REMEMBERED: usize = 3;

/// Sources and what was passed over before reading, in no order; each once.
pub struct Found {
    way: Way,
    sources: usize,
    gap: bool,
    /// The first in order, as long as there are no sources.
    skips: Vec<Skip>,
}

enum Way {
    Listed { skips: vec::IntoIter<Skip>, sources: vec::IntoIter<Arc<Source>> },
    Tree(Box<Tree>),
}

impl Found {
    pub(super) fn walking(tree: Tree) -> Self {
        Self::new(Way::Tree(Box::new(tree)))
    }

    /// What is known already.
    pub fn listed(sources: Vec<Source>, skips: Vec<Skip>) -> Self {
        let sources: Vec<_> = sources.into_iter().map(Arc::new).collect();
        Self::new(Way::Listed { skips: skips.into_iter(), sources: sources.into_iter() })
    }

    fn new(way: Way) -> Self {
        Self { way, sources: 0, gap: false, skips: Vec::new() }
    }

    /// How many sources are to come, where that is known.
    pub fn ahead(&self) -> Option<usize> {
        match &self.way {
            Way::Listed { sources, .. } => Some(sources.len()),
            Way::Tree(_) => None,
        }
    }

    /// Once all has been handed over: some of what was passed over if that was all there is, and nothing that was
    /// asked for is missing.
    pub fn nothing_but(&self) -> Option<&[Skip]> {
        (self.sources == 0 && !self.gap).then_some(&self.skips)
    }

    /// All at once, in path order.
    pub fn all(self) -> (Vec<Arc<Source>>, Vec<Skip>) {
        let (mut sources, mut skips) = (Vec::new(), Vec::new());
        for found in self {
            match found {
                Ok(source) => sources.push(source),
                Err(skip) => skips.push(skip),
            }
        }
        sources.sort();
        skips.sort();
        (sources, skips)
    }

    /// Parts what is to come for `threads` workers: files one by one, blobs of a repository by the hundred, so that few
    /// processes are started and each finds the delta bases of its blobs near.
    pub fn batches(&mut self, threads: usize) -> Batches<'_> {
        let blobs = self.ahead().unwrap_or(0);
        let size = blobs.div_ceil(threads.max(1).saturating_mul(BATCHES_A_THREAD)).max(LEAST_BATCH);
        Batches { found: self, size, next: None }
    }

    fn count(&mut self, found: &Result<Arc<Source>, Skip>) {
        match found {
            Ok(_) => {
                self.sources += 1;
                self.skips = Vec::new();
            }
            Err(skip) => {
                self.gap |= skip.reason.is_gap();
                if self.sources == 0 {
                    self.skips.push(skip.clone());
                    self.skips.sort();
                    self.skips.truncate(REMEMBERED);
                }
            }
        }
    }
}

impl Iterator for Found {
    type Item = Result<Arc<Source>, Skip>;

    fn next(&mut self) -> Option<Self::Item> {
        let found = match &mut self.way {
            Way::Listed { skips, sources } => skips.next().map(Err).or_else(|| sources.next().map(Ok)),
            Way::Tree(tree) => tree.next(),
        }?;
        self.count(&found);
        Some(found)
    }
}

/// Sources that are read in one go, see [`Found::batches`].
pub struct Batches<'a> {
    found: &'a mut Found,
    size: usize,
    next: Option<Result<Arc<Source>, Skip>>,
}

impl Iterator for Batches<'_> {
    type Item = Result<Vec<Arc<Source>>, Skip>;

    fn next(&mut self) -> Option<Self::Item> {
        let first = match self.next.take().or_else(|| self.found.next())? {
            Ok(source) => source,
            Err(skip) => return Some(Err(skip)),
        };
        let mut batch = vec![first];
        while batch.len() < self.size && batch.last().is_some_and(is_blob) {
            match self.found.next() {
                Some(Ok(source)) if is_blob(&source) => batch.push(source),
                other => {
                    self.next = other;
                    break;
                }
            }
        }
        Some(Ok(batch))
    }
}

fn is_blob(source: &Arc<Source>) -> bool {
    source.origin.repository().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Origin, SkipReason};

    fn source(number: usize, origin: Origin) -> Source {
        Source { path: format!("{number:05}"), tree_path: String::new(), origin, explicit: false }
    }

    fn blob(number: usize, repository: &str) -> Source {
        let object = number.to_string();
        source(number, Origin::Git { repository: repository.into(), object, commit: None })
    }

    fn skip(path: &str, reason: SkipReason) -> Skip {
        Skip { path: path.to_owned(), reason, detail: None }
    }

    #[test]
    fn files_come_one_by_one_and_blobs_by_the_hundred_in_their_order() {
        let sources: Vec<Source> = (0..4000)
            .map(|number| if number % 1000 == 999 { source(number, Origin::Stdin) } else { blob(number, "r") })
            .collect();
        let paths: Vec<String> = sources.iter().map(|source| source.path.clone()).collect();
        let mut found = Found::listed(sources, vec![skip("s", SkipReason::Special)]);
        assert_eq!(found.ahead(), Some(4000));
        let batches: Vec<_> = found.batches(2).collect();
        assert_eq!(batches.iter().filter(|batch| batch.is_err()).count(), 1);
        let batches: Vec<_> = batches.into_iter().flatten().collect();
        assert!(batches.concat().iter().map(|source| &source.path).eq(&paths));
        assert!(batches.iter().all(|batch| batch.len() == 1 || batch.iter().all(is_blob)));
        // 250 at most, and each thousand has 999
        assert_eq!(batches.len(), 4 * (4 + 1));
        assert_eq!(
            Found::listed(vec![blob(1, "r"), blob(2, "r")], Vec::new()).batches(8).count(),
            1,
            "too few to part"
        );
    }

    #[test]
    fn nothing_was_asked_for_only_if_no_source_and_no_gap_came() {
        let skips = || ["d", "c", "b", "a"].map(|path| skip(path, SkipReason::Ignored)).to_vec();
        let after = |mut found: Found| {
            while found.next().is_some() {}
            found.nothing_but().map(|skips| skips.iter().map(|skip| skip.path.clone()).collect::<String>())
        };
        assert_eq!(after(Found::listed(Vec::new(), skips())).as_deref(), Some("abc"));
        assert_eq!(after(Found::listed(vec![source(0, Origin::Stdin)], skips())), None);
        let gap = [skips(), vec![skip("e", SkipReason::Unreadable)]].concat();
        assert_eq!(after(Found::listed(Vec::new(), gap)), None);
    }
}
