"""Loss and gradient of a small MP2 of the original's by PyTorch: vit_gradients.safetensors.

    python3 -m venv venv && venv/bin/pip install torch==2.13.0 timm==1.0.31 safetensors numpy
    venv/bin/python tests/golden/models/ast/make_vit_gradients.py [--check]

timm's vision transformer and a linear map to the two targets. Computed in float64 from float32 weights, input, targets. The
grid is not square, so that no axis can stand for another. With --check nothing is written: the worst difference from the
committed file is printed, and beyond 1e-5 is a failure.
"""
import pathlib
import sys

import timm
import torch
from safetensors.torch import load_file, save_file
from timm.models.vision_transformer import VisionTransformer

FILE = pathlib.Path(__file__).parent / "vit_gradients.safetensors"
TOLERANCE = 1e-5
NUM_SAMPLES, NUM_FRAMES, NUM_MEL_BINS = 3, 48, 32

generator = torch.Generator().manual_seed(20260712)


def normal(*shape):
    return torch.randn(*shape, generator=generator)


vit = VisionTransformer(
    img_size=(NUM_FRAMES, NUM_MEL_BINS), patch_size=16, in_chans=1, embed_dim=16, depth=2, num_heads=2, mlp_ratio=2,
    global_pool="avg", num_classes=8,
)
fc = torch.nn.Linear(8, 2)
model = torch.nn.ModuleDict({"encoder": torch.nn.ModuleDict({"vit": vit}), "fc": fc}).eval()
with torch.no_grad():
    for name, parameter in model.named_parameters():
        centre = 1.0 if "norm" in name and name.endswith("weight") else 0.0
        parameter.copy_(centre + 0.2 * normal(*parameter.shape))
weights = {name: parameter.detach().clone() for name, parameter in model.named_parameters()}
spectrograms = normal(NUM_SAMPLES, NUM_FRAMES, NUM_MEL_BINS)
targets = normal(NUM_SAMPLES, 2)
target_weights = torch.ones(NUM_SAMPLES, 2)
target_weights[1, 0] = 0  # a sum that is not known

model = model.double()
error = fc(vit(spectrograms.double()[:, None])) - targets.double()
counts = target_weights.double() * torch.tensor([4.0, 1.0], dtype=torch.float64)
loss = (counts * error**2).sum() / counts.sum()
loss.backward()

tensors = {
    **{f"weight/{name}": tensor for name, tensor in weights.items()},
    **{f"gradient/{name}": parameter.grad.float() for name, parameter in model.named_parameters()},
    "input": spectrograms,
    "targets": targets,
    "target_weights": target_weights,
    "loss": loss.detach().float(),
}
versions = {"torch": torch.__version__, "timm": timm.__version__}
print(versions, "loss", loss.item(), "numbers", sum(tensor.numel() for tensor in weights.values()))
if "--check" in sys.argv:
    committed = load_file(FILE)
    assert tensors.keys() == committed.keys(), tensors.keys() ^ committed.keys()
    assert all(tensors[name].shape == committed[name].shape for name in tensors)
    worst = torch.cat([(tensors[name] - committed[name]).abs().flatten() for name in tensors]).max().item()
    print("worst difference:", worst)
    sys.exit(not worst <= TOLERANCE)
save_file(tensors, FILE, versions)
