"""Optuna's CMA-ES as a search algorithm: one question in, one answer out, and the study is a file in between."""

import json
import os
import pickle
import sys

import optuna
from optuna.distributions import FloatDistribution, IntDistribution
from optuna.trial import TrialState

optuna.logging.set_verbosity(optuna.logging.WARNING)
state = os.path.join(os.environ["DURAMEN_STATE_DIRECTORY"], "study.pickle")
question = json.loads(sys.stdin.readline())


def distribution(node):
    log = node.get("scale") == "log"
    if node["kind"] == "float":
        return FloatDistribution(node["min"], node["max"], log=log)
    if node["kind"] == "int":
        return IntDistribution(node["min"], node["max"], log=log, step=1 if log else node["step"])
    sys.exit(f"{node['id']} is a {node['kind']}: CMA-ES searches numbers alone")


space = {node["id"]: distribution(node) for node in question["view"]["nodes"]}
if os.path.exists(state):
    with open(state, "rb") as file:
        study = pickle.load(file)
else:
    seed = int(question["seed"], 16) % 2**32
    sampler = optuna.samplers.CmaEsSampler(seed=seed, n_startup_trials=1)
    study = optuna.create_study(direction="maximize", sampler=sampler)
for outcome in question["outcomes"]:
    if not outcome["proposed"]:
        continue  # a point of the user's, which CMA-ES did not draw
    known = outcome["score"] is not None
    study.tell(outcome["note"], outcome["score"], state=TrialState.COMPLETE if known else TrialState.FAIL)
trials = [study.ask(space) for _ in range(question["wanted"])]
with open(state, "wb") as file:
    pickle.dump(study, file)
print(json.dumps({"proposals": [{"genome": [t.params[id] for id in space], "note": t.number} for t in trials]}))
