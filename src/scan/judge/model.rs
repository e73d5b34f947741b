//! The learned part of the judge: boosted decision trees over features, read from `rules/judge/model.toml`.
//!
//! The file says which features it was trained on, by name; one that it names and arnify doesn't compute is an
//! error that a test finds.

use std::sync::LazyLock;

use serde::Deserialize;

/// `rules/judge/model.toml` in the form that the build script gives it.
const EMBEDDED: &str = include_str!(concat!(env!("OUT_DIR"), "/model.json"));

static MODEL: LazyLock<Model> =
    LazyLock::new(|| serde_json::from_str::<ModelFile>(EMBEDDED).map(Model::from).unwrap_or_default());

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ModelFile {
    features: Vec<String>,
    bias: f32,
    low: f32,
    medium: f32,
    high: f32,
    /// Nodes of all trees: `[feature, threshold, left, right]`, a leaf as `[-1, value, 0, 0]`; children are
    /// positions within the tree.
    trees: Vec<Vec<[f32; 4]>>,
}

/// A node of a tree: a leaf, or a question whose answer "at most" leads to the next node.
#[derive(Clone, Copy)]
struct Node {
    /// The feature that is compared; [`LEAF`] for a leaf.
    feature: u16,
    /// How many nodes on the other answer leads.
    skip: u16,
    /// The threshold, or what a leaf adds to the score.
    value: f32,
}

const LEAF: u16 = u16::MAX;

/// Boosted trees and the thresholds that turn their probability into a confidence.
#[derive(Default)]
pub(super) struct Model {
    bias: f32,
    /// Probabilities from which a finding is low, medium, high.
    pub(super) thresholds: [f32; 3],
    trees: Vec<Vec<Node>>,
    /// The most that all trees from one on can add to a score.
    most: Vec<f32>,
}

impl From<ModelFile> for Model {
    fn from(file: ModelFile) -> Self {
        let names = super::features::names();
        // one that arnify doesn't compute is 0, as one past the last is
        let position = |name: &String| names.iter().position(|known| known == name).unwrap_or(names.len());
        let features: Vec<usize> = file.features.iter().map(position).collect();
        let trees: Vec<Vec<Node>> = file.trees.iter().map(|tree| laid_out(tree, &features)).collect();
        let most = most_from(&trees);
        Self { bias: file.bias, thresholds: [file.low, file.medium, file.high], trees, most }
    }
}

/// A tree's nodes, each before those that it leads to.
fn laid_out(tree: &[[f32; 4]], features: &[usize]) -> Vec<Node> {
    let mut out = Vec::with_capacity(tree.len());
    // in a well-formed file each node is reached once
    lay_out(tree, 0, features, &mut out);
    out
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "indexes are small whole numbers")]
fn lay_out(tree: &[[f32; 4]], at: usize, features: &[usize], out: &mut Vec<Node>) {
    let Some([feature, value, left, right]) = tree.get(at).copied().filter(|_| out.len() < tree.len()) else { return };
    let own = out.len();
    out.push(Node { feature: LEAF, skip: 0, value });
    if feature < 0.0 {
        return;
    }
    lay_out(tree, left as usize, features, out);
    let skip = u16::try_from(out.len() - own).unwrap_or(u16::MAX);
    lay_out(tree, right as usize, features, out);
    let feature = features.get(feature as usize).and_then(|feature| u16::try_from(*feature).ok()).unwrap_or(LEAF - 1);
    if let Some(node) = out.get_mut(own) {
        *node = Node { feature, skip, value };
    }
}

impl Model {
    /// The embedded model.
    pub(super) fn get() -> &'static Self {
        &MODEL
    }

    /// Whether the probability may be `least` or more, whatever the features are that are NaN. It looks at as many
    /// trees as it needs to be sure that it can't.
    pub(super) fn may_reach(&self, features: &[f32], least: f32) -> bool {
        let least = (least / (1.0 - least)).ln() - MARGIN;
        let mut score = self.bias;
        self.trees.iter().zip(&self.most).all(|(tree, most)| {
            let may = score + most >= least;
            score += most_of(tree, features);
            may
        }) && score >= least
    }

    /// Probability that a candidate with these features (in the order of `features::names`) is a credential.
    pub(super) fn probability(&self, features: &[f32]) -> f32 {
        let score = self.bias + self.trees.iter().map(|tree| most_of(tree, features)).sum::<f32>();
        1.0 / (1.0 + (-score).exp())
    }
}

