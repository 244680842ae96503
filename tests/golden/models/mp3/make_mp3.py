"""The decoder of MP3 in PyTorch, written from its description with PyTorch's own functions: outputs, loss, gradients.

    python tests/golden/models/mp3/make_mp3.py        (torch 2.13.0, safetensors 0.8.0, numpy; CPU)

Writes hurdle.safetensors and point.safetensors beside itself. Computed in float64 from float32 parameters and inputs,
stored as float32. Names: `parameter/...`, `input/...`, `output/...`, `gradient/...`.
"""
import json
import math
import pathlib

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).parent
WEEKS_OF_YEAR = 53
EPSILON = 1e-6


def shapes(c):
    D, H = c["hiddenSize"], c["mlpSize"]
    out = {
        "embeddings.week": (5, D),
        "embeddings.positions": (c["numWeeks"], D),
        "embeddings.week_of_year": (WEEKS_OF_YEAR, D),
        "embeddings.region": (c["numRegions"], D),
    }

    def affine(name, *shape):
        out[f"{name}.weight"] = shape
        out[f"{name}.bias"] = shape[:1]

    affine("embeddings.encoder", D, c["encoderSize"])
    if c["numExtrinsic"]:
        affine("embeddings.extrinsic", D, c["numExtrinsic"])
    for layer in range(c["numLayers"]):
        affine(f"layers.{layer}.norm_before", D)
        for part in ("query", "key", "value", "output"):
            affine(f"layers.{layer}.attention.{part}", D, D)
        affine(f"layers.{layer}.norm_after", D)
        affine(f"layers.{layer}.mlp.up", H, D)
        affine(f"layers.{layer}.mlp.down", D, H)
    affine("norm", D)
    if c["quantileLevels"]:
        affine("heads.on_chart", 1, D)
        affine("heads.quantiles", len(c["quantileLevels"]), D)
        affine("heads.level", 1, D)
    else:
        affine("heads.point", 1, D)
    return {f"decoder.{name}": shape for name, shape in out.items()}


def forward(c, p, x):
    def get(name):
        return p[f"decoder.{name}"]

    def affine(name, value):
        return F.linear(value, get(f"{name}.weight"), get(f"{name}.bias"))

    def norm(name, value):
        return F.layer_norm(value, value.shape[-1:], get(f"{name}.weight"), get(f"{name}.bias"), EPSILON)

    B, T = x["seen"].shape
    state = torch.where(x["seen"] > 0, torch.where(x["onChart"] > 0, 3, 2), 1)
    week = F.embedding(state, get("embeddings.week"))
    level = torch.zeros_like(x["streams"])
    for t in range(T):
        # Off the chart and unseen: the last level of the decoder with quantiles, 0 of the one with points.
        before = level[:, t - 1] if t > 0 and c["quantileLevels"] else torch.zeros_like(level[:, t])
        level[:, t] = torch.where(state[:, t] == 3, x["streams"][:, t], before)
    week = week + level[..., None] * get("embeddings.week")[4]
    told = torch.cat([torch.zeros_like(level[:, :1]), level[:, :-1]], 1)
    start = get("embeddings.week")[0].expand(B, 1, -1)
    tokens = torch.cat([start, week[:, :-1]], 1)
    tokens = tokens + get("embeddings.positions") + F.embedding(x["weekOfYear"].long(), get("embeddings.week_of_year"))
    context = F.embedding(x["region"].long(), get("embeddings.region")) + affine("embeddings.encoder", x["encoder"])
    if c["numExtrinsic"]:
        context = context + affine("embeddings.extrinsic", x["extrinsic"])
    h = tokens + context[:, None]

    def heads(value):
        return value.view(B, T, c["numHeads"], -1).transpose(1, 2)

    for layer in range(c["numLayers"]):
        name = f"layers.{layer}"
        normed = norm(f"{name}.norm_before", h)
        q, k, v = (heads(affine(f"{name}.attention.{part}", normed)) for part in ("query", "key", "value"))
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(B, T, -1)
        h = h + affine(f"{name}.attention.output", mixed)
        h = h + affine(f"{name}.mlp.down", F.gelu(affine(f"{name}.mlp.up", norm(f"{name}.norm_after", h))))
    h = norm("norm", h)
    if not c["quantileLevels"]:
        return {"point": F.relu(affine("heads.point", h))[..., 0]}
    raw = affine("heads.quantiles", h)
    middle = c["quantileLevels"].index(0.5)
    share = 1 + affine("heads.level", h)
    median = share * told[..., None] + raw[..., middle : middle + 1]
    above = median + torch.cumsum(F.softplus(raw[..., middle + 1 :]), -1)
    below = median - torch.cumsum(F.softplus(raw[..., :middle]).flip(-1), -1).flip(-1)
    quantiles = torch.cat([below, median, above], -1)
    return {"onChartLogit": affine("heads.on_chart", h)[..., 0], "quantiles": quantiles}


