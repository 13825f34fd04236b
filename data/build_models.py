"""Train the small int8 models of this folder on scikit-learn's digits, and write what they are to manifest.json.

TensorFlow is needed for this alone, so it is no dependency of the project; in an environment of its own:

    pip install tensorflow-cpu==2.21.0 scikit-learn ai-edge-litert tflite && python data/build_models.py

The digits (1,797 images of 8x8, UCI ML hand-written digits, CC BY 4.0) are repeated to 32x32 so that activations weigh
more than weights, as on cameras. Seeds are fixed; another version of TensorFlow may still give other weights.
``digits_test.npz`` keeps the test images, so that the accuracies can be measured again without scikit-learn.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from mcu_lab.graph.ir import Graph  # noqa: E402
from mcu_lab.graph.rewrite import reordered  # noqa: E402
from mcu_lab.graph.tflite_read import read_tflite  # noqa: E402
from mcu_lab.graph.tflite_write import write_tflite  # noqa: E402

SEED = 7
REPEAT = 4
EPOCHS = 30
CLASSES = 10
layers = tf.keras.layers


def conv(x: Any, filters: int, kernel: int = 3, stride: int = 1, relu: bool = True) -> Any:
    x = layers.Conv2D(filters, kernel, strides=stride, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization()(x)
    return layers.ReLU(6.0)(x) if relu else x


def depthwise(x: Any, stride: int = 1) -> Any:
    x = layers.DepthwiseConv2D(3, strides=stride, padding="same", use_bias=False)(x)
    return layers.ReLU(6.0)(layers.BatchNormalization()(x))


def inverted_residual(x: Any, filters: int, stride: int = 1, expansion: int = 4) -> Any:
    inner = conv(depthwise(conv(x, x.shape[-1] * expansion, 1), stride), filters, 1, relu=False)
    return layers.Add()([x, inner]) if stride == 1 and x.shape[-1] == filters else inner


def classes(x: Any) -> Any:
    return layers.Softmax()(layers.Dense(CLASSES)(x))


def cnn(x: Any) -> Any:
    for filters in (16, 24, 32):
        x = layers.MaxPooling2D(2)(conv(x, filters))
    return classes(layers.Flatten()(x))


def ds_cnn(x: Any) -> Any:
    x = conv(x, 24)
    for filters, stride in ((24, 1), (32, 2), (48, 2), (48, 1)):
        x = conv(depthwise(x, stride), filters, 1)
    return classes(layers.Flatten()(layers.AveragePooling2D(x.shape[1])(x)))


def residual(x: Any) -> Any:
    x = conv(x, 8)
    for filters, stride in ((8, 1), (16, 2), (16, 1), (24, 2), (24, 1)):
        x = inverted_residual(x, filters, stride)
    return classes(layers.GlobalAveragePooling2D()(x))


def two_branch(x: Any) -> Any:
    x = conv(x, 8)
    wide = conv(conv(x, 32, 3), 8, 1, stride=2)
    deep = conv(conv(x, 40, 1), 8, 3, stride=2)
    x = conv(layers.Concatenate()([wide, deep]), 24, stride=2)
    return classes(layers.Flatten()(layers.AveragePooling2D(4)(x)))


def mlp(x: Any) -> Any:
    x = layers.AveragePooling2D(REPEAT // 2)(x)
    x = layers.Flatten()(x)
    for width in (64, 32):
        x = layers.Dense(width, activation="relu")(x)
    return classes(x)


MODELS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "digits_cnn_int8": (cnn, "convolutions and max-pooling"),
    "digits_dscnn_int8": (ds_cnn, "depthwise-separable convolutions, average pooling"),
    "digits_residual_int8": (residual, "inverted residuals with ADD, global average as MEAN"),
    "digits_two_branch_int8": (two_branch, "two branches and CONCATENATION; stored breadth first, so order matters"),
    "digits_mlp_int8": (mlp, "fully connected layers"),
}


def digits() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Training and test images (n x 8 x 8, 0 to 16) and their labels."""
    images, labels = load_digits(return_X_y=True)
    images = images.reshape(-1, 8, 8).astype(np.uint8)
    train, test, train_labels, test_labels = train_test_split(
        images, labels.astype(np.uint8), test_size=360, random_state=SEED, stratify=labels
    )
    return train, train_labels, test, test_labels


