//! Which of many words a text holds, in whatever case: one look tells.

use aho_corasick::{AhoCorasick, AhoCorasickKind};

/// Words in groups.
pub(super) struct Needles {
    /// None for words that no automaton can be built of, which a test rules out.
    automaton: Option<AhoCorasick>,
    /// The group of each word.
    groups: Vec<usize>,
}

/// Groups of which a text holds a word.
#[derive(Clone, Copy)]
pub(super) struct Held(u32);

impl Needles {
    /// At most 32 groups.
    pub(super) fn new(groups: &[&[&str]]) -> Self {
        let words = groups.iter().enumerate().flat_map(|(group, words)| words.iter().map(move |word| (group, *word)));
        let (groups, words): (Vec<_>, Vec<&str>) = words.unzip();
        let automaton =
            AhoCorasick::builder().ascii_case_insensitive(true).kind(Some(AhoCorasickKind::ContiguousNFA)).build(words);
        Self { automaton: automaton.ok(), groups }
    }

    pub(super) fn held(&self, text: &[u8]) -> Held {
        let found = self.automaton.iter().flat_map(|automaton| automaton.find_overlapping_iter(text));
        let group = |pattern: usize| self.groups.get(pattern).copied().unwrap_or(0);
        Held(found.fold(0, |held, found| held | 1 << group(found.pattern().as_usize())))
    }
}

impl Held {
    pub(super) fn has(self, group: usize) -> bool {
        self.0 >> group & 1 == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_held_within_others_and_in_any_case() {
        let needles = Needles::new(&[&["pass", "pwd"], &["a", "sw"], &["://"]]);
        let held = |text: &str| [0, 1, 2].map(|group| needles.held(text.as_bytes()).has(group));
        assert_eq!(held("PassWord"), [true, true, false]);
        assert_eq!(held("x://PWD"), [true, false, true]);
        assert_eq!(held("pas s"), [false, true, false]);
        assert_eq!(held(""), [false; 3]);
    }
}
