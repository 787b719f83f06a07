"""PyTorch's side of the bench: shared modules, one for each option of each layer, of which a step runs those on its path."""

import json
import resource
import sys

import torch
from torch import nn
from torch.nn import functional

import peer
import peer_torch


def chain(nodes, shapes):
    """Modules of nodes each of which reads the one before."""
    return nn.Sequential(*(peer_torch.module(n, shapes[n["inputs"][0]], shapes[n["name"]]) for n in nodes))


class Supernetwork(nn.Module):
    def __init__(self, graph, shapes):
        super().__init__()
        nodes = graph["nodes"]
        places = [i for i, node in enumerate(nodes) if node["op"] == "choice"]
        self.stem = chain(nodes[: places[0]], shapes)
        self.head = chain(nodes[places[-1] + 1 :], shapes)
        self.layers = nn.ModuleList()
        self.outcomes = []
        for node in nodes[places[0] : places[-1] + 1]:
            self.layers.append(nn.ModuleList(chain(branch["nodes"], shapes) for branch in node["branches"]))
            self.outcomes.append(node["branchOf"])

    def forward(self, x, path):
        x = self.stem(x)
        for layer, branch_of, outcome in zip(self.layers, self.outcomes, path):
            x = layer[branch_of[outcome]](x)
        return self.head(x)


class Training:
    """A form of the loop: memory layout and optimiser as given."""

    def __init__(self, task, children, channels_last, fused):
        torch.manual_seed(0)
        self.form = f"{'channels_last' if channels_last else 'contiguous'}{', fused SGD' if fused else ''}"
        self.children, self.batch = children, task.batch
        self.network = Supernetwork(task.graph, task.shapes)
        layout = torch.channels_last if channels_last else torch.contiguous_format
        self.network = self.network.to(memory_format=layout)
        self.images = torch.from_numpy(task.images).permute(0, 3, 1, 2).contiguous(memory_format=layout)
        self.labels = torch.from_numpy(task.labels).long()
        self.optimizer = torch.optim.SGD(
            self.network.parameters(), lr=task.learning_rate, momentum=task.momentum, nesterov=True, fused=fused
        )
        # The fused optimiser refuses parameters with a momentum beside others that have none yet.
        for parameter in self.network.parameters():
            parameter.grad = torch.zeros_like(parameter)
        self.optimizer.step()
        self.order, self.at = torch.randperm(len(self.labels)), 0

    def passes(self, count):
        start = peer.now()
        for _ in range(count):
            for path in self.children:
                loss = self.step(path)
        end = peer.now()
        return {
            "steps": count * len(self.children),
            "seconds": end[0] - start[0],
            "processorSeconds": end[1] - start[1],
            "residentMegabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000,
            "loss": loss,
        }

    def step(self, path):
        if self.at + self.batch > len(self.labels):
            self.order, self.at = torch.randperm(len(self.labels)), 0
        chosen = self.order[self.at : self.at + self.batch]
        self.at += self.batch
        loss = functional.cross_entropy(self.network(self.images[chosen], path), self.labels[chosen])
        # Gradients of other branches are none after this, so the optimiser leaves these branches alone.
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        return loss.item()


def fastest(trainings):
    """The form with the least processor time in one pass of two, after one that warms up."""
    for training in trainings:
        training.passes(1)
    rounds = [[training.passes(1)["processorSeconds"] for training in trainings] for _ in range(2)]
    best = [min(times) for times in zip(*rounds)]
    return trainings[best.index(min(best))]


def main():
    path, given = sys.argv[1], sys.argv[2]
    task = peer.Task(path)
    torch.set_num_threads(task.threads)
    with open(path, encoding="utf-8") as file:
        children = json.load(file)["children"]
    forms = [(last, fused) for last in (False, True) for fused in (False, True)]
    if given == "choose":
        best = fastest([Training(task, children, *form) for form in forms])
        print(json.dumps({"form": best.form}), flush=True)
        return
    (form,) = [form for form in forms if Training(task, children, *form).form == given]
    training = Training(task, children, *form)
    training.passes(1)
    parameters = sum(p.numel() for p in training.network.parameters() if p.requires_grad)
    named = f"PyTorch {torch.__version__}, {training.form}"
    print(json.dumps({"parameters": parameters, "form": named}), flush=True)
    for line in sys.stdin:
        print(json.dumps(training.passes(int(line))), flush=True)


main()
