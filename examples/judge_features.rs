//! Prints what the judge's model is trained from: for each file named on standard input, its candidates with their
//! features, a JSON object a line. `rules/judge/train.py` runs it.

use std::io::{BufRead as _, Write as _};

use arnify::model::{Blob, Confidence, Origin, Source};
use arnify::rules::RuleSet;
use arnify::scan::{ScanOptions, Scanner};
use arnify::secret::Salt;

fn main() -> anyhow::Result<()> {
    let options = ScanOptions { min_confidence: Confidence::Low, salt: Salt::derive(b"") };
    let scanner = Scanner::new(RuleSet::built_in()?, options);
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let mut named = false;
    for path in std::io::stdin().lock().lines() {
        let path = path?;
        let source = Source { path: path.clone(), tree_path: path.clone(), origin: Origin::Stdin, explicit: true };
        let blob = Blob::new(source, std::fs::read(&path)?);
        let (names, rows) = scanner.training_rows(&blob);
        if !named {
            writeln!(out, "{}", serde_json::to_string(names)?)?;
            named = true;
        }
        for (span, features) in rows {
            let at = blob.lines().region(&blob.bytes, span);
            let place = (at.line, at.column - 1, at.end_line, at.end_column - 1);
            writeln!(out, "{}", serde_json::to_string(&(&path, place, features))?)?;
        }
    }
    Ok(())
}
