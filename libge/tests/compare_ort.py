#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Compares libge with ONNX Runtime: compare_ort.py RUN_ONNX [--only WORD | MODEL...]

RUN_ONNX is the program of run_onnx.c, which runs natively or on a device, as it was built. Without
MODELs: those of libonnx-testdata with the topology of real networks, the trained ones in
$GENPU_MODELS if that is set, at several widths, and small ones made here. Inputs are random, always
the same. --only runs those with WORD in their names. An output is right if no element is further
from ONNX Runtime's than 1e-4 of the largest.
"""

import os
import re
import subprocess
import sys
import tempfile

import numpy as np
import onnx
from onnx import TensorProto, helper

LIGHT = "/usr/share/libonnx-testdata/data/light/"
LIGHT_MODELS = ["squeezenet", "shufflenet", "resnet50", "densenet121", "vgg19",
                "inception_v2"]
TRAINED = [("ch_ppocr_mobile_v2.0_cls_infer.onnx", (1, 3, 48, 192)),
           ("ch_ppocr_mobile_v2.0_cls_infer.onnx", (3, 3, 48, 192)),
           ("ch_PP-OCRv4_rec_infer.onnx", (1, 3, 48, 320)),
           ("ch_PP-OCRv4_rec_infer.onnx", (1, 3, 48, 417)),
           ("ch_PP-OCRv4_rec_infer.onnx", (2, 3, 48, 96))]
TOLERANCE = 1e-4
GE_DTYPES = {"float32": 0, "float16": 1, "int8": 2, "int32": 3, "uint8": 4, "int16": 6, "uint16": 7,
             "uint32": 8, "int64": 9, "uint64": 10, "float64": 11, "bool": 12}
NUMPY = {number: name for name, number in GE_DTYPES.items()}
# A broken installation prints hundreds of schema warnings.
NOISE = re.compile(rb"(Schema error|schema.*already registered).*\n?")


def reference(path, inputs):
    """ONNX Runtime's outputs, from a process of its own, which may be as noisy as it likes"""
    with tempfile.TemporaryDirectory() as work:
        np.savez(work + "/in.npz", **inputs)
        code = ("import sys, numpy as np, onnxruntime as ort\n"
                "o = ort.SessionOptions(); o.log_severity_level = 4\n"
                "s = ort.InferenceSession(sys.argv[1], o, providers=['CPUExecutionProvider'])\n"
                "y = s.run(None, dict(np.load(sys.argv[2])))\n"
                "np.savez(sys.argv[3], *y)\n")
        done = subprocess.run([sys.executable, "-c", code, path, work + "/in.npz",
                               work + "/out.npz"], capture_output=True, check=False)
        if done.returncode:
            raise RuntimeError("ONNX Runtime: " + NOISE.sub(b"", done.stderr).decode()[-300:])
        with np.load(work + "/out.npz") as out:
            return [out[name] for name in out.files]


def ours(program, path, inputs, count):
    """libge's outputs"""
    with tempfile.TemporaryDirectory() as work:
        args = [program, path]
        for number, array in enumerate(inputs.values()):
            array.tofile(f"{work}/in{number}")
            dims = "x".join(str(n) for n in array.shape)
            args.append(f"{GE_DTYPES[str(array.dtype)]}:{dims}:{work}/in{number}")
        outputs = [f"{work}/out{number}" for number in range(count)]
        done = subprocess.run(args + ["--"] + outputs, capture_output=True, check=False)
        if done.returncode:
            raise RuntimeError(done.stderr.decode()[-600:].strip())
        result = []
        for name in outputs:
            with open(name, "rb") as file:
                dtype, *dims = [int(word) for word in file.readline().split()]
                result.append(np.frombuffer(file.read(), NUMPY[dtype]).reshape(dims))
        return result


def check(program, path, inputs):
    """The largest error, relative to the largest element of its output"""
    expected = reference(path, inputs)
    worst = 0.0
    for number, (want, got) in enumerate(zip(expected, ours(program, path, inputs, len(expected)))):
        if want.shape != got.shape or want.dtype != got.dtype:
            raise RuntimeError(f"output {number} is {got.dtype}{list(got.shape)}, "
                               f"expected {want.dtype}{list(want.shape)}")
        want, got = want.astype(np.float64), got.astype(np.float64)
        if not np.array_equal(np.isfinite(want), np.isfinite(got)):
            raise RuntimeError(f"output {number} is not finite where it should be, or the other way")
        scale = np.max(np.abs(want), initial=0) or 1.0
        worst = max(worst, np.max(np.abs(want - got), initial=0) / scale)
    if not worst <= TOLERANCE:
        raise RuntimeError(f"differs by {worst:.2e} of the largest element")
    return worst


def random_inputs(path, shape=None):
    """Random data for the inputs of a model, open dimensions as in shape"""
    random = np.random.default_rng(2026)
    model = onnx.load(path, load_external_data=False)
    constants = {tensor.name for tensor in model.graph.initializer}
    inputs = {}
    for value in model.graph.input:
        if value.name in constants:
            continue
        dims = shape or [d.dim_value for d in value.type.tensor_type.shape.dim]
        inputs[value.name] = random.uniform(-1, 1, dims).astype(np.float32)
    return inputs


