"""What the two peers of the training bench share: the task, the choice of the fastest form, and the measurement."""

import json
import resource
import sys
import time

import numpy


class Task:
    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            told = json.load(file)
        self.graph = told["network"]
        self.shapes = told["shapes"]
        self.batch = told["batchSize"]
        self.threads = told["threads"]
        self.learning_rate = told["learningRate"]
        self.momentum = told["momentum"]
        self.is_image_network = any(len(shape) == 3 for node, shape in self.shapes.items() if node != "input")
        shape = [-1, *told["imageShape"]]
        pixels = numpy.fromfile(told["images"], dtype=numpy.uint8).reshape(shape)
        # Normalised beforehand and kept as floats: a peer pays for no data pipeline.
        self.images = (pixels.astype(numpy.float32) / 255 - told["mean"]) / told["deviation"]
        self.labels = numpy.fromfile(told["labels"], dtype=numpy.int32)


def now():
    """Seconds of the wall clock and of this process' processor time."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return time.perf_counter(), used.ru_utime + used.ru_stime


class Training:
    """A network in training, in one form of those that the framework offers."""

    def __init__(self, task, form):
        self.task = task
        self.form = form

    def measured(self, count):
        """Trains about so many steps."""
        start = now()
        loss = self.steps(count)
        return self.answer(count, start, now(), loss)

    def turn(self, seconds, speed):
        """Trains for about so many seconds at so many steps a second."""
        return self.measured(max(1, round(speed * seconds)))

    def answer(self, steps, start, end, loss):
        return {
            "examples": steps * self.task.batch,
            "seconds": end[0] - start[0],
            "processorSeconds": end[1] - start[1],
            "loss": loss,
        }


def rate(training):
    """Steps a second, after some that warm up."""
    training.measured(3)
    steps = 4
    while True:
        answer = training.measured(steps)
        speed = answer["examples"] / training.task.batch / answer["seconds"]
        if answer["seconds"] > 0.4 or steps > 20_000:
            return speed
        steps = max(2 * steps, round(0.5 * speed))


def fastest(trainings):
    """The form that was fastest once in three turns: on a shared machine a single turn may tell anything."""
    if len(trainings) == 1:
        return trainings[0]
    rounds = [[rate(training) for training in trainings] for _ in range(3)]
    best = [max(rates) for rates in zip(*rounds)]
    return trainings[best.index(max(best))]


def serve(prepare):
    """Answers each line, a number of seconds, with what was done in about that time."""
    training, parameters, form = prepare(Task(sys.argv[1]))
    speed = rate(training)
    print(json.dumps({"parameters": parameters, "form": form}), flush=True)
    for line in sys.stdin:
        answer = training.turn(float(line), speed)
        speed = answer["examples"] / training.task.batch / answer["seconds"]
        print(json.dumps(answer), flush=True)
