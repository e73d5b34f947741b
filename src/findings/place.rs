//! Finds a claim's value again in the file as it is now, and checks that it is the one.

use std::ops::RangeInclusive;

use super::area::narrow;
use super::{Area, Claim, Digest, Proof};
use crate::model::{Blob, Located, Span, Stands};
use crate::secret::{Fingerprint, SecretValue};

/// Where a claim's value stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spot {
    /// The value.
    pub span: Span,
    /// Position among arnify's own findings of the one that this is.
    pub own: Option<usize>,
    /// It stands on another line than the report says.
    pub moved: bool,
}

/// Why a claim has no place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gone {
    /// A sentence's end: "… was left: REASON".
    pub reason: String,
    /// Whether a credential may be there all the same, so that the run is incomplete.
    pub gap: bool,
}

impl Gone {
    fn settled(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), gap: false }
    }

    fn gap(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), gap: true }
    }
}

/// Finds the places of a claim in its file; `own` are arnify's findings in it, at any confidence.
///
/// # Errors
/// Why there is none.
pub fn place(claim: &Claim, blob: &Blob, own: &[Located]) -> Result<Vec<Spot>, Gone> {
    let file = File { blob, own, lines: claim.lines.map(|(first, last)| first..=last) };
    match &claim.proof {
        Proof::Value { value, beside } => file.value(value, beside.as_ref(), &claim.tool),
        Proof::Digest(digest) => file.digest(digest, &claim.tool),
        Proof::Print(print) => file.print(print),
        Proof::Area(area, snippet) => file.area(area, snippet.as_ref(), claim),
        Proof::Line => file.line(),
    }
}

struct File<'a> {
    blob: &'a Blob,
    own: &'a [Located],
    /// From 1.
    lines: Option<RangeInclusive<usize>>,
}

