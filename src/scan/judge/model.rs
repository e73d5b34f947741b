//! The learned part of the judge: boosted decision trees over features, read from `rules/judge/model.toml`.
//!
//! The file says which features it was trained on, by name; one that it names and arnify doesn't compute is an
//! error that a test finds.

use std::ops::Range;
use std::sync::LazyLock;

use serde::Deserialize;

use super::features::{Stage, Values};

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

/// Leaves of one tree, a bit for each.
type Leaves = u16;

/// Most leaves that a tree has.
const LEAVES: usize = Leaves::BITS as usize;

/// A question of a tree. Whatever the others' answers are, its own rules out the leaves on the other side: so they
/// needn't be asked in turn, and none has to wait for another or to be guessed by the processor.
#[derive(Clone, Copy)]
struct Node {
    threshold: f32,
    feature: u16,
    /// The leaves that stay where the feature is at most the threshold, and where it's more.
    stay: [Leaves; 2],
}

struct Tree {
    /// Positions of its nodes in [`Model::nodes`], by the stage at which their features are known.
    nodes: [Range<usize>; Stage::ALL.len()],
    /// What each leaf adds to the score, the greatest first.
    leaves: [f32; LEAVES],
}

/// Boosted trees and the thresholds that turn their probability into a confidence.
#[derive(Default)]
pub(super) struct Model {
    bias: f32,
    /// Probabilities from which a finding is low, medium, high.
    pub(super) thresholds: [f32; 3],
    nodes: Vec<Node>,
    trees: Vec<Tree>,
    /// The greatest score of all.
    most: f32,
}

impl From<ModelFile> for Model {
    fn from(file: ModelFile) -> Self {
        let mut model = Self { bias: file.bias, thresholds: [file.low, file.medium, file.high], ..Self::default() };
        let names = super::features::names();
        // one that arnify doesn't compute is 0, as one past the last is
        let position = |name: &String| names.iter().position(|known| known == name).unwrap_or(names.len());
        let features: Vec<usize> = file.features.iter().map(position).collect();
        for nodes in &file.trees {
            model.add(&Laid { nodes, features: &features });
        }
        model.most = model.bias + model.trees.iter().map(|tree| tree.most(Leaves::MAX)).sum::<f32>();
        model
    }
}

/// A tree as the file has it.
struct Laid<'f> {
    nodes: &'f [[f32; 4]],
    /// Positions of the features that the file names.
    features: &'f [usize],
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "indexes are small whole numbers")]
impl Laid<'_> {
    /// What the leaves add, the greatest first, with their positions.
    fn leaves(&self) -> Vec<(usize, f32)> {
        let nodes = self.nodes.iter().enumerate();
        let mut leaves: Vec<_> = nodes.filter(|(_, node)| is_leaf(node)).map(|(at, node)| (at, node[1])).collect();
        leaves.sort_by(|(_, one), (_, other)| other.total_cmp(one));
        leaves
    }

    /// The leaves to which each node leads. What a node leads to lies behind it in the file.
    fn reached(&self, leaves: &[(usize, f32)]) -> Vec<Leaves> {
        let mut reached = vec![0; self.nodes.len()];
        for (rank, (at, _)) in (0..).zip(leaves) {
            reached.get_mut(*at).into_iter().for_each(|set| *set = Leaves::checked_shl(1, rank).unwrap_or(0));
        }
        for (at, [_, _, left, right]) in self.nodes.iter().enumerate().rev().filter(|(_, node)| !is_leaf(node)) {
            let both = [*left, *right].map(|next| reached.get(next as usize).copied().unwrap_or(0));
            reached.get_mut(at).into_iter().for_each(|set| *set = both[0] | both[1]);
        }
        reached
    }

    /// The questions, each with the stage at which it can be answered.
    fn questions(&self, leaves: &[(usize, f32)]) -> Vec<(Stage, Node)> {
        let reached = self.reached(leaves);
        let question = |[feature, threshold, left, right]: &[f32; 4]| {
            let feature = self.features.get(*feature as usize).copied().unwrap_or(usize::MAX);
            let stay = [*right, *left].map(|other| reached.get(other as usize).map_or(0, |leaves| !leaves));
            let node = Node { threshold: *threshold, feature: u16::try_from(feature).unwrap_or(u16::MAX), stay };
            (Stage::of(feature), node)
        };
        self.nodes.iter().filter(|node| !is_leaf(node)).map(question).collect()
    }
}

fn is_leaf(node: &[f32; 4]) -> bool {
    node[0] < 0.0
}

impl Model {
    /// The embedded model.
    pub(super) fn get() -> &'static Self {
        &MODEL
    }

    fn add(&mut self, tree: &Laid<'_>) {
        let by_value = tree.leaves();
        let questions = tree.questions(&by_value);
        let nodes = Stage::ALL.map(|stage| {
            let from = self.nodes.len();
            self.nodes.extend(questions.iter().filter(|(of, _)| *of == stage).map(|(_, node)| node));
            from..self.nodes.len()
        });
        let mut leaves = [f32::NEG_INFINITY; LEAVES];
        leaves.iter_mut().zip(by_value).for_each(|(to, (_, value))| *to = value);
        self.trees.push(Tree { nodes, leaves });
    }

    /// The score of a candidate of which nothing is known yet, as far as it matters whether its probability may be
    /// `least` or more.
    pub(super) fn score(&self, least: f32) -> Score<'_> {
        let left = vec![Leaves::MAX; self.trees.len()];
        Score { model: self, left, most: self.most, least: (least / (1.0 - least)).ln() - MARGIN }
    }
}

