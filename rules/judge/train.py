#!/usr/bin/env python3
"""Trains the judge's model (model.toml) from labelled data. usage: train.py DATASET [--check] [--features FILE] [-o model.toml]

DATASET holds data/** and meta/*.csv as CredData does: a label is T (a credential) or something else. Candidates and
features come from `cargo run --release --example judge_features`. Boosted trees are fitted by LightGBM with fixed
seeds; the figures printed are cross-validated by repository, so that no repository is scored by a model that saw it.

--check writes no model. It applies the thresholds of the model that is there to the cross-validated scores, and fails
unless at least 95 % of what they call high are credentials.

Needs: pip install lightgbm==4.* numpy
"""
import argparse, collections, csv, json, pathlib, subprocess, sys, tomllib
import lightgbm, numpy
csv.field_size_limit(10**9)
NEUTRAL = {'UUID', 'Nonce', 'Salt', 'Firebase Domain', 'AWS Client ID', 'Tencent WeChat API App ID', 'Other', 'Info',
           'AWS S3 Bucket', 'IPv4', 'IPv6', 'AWS MWS Key ID'}
PARAMETERS = dict(objective='binary', learning_rate=0.05, num_leaves=12, min_data_in_leaf=25, lambda_l2=5.0,
                  feature_fraction=0.4, bagging_fraction=0.8, bagging_freq=1, max_bin=63, verbose=-1, seed=7,
                  deterministic=True, force_row_wise=True, num_threads=2)
ROUNDS = 300


def labels(dataset):
    """Labels by (path, line): (start, end, T | N | F)."""
    by_line = collections.defaultdict(list)
    for path in dataset.glob('meta/*.csv'):
        for row in csv.DictReader(open(path, newline='')):
            first, last = int(row['LineStart']), int(row['LineEnd'])
            start, end = int(row['ValueStart'] or -1), int(row['ValueEnd'] or -1)
            if first != last:
                start = end = -1
            kind = 'N' if set(row['Category'].split(':')) <= NEUTRAL else row['GroundTruth']
            for line in range(first, last + 1):
                by_line[row['FilePath'], line].append((start, end, kind))
    return by_line


def truth(by_line, path, place):
    line, start, end_line, end = place
    kinds = set()
    for number in range(line, end_line + 1):
        for first, last, kind in by_line.get((path, number), ()):
            if first < 0 or line != end_line or (start < last and first < end):
                kinds.add(kind)
    return 'T' if 'T' in kinds else 'N' if 'N' in kinds else 'F'


def read(dataset, features):
    if not features:
        files = sorted(str(p.relative_to(dataset)) for p in dataset.glob('data/**/*') if p.is_file())
        binary = pathlib.Path(__file__).resolve().parents[2] / 'target/release/examples/judge_features'
        run = subprocess.run([binary], cwd=dataset, input='\n'.join(files), stdout=subprocess.PIPE, text=True, check=True)
        lines = run.stdout.splitlines()
    else:
        lines = open(features).read().splitlines()
    by_line = labels(dataset)
    rows, kinds, repositories, places = [], [], [], []
    for line in lines[1:]:
        path, place, values = json.loads(line)
        rows.append(values); kinds.append(truth(by_line, path, place))
        repositories.append(path.split('/')[1]); places.append((path, place))
    return json.loads(lines[0]), numpy.array(rows, dtype=numpy.float32), kinds, numpy.array(repositories), places


def fit(x, y, names, weights):
    return lightgbm.train(PARAMETERS, lightgbm.Dataset(x, y, feature_name=names, weight=weights), ROUNDS)


def weigh(repositories):
    """A repository with a thousand labels doesn't count a thousand times one with a single label."""
    counts = collections.Counter(repositories)
    weights = numpy.array([counts[r] ** -0.35 for r in repositories])
    return weights / weights.mean()


def cross_validate(x, y, names, repositories, weights):
    folds = folds_of(repositories)
    out = numpy.zeros(len(y))
    for number in range(8):
        inside = folds != number
        if (~inside).any():
            out[~inside] = fit(x[inside], y[inside], names, weights[inside]).predict(x[~inside])
    return out


def folds_of(repositories):
    groups = sorted(set(repositories), key=lambda r: (hash_of(r), r))
    fold = {r: i % 8 for i, r in enumerate(groups)}
    return numpy.array([fold[r] for r in repositories])