def loss_of(c, x, out):
    seen = x["seen"] > 0
    on = seen & (x["onChart"] > 0)
    if not c["quantileLevels"]:
        # HuberMSELoss of bhbbbbb/MPPP, over the weeks seen.
        T = x["seen"].shape[1]
        weights = torch.tensor([1 - 4 * math.log10(week / T) for week in range(1, T + 1)], dtype=torch.float64)
        target = torch.where(on, x["streams"], torch.zeros_like(x["streams"]))
        mse = F.mse_loss(out["point"], target, reduction="none")
        huber = F.huber_loss(out["point"], target, reduction="none", delta=0.5)
        return (torch.where(on, mse, 0.1 * 2 * huber) * weights)[seen].sum() / seen.sum()
    flag = F.binary_cross_entropy_with_logits(out["onChartLogit"][seen], x["onChart"][seen])
    e = x["streams"][on][:, None] - out["quantiles"][on]
    levels = torch.tensor(c["quantileLevels"], dtype=torch.float64)
    pinball = torch.maximum(levels * e, (levels - 1) * e).mean()
    return c["lossWeights"]["onChart"] * flag + c["lossWeights"]["quantiles"] * pinball


def make(file, c, seed):
    g = torch.Generator().manual_seed(seed)

    def normal(*shape):
        return torch.randn(*shape, generator=g)

    B, T = c["numTracks"], c["numWeeks"]
    p32 = {
        name: 0.4 * normal(*shape) + (1 if name.endswith("weight") and len(shape) == 1 else 0)
        for name, shape in shapes(c).items()
    }
    if not c["quantileLevels"]:
        p32["decoder.heads.point.bias"] += 2  # mostly above 0: below it no gradient passes
    start = torch.randint(0, WEEKS_OF_YEAR, (B, 1), generator=g)
    x32 = {
        "encoder": normal(B, c["encoderSize"]),
        "region": torch.randint(0, c["numRegions"], (B,), generator=g).int(),
        "weekOfYear": ((start + torch.arange(T)) % WEEKS_OF_YEAR).int(),
        "seen": (torch.rand(B, T, generator=g) < 0.8).float(),
        "onChart": (torch.rand(B, T, generator=g) < 0.6).float(),
        "streams": normal(B, T).abs() if not c["quantileLevels"] else normal(B, T),
    }
    if c["numExtrinsic"]:
        x32["extrinsic"] = normal(B, c["numExtrinsic"])
    p = {name: value.double().requires_grad_() for name, value in p32.items()}
    x = {name: value.double() if value.is_floating_point() else value for name, value in x32.items()}
    out = forward(c, p, x)
    loss = loss_of(c, x, out)
    loss.backward()
    if "point" in out:
        share = (out["point"] > 0).double().mean()
        assert 0.3 < share < 0.9, share
    tensors = {
        **{f"parameter/{name}": value for name, value in p32.items()},
        **{f"input/{name}": value.float() for name, value in x32.items()},
        **{f"output/{name}": value.detach().float() for name, value in {**out, "loss": loss}.items()},
        **{f"gradient/{name}": value.grad.float() for name, value in p.items()},
    }
    save_file({name: value.contiguous() for name, value in tensors.items()}, HERE / file, {"config": json.dumps(c)})
    print(file, (HERE / file).stat().st_size, "loss", loss.item())


SIZES = {"hiddenSize": 16, "numLayers": 2, "numHeads": 2, "mlpSize": 24, "encoderSize": 6, "numRegions": 4, "epsilon": EPSILON}
make(
    "hurdle.safetensors",
    {
        **SIZES,
        "numTracks": 3,
        "numWeeks": 15,
        "numExtrinsic": 3,
        "quantileLevels": [0.1, 0.25, 0.5, 0.75, 0.9],
        "lossWeights": {"onChart": 0.7, "quantiles": 1.3},
    },
    1,
)
make("point.safetensors", {**SIZES, "numTracks": 4, "numWeeks": 9, "numHeads": 4, "numExtrinsic": 0, "quantileLevels": []}, 2)
