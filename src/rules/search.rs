//! Searches for a regex, with a bound on what a thread remembers for all regexes together.
//!
//! A regex builds the states of its automaton as a text leads to them. A tree has a use for a thousand regexes, for most of
//! them only now and then, and what all of them ever met would grow with the tree.

use std::cell::RefCell;
use std::sync::atomic::{AtomicUsize, Ordering};

use regex_automata::Input;
use regex_automata::meta::{BuildError, Cache, Config, Regex};
use regex_automata::util::{captures::Captures, syntax};

use crate::model::Span;

/// Largest compiled program, bytes: a rule file is untrusted input.
const SIZE_LIMIT: usize = 8 << 20;
/// What one regex may keep of the states that it has met, bytes for each thread.
const ONE: usize = 256 << 10;
/// The same for all regexes together.
const ALL: usize = 3 << 20;

/// A compiled regex over bytes.
#[derive(Debug)]
pub(super) struct Compiled {
    regex: Regex,
    /// No other regex of this process has the same.
    number: usize,
}

impl Compiled {
    /// ASCII classes where the pattern allows it: smaller and faster, and right for bytes of any encoding.
    ///
    /// # Errors
    /// Bad syntax, or more than eight MiB when compiled.
    pub(super) fn new(text: &str) -> Result<Self, String> {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let regex = build(text, false).or_else(|_| build(text, true)).map_err(|error| error.to_string())?;
        Ok(Self { regex, number: NUMBER.fetch_add(1, Ordering::Relaxed) })
    }

    pub(super) fn search(&self) -> Search<'_> {
        let cache = STATES.with_borrow_mut(|states| states.take(self.number));
        Search { compiled: self, cache: Some(cache.unwrap_or_else(|| Box::new(self.regex.create_cache()))) }
    }
}

fn build(text: &str, unicode: bool) -> Result<Regex, Box<BuildError>> {
    let limits = Config::new().utf8_empty(false).nfa_size_limit(Some(SIZE_LIMIT)).hybrid_cache_capacity(ONE);
    let syntax = syntax::Config::new().unicode(unicode).utf8(false);
    Regex::builder().configure(limits).syntax(syntax).build(text).map_err(Box::new)
}

/// A regex with what this thread remembers of its states.
#[derive(Debug)]
pub struct Search<'r> {
    compiled: &'r Compiled,
    /// None only when it has been given back.
    cache: Option<Box<Cache>>,
}

impl Search<'_> {
    /// The first match in `text` that starts at `at` or behind it.
    pub fn find_at(&mut self, text: &[u8], at: usize) -> Option<Span> {
        let input = Input::new(text).range(at..);
        let found = self.compiled.regex.search_with(self.cache.as_deref_mut()?, &input)?;
        Some(Span::new(found.start(), found.end()))
    }

    /// The groups of the match at `whole`, which [`Self::find_at`] has found, that of the whole match first.
    pub fn groups_at(&mut self, text: &[u8], whole: Span) -> Vec<Option<Span>> {
        let Compiled { regex, .. } = self.compiled;
        let mut groups: Captures = regex.create_captures();
        let input = Input::new(text).range(whole.start..);
        if let Some(cache) = self.cache.as_deref_mut() {
            regex.search_captures_with(cache, &input, &mut groups);
        }
        groups.iter().map(|group| group.map(|group| Span::new(group.start, group.end))).collect()
    }
}

impl Drop for Search<'_> {
    fn drop(&mut self) {
        if let Some(cache) = self.cache.take() {
            // fails only while the thread ends
            let _ = STATES.try_with(|states| states.borrow_mut().give_back(self.compiled.number, cache));
        }
    }
}

thread_local! {
    static STATES: RefCell<States> = const { RefCell::new(States { of: Vec::new(), size: 0, now: 0 }) };
}

/// What a thread remembers of the states of all regexes.
struct States {
    /// By the number of the regex; none for those that are being searched for.
    of: Vec<Option<Kept>>,
    /// Bytes of all of them.
    size: usize,
    /// How many searches there were.
    now: u64,
}

struct Kept {
    cache: Box<Cache>,
    size: usize,
    /// When it was given back.
    used: u64,
}

impl States {
    fn take(&mut self, number: usize) -> Option<Box<Cache>> {
        let kept = self.of.get_mut(number)?.take()?;
        self.size = self.size.saturating_sub(kept.size);
        Some(kept.cache)
    }

