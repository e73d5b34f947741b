//! One entry of a report, looked into by JSON pointers.

use serde_json::Value;

use super::read::Malformed;

/// A JSON object with its place in the report.
#[derive(Clone, Copy)]
pub(super) struct Entry<'a> {
    pub(super) value: &'a Value,
    /// From 1.
    pub(super) number: usize,
}

impl<'a> Entry<'a> {
    /// The text at `pointer`.
    pub(super) fn text(&self, pointer: &str) -> Option<&'a str> {
        self.value.pointer(pointer)?.as_str()
    }

    /// The text at `pointer`, which the format promises.
    pub(super) fn need(&self, pointer: &str) -> Result<&'a str, Malformed> {
        self.text(pointer).ok_or_else(|| self.malformed(pointer))
    }

    /// The number at `pointer`.
    pub(super) fn number(&self, pointer: &str) -> Option<usize> {
        usize::try_from(self.value.pointer(pointer)?.as_u64()?).ok()
    }

    /// The elements at `pointer`; none where there is no array.
    pub(super) fn list(&self, pointer: &str) -> &'a [Value] {
        self.value.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// First and last line, by the pointers of each.
    pub(super) fn lines(&self, first: &str, last: &str) -> Option<(usize, usize)> {
        let first = self.number(first).filter(|line| *line > 0)?;
        Some((first, self.number(last).unwrap_or(first).max(first)))
    }

    /// The error for a field that is missing or of another type.
    pub(super) fn malformed(&self, pointer: &str) -> Malformed {
        let field = pointer.trim_start_matches('/').replace('/', ".");
        Malformed(format!("finding {}: `{field}` is missing or of another type", self.number))
    }
}
