//! Detection rules: parse, check, compile; the built-in ones are embedded from `rules/detect`.

/// A checked, compiled set of rules.
pub struct RuleSet;

impl RuleSet {
    /// The built-in rules and those of `paths`.
    pub fn load(_paths: &[std::path::PathBuf]) -> anyhow::Result<Self> {
        todo!("detect")
    }
}