def enlarged(images: np.ndarray) -> np.ndarray:
    """n x 8 x 8 in 0 to 16 -> n x 32 x 32 x 1 in 0 to 1, each pixel repeated."""
    return (images.repeat(REPEAT, 1).repeat(REPEAT, 2)[..., np.newaxis] / 16).astype(np.float32)


def trained(build: Callable[[Any], Any], images: np.ndarray, labels: np.ndarray) -> Any:
    tf.keras.backend.clear_session()  # else layers are numbered on from the model before
    tf.keras.utils.set_random_seed(SEED)
    tf.config.experimental.enable_op_determinism()
    inputs = layers.Input(images.shape[1:], batch_size=1)
    model = tf.keras.Model(inputs, build(inputs))
    free_batch = layers.Input(images.shape[1:])
    trainer = tf.keras.Model(free_batch, model(free_batch))
    steps = EPOCHS * (len(images) // 64)
    rate = tf.keras.optimizers.schedules.CosineDecay(3e-3, steps)
    trainer.compile(tf.keras.optimizers.Adam(rate), "sparse_categorical_crossentropy")
    trainer.fit(images, labels, batch_size=64, epochs=EPOCHS, verbose=0)
    return model


def quantized(model: Any, images: np.ndarray) -> bytes:
    def samples() -> Iterator[list[np.ndarray]]:
        for image in images[:200]:
            yield [image[np.newaxis]]

    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = samples
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    return bytes(converter.convert())


def breadth_first(graph: Graph) -> Graph:
    """The operators by their distance from the input, as a converter may well store them."""
    depth: dict[int, int] = {}
    for op in graph.operators:
        depth[op.id] = 1 + max((depth[p] for p in graph.predecessors(op)), default=0)
    return reordered(graph, sorted(depth, key=lambda op: (depth[op], op)))


def accuracy(model: bytes, images: np.ndarray, labels: np.ndarray) -> float:
    """Share of right answers in LiteRT's reference kernels."""
    interpreter = Interpreter(model_content=model, experimental_op_resolver_type=OpResolverType.BUILTIN_REF)
    interpreter.allocate_tensors()
    (inputs,), (outputs,) = interpreter.get_input_details(), interpreter.get_output_details()
    scale, zero_point = inputs["quantization"]
    right = 0
    for image, label in zip(images, labels, strict=True):
        q = np.clip(np.round(image[np.newaxis] / scale) + zero_point, -128, 127).astype(np.int8)
        interpreter.set_tensor(inputs["index"], q)
        interpreter.invoke()
        right += int(interpreter.get_tensor(outputs["index"]).argmax() == label)
    return right / len(labels)


def peak_bytes(graph: Graph) -> int:
    """Most bytes of live activations in the order of the file, tensors whole, nothing shared."""
    last = {t: len(graph.operators) - 1 for t in graph.outputs}
    for t in graph.activations:
        last[t] = max(last.get(t, -1), graph.producer.get(t, 0), *graph.readers.get(t, (0,)))
    return max(
        sum(graph.tensors[t].bytes for t in graph.activations if graph.producer.get(t, 0) <= op.id <= last[t])
        for op in graph.operators
    )


def main() -> None:
    train, train_labels, test, test_labels = digits()
    np.savez_compressed(HERE / "digits_test.npz", images=test, labels=test_labels)
    entries = []
    for name, (build, what) in MODELS.items():
        model = quantized(trained(build, enlarged(train), train_labels), enlarged(train))
        graph = replace(read_tflite(model), name=name)
        graph = breadth_first(graph) if name == "digits_two_branch_int8" else graph
        # The converter's own time stamp and version are of no use to anyone who wants the same bytes again.
        written = write_tflite(replace(graph, metadata={}, description=what))
        (HERE / f"{name}.tflite").write_bytes(written)
        stored = read_tflite(written)
        entries.append(
            {
                "name": name,
                "what": what,
                "bytes": len(written),
                "sha256": stored.sha256,
                "test_accuracy": round(accuracy(written, enlarged(test), test_labels), 4),
                "operators": dict(sorted(Counter(op.kind for op in stored.operators).items())),
                "peak_bytes": peak_bytes(stored),
            }
        )
        print(json.dumps(entries[-1]), flush=True)
    manifest = {
        "trained_on": "scikit-learn digits, each pixel repeated to 32x32",
        "test_accuracy": "share of the 360 images in digits_test.npz, with LiteRT's reference kernels",
        "peak_bytes": "most bytes of live activations in the stored order, tensors whole, nothing shared",
        "models": entries,
    }
    (HERE / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")


if __name__ == "__main__":
    main()
