"""The siamese network in PyTorch, as its source has it (github.com/OckhamsRazor/HSP_CNN), small: scores, loss, gradients.

    python tests/golden/models/siamese/make_siamese.py        (torch 2.13.0, safetensors 0.8.0, numpy; CPU)

Writes plain.safetensors and inception.safetensors beside itself. Computed in float64 from float32 parameters and inputs,
stored as float32. The Inception kernels are taller than the spectrogram and padded on both axes, as in the source; of
them only the rows that meet the spectrogram are stored, and the gradient of the others is checked to be 0.
"""
import json
import pathlib

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).parent


def shapes(c):
    out = {}

    def affine(name, *shape):
        out[f"siamese.{name}.weight"] = shape
        out[f"siamese.{name}.bias"] = shape[:1]

    for i, conv in enumerate(c["stem"]):
        affine(f"stem.{i}", conv["numChannels"], 1, c["numMelBins"], conv["numSteps"])
    if len(c["stem"]) > 1:
        affine("stem.mixed", c["numMixedChannels"], sum(conv["numChannels"] for conv in c["stem"]))
    affine("middle", c["middle"]["numChannels"], c["numMixedChannels"], 1, c["middle"]["numSteps"])
    affine("hidden.0", c["numHidden"], c["middle"]["numChannels"])
    affine("hidden.1", c["numHidden"], c["numHidden"])
    affine("score", 1, c["numHidden"])
    return out


def forward(c, p, x_BTF, tall):
    def conv(name, x, padding=0):
        weight, bias = p[f"siamese.{name}.weight"], p[f"siamese.{name}.bias"]
        if weight.dim() == 2:
            weight = weight[:, :, None, None]
        if padding:
            rows = torch.full((*weight.shape[:2], padding, weight.shape[3]), 7.0, dtype=torch.float64, requires_grad=True)
            tall.append(rows)
            weight = torch.cat([rows, weight, rows], 2)
        return F.conv2d(x, weight, bias, padding=padding)

    def act(x):
        return F.leaky_relu(x, c["leak"])

    x = F.avg_pool2d(x_BTF.transpose(1, 2)[:, None], (1, c["framesPerStep"]))
    x = torch.cat([act(conv(f"stem.{i}", x, s["padding"])) for i, s in enumerate(c["stem"])], 1)
    if len(c["stem"]) > 1:
        x = act(conv("stem.mixed", x))
    x = F.max_pool2d(x, (1, 2))
    x = F.max_pool2d(act(conv("middle", x)), (1, 2))
    x = act(conv("hidden.1", act(conv("hidden.0", x))))
    return conv("score", x).mean((1, 2, 3))


def make(file, c, seed):
    g = torch.Generator().manual_seed(seed)
    p32 = {name: 0.3 * torch.randn(*shape, generator=g) for name, shape in shapes(c).items()}
    x32 = torch.randn(c["numSounds"], c["numFrames"], c["numMelBins"], generator=g)
    y32 = torch.randn(c["numSounds"], generator=g)
    y32[0] = y32[c["numSounds"] // 2]  # a pair of equal targets
    p = {name: value.double().requires_grad_() for name, value in p32.items()}
    tall = []
    score = forward(c, p, x32.double(), tall)
    y = y32.double()
    (score_a, score_b), (y_a, y_b) = score.chunk(2), y.chunk(2)
    unequal = y_a != y_b
    order = torch.sign(y_a - y_b)[unequal]
    ranking = F.margin_ranking_loss(score_a[unequal], score_b[unequal], order, margin=c["loss"]["margin"])
    loss = F.mse_loss(score, y) + c["loss"]["rankingWeight"] * ranking
    loss.backward()
    assert all(rows.grad.abs().max() == 0 for rows in tall) and len(tall) == sum(s["padding"] > 0 for s in c["stem"])
    tensors = {
        **{f"parameter/{name}": value for name, value in p32.items()},
        "input/x": x32,
        "input/target": y32,
        "output/score": score.detach().float(),
        "output/loss": loss.detach().float(),
        **{f"gradient/{name}": value.grad.float() for name, value in p.items()},
    }
    save_file({name: value.contiguous() for name, value in tensors.items()}, HERE / file, {"config": json.dumps(c)})
    print(file, (HERE / file).stat().st_size, "loss", loss.item(), "ranking", ranking.item())


COMMON = {
    "numSounds": 6,
    "numFrames": 77,
    "numMelBins": 12,
    "framesPerStep": 2,
    "numMixedChannels": 6,
    "middle": {"numChannels": 7, "numSteps": 4},
    "numHidden": 9,
    "leak": 0.1,
    "loss": {"rankingWeight": 0.6, "margin": 0.5},
}
make("plain.safetensors", {**COMMON, "stem": [{"numChannels": 6, "numSteps": 4, "padding": 0}]}, 1)
INCEPTION = [(5, 4, 0), (3, 8, 2), (3, 16, 6)]
make(
    "inception.safetensors",
    {**COMMON, "stem": [{"numChannels": n, "numSteps": k, "padding": q} for n, k, q in INCEPTION]},
    2,
)
