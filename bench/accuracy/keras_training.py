"""Trains the network of a task with Keras, by the task's schedule, and prints what came of it as one line of JSON."""

import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["KERAS_BACKEND"] = "tensorflow"
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "training"))

import keras
import numpy
import tensorflow

import peer
import peer_keras


class Rates(keras.optimizers.schedules.LearningRateSchedule):
    """The learning rate of every step, as the task lists them."""

    def __init__(self, rates):
        self.rates = tensorflow.constant(rates, tensorflow.float32)

    def __call__(self, step):
        last = tensorflow.shape(self.rates)[0] - 1
        return tensorflow.gather(self.rates, tensorflow.minimum(tensorflow.cast(step, tensorflow.int32), last))


def prepare(network, weight_decay, seed):
    """Draws kernels from the distributions that Duramen draws from, and lets the weight decay act on kernels alone."""
    last = network.layers[-1]
    for layer in network.layers:
        if not isinstance(layer, (keras.layers.Conv2D, keras.layers.Dense)):
            continue
        seed += 1
        scale = 1 if layer is last else 2
        initial = keras.initializers.VarianceScaling(scale, "fan_in", "uniform", seed=seed)
        layer.kernel.assign(initial(layer.kernel.shape))
        # The gradient of half the square is the weight itself.
        layer.kernel.regularizer = keras.regularizers.L2(weight_decay / 2)


def batches(task, images, labels):
    """The training examples in a new order every epoch; with crops and flips if the task has them."""
    height, width, channels = task["imageShape"]
    margin = task["cropMargin"]

    def change(image, label):
        padded = tensorflow.image.resize_with_crop_or_pad(image, height + 2 * margin, width + 2 * margin)
        cropped = tensorflow.image.random_crop(padded, (height, width, channels))
        return tensorflow.image.random_flip_left_right(cropped), label

    def normalize(image, label):
        return normal(task, tensorflow.cast(image, tensorflow.float32)), label

    data = tensorflow.data.Dataset.from_tensor_slices((images, labels)).shuffle(len(labels), seed=task["seed"])
    if margin > 0:
        data = data.map(change, num_parallel_calls=task["threads"])
    return data.batch(task["batchSize"]).map(normalize).prefetch(2)


def normal(task, pixels):
    return (pixels / 255 - task["mean"]) / task["deviation"]


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        task = json.load(file)
    tensorflow.config.threading.set_intra_op_parallelism_threads(task["threads"])
    keras.utils.set_random_seed(task["seed"])
    pixels = numpy.fromfile(task["images"], dtype=numpy.uint8).reshape([-1, *task["imageShape"]])
    labels = numpy.fromfile(task["labels"], dtype=numpy.int32)

    def part(name):
        indices = numpy.array(task[name])
        return normal(task, pixels[indices].astype(numpy.float32)), labels[indices]

    start = peer.now()
    network = peer_keras.build(task["network"])
    prepare(network, task["weightDecay"], task["seed"])
    network.compile(
        optimizer=keras.optimizers.SGD(Rates(task["rates"]), momentum=task["momentum"], nesterov=task["nesterov"]),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        jit_compile=False,
    )
    training = numpy.array(task["training"])
    data = batches(task, pixels[training], labels[training])
    history = network.fit(data, epochs=task["epochs"], validation_data=part("validation"), verbose=0)
    end = peer.now()
    _, test_accuracy = network.evaluate(*part("test"), batch_size=512, verbose=0)
    answer = {
        "version": f"Keras {keras.__version__}, TensorFlow {tensorflow.__version__}",
        "parameters": sum(int(weight.shape.num_elements()) for weight in network.trainable_weights),
        "accuracy": history.history["val_accuracy"],
        "testAccuracy": test_accuracy,
        "seconds": end[0] - start[0],
        "processorSeconds": end[1] - start[1],
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