impl File<'_> {
    fn value(&self, value: &SecretValue, beside: Option<&SecretValue>, tool: &str) -> Result<Vec<Spot>, Gone> {
        let mut spots = self.nearest(value.with_bytes(|value| occurrences(&self.blob.bytes, value)));
        if spots.is_empty() {
            spots = value.with_bytes(|value| self.own_where(|text| plain(text) == plain(value)));
        }
        if spots.is_empty() {
            spots = self.encoded();
        }
        if spots.is_empty() {
            return Err(Gone::settled(format!("the value that {tool} reported doesn't stand in the file any more")));
        }
        if let Some(beside) = beside {
            // the second value may be a host or a user's name: arnify must see a credential in it
            let found = self.nearest(beside.with_bytes(|value| occurrences(&self.blob.bytes, value)));
            spots.extend(found.into_iter().filter(|spot| spot.own.is_some()));
        }
        Ok(spots)
    }

    fn digest(&self, digest: &Digest, tool: &str) -> Result<Vec<Spot>, Gone> {
        let own = self.own_where(|text| digest.is_of(text));
        if !own.is_empty() {
            return Ok(own);
        }
        let named = self.lines.clone().into_iter().flatten();
        let mut spots: Vec<Span> = named.flat_map(|number| self.pieces(number, digest)).collect();
        if spots.is_empty() {
            spots = (1..=self.blob.lines().count()).flat_map(|number| self.pieces(number, digest)).collect();
        }
        if spots.is_empty() {
            return Err(Gone::gap(format!("no text in the file has the digest that {tool} recorded")));
        }
        let mut spots = self.nearest(spots);
        if spots.iter().any(|spot| spot.own.is_some()) {
            // a short text may stand on the line for something else, too
            spots.retain(|spot| spot.own.is_some());
        }
        Ok(spots)
    }

    fn print(&self, print: &Fingerprint) -> Result<Vec<Spot>, Gone> {
        let found = self.own.iter().position(|located| located.finding.fingerprint == *print);
        let spot = found.and_then(|at| Some(self.spot(self.own.get(at)?.value)));
        spot.map(|spot| vec![spot]).ok_or_else(|| {
            Gone::settled("the file holds no such finding any more (or the report is of another repository)")
        })
    }

    fn area(&self, area: &Area, snippet: Option<&SecretValue>, claim: &Claim) -> Result<Vec<Spot>, Gone> {
        let told = if let Some(text) = snippet {
            self.nearest(text.with_bytes(|text| occurrences(&self.blob.bytes, text)))
        } else {
            let span = claim.lines.and_then(|lines| area.span(self.blob, lines));
            span.map(|span| self.spot(span)).into_iter().collect()
        };
        if told.is_empty() {
            // a masked text, or columns counted in another way
            return self.line();
        }
        let seen: Vec<Spot> = told.iter().flat_map(|spot| self.own_in(spot.span)).collect();
        if !seen.is_empty() {
            return Ok(seen);
        }
        if !claim.of_credentials {
            return Err(Gone::settled("its rule doesn't speak of credentials, and arnify sees none there"));
        }
        if area.column.is_none() && snippet.is_none() {
            return Err(Gone::gap("the report tells a line only, and arnify sees no credential on it"));
        }
        Ok(told.into_iter().map(|spot| Spot { span: narrow(&self.blob.bytes, spot.span), ..spot }).collect())
    }

    fn line(&self) -> Result<Vec<Spot>, Gone> {
        let on = |span: Span| self.lines.as_ref().is_some_and(|lines| lines.contains(&self.line_of(span)));
        let spots: Vec<Spot> = self.own.iter().filter(|own| on(own.value)).map(|own| self.spot(own.value)).collect();
        let reason = "the report tells no value for it, and arnify sees no credential on its line";
        if spots.is_empty() { Err(Gone::gap(reason)) } else { Ok(spots) }
    }

    /// Findings in encoded text on the report's lines: the tool told the decoded value.
    fn encoded(&self) -> Vec<Spot> {
        let on = |span: Span| self.lines.as_ref().is_some_and(|lines| lines.contains(&self.line_of(span)));
        let found = self.own.iter().filter(|own| own.stands == Stands::Encoded && on(own.value));
        found.map(|own| self.spot(own.value)).collect()
    }

    fn own_where(&self, is: impl Fn(&[u8]) -> bool) -> Vec<Spot> {
        let found = self.own.iter().filter(|own| is(own.value.of(&self.blob.bytes))).map(|own| own.value);
        self.nearest(found.collect())
    }

    fn own_in(&self, span: Span) -> Vec<Spot> {
        self.own.iter().filter(|own| own.value.overlaps(span)).map(|own| self.spot(own.value)).collect()
    }

    /// The texts of a line that have this digest.
    fn pieces(&self, number: usize, digest: &Digest) -> Vec<Span> {
        let line = number.checked_sub(1).and_then(|number| self.blob.lines().line_span(&self.blob.bytes, number));
        let Some(line) = line else { return Vec::new() };
        let ends = edges(line.of(&self.blob.bytes));
        let spans = ends.iter().enumerate().flat_map(|(at, start)| {
            let later = ends.get(at + 1..).unwrap_or_default();
            later.iter().map(move |end| Span::new(line.start + start, line.start + end))
        });
        let short = spans.filter(|span| span.len() <= LONGEST_PIECE);
        short.filter(|span| digest.is_of(span.of(&self.blob.bytes))).collect()
    }

    /// Of all places of a text those on the report's lines, else those on the line closest to them, else all.
    fn nearest(&self, spans: Vec<Span>) -> Vec<Spot> {
        let Some(lines) = &self.lines else { return spans.into_iter().map(|span| self.spot(span)).collect() };
        let away = |span: &Span| {
            let line = self.line_of(*span);
            lines.start().saturating_sub(line).max(line.saturating_sub(*lines.end()))
        };
        let Some(least) = spans.iter().map(away).min() else { return Vec::new() };
        spans.into_iter().filter(|span| away(span) == least).map(|span| self.spot(span)).collect()
    }

    /// A spot, on arnify's own finding where there is one.
    fn spot(&self, span: Span) -> Spot {
        let equal = self.own.iter().position(|own| own.value == span);
        let own = equal.or_else(|| self.own.iter().position(|own| own.value.overlaps(span)));
        let span = own.and_then(|at| self.own.get(at)).map_or(span, |own| own.value);
        let moved = self.lines.as_ref().is_some_and(|lines| !lines.contains(&self.line_of(span)));
        Spot { span, own, moved }
    }

    /// From 1.
    fn line_of(&self, span: Span) -> usize {
        self.blob.lines().line_of(&self.blob.bytes, span.start) + 1
    }
}

/// Longest text of a line whose digest is tried.
const LONGEST_PIECE: usize = 1024;
/// Most edges of a line that are tried: their pairs are half its square.
const MOST_EDGES: usize = 256;

/// Where a value may begin or end in a line: at its ends, and on both sides of all that is no letter or digit.
fn edges(line: &[u8]) -> Vec<usize> {
    let word = |at: usize| line.get(at).is_some_and(|b| b.is_ascii_alphanumeric() || *b >= 0x80);
    let edge = |at: &usize| *at == 0 || *at == line.len() || !word(*at) || !word(*at - 1);
    (0..=line.len()).filter(edge).take(MOST_EDGES).collect()
}

/// Where `value` stands in `bytes` for itself; within a longer word only when it stands nowhere else.
fn occurrences(bytes: &[u8], value: &[u8]) -> Vec<Span> {
    let all: Vec<Span> = memchr::memmem::find_iter(bytes, value).map(|at| Span::new(at, at + value.len())).collect();
    let word = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_alphanumeric);
    let alone = |span: &&Span| {
        let head = word(Some(span.start)) && word(span.start.checked_sub(1));
        let tail = word(span.end.checked_sub(1)) && word(Some(span.end));
        !head && !tail
    };
    let bounded: Vec<Span> = all.iter().filter(alone).copied().collect();
    if bounded.is_empty() { all } else { bounded }
}

/// A text without white space and without line breaks that are written as escapes: some tools tell a key in its
/// normal form.
fn plain(text: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(text).replace("\\n", "").replace("\\r", "");
    text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect()
}
