//! What a run read and what it passed over: the record that makes "clean" mean something.

use std::collections::BTreeMap;

use serde::Serialize;

/// Why a source was not scanned, or not wholly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SkipReason {
    /// Holds binary content.
    Binary,
    /// Excluded by the configuration or a built-in path rule (lock files, for one).
    Excluded,
    /// Named by an ignore file: a file, or a folder as a whole, which counts once.
    Ignored,
    /// An archive that was left closed: of a kind that arnify doesn't open, or because none was to be opened.
    Closed,
    /// Larger than the limit.
    TooLarge,
    /// An archive that goes beyond a limit, so that it was read in part or not at all.
    Cut,
    /// Could not be opened or read.
    Unreadable,
    /// Not a regular file: a socket, a pipe, a device.
    Special,
    /// A symbolic link that leads in a circle or nowhere.
    BrokenLink,
    /// The scanner itself failed on it; a bug.
    Crashed,
}

impl SkipReason {
    /// Whether a run that skipped for this reason is incomplete. Content that is excluded on purpose
    /// (binary, excluded, ignored, closed archives, special files) leaves a run complete.
    pub fn is_gap(self) -> bool {
        matches!(self, Self::TooLarge | Self::Cut | Self::Unreadable | Self::BrokenLink | Self::Crashed)
    }

    /// A few words for a person.
    pub fn label(self) -> &'static str {
        match self {
            Self::Binary => "binary",
            Self::Excluded => "excluded",
            Self::Ignored => "ignored",
            Self::Closed => "closed archive",
            Self::TooLarge => "too large",
            Self::Cut => "cut off",
            Self::Unreadable => "unreadable",
            Self::Special => "not a regular file",
            Self::BrokenLink => "broken link",
            Self::Crashed => "scanner failed",
        }
    }
}

/// A source that was passed over.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Skip {
    /// Path that reports show.
    pub path: String,
    /// Why.
    pub reason: SkipReason,
    /// The system's words, where there are any.
    pub detail: Option<String>,
}

/// What a run covered.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Coverage {
    /// Sources read to the end, those in archives too.
    pub files: usize,
    /// Archives that were opened.
    pub archives: usize,
    /// Bytes of those.
    pub bytes: u64,
    /// Rules that took part.
    pub rules: usize,
    /// Number of sources passed over, by reason.
    pub skipped: BTreeMap<SkipReason, usize>,
    /// The sources that leave the run incomplete, in path order.
    pub gaps: Vec<Skip>,
}

impl Coverage {
    /// Counts a source that was passed over.
    pub fn skip(&mut self, skip: Skip) {
        *self.skipped.entry(skip.reason).or_default() += 1;
        if skip.reason.is_gap() {
            self.gaps.push(skip);
        }
    }

    /// Adds another worker's share.
    pub fn merge(&mut self, other: Self) {
        self.files += other.files;
        self.archives += other.archives;
        self.bytes += other.bytes;
        self.rules = self.rules.max(other.rules);
        for (reason, count) in other.skipped {
            *self.skipped.entry(reason).or_default() += count;
        }
        if !other.gaps.is_empty() {
            self.gaps.extend(other.gaps);
            self.gaps.sort();
        }
    }

    /// Whether nothing that was asked for was left unread.
    pub fn is_complete(&self) -> bool {
        self.gaps.is_empty()
    }
}
