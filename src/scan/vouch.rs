//! Findings that no text proves: files that a rule knows by their path, and values that somebody else vouches for:
//! another tool's report, or the plan of a run that is resumed.

use std::sync::Arc;

use super::judge::{self, Judgement};
use super::{Masks, Named, Scanner};
use crate::model::{Blob, Kind, Located, Severity, Source, Span, Stands, Verdict};
use crate::rules::{Candidate, Rule};

/// What is said of a value.
#[derive(Clone, Copy, Debug)]
pub struct Vouch<'a> {
    /// Name of the rule, and family of its fingerprints.
    pub rule: &'a str,
    /// What sort of credential.
    pub kind: Kind,
}

impl Scanner {
    /// The findings that a file is by its path alone.
    pub fn by_path(&self, source: &Arc<Source>) -> Vec<Located> {
        let rules = self.path_rules.iter().filter_map(|index| self.rules.rules().get(*index));
        rules.filter(|rule| self.is_file_of(rule, source)).map(|rule| self.file_finding(rule, source)).collect()
    }

    fn is_file_of(&self, rule: &Rule, source: &Source) -> bool {
        let path = source.path.as_str();
        let nothing: &[u8] = &[];
        let candidate = Candidate { rule: &rule.id, path, secret: nothing, matched: nothing, line: nothing };
        rule.path.as_ref().is_some_and(|wanted| wanted.is_match(path.as_bytes()))
            && !rule.allowlists.iter().chain(self.rules.allowlists()).any(|list| list.allows(&candidate))
    }

    fn file_finding(&self, rule: &Rule, source: &Arc<Source>) -> Located {
        let blob = Blob::new(Arc::clone(source), Vec::new());
        let (value, signals) = (Span::new(0, 0), vec!["the file's path".to_owned()]);
        let judgement = Judgement { confidence: rule.confidence, verdict: Verdict::Likely, signals };
        let named = Named { rule: &rule.id, family: &rule.family, kind: rule.kind, severity: rule.severity };
        let finding = self.finding(&blob, (value, judgement), &named, &Masks::new(Vec::new()));
        Located { finding, value, key: None, stands: Stands::File }
    }

    /// The finding that `value` is by somebody else's word; `None` when it is a reference to a secret that lies
    /// elsewhere, or no text.
    pub fn vouched(&self, blob: &Blob, value: Span, vouch: Vouch<'_>) -> Option<Located> {
        let judgement: Judgement = judge::vouched(value.of(&blob.bytes))?;
        let named = Named { rule: vouch.rule, family: vouch.rule, kind: vouch.kind, severity: Severity::High };
        let mut spans = self.values(blob);
        spans.push(value);
        let finding = self.finding(blob, (value, judgement), &named, &Masks::new(spans));
        Some(Located { finding, value, key: None, stands: Stands::Plain })
    }
}