    fn give_back(&mut self, number: usize, cache: Box<Cache>) {
        self.now += 1;
        let size = cache.memory_usage();
        if self.of.len() <= number {
            self.of.resize_with(number + 1, || None);
        }
        // a second search for the same regex, begun before the first one ended, has brought its own
        drop(self.take(number));
        self.size += size;
        if let Some(place) = self.of.get_mut(number) {
            *place = Some(Kept { cache, size, used: self.now });
        }
        if self.size > ALL {
            self.forget();
        }
    }

    /// Forgets those that have not been searched for for longest, so that the others have half of the room.
    fn forget(&mut self) {
        let used = |(number, kept): (usize, &Option<Kept>)| Some((kept.as_ref()?.used, number));
        let mut oldest: Vec<(u64, usize)> = self.of.iter().enumerate().filter_map(used).collect();
        oldest.sort_unstable();
        for (_, number) in oldest {
            if self.size <= ALL / 2 {
                break;
            }
            drop(self.take(number));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Matcher, RuleSet};
    use super::*;

    fn remembered() -> (usize, usize) {
        STATES.with_borrow(|states| {
            let kept: Vec<usize> = states.of.iter().flatten().map(|kept| kept.cache.memory_usage()).collect();
            assert_eq!(kept.iter().sum::<usize>(), states.size);
            (kept.len(), states.size)
        })
    }

    /// Text of pieces that lead most searches on, no two alike.
    fn text(number: usize) -> String {
        let piece = |n: usize| format!("{:x} tok{}_{:o} ", n * 7919 * (number + 1), n % 7, n * 31 + number);
        (0..400).map(piece).collect::<Vec<_>>().concat()
    }

    #[test]
    fn what_a_thread_remembers_has_a_bound_and_tells_nothing_else() {
        let texts: Vec<String> =
            (20..170).map(|number| format!(r"(?i)tok\d[a-z_ ]{{0,30}}?_([0-7]{{1,6}}) .{{0,{number}}}tok")).collect();
        let regexes: Vec<Compiled> = texts.iter().map(|text| Compiled::new(text).unwrap()).collect();
        let mut most = 0;
        for (number, (regex, pattern)) in regexes.iter().zip(&texts).cycle().take(2 * texts.len()).enumerate() {
            let text = text(number);
            let plain = regex::bytes::RegexBuilder::new(pattern).unicode(false).build().unwrap();
            let plain = plain.captures(text.as_bytes()).unwrap();
            let plain = [0, 1].map(|group| plain.get(group).map(|group| Span::new(group.start(), group.end())));
            let mut search = regex.search();
            let whole = search.find_at(text.as_bytes(), 0).unwrap();
            assert_eq!(search.groups_at(text.as_bytes(), whole), plain);
            drop(search);
            let (kept, size) = remembered();
            assert!(size <= ALL, "{size} bytes of {kept}");
            most = most.max(kept);
        }
        assert!((10..texts.len()).contains(&most), "{most} of {}", texts.len());
    }

    #[test]
    fn a_regex_may_be_searched_for_twice_at_once() {
        let regex = Compiled::new("ab+").unwrap();
        let (mut one, mut other) = (regex.search(), regex.search());
        assert_eq!(one.find_at(b"xabb", 0), Some(Span::new(1, 4)));
        assert_eq!(other.find_at(b"xabb abbb", 2), Some(Span::new(5, 9)));
        drop((one, other));
        assert_eq!(remembered().0, 1);
    }

    /// A repetition is copied as often as it may come: what may be long has no upper bound, or a low one.
    #[test]
    fn no_built_in_regex_is_large() {
        for rule in RuleSet::built_in().unwrap().rules() {
            let Matcher::Regex(pattern, _) = &rule.matcher else { continue };
            let size = Compiled::new(pattern.as_str()).unwrap().regex.memory_usage();
            assert!(size < 200 << 10, "{}: {size} bytes when compiled", rule.id);
        }
    }

    #[test]
    fn where_the_ascii_classes_do_not_fit_it_is_unicode() {
        assert_eq!(Compiled::new("[é]x").unwrap().search().find_at("aéx".as_bytes(), 0), Some(Span::new(1, 4)));
        assert_eq!(Compiled::new(r"\w").unwrap().search().find_at("é".as_bytes(), 0), None);
    }
}
