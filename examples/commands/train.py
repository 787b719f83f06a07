"""Trains a logistic regression by gradient descent: a command that Duramen evaluates.

Standard library only. Reads the parameters learningRate, momentum, weightDecay and, optional, epochs and delay (seconds
to wait after an epoch, to watch or to kill it) as one line of JSON from standard input, reports the accuracy on held-out points after every epoch, and goes on from its last
checkpoint when it was interrupted. The same parameters and seed give the same numbers on every machine of one kind.

Try it alone:  echo '{"learningRate": 0.1, "momentum": 0.9, "weightDecay": 0.001}' | python3 train.py
"""

import json
import math
import os
import random
import sys
import threading
import time

FEATURES = 4
TRAINING_POINTS = 200
TEST_POINTS = 400
BATCH = 20


def say(**message):
    """Prints one line of the protocol. Flushed, because a pipe is buffered otherwise."""
    print(json.dumps(message), flush=True)


class Requests:
    """What the worker asks for on standard input while the training runs."""

    def __init__(self, stream):
        self.stop = False
        self.park = False
        self._stream = stream
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        for line in self._stream:
            request = json.loads(line)
            self.stop = self.stop or request.get("stop", False)
            self.park = self.park or request.get("park", False)


def make_points(count, rng):
    """Two overlapping clouds whose labels follow a hidden direction, with a few labels turned round."""
    points = []
    for _ in range(count):
        x = [rng.gauss(0.0, 1.0) for _ in range(FEATURES)]
        side = 1.5 * x[0] - x[1] + 0.5 * x[2] * x[2] - 0.4 + rng.gauss(0.0, 0.5)
        points.append((x, 1 if side > 0 else 0))
    return points


def probability(weights, x):
    z = weights[FEATURES] + sum(w * v for w, v in zip(weights, x))
    return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, z))))


def train_epoch(weights, velocity, points, parameters, rng):
    order = list(range(len(points)))
    rng.shuffle(order)
    for start in range(0, len(order), BATCH):
        batch = [points[i] for i in order[start:start + BATCH]]
        gradient = [parameters["weightDecay"] * w for w in weights[:FEATURES]] + [0.0]
        for x, label in batch:
            error = (probability(weights, x) - label) / len(batch)
            for i in range(FEATURES):
                gradient[i] += error * x[i]
            gradient[FEATURES] += error
        for i in range(FEATURES + 1):
            velocity[i] = parameters["momentum"] * velocity[i] - parameters["learningRate"] * gradient[i]
            weights[i] += velocity[i]


def evaluate(weights, points):
    loss = 0.0
    hits = 0
    for x, label in points:
        p = probability(weights, x)
        loss -= math.log(max(1e-12, p if label == 1 else 1.0 - p))
        hits += (p > 0.5) == (label == 1)
    return {"accuracy": hits / len(points), "loss": loss / len(points)}


def save(folder, epoch, weights, velocity):
    """Writes a new folder and publishes it; the worker copies it before it answers."""
    if folder is None:
        return
    name = "epoch-%d" % epoch
    os.makedirs(os.path.join(folder, name), exist_ok=True)
    with open(os.path.join(folder, name, "state.json"), "w") as file:
        json.dump({"epoch": epoch, "weights": weights, "velocity": velocity}, file)
    say(checkpoint={"step": epoch, "path": name})


def main():
    parameters = json.loads(sys.stdin.readline())
    requests = Requests(sys.stdin)
    # The points are the same for every trial; the order of training follows the trial's seed.
    rng = random.Random(20240)
    training, test = make_points(TRAINING_POINTS, rng), make_points(TEST_POINTS, rng)
    seed = os.environ.get("DURAMEN_TRIAL_SEED", "0")
    epochs = int(parameters.get("epochs", 30))
    folder = os.environ.get("DURAMEN_CHECKPOINT_DIRECTORY")

    epoch = 0
    weights, velocity = [0.0] * (FEATURES + 1), [0.0] * (FEATURES + 1)
    latest = os.environ.get("DURAMEN_CHECKPOINT_LATEST")
    if latest is not None:
        with open(os.path.join(latest, "state.json")) as file:
            state = json.load(file)
        epoch, weights, velocity = state["epoch"], state["weights"], state["velocity"]
        print("going on from epoch %d" % epoch, flush=True)

    until = int(os.environ.get("DURAMEN_UNTIL", epochs))
    metrics = evaluate(weights, test)
    while epoch < min(epochs, until) and not requests.stop:
        epoch += 1
        train_epoch(weights, velocity, training, parameters, random.Random("%s/%d" % (seed, epoch)))
        metrics = evaluate(weights, test)
        if not math.isfinite(metrics["loss"]) or any(not math.isfinite(w) for w in weights):
            say(failed={"class": "Diverged", "message": "weights are not finite in epoch %d" % epoch})
            return
        say(report={"step": epoch, "metrics": metrics})
        time.sleep(parameters.get("delay", 0))
        if epoch % 5 == 0 or requests.park:
            save(folder, epoch, weights, velocity)
        if requests.park:
            return
    say(metrics=metrics, cost=epoch)


main()
