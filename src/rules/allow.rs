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
        Ok(Self {
            regexes: compile(&entry.regexes)?,
            target,
            paths: compile(&entry.paths)?,
            stopwords: entry.stopwords.iter().map(|word| word.to_ascii_lowercase()).collect(),
            all,
            rules: entry.target_rules.clone(),
        })
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
        let mut checks = Vec::with_capacity(3);
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
    fn an_unknown_condition_is_an_error() {
        assert!(Allowlist::new(&toml::from_str("condition = 'XOR'").unwrap(), Pattern::new).is_err());
    }
}
