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

#[derive(Clone, Copy)]
enum Node {
    Split { feature: usize, threshold: f32, left: usize, right: usize },
    Leaf(f32),
}

/// Boosted trees and the thresholds that turn their probability into a confidence.
#[derive(Default)]
pub(super) struct Model {
    /// Positions of the model's features among ours.
    features: Vec<Option<usize>>,
    bias: f32,
    /// Probabilities from which a finding is low, medium, high.
    pub(super) thresholds: [f32; 3],
    trees: Vec<Vec<Node>>,
}

impl From<ModelFile> for Model {
    fn from(file: ModelFile) -> Self {
        let names = super::features::names();
        let position = |name: &String| names.iter().position(|known| known == name);
        let trees = file.trees.iter().map(|tree| tree.iter().map(|node| to_node(*node)).collect()).collect();
        Self {
            features: file.features.iter().map(position).collect(),
            bias: file.bias,
            thresholds: [file.low, file.medium, file.high],
            trees,
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "indexes are small whole numbers")]
fn to_node([feature, value, left, right]: [f32; 4]) -> Node {
    if feature < 0.0 {
        Node::Leaf(value)
    } else {
        Node::Split { feature: feature as usize, threshold: value, left: left as usize, right: right as usize }
    }
}

impl Model {
    /// The embedded model.
    pub(super) fn get() -> &'static Self {
        &MODEL
    }

    /// Probability that a candidate with these features (in the order of `features::names`) is a credential.
    pub(super) fn probability(&self, features: &[f32]) -> f32 {
        let score = self.bias + self.trees.iter().map(|tree| self.leaf(tree, features)).sum::<f32>();
        1.0 / (1.0 + (-score).exp())
    }

    fn leaf(&self, tree: &[Node], features: &[f32]) -> f32 {
        let mut at = 0;
        // a tree is never deeper than it has nodes, so a malformed file can't make this endless
        for _ in 0..tree.len() {
            match tree.get(at) {
                Some(Node::Leaf(value)) => return *value,
                Some(Node::Split { feature, threshold, left, right }) => {
                    let index = self.features.get(*feature).copied().flatten();
                    let value = index.and_then(|i| features.get(i)).copied().unwrap_or(0.0);
                    at = if value <= *threshold { *left } else { *right };
                }
                None => return 0.0,
            }
        }
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_model_is_of_the_form_and_knows_only_our_features() {
        let file: ModelFile = serde_json::from_str(EMBEDDED).unwrap();
        assert!(!file.trees.is_empty());
        let model = Model::from(file);
        assert!(model.features.iter().all(Option::is_some));
        assert!(model.thresholds.is_sorted());
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
