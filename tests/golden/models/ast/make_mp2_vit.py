"""The original's MP2 by timm: its weights and input from seeds, and what it makes of them: mp2_vit.*.

    python3 -m venv venv && venv/bin/pip install torch==2.13.0 timm==1.0.31 safetensors numpy
    venv/bin/python tests/golden/models/ast/make_mp2_vit.py [--check]

Computed in float32. The committed files are of torch 2.9.1 and timm 1.0.31; with --check nothing is written: the worst
difference from them is printed, and beyond 1e-5 is a failure.
"""
import pathlib
import sys

import timm
import torch
from safetensors.torch import load_file, save_file
from timm.models.vision_transformer import VisionTransformer

HERE = pathlib.Path(__file__).parent
TOLERANCE = 1e-5

# The mean of the patches' tokens makes timm put its last norm, fc_norm, behind it.
vit = VisionTransformer(
    img_size=(160, 128), patch_size=16, in_chans=1, embed_dim=48, depth=2, num_heads=3, global_pool="avg", num_classes=32
)
fc = torch.nn.Linear(32, 2)
model = torch.nn.ModuleDict({"encoder": torch.nn.ModuleDict({"vit": vit}), "fc": fc}).eval()
with torch.no_grad():
    generator = torch.Generator().manual_seed(7)
    for name, parameter in vit.named_parameters():
        centre = 1.0 if "norm" in name and name.endswith("weight") else 0.0
        parameter.copy_(centre + 0.05 * torch.randn(parameter.shape, generator=generator))
    generator = torch.Generator().manual_seed(17)
    for parameter in fc.parameters():
        parameter.copy_(0.1 * torch.randn(parameter.shape, generator=generator))
    image = torch.randn(2, 1, 160, 128, generator=torch.Generator().manual_seed(13))
    features = vit.forward_features(image)
    encoded = vit(image)
    files = {
        "mp2_vit.safetensors": model.state_dict(),
        "mp2_vit.io.safetensors": {
            "input": image, "features": features, "encoder_out": encoded, "mp2_out": fc(encoded)
        },
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
    save_file(tensors, HERE / file, versions)