def small_models(directory):
    """Name and path of models of a few operators each, with what real networks seldom use"""
    def save(name, nodes, inputs, outputs, initializers=()):
        graph = helper.make_graph(
            nodes, name, [helper.make_tensor_value_info(n, TensorProto.FLOAT, d) for n, d in inputs],
            [helper.make_tensor_value_info(n, TensorProto.FLOAT, None) for n in outputs],
            [helper.make_tensor(n, t, list(np.shape(v)), np.ravel(v)) for n, t, v in initializers])
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
        path = f"{directory}/{name}.onnx"
        onnx.save(model, path)
        return name, path

    random = np.random.default_rng(7)
    weights = random.normal(size=(6, 2, 3, 3)).astype(np.float32)
    yield save("conv_groups_dilated_asymmetric",
               [helper.make_node("Conv", ["x", "w"], ["c"], group=2, dilations=[2, 1],
                                 pads=[1, 0, 2, 1], strides=[1, 2]),
                helper.make_node("LeakyRelu", ["c"], ["y"], alpha=0.2)],
               [("x", [2, 4, 9, 11])], ["y"], [("w", TensorProto.FLOAT, weights)])
    yield save("gemm_softmax_two_outputs",
               [helper.make_node("Gemm", ["a", "b", "c"], ["g"], transB=1, alpha=0.5, beta=2.0),
                helper.make_node("Softmax", ["g"], ["s"], axis=-1)],
               [("a", [5, 7]), ("b", [4, 7]), ("c", [4])], ["g", "s"])
    yield save("attention",
               [helper.make_node("Transpose", ["k"], ["t"], perm=[0, 2, 1]),
                helper.make_node("MatMul", ["q", "t"], ["m"]),
                helper.make_node("Softmax", ["m"], ["s"], axis=2),
                helper.make_node("MatMul", ["s", "v"], ["y"])],
               [("q", [3, 6, 8]), ("k", [3, 6, 8]), ("v", [3, 6, 8])], ["y"])
    yield save("slice_concat_pad",
               [helper.make_node("Slice", ["x", "b", "e", "a", "s"], ["p"]),
                helper.make_node("Concat", ["p", "x"], ["q"], axis=1),
                helper.make_node("Pad", ["q", "pads"], ["y"], mode="reflect")],
               [("x", [2, 6, 5])], ["y"],
               [("b", TensorProto.INT64, [-1]), ("e", TensorProto.INT64, [-7]),
                ("a", TensorProto.INT64, [1]), ("s", TensorProto.INT64, [-2]),
                ("pads", TensorProto.INT64, [0, 0, 1, 0, 0, 2])])
    yield save("shape_arithmetic",
               [helper.make_node("Shape", ["x"], ["n"]),
                helper.make_node("Gather", ["n", "zero"], ["n0"], axis=0),
                helper.make_node("Concat", ["n0", "minus"], ["shape"], axis=0),
                helper.make_node("Reshape", ["x", "shape"], ["f"]),
                helper.make_node("ReduceMean", ["f"], ["y"], axes=[1], keepdims=0)],
               [("x", [3, 4, 5])], ["y"],
               [("zero", TensorProto.INT64, [0]), ("minus", TensorProto.INT64, [-1])])


def cases(arguments, directory):
    """Name, path and inputs; inputs None: the reason is in path"""
    if arguments:
        for path in arguments:
            yield os.path.basename(path), path, random_inputs(path)
        return
    for name, path in small_models(directory):
        yield name, path, random_inputs(path)
    for name in LIGHT_MODELS:
        path = f"{LIGHT}light_{name}.onnx"
        if os.path.exists(path):
            yield "light_" + name, path, random_inputs(path)
        else:
            yield "light_" + name, "libonnx-testdata is not installed", None
    models = os.environ.get("GENPU_MODELS")
    for name, shape in TRAINED:
        what = name.replace(".onnx", "") + " " + "x".join(str(n) for n in shape)
        path = f"{models}/{name}"
        if models and os.path.exists(path):
            yield what, path, random_inputs(path, shape)
        else:
            yield what, "GENPU_MODELS does not name a directory with it", None


def main():
    """TAP"""
    count = 0
    failed = False
    only = sys.argv[3] if sys.argv[2:3] == ["--only"] else ""
    with tempfile.TemporaryDirectory() as directory:
        for name, path, inputs in cases([] if only else sys.argv[2:], directory):
            if only not in name:
                continue
            count += 1
            if inputs is None:
                print(f"ok {count} - {name} # SKIP {path}")
                continue
            try:
                print(f"ok {count} - {name}\n# largest error {check(sys.argv[1], path, inputs):.1e}")
            except (RuntimeError, OSError, ValueError) as error:
                failed = True
                for line in str(error).splitlines():
                    print("#", line)
                print(f"not ok {count} - {name}")
            sys.stdout.flush()
    print(f"1..{count}")
    return 1 if failed else 0


sys.exit(main())