/// What a tree adds to the score: the leaf that the features lead to, the greatest of those that they may lead to where
/// some are NaN.
fn most_of(tree: &[Node], features: &[f32]) -> f32 {
    let mut at = 0;
    while let Some(node) = tree.get(at) {
        if node.feature == LEAF {
            return node.value;
        }
        let value = features.get(usize::from(node.feature)).copied().unwrap_or(0.0);
        let other = at + usize::from(node.skip).max(1);
        if value.is_nan() {
            let behind = |next: usize| tree.get(next..).map_or(0.0, |rest| most_of(rest, features));
            return behind(at + 1).max(behind(other));
        }
        at = if value <= node.value { at + 1 } else { other };
    }
    0.0
}

/// What rounding may make of a sum of all trees.
const MARGIN: f32 = 0.01;

/// For each tree, the greatest sum of leaves of it and all that follow.
fn most_from(trees: &[Vec<Node>]) -> Vec<f32> {
    let most = |tree: &Vec<Node>| {
        tree.iter().filter(|node| node.feature == LEAF).map(|node| node.value).fold(f32::NEG_INFINITY, f32::max)
    };
    let mut sums: Vec<f32> = trees
        .iter()
        .rev()
        .scan(0.0, |sum, tree| {
            *sum += most(tree);
            Some(*sum)
        })
        .collect();
    sums.reverse();
    sums
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_embedded_model_is_of_the_form_and_knows_only_our_features() {
        let file: ModelFile = serde_json::from_str(EMBEDDED).unwrap();
        assert!(!file.trees.is_empty());
        let known = super::super::features::names();
        assert!(file.features.iter().all(|name| known.contains(&name.as_str())));
        let model = Model::from(file);
        assert!(model.thresholds.is_sorted());
    }

    #[test]
    fn every_node_of_the_file_is_laid_out() {
        let file: ModelFile = serde_json::from_str(EMBEDDED).unwrap();
        let lengths: Vec<usize> = file.trees.iter().map(Vec::len).collect();
        assert_eq!(Model::from(file).trees.iter().map(Vec::len).collect::<Vec<_>>(), lengths);
    }

    proptest! {
        #[test]
        fn what_a_part_of_the_features_rules_out_all_of_them_rule_out(
            mut features in prop::collection::vec(prop_oneof![0.0..1.0_f32, -6.0..40.0_f32], 172),
            hidden in prop::collection::vec(0..172_usize, 0..40),
            least in 0.05..0.95_f32,
        ) {
            let model = Model::get();
            features.truncate(super::super::features::names().len());
            let probability = model.probability(&features);
            prop_assert!(model.may_reach(&features, probability * 0.999));
            let reaches = probability >= least;
            for at in hidden {
                if let Some(feature) = features.get_mut(at) {
                    *feature = f32::NAN;
                }
            }
            prop_assert!(model.may_reach(&features, least) || !reaches);
        }
    }

    #[test]
    fn a_tree_is_walked_to_its_leaf() {
        let file = "features = ['length']\nbias = 0.0\nlow = 0.1\nmedium = 0.2\nhigh = 0.3\n\
                    trees = [[[0, 5, 1, 2], [-1, -4, 0, 0], [-1, 4, 0, 0]]]";
        let file =
            file.replace("[0, 5, 1, 2]", "[0.0, 5.0, 1.0, 2.0]").replace("[-1, -4, 0, 0]", "[-1.0, -4.0, 0.0, 0.0]");
        let file = file.replace("[-1, 4, 0, 0]", "[-1.0, 4.0, 0.0, 0.0]");
        let model = Model::from(toml::from_str::<ModelFile>(&file).unwrap());
        let index = super::super::features::names().iter().position(|n| *n == "length").unwrap();
        let mut features = vec![0.0; super::super::features::names().len()];
        assert!(model.probability(&features) < 0.1);
        features[index] = 9.0;
        assert!(model.probability(&features) > 0.9);
    }
}
