//! Allowlists in gitleaks' form: what a rule, or every rule, passes over.

use super::Pattern;
use super::check::Parse;
use super::file::AllowEntry;

/// What an allowlist's regexes look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AllowTarget {
    /// The value.
    Secret,
    /// The whole match.
    Match,
    /// The line.
    Line,
}

/// A compiled allowlist.
#[derive(Debug)]
pub struct Allowlist {
    regexes: Vec<Pattern>,
    target: AllowTarget,
    paths: Vec<Pattern>,
    stopwords: Vec<String>,
    /// Lower-case object ids.
    commits: Vec<String>,
    all: bool,
    rules: Vec<String>,
}

/// What an allowlist is asked about.
#[derive(Clone, Copy)]
pub struct Candidate<'a> {
    /// Rule id.
    pub rule: &'a str,
    /// Path that reports show.
    pub path: &'a str,
    /// The value.
    pub secret: &'a [u8],
    /// The whole match.
    pub matched: &'a [u8],
    /// The line of the value's start.
    pub line: &'a [u8],
}

impl Allowlist {
    /// Compiles an entry.
    pub(super) fn new(entry: &AllowEntry, parse: Parse) -> Result<Self, String> {
        let compile = |texts: &[String]| texts.iter().map(|text| parse(text)).collect::<Result<Vec<_>, _>>();
        let target = match entry.regex_target.as_deref() {
            None | Some("" | "secret") => AllowTarget::Secret,
            Some("match") => AllowTarget::Match,
            Some("line") => AllowTarget::Line,
            Some(other) => return Err(format!("allowlist: regexTarget {other:?} is none of secret, match, line")),
        };
        let all = match entry.condition.as_deref().map(str::to_ascii_uppercase).as_deref() {
            None | Some("" | "OR" | "||") => false,
            Some("AND" | "&&") => true,
            Some(other) => return Err(format!("allowlist: condition {other:?} is neither OR nor AND")),
        };
        if [&entry.regexes, &entry.paths, &entry.stopwords, &entry.commits].iter().all(|list| list.is_empty()) {
            return Err("allowlist: it needs one of regexes, paths, stopwords and commits".to_owned());
        }
        Ok(Self {
            regexes: compile(&entry.regexes)?,
            target,
            paths: compile(&entry.paths)?,
            stopwords: entry.stopwords.iter().map(|word| word.to_ascii_lowercase()).collect(),
            commits: entry.commits.iter().map(|commit| commit.trim().to_ascii_lowercase()).collect(),
            all,
            rules: entry.target_rules.clone(),
        })
    }

    /// The rules that it holds for; all when there is none.
    pub(super) fn targets(&self) -> impl Iterator<Item = &str> {
        self.rules.iter().map(String::as_str)
    }

    /// Whether it asks for a commit and for something in the text at once, which no stage knows both of.
    pub(super) fn is_split(&self) -> bool {
        self.all && !self.commits.is_empty() && !(self.regexes.is_empty() && self.stopwords.is_empty())
    }

    /// Whether what `rule` found in the file at `path` is passed over because `commit` brought it in.
    pub(super) fn allows_commit(&self, rule: &str, path: &str, commit: &str) -> bool {
        let here = self.rules.is_empty() || self.rules.iter().any(|id| id == rule);
        let paths = self.paths.is_empty() || self.paths.iter().any(|regex| regex.is_match(path.as_bytes()));
        here && self.commits.contains(&commit.to_ascii_lowercase()) && (!self.all || paths && !self.is_split())
    }

    /// Whether the candidate is passed over.
    pub fn allows(&self, candidate: &Candidate<'_>) -> bool {
        if !self.rules.is_empty() && !self.rules.iter().any(|id| id == candidate.rule) {
            return false;
        }
        let target = match self.target {
            AllowTarget::Secret => candidate.secret,
            AllowTarget::Match => candidate.matched,
            AllowTarget::Line => candidate.line,
        };
        let lower = candidate.secret.to_ascii_lowercase();
        let mut checks = Vec::with_capacity(4);
        if !self.commits.is_empty() {
            // known only when the versions of a history are put together, see `allows_commit`
            checks.push(false);
        }
        if !self.regexes.is_empty() {
            checks.push(self.regexes.iter().any(|regex| regex.is_match(target)));
        }
        if !self.paths.is_empty() {
            checks.push(self.paths.iter().any(|regex| regex.is_match(candidate.path.as_bytes())));
        }
        if !self.stopwords.is_empty() {
            checks.push(self.stopwords.iter().any(|word| memchr::memmem::find(&lower, word.as_bytes()).is_some()));
        }
        if self.all { !checks.is_empty() && checks.iter().all(|hit| *hit) } else { checks.iter().any(|hit| *hit) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate() -> Candidate<'static> {
        Candidate {
            rule: "r",
            path: "src/a.py",
            secret: b"abcEXAMPLE",
            matched: b"k=abcEXAMPLE",
            line: b"x k=abcEXAMPLE",
        }
    }

    fn list(text: &str) -> Allowlist {
        Allowlist::new(&toml::from_str(text).unwrap(), Pattern::new).unwrap()
    }

    #[test]
    fn any_check_is_enough_unless_the_condition_is_and() {
        assert!(list("regexes = ['EXAMPLE$']\npaths = ['^other/']").allows(&candidate()));
        assert!(!list("condition = 'AND'\nregexes = ['EXAMPLE$']\npaths = ['^other/']").allows(&candidate()));
        assert!(list("condition = 'AND'\nregexes = ['EXAMPLE$']\npaths = ['^src/']").allows(&candidate()));
    }

    #[test]
    fn the_target_and_the_rule_are_honoured() {
        assert!(!list("regexes = ['^x ']").allows(&candidate()));
        assert!(list("regexTarget = 'line'\nregexes = ['^x ']").allows(&candidate()));
        assert!(!list("targetRules = ['other']\nstopwords = ['example']").allows(&candidate()));
        assert!(list("targetRules = ['r']\nstopwords = ['example']").allows(&candidate()));
    }

    #[test]
    fn a_commit_counts_in_a_history_and_fails_the_other_checks_of_an_and_elsewhere() {
        let and = list("condition = 'AND'\ncommits = ['ABC1']\npaths = ['^src/']");
        assert!(!and.allows(&candidate()), "a file has no commit, so not all checks hold");
        assert!(and.allows_commit("r", "src/a.py", "abc1") && !and.allows_commit("r", "other.py", "abc1"));
        let or = list("commits = ['ABC1']\nstopwords = ['none']\ntargetRules = ['r']");
        assert!(!or.allows(&candidate()) && or.allows_commit("r", "x", "Abc1"));
        assert!(!or.allows_commit("other", "x", "abc1") && !or.allows_commit("r", "x", "abc2"));
        let split = list("condition = 'AND'\ncommits = ['abc1']\nregexes = ['a']");
        assert!(split.is_split() && !split.allows_commit("r", "x", "abc1"));
    }

    #[test]
    fn an_unknown_condition_or_nothing_to_check_is_an_error() {
        let error = |text| Allowlist::new(&toml::from_str(text).unwrap(), Pattern::new).unwrap_err();
        assert!(error("condition = 'XOR'\npaths = ['a']").contains("XOR"));
        assert!(error("description = 'empty'").contains("needs one of"));
    }
}
