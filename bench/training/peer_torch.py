"""PyTorch's side of the bench: an ordinary training loop over images in memory."""

import torch
from torch import nn
from torch.nn import functional

import peer


def same(kernel, dilation=1):
    return (kernel[0] // 2 * dilation, kernel[1] // 2 * dilation)


class FactorizedReduction(nn.Module):
    def __init__(self, channels, filters):
        super().__init__()
        self.plain = nn.Conv2d(channels, filters // 2, 1, stride=2, bias=False)
        self.shifted = nn.Conv2d(channels, filters - filters // 2, 1, stride=2, bias=False)

    def forward(self, x):
        moved = functional.pad(x[:, :, 1:, 1:], (0, 1, 0, 1))
        return torch.cat([self.plain(x), self.shifted(moved)], 1)


class SqueezeExcite(nn.Module):
    functions = {"relu": torch.relu, "sigmoid": torch.sigmoid}

    def __init__(self, channels, given):
        super().__init__()
        self.squeeze = nn.Linear(channels, given["units"])
        self.excite = nn.Linear(given["units"], channels)
        self.activation = self.functions[given["activation"]]
        self.gate = self.functions[given["gate"]]

    def forward(self, x):
        inner = self.activation(self.squeeze(x.mean((2, 3))))
        return x * self.gate(self.excite(inner))[:, :, None, None]


class Mean(nn.Module):
    def forward(self, x):
        return x.mean((2, 3))


def module(node, shape, out):
    """The module of a node with one input of this shape (channels last, without the batch)."""
    op, given = node["op"], node["attributes"]
    channels = shape[-1]
    if op == "convolution":
        return nn.Conv2d(
            channels,
            given["filters"],
            given["kernel"],
            given["stride"],
            same(given["kernel"], given["dilation"]),
            given["dilation"],
            bias=given["bias"],
        )
    if op == "depthwiseConvolution":
        kernel, dilation = given["kernel"], given["dilation"]
        filters = channels * given["multiplier"]
        padding = same(kernel, dilation)
        return nn.Conv2d(
            channels, filters, kernel, given["stride"], padding, dilation, channels, given["bias"]
        )
    if op == "squeezeExcite":
        return SqueezeExcite(channels, given)
    if op == "separableConvolution":
        kernel, dilation = given["kernel"], given["dilation"]
        return nn.Sequential(
            nn.Conv2d(
                channels, channels, kernel, given["stride"], same(kernel, dilation), dilation, channels, False
            ),
            nn.Conv2d(channels, given["filters"], 1, bias=given["bias"]),
        )
    if op == "factorizedReduction":
        return FactorizedReduction(channels, given["filters"])
    if op in ("maxPooling", "averagePooling"):
        kernel, stride = given["kernel"], given["stride"]
        # Windows of 2 x 2 pad an odd image at its end only.
        padding = same(kernel) if kernel[0] % 2 == 1 else 0
        if op == "maxPooling":
            return nn.MaxPool2d(kernel, stride, padding, ceil_mode=padding == 0)
        return nn.AvgPool2d(kernel, stride, padding, ceil_mode=padding == 0, count_include_pad=False)
    if op == "batchNormalization":
        kind = nn.BatchNorm2d if len(shape) == 3 else nn.BatchNorm1d
        return kind(channels, given["epsilon"], 1 - given["momentum"], affine=given["scale"])
    if op == "activation" and given["function"] == "relu":
        return nn.ReLU()
    if op == "globalAveragePooling":
        return Mean()
    if op == "flatten":
        return nn.Flatten()
    if op == "dense":
        return nn.Linear(channels, given["units"], bias=given["bias"])
    if op == "identity":
        return nn.Identity()
    raise ValueError(f"No module for {op}.")


class Network(nn.Module):
    def __init__(self, graph, shapes):
        super().__init__()
        self.parts = nn.ModuleList()
        self.output = graph["outputs"][0]
        source = ["def forward(parts, x):"]
        names = {name: "x" for name in graph["inputs"]}
        for i, node in enumerate(graph["nodes"]):
            inputs = [names[name] for name in node["inputs"]]
            names[node["name"]] = f"v{i}"
            if node["op"] == "add":
                value = " + ".join(inputs)
            elif node["op"] == "concatenate":
                value = f"cat([{', '.join(inputs)}], 1)"
            else:
                value = f"parts[{len(self.parts)}]({inputs[0]})"
                self.parts.append(module(node, shapes[node["inputs"][0]], shapes[node["name"]]))
            source.append(f"  v{i} = {value}")
        source.append(f"  return {names[self.output]}")
        scope = {"cat": torch.cat}
        # Straight code, as one would write the network by hand.
        exec("\n".join(source), scope)
        self.run = scope["forward"]
        self.list = None

    def forward(self, x):
        if self.list is None:
            self.list = list(self.parts)
        return self.run(self.list, x)


DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


class Training(peer.Training):
    """A form of the loop: memory layout and optimiser as given."""

    def __init__(self, task, channels_last, fused, compiled=False):
        torch.manual_seed(0)
        super().__init__(
            task, f"{'channels_last' if channels_last else 'contiguous'}{', fused SGD' if fused else ''}"
        )
        self.batch = task.batch
        self.network = Network(task.graph, task.shapes).to(DEVICE)
        images = torch.from_numpy(task.images).permute(0, 3, 1, 2).to(DEVICE)
        if channels_last:
            self.network = self.network.to(memory_format=torch.channels_last)
            self.images = images.contiguous(memory_format=torch.channels_last)
        else:
            self.images = images.contiguous()
        if compiled:
            self.network = torch.compile(self.network)
            self.form += ", compiled"
        self.labels = torch.from_numpy(task.labels).long().to(DEVICE)
        self.optimizer = torch.optim.SGD(
            self.network.parameters(), lr=task.learning_rate, momentum=task.momentum, nesterov=True, fused=fused
        )
        self.order = torch.randperm(len(self.labels), device=DEVICE)
        self.at = 0

    def turn(self, seconds, speed):
        # By the clock: on a busy machine two threads may become a hundred times slower from one turn to the next.
        start = peer.now()
        done = 0
        while peer.now()[0] - start[0] < seconds:
            loss = self.steps(4)
            done += 4
        return self.answer(done, start, peer.now(), loss)

    def steps(self, count):
        network, optimizer, images, labels = self.network, self.optimizer, self.images, self.labels
        for _ in range(count):
            if self.at + self.batch > len(labels):
                self.at = 0
                self.order = torch.randperm(len(labels))
            chosen = self.order[self.at : self.at + self.batch]
            self.at += self.batch
            loss = functional.cross_entropy(network(images[chosen]), labels[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        return loss.item()


def prepare(task):
    torch.set_num_threads(task.threads)
    forms = [(last, fused) for last in ([False, True] if task.is_image_network else [False]) for fused in (False, True)]
    best = peer.fastest([Training(task, *form) for form in forms])
    parameters = sum(p.numel() for p in best.network.parameters() if p.requires_grad)
    return best, parameters, f"PyTorch {torch.__version__} on {DEVICE}, {best.form}"


if __name__ == "__main__":
    peer.serve(prepare)
