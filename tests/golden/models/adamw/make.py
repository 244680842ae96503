"""Parameters and moments after steps of torch.optim.AdamW on given gradients: the golden of models/training/adamW.ts.

    python -m venv venv && venv/bin/pip install torch==2.13.0 numpy
    venv/bin/python tests/golden/models/adamw/make.py

Three groups: decay, no decay, and decay at 0.65 of the learning rate. The learning rate changes with the step; gradients
span seven orders of magnitude, and some are 0. Everything is float32, written with the nine digits that tell float32 apart.
"""

import json
import pathlib

import torch

OUT = pathlib.Path(__file__).parent / "golden.json"
NUM_STEPS = 12
OPTIONS = {"beta1": 0.9, "beta2": 0.98, "epsilon": 1e-8, "weightDecay": 0.05}
KEPT_STEPS = [1, 2, NUM_STEPS]
SHAPES = {"head.weight": [3, 4], "head.bias": [4], "blocks.0.weight": [2, 5]}
SCALES = {"head.weight": 1.0, "head.bias": 1.0, "blocks.0.weight": 0.65}
DECAYS = {"head.weight": True, "head.bias": False, "blocks.0.weight": True}


def numbers(tensor: torch.Tensor) -> list[float]:
    return [float(f"{value:.9g}") for value in tensor.detach().flatten().tolist()]


def main() -> None:
    generator = torch.Generator().manual_seed(20260)
    parameters = {
        name: torch.nn.Parameter(torch.randn(shape, generator=generator)) for name, shape in SHAPES.items()
    }
    learning_rates = [0.1 * (step / 4 if step < 4 else 1 / step) for step in range(1, NUM_STEPS + 1)]
    optimizer = torch.optim.AdamW(
        [
            {"params": [parameter], "weight_decay": OPTIONS["weightDecay"] if DECAYS[name] else 0.0}
            for name, parameter in parameters.items()
        ],
        lr=1.0,
        betas=(OPTIONS["beta1"], OPTIONS["beta2"]),
        eps=OPTIONS["epsilon"],
        foreach=False,
    )
    golden = {
        "torch": torch.__version__,
        "options": OPTIONS,
        "shapes": SHAPES,
        "learningRateScales": SCALES,
        "decays": DECAYS,
        "learningRates": learning_rates,
        "initial": {name: numbers(parameter) for name, parameter in parameters.items()},
        "gradients": [],
        "after": {},
    }
    for step, learning_rate in enumerate(learning_rates, start=1):
        for group, name in zip(optimizer.param_groups, SHAPES):
            group["lr"] = learning_rate * SCALES[name]
        for name, parameter in parameters.items():
            size = 10.0 ** torch.randint(-7, 1, parameter.shape, generator=generator)
            gradient = torch.randn(parameter.shape, generator=generator) * size
            gradient[torch.rand(parameter.shape, generator=generator) < 0.1] = 0.0
            parameter.grad = gradient
        golden["gradients"].append({name: numbers(parameter.grad) for name, parameter in parameters.items()})
        optimizer.step()
        if step in KEPT_STEPS:
            golden["after"][step] = {
                name: {
                    "parameter": numbers(parameter),
                    "firstMoment": numbers(optimizer.state[parameter]["exp_avg"]),
                    "secondMoment": numbers(optimizer.state[parameter]["exp_avg_sq"]),
                }
                for name, parameter in parameters.items()
            }
    OUT.write_text(json.dumps(golden, separators=(",", ":")) + "\n")


main()
