"""Runs empty Optuna trials on SQLite and prints one JSON line: trials that were done, and the seconds they took.

Arguments: sampler (random or tpe), trials, threads, seconds after which no further trial is started, database file.
"""

import json
import sys
import time

import optuna


def objective(trial):
    trial.suggest_float("rate", 1e-5, 1, log=True)
    trial.suggest_float("momentum", 0, 1)
    trial.suggest_float("decay", 0, 0.1)
    trial.suggest_int("layers", 1, 8)
    trial.suggest_int("units", 16, 512)
    trial.suggest_categorical("batch", [32, 64, 128, 256])
    trial.suggest_categorical("activation", ["relu", "tanh", "gelu"])
    trial.suggest_categorical("optimizer", ["sgd", "adam"])
    trial.suggest_categorical("schedule", ["constant", "cosine", "step"])
    trial.suggest_categorical("nesterov", [False, True])
    return 1.0


def main():
    sampler_name, trials, threads, limit, database = sys.argv[1:]
    samplers = {"random": optuna.samplers.RandomSampler, "tpe": optuna.samplers.TPESampler}
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sampler = samplers[sampler_name](seed=0)
    storage = optuna.storages.RDBStorage(
        "sqlite:///" + database,
        # Several threads write to one file: waiting is better than failing.
        engine_kwargs={"connect_args": {"timeout": 60}},
    )
    start = time.perf_counter()
    study = optuna.create_study(storage=storage, sampler=sampler)
    study.optimize(objective, n_trials=int(trials), n_jobs=int(threads), timeout=float(limit))
    study.best_trial
    seconds = time.perf_counter() - start
    done = len(study.get_trials(deepcopy=False, states=[optuna.trial.TrialState.COMPLETE]))
    print(json.dumps({"trials": done, "seconds": seconds, "version": optuna.__version__}))


main()
