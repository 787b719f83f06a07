"""One of several processes that work on one Optuna study on SQLite, or a report of what the study holds.

Arguments: `create DATABASE`, which comes first; `work DATABASE MODE SEED TRIALS STEPS SECONDS` (mode `plain` or `heartbeat`; seconds for each step), or
`report DATABASE`, which prints one JSON line.
"""

import json
import sys
import time
import warnings

import optuna
from optuna.storages import RDBStorage, RetryHeartbeatStaleTrialCallback
from optuna.study import MaxTrialsCallback
from optuna.trial import TrialState

optuna.logging.set_verbosity(optuna.logging.ERROR)
warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)

# Several processes write to one file: waiting is better than failing.
ENGINE = {"connect_args": {"timeout": 60}}
STUDY = "crashes"


def storage_of(database, mode):
    url = "sqlite:///" + database
    if mode == "plain":
        return RDBStorage(url, engine_kwargs=ENGINE)
    return RDBStorage(
        url,
        engine_kwargs=ENGINE,
        # The shortest interval there is.
        heartbeat_interval=1,
        grace_period=2,
        heartbeat_stale_trial_callback=RetryHeartbeatStaleTrialCallback(),
    )


def work(database, mode, seed, trials, steps, seconds):
    def objective(trial):
        print("trial", flush=True)
        x = trial.suggest_float("x", -5, 10)
        y = trial.suggest_float("y", -5, 10)
        value = (x - 1) ** 2 + y**2
        for step in range(1, int(steps) + 1):
            time.sleep(float(seconds))
            trial.report(value + 1 / step, step)
        return value

    study = optuna.load_study(
        study_name=STUDY,
        storage=storage_of(database, mode),
        sampler=optuna.samplers.TPESampler(seed=int(seed)),
    )
    study.optimize(objective, callbacks=[MaxTrialsCallback(int(trials), states=(TrialState.COMPLETE,))])


def report(database):
    study = optuna.load_study(study_name=STUDY, storage=storage_of(database, "plain"))
    trials = study.get_trials(deepcopy=False)
    complete = [trial for trial in trials if trial.state == TrialState.COMPLETE]
    print(
        json.dumps(
            {
                "trials": len(trials),
                "running": sum(trial.state == TrialState.RUNNING for trial in trials),
                "complete": [[trial.params["x"], trial.params["y"], trial.value] for trial in complete],
            }
        )
    )


if sys.argv[1] == "create":
    optuna.create_study(study_name=STUDY, storage=storage_of(sys.argv[2], "plain"))
elif sys.argv[1] == "work":
    work(*sys.argv[2:])
else:
    report(sys.argv[2])