/// What rounding may make of a sum of all trees.
const MARGIN: f32 = 0.01;

impl Tree {
    /// The most that it may add to the score if those leaves are left.
    fn most(&self, left: Leaves) -> f32 {
        self.leaves.get(left.trailing_zeros() as usize).copied().unwrap_or(0.0)
    }
}

/// A score, the more certain the more features are known.
#[derive(Clone)]
pub(super) struct Score<'m> {
    model: &'m Model,
    /// The leaves of each tree to which the features may lead.
    left: Vec<Leaves>,
    /// The most that the score may be.
    most: f32,
    /// What it has to be.
    least: f32,
}

impl Score<'_> {
    /// Whether the probability may be `least` or more, now that the features of `stage` are known, too. It looks at as
    /// many trees as it needs to be sure that it can't; nothing else may be asked of the score then.
    pub(super) fn may_reach(&mut self, stage: Stage, features: &Values) -> bool {
        let (nodes, stage) = (&self.model.nodes, stage as usize);
        for (left, tree) in self.left.iter_mut().zip(&self.model.trees) {
            let before = tree.most(*left);
            let nodes = tree.nodes.get(stage).and_then(|range| nodes.get(range.clone())).unwrap_or_default();
            for node in nodes {
                let value = features.get(usize::from(node.feature)).copied().unwrap_or(0.0);
                let [at_most, above] = node.stay;
                *left &= if value <= node.threshold { at_most } else { above };
            }
            self.most += tree.most(*left) - before;
            if self.most < self.least {
                return false;
            }
        }
        true
    }

    /// The probability that the candidate is a credential, once the features of all stages are known.
    pub(super) fn probability(&self) -> f32 {
        let trees = self.left.iter().zip(&self.model.trees);
        let score = self.model.bias + trees.map(|(left, tree)| tree.most(*left)).sum::<f32>();
        1.0 / (1.0 + (-score).exp())
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::super::features::names;
    use super::*;

    fn file() -> &'static ModelFile {
        static FILE: LazyLock<ModelFile> = LazyLock::new(|| serde_json::from_str(EMBEDDED).unwrap());
        &FILE
    }

    /// The probability by a walk through each tree of the file, from question to question.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "indexes are small whole numbers")]
    pub(in super::super) fn plain_probability(features: &Values) -> f32 {
        let named: Vec<f32> = file()
            .features
            .iter()
            .map(|name| names().iter().position(|known| known == name).map_or(0.0, |at| features[at]))
            .collect();
        let leaves = file().trees.iter().map(|tree| {
            let mut node = tree[0];
            while node[0] >= 0.0 {
                let next = if named[node[0] as usize] <= node[1] { node[2] } else { node[3] };
                node = tree[next as usize];
            }
            node[1]
        });
        let score = file().bias + leaves.sum::<f32>();
        1.0 / (1.0 + (-score).exp())
    }

    #[test]
    fn the_embedded_model_is_of_the_form_and_knows_only_our_features() {
        assert!(!file().trees.is_empty());
        assert!(file().features.iter().all(|name| names().contains(&name.as_str())));
        assert!(Model::get().thresholds.is_sorted());
    }

    #[test]
    fn every_node_of_the_file_is_laid_out() {
        let model = Model::get();
        assert_eq!(model.trees.len(), file().trees.len());
        for (tree, nodes) in model.trees.iter().zip(&file().trees) {
            let leaves = tree.leaves.iter().filter(|leaf| leaf.is_finite()).count();
            let questions: usize = tree.nodes.iter().map(ExactSizeIterator::len).sum();
            assert_eq!(leaves + questions, nodes.len());
            assert!(tree.leaves.is_sorted_by(|one, other| one >= other));
        }
        assert!(model.nodes.iter().all(|node| node.stay.iter().all(|stay| *stay != Leaves::MAX)));
    }

    proptest! {
        #[test]
        fn stages_lead_to_the_probability_of_a_walk_and_rule_out_nothing_that_reaches(
            features in prop::collection::vec(prop_oneof![0.0..1.0_f32, -6.0..40.0_f32], names().len()),
            least in 0.05..0.95_f32,
        ) {
            let features: Values = features.try_into().unwrap();
            let plain = plain_probability(&features);
            for least in [least, plain * 0.999, plain] {
                let mut score = Model::get().score(least);
                let may = Stage::ALL.into_iter().all(|stage| score.may_reach(stage, &features));
                prop_assert!(may || plain < least);
                prop_assert!(!may || score.probability().to_bits() == plain.to_bits());
            }
        }
    }

    #[test]
    fn a_tree_is_walked_to_its_leaf() {
        let file = "features = ['length']\nbias = 0.0\nlow = 0.1\nmedium = 0.2\nhigh = 0.3\n\
                    trees = [[[0.0, 5.0, 1.0, 2.0], [-1.0, -4.0, 0.0, 0.0], [-1.0, 4.0, 0.0, 0.0]]]";
        let model = Model::from(toml::from_str::<ModelFile>(file).unwrap());
        let length = names().iter().position(|name| *name == "length").unwrap();
        let probability = |of: f32| {
            let mut features: Values = [0.0; 172];
            features[length] = of;
            let mut score = model.score(0.01);
            assert!(Stage::ALL.into_iter().all(|stage| score.may_reach(stage, &features)));
            score.probability()
        };
        assert!(probability(5.0) < 0.1 && probability(5.1) > 0.9);
        let mut score = model.score(0.5);
        assert!(score.may_reach(Stage::Setting, &[0.0; 172]) && !score.may_reach(Stage::Value, &[0.0; 172]));
    }
}
