"""Keras' side of the bench: `fit` over a data set in memory."""

import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import tensorflow
from keras import layers

import peer


def factorized_reduction(x, filters):
    height, width = x.shape[1], x.shape[2]
    moved = layers.ZeroPadding2D(((0, 1), (0, 1)))(x[:, 1:height, 1:width])
    first = layers.Conv2D(filters // 2, 1, strides=2, use_bias=False)(x)
    second = layers.Conv2D(filters - filters // 2, 1, strides=2, use_bias=False)(moved)
    return layers.Concatenate()([first, second])


def squeeze_excite(x, given):
    inner = layers.Dense(given["units"], activation=given["activation"])(layers.GlobalAveragePooling2D()(x))
    gate = layers.Dense(x.shape[-1], activation=given["gate"])(inner)
    return layers.Multiply()([x, layers.Reshape((1, 1, x.shape[-1]))(gate)])


def apply(node, inputs):
    op, given = node["op"], node["attributes"]
    x = inputs[0]
    if op == "convolution":
        return layers.Conv2D(
            given["filters"],
            given["kernel"],
            strides=given["stride"],
            padding=given["padding"],
            dilation_rate=given["dilation"],
            use_bias=given["bias"],
        )(x)
    if op == "depthwiseConvolution":
        if given["dilation"] > 1:
            raise ValueError("TensorFlow's gradient of a dilated depthwise convolution ignores the dilation.")
        return layers.DepthwiseConv2D(
            given["kernel"],
            strides=given["stride"],
            padding=given["padding"],
            depth_multiplier=given["multiplier"],
            use_bias=given["bias"],
        )(x)
    if op == "squeezeExcite":
        return squeeze_excite(x, given)
    if op == "separableConvolution":
        if given["dilation"] > 1 and given["stride"] > 1:
            raise ValueError("Keras has no strided dilated convolution.")
        return layers.SeparableConv2D(
            given["filters"],
            given["kernel"],
            strides=given["stride"],
            padding=given["padding"],
            dilation_rate=given["dilation"],
            use_bias=given["bias"],
        )(x)
    if op == "factorizedReduction":
        return factorized_reduction(x, given["filters"])
    if op == "maxPooling":
        return layers.MaxPooling2D(given["kernel"], given["stride"], given["padding"])(x)
    if op == "averagePooling":
        return layers.AveragePooling2D(given["kernel"], given["stride"], given["padding"])(x)
    if op == "batchNormalization":
        return layers.BatchNormalization(momentum=given["momentum"], epsilon=given["epsilon"])(x)
    if op == "activation":
        return layers.Activation(given["function"])(x)
    if op == "globalAveragePooling":
        return layers.GlobalAveragePooling2D()(x)
    if op == "flatten":
        return layers.Flatten()(x)
    if op == "dense":
        return layers.Dense(given["units"], use_bias=given["bias"])(x)
    if op == "dropout":
        return layers.Dropout(given["rate"])(x)
    if op == "identity":
        return x
    if op == "add":
        return layers.Add()(inputs)
    if op == "concatenate":
        return layers.Concatenate()(inputs)
    raise ValueError(f"No layer for {op}.")


def build(graph):
    values = {name: keras.Input(told["shape"]) for name, told in graph["inputs"].items()}
    inputs = list(values.values())
    for node in graph["nodes"]:
        values[node["name"]] = apply(node, [values[name] for name in node["inputs"]])
    return keras.Model(inputs, values[graph["outputs"][0]])


class Clock(keras.callbacks.Callback):
    """Measures from the end of the first call to the end of the last: what `fit` sets up is not counted."""

    def on_train_begin(self, logs=None):
        self.calls = 0

    def on_train_batch_end(self, batch, logs=None):
        if self.calls == 0:
            self.start = peer.now()
        self.calls += 1
        self.end = peer.now()


class Training(peer.Training):
    def __init__(self, task, per_call):
        keras.utils.set_random_seed(0)
        super().__init__(task, f"steps_per_execution {per_call}")
        self.per_call = per_call
        self.network = build(task.graph)
        self.network.compile(
            optimizer=keras.optimizers.SGD(task.learning_rate, momentum=task.momentum, nesterov=True),
            loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            jit_compile=False,
            steps_per_execution=per_call,
        )

    def measured(self, count):
        per_epoch = len(self.task.labels) // self.task.batch // self.per_call
        calls = max(2, round(count / self.per_call))
        epochs = max(1, round(calls / per_epoch))
        examples = min(calls, per_epoch) * self.per_call * self.task.batch
        clock = Clock()
        history = self.network.fit(
            self.task.images[:examples],
            self.task.labels[:examples],
            batch_size=self.task.batch,
            epochs=epochs,
            shuffle=True,
            verbose=0,
            callbacks=[clock],
        )
        loss = history.history["loss"][-1]
        return self.answer((clock.calls - 1) * self.per_call, clock.start, clock.end, loss)


def prepare(task):
    tensorflow.config.threading.set_intra_op_parallelism_threads(task.threads)
    forms = [1] if task.is_image_network else [1, 16]
    best = peer.fastest([Training(task, per_call) for per_call in forms])
    parameters = sum(int(weight.shape.num_elements()) for weight in best.network.trainable_weights)
    return best, parameters, f"Keras {keras.__version__}, TensorFlow {tensorflow.__version__}, {best.form}"


if __name__ == "__main__":
    peer.serve(prepare)
