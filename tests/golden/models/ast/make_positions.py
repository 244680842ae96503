"""Positions on other grids: pos_interp by the original AST's rule, timm_pos_resample by timm's.

    python3 -m venv venv && venv/bin/pip install torch==2.13.0 timm==1.0.31 safetensors numpy
    venv/bin/python tests/golden/models/ast/make_positions.py [--check]

The original's rule (github.com/YuanGongND/ast) for its AudioSet checkpoint, written from its description: along each axis
the centre where the new grid is smaller, else bilinear; class and distillation token as they are. Positions are drawn from
seeds. The committed files are of torch 2.9.1 and timm 1.0.31; with --check nothing is written: the worst difference from
them is printed, and beyond 1e-5 is a failure.
"""
import pathlib
import sys

import timm
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from timm.layers import resample_abs_pos_embed

HERE = pathlib.Path(__file__).parent
TOLERANCE = 1e-5
NUM_PREFIX_TOKENS = 2
MELS, TIMES = 12, 101


def cut(grid, axis, size):
    return grid.narrow(axis, grid.shape[axis] // 2 - size // 2, size)


def original(positions, mels, times):
    prefix, patches = positions[:, :NUM_PREFIX_TOKENS], positions[:, NUM_PREFIX_TOKENS:]
    grid = patches.transpose(1, 2).unflatten(2, (MELS, TIMES))
    grid = cut(grid, 3, times) if times < TIMES else F.interpolate(grid, size=(MELS, times), mode="bilinear")
    grid = cut(grid, 2, mels) if mels <= MELS else F.interpolate(grid, size=(mels, times), mode="bilinear")
    return torch.cat([prefix, grid.flatten(2).transpose(1, 2)], 1)


ast = torch.randn(1, NUM_PREFIX_TOKENS + MELS * TIMES, 4, generator=torch.Generator().manual_seed(3))
vit = torch.randn(1, 1 + 14 * 14, 4, generator=torch.Generator().manual_seed(5))
grids = [(12, 50), (12, 101), (12, 279), (12, 298), (8, 175)]
files = {
    "pos_interp.safetensors": {
        f"pos_in_{MELS}x{TIMES}_d4": ast,
        **{f"pos_out_{mels}x{times}": original(ast, mels, times) for mels, times in grids},
    },
    "timm_pos_resample.safetensors": {"in": vit, "out": resample_abs_pos_embed(vit, [175, 8])},
}
versions = {"torch": torch.__version__, "timm": timm.__version__}


def difference(tensors, committed):
    assert tensors.keys() == committed.keys(), tensors.keys() ^ committed.keys()
    assert all(tensors[name].shape == committed[name].shape for name in tensors)
    return torch.cat([(tensors[name] - committed[name]).abs().flatten() for name in tensors]).max().item()


if "--check" in sys.argv:
    worst = {file: difference(tensors, load_file(HERE / file)) for file, tensors in files.items()}
    print(versions, "worst difference:", worst)
    sys.exit(not all(value <= TOLERANCE for value in worst.values()))
for file, tensors in files.items():
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, HERE / file, versions)
