//! From the findings of a history's blobs to one finding for each credential of each path, with the commits that
//! brought it in and took it out.

use std::collections::{BTreeMap, BTreeSet};

use super::FileFindings;
use crate::model::{Finding, Origin};
use crate::walk::Lineage;

/// A credential of a path: the path of the file, that of the finding (which may lead into an archive), fingerprint.
type Identity = (String, String, String);

/// Merges what was found in the versions of files. A credential that stood there before the first commit is left out:
/// the history that was asked for did not bring it in.
pub fn merge(files: Vec<FileFindings>, lineage: &Lineage) -> Vec<Finding> {
    let mut versions: BTreeMap<Identity, BTreeMap<String, Finding>> = BTreeMap::new();
    for file in files {
        let Origin::Git { object, .. } = &file.source.origin else { continue };
        for located in file.located {
            let finding = located.finding;
            let fingerprint = finding.fingerprint.as_str().to_owned();
            let identity = (file.source.path.clone(), finding.path.clone(), fingerprint);
            // Of several places in one version the first is told, as in a tree's baseline.
            versions.entry(identity).or_default().entry(object.clone()).or_insert(finding);
        }
    }
    let mut merged: Vec<Finding> =
        versions.into_iter().filter_map(|((path, ..), versions)| settle(&path, versions, lineage)).collect();
    merged.sort_by(|one, other| place(one).cmp(&place(other)));
    merged
}

fn settle(path: &str, mut versions: BTreeMap<String, Finding>, lineage: &Lineage) -> Option<Finding> {
    let holding: BTreeSet<String> = versions.keys().cloned().collect();
    let trace = lineage.trace(path, &holding)?;
    let mut finding = versions.remove(trace.object)?;
    finding.commit = Some(trace.brought_in.to_owned());
    finding.removed = trace.taken_out.map(str::to_owned);
    Some(finding)
}

fn place(finding: &Finding) -> (&str, usize, &str) {
    (&finding.path, finding.span.start_byte, finding.fingerprint.as_str())
}
