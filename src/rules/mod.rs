//! Detection rules: parse, check, compile; the built-in ones are embedded from `rules/detect`.

/// A checked, compiled set of rules.
pub struct RuleSet;