def calibration(probability, y, repositories, path):
    """How many of the candidates from a level on are true: at the thresholds of the model at `path`, and at those that
    the other folds would choose, so that not even the threshold has seen the repository. The share at `high`."""
    model = tomllib.load(open(path, 'rb'))
    share = {}
    for level in ('low', 'medium', 'high'):
        chosen = probability >= model[level]
        share[level] = y[chosen].mean()
        print(f'{level} ({model[level]}) and above: {chosen.sum()} candidates, {share[level]:.4f} of them true')
    folds, chosen = folds_of(repositories), numpy.zeros(len(y), dtype=bool)
    for number in range(8):
        inside = folds != number
        *_, high = thresholds(probability[inside], y[inside])
        chosen |= ~inside & (probability >= high)
    print(f'high, each fold at the threshold that the others choose: {chosen.sum()} candidates, {y[chosen].mean():.4f} of them true')
    return share['high']


def hash_of(text):
    value = 2166136261
    for byte in text.encode():
        value = (value ^ byte) * 16777619 % 2**32
    return value


def thresholds(probability, y):
    curve = []
    for t in numpy.arange(0.1, 0.9, 0.01):
        hit = (probability >= t) & (y > 0)
        p, r = hit.sum() / max(1, (probability >= t).sum()), hit.sum() / y.sum()
        if p >= .93:
            curve.append((2 * p * r / max(1e-9, p + r), t))
    best = max(f for f, _ in curve)
    # the curve is flat at its top: of thresholds that are as good, the one that misses least
    low = min(t for f, t in curve if f >= best - .003)
    def at_precision(want):
        for t in numpy.arange(low, 0.99, 0.005):
            chosen = probability >= t
            if chosen.any() and y[chosen].mean() >= want:
                return t
        return 0.98
    return best, round(float(low), 3), round(float(max(low, at_precision(.945))), 3), round(float(max(low, at_precision(.965))), 3)


def flatten(node, out):
    at = len(out)
    out.append(None)
    if 'leaf_value' in node:
        out[at] = [-1.0, node['leaf_value'], 0.0, 0.0]
    else:
        left, right = flatten(node['left_child'], out), flatten(node['right_child'], out)
        out[at] = [float(node['split_feature']), node['threshold'], float(left), float(right)]
    return at


def write(model, names, levels, path):
    trees = []
    for tree in model.dump_model()['tree_info']:
        nodes = []
        flatten(tree['tree_structure'], nodes)
        trees.append(nodes)
    used = sorted({int(n[0]) for tree in trees for n in tree if n[0] >= 0})
    position = {f: i for i, f in enumerate(used)}
    def number(v):
        text = f'{v:.5g}'
        return text if any(c in text for c in '.en') else text + '.0'
    with open(path, 'w') as f:
        f.write('# The judge\'s boosted trees, written by train.py; see src/scan/judge/model.rs for the form.\n')
        f.write('features = [' + ', '.join(f'"{names[u]}"' for u in used) + ']\nbias = 0.0\n')
        f.write('low = {}\nmedium = {}\nhigh = {}\ntrees = [\n'.format(*levels))
        for tree in trees:
            cells = ([position[int(n[0])] if n[0] >= 0 else -1] + n[1:] for n in tree)
            f.write('[' + ','.join('[' + ','.join(number(float(v)) for v in c) + ']' for c in cells) + '],\n')
        f.write(']\n')


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('dataset', type=pathlib.Path)
    parser.add_argument('--features')
    parser.add_argument('-o', '--output', default=pathlib.Path(__file__).parent / 'model.toml')
    parser.add_argument('--check', action='store_true')
    parser.add_argument('--show', type=int, default=0)
    a = parser.parse_args()
    names, x, kinds, repositories, places = read(a.dataset, a.features)
    keep = numpy.array([k != 'N' for k in kinds])
    y = numpy.array([float(k == 'T') for k in kinds])
    weights = weigh(repositories)
    probability = cross_validate(x[keep], y[keep], names, repositories[keep], weights[keep])
    f, *levels = thresholds(probability, y[keep])
    chosen = probability >= levels[0]
    hit = (chosen & (y[keep] > 0)).sum()
    print(f'candidates {keep.sum()} true {int(y[keep].sum())} cross-validated: F1 {f:.4f} precision {hit / chosen.sum():.4f} '
          f'recall {hit / y[keep].sum():.4f} thresholds {levels}')
    for name, level in zip(('low', 'medium', 'high'), levels):
        at_least = probability >= level
        print(f'{name} and above, cross-validated: {at_least.sum()} candidates, {y[keep][at_least].mean():.4f} of them true')
    if a.check:
        sys.exit(int(calibration(probability, y[keep], repositories[keep], a.output) < .95))
    model = fit(x[keep], y[keep], names, weights[keep])
    write(model, names, levels, a.output)
    if a.show:
        gain = sorted(zip(model.feature_importance('gain'), names), reverse=True)
        print([n for _, n in gain[:40]])
        kept = [p for p, k in zip(places, keep) if k]
        order = numpy.argsort(-numpy.abs(probability - y[keep]))[:a.show]
        for i in order:
            print('T' if y[keep][i] else 'F', f'{probability[i]:.2f}', json.dumps(kept[i]))


main()
