"""PyTorch's side of the case darts: a mixture of all operations of all edges, weighed by a softmax of logits."""

import json
import resource
import sys

import torch
from torch import nn
from torch.nn import functional

import peer
import peer_torch


class Mixture(nn.Module):
    """All nodes of a supernetwork: a choice is the weighted sum of its branches, a sum of picks that of all candidates."""

    def __init__(self, graph, shapes):
        super().__init__()
        self.nodes, self.output = graph["nodes"], graph["outputs"][0]
        self.inputs = list(graph["inputs"])
        self.parts = nn.ModuleList()
        self.places = {}
        self.choices = {}
        self.build(self.nodes, shapes)
        # One logit more than there are options: that of zero.
        self.logits = nn.ParameterList(nn.Parameter(torch.zeros(count + 1)) for count in self.choices.values())
        self.rows = {name: i for i, name in enumerate(self.choices)}

    def build(self, nodes, shapes):
        for node in nodes:
            if node["op"] in ("choice", "sumChoice"):
                if node["op"] == "choice":
                    self.choices[node["choice"]] = len(node["branchOf"])
                for branch in node["branches"]:
                    self.build(branch["nodes"], shapes)
            elif node["op"] not in ("add", "concatenate"):
                self.places[node["name"]] = len(self.parts)
                self.parts.append(peer_torch.module(node, shapes[node["inputs"][0]], shapes[node["name"]]))

    def run(self, nodes, values, parts, weights):
        for node in nodes:
            name, op = node["name"], node["op"]
            if op in ("choice", "sumChoice"):
                ends = []
                for branch in node["branches"]:
                    self.run(branch["nodes"], values, parts, weights)
                    ends.append(values[branch["output"]])
                if op == "choice":
                    own = weights[self.rows[node["choice"]]]
                    values[name] = sum(own[branch] * ends[branch] for branch in node["branchOf"])
                else:
                    values[name] = sum(ends)
            elif op == "add":
                values[name] = sum(values[each] for each in node["inputs"])
            elif op == "concatenate":
                values[name] = torch.cat([values[each] for each in node["inputs"]], 1)
            else:
                values[name] = parts[self.places[name]](values[node["inputs"][0]])

    def forward(self, x):
        values = {name: x for name in self.inputs}
        weights = [functional.softmax(row, 0).unbind() for row in self.logits]
        self.run(self.nodes, values, list(self.parts), weights)
        return values[self.output]


class Training:
    """A form of the loop: the memory layout as given."""

    def __init__(self, task, what, channels_last):
        torch.manual_seed(0)
        self.form = "channels_last" if channels_last else "contiguous"
        self.batch, self.what = task.batch, what
        layout = torch.channels_last if channels_last else torch.contiguous_format
        self.network = Mixture(task.graph, task.shapes).to(memory_format=layout)
        self.images = torch.from_numpy(task.images).permute(0, 3, 1, 2).contiguous(memory_format=layout)
        self.labels = torch.from_numpy(task.labels).long()
        self.logits = list(self.network.logits)
        own = {id(row) for row in self.logits}
        self.weights = [each for each in self.network.parameters() if id(each) not in own]
        self.sgd = torch.optim.SGD(self.weights, lr=task.learning_rate, momentum=task.momentum, weight_decay=3e-4)
        self.adam = torch.optim.Adam(self.logits, lr=3e-4, betas=(0.5, 0.999), weight_decay=1e-3)
        self.at = 0

    def steps(self, count):
        start = peer.now()
        for _ in range(count):
            loss = self.step()
        end = peer.now()
        return {
            "steps": count,
            "seconds": end[0] - start[0],
            "processorSeconds": end[1] - start[1],
            "residentMegabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000,
            "loss": loss,
        }

    def step(self):
        chosen = slice(self.at, self.at + self.batch)
        self.at = (self.at + self.batch) % (len(self.labels) - self.batch)
        loss = functional.cross_entropy(self.network(self.images[chosen]), self.labels[chosen])
        trained = self.weights if self.what == "weights" else self.logits
        # Gradients of what the step trains alone, which is less work than all.
        for parameter, slope in zip(trained, torch.autograd.grad(loss, trained)):
            parameter.grad = slope
        if self.what == "weights":
            nn.utils.clip_grad_norm_(self.weights, 5)
            self.sgd.step()
        else:
            self.adam.step()
        return loss.item()


def main():
    path, what = sys.argv[1], sys.argv[2]
    task = peer.Task(path)
    torch.set_num_threads(task.threads)
    trainings = [Training(task, what, layout) for layout in (False, True)]
    for training in trainings:
        training.steps(1)
    times = [training.steps(1)["processorSeconds"] for training in trainings]
    training = trainings[times.index(min(times))]
    del trainings
    parameters = sum(each.numel() for each in training.weights)
    named = f"PyTorch {torch.__version__}, {training.form}"
    print(json.dumps({"parameters": parameters, "form": named}), flush=True)
    for line in sys.stdin:
        print(json.dumps(training.steps(int(line))), flush=True)


main()
