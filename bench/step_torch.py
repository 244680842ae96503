"""PyTorch's side of bench/step.ts: the same training steps, two threads, scaled_dot_product_attention, gradients
clipped by their norm, fused AdamW.

Takes the name of a case; answers each line `step N` with wall seconds, CPU seconds and peak memory (MB) of N steps.
"""

import resource
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.set_num_threads(2)
torch.manual_seed(0)


class Block(nn.Module):
    def __init__(self, width, heads, mlp, epsilon):
        super().__init__()
        self.heads = heads
        self.norm_before = nn.LayerNorm(width, eps=epsilon)
        self.qkv = nn.Linear(width, 3 * width)
        self.output = nn.Linear(width, width)
        self.norm_after = nn.LayerNorm(width, eps=epsilon)
        self.up = nn.Linear(width, mlp)
        self.down = nn.Linear(mlp, width)

    def forward(self, x, causal=False):
        b, n, d = x.shape
        q, k, v = self.qkv(self.norm_before(x)).reshape(b, n, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=causal).transpose(1, 2).reshape(b, n, d)
        x = x + self.output(mixed)
        return x + self.down(F.gelu(self.up(self.norm_after(x))))


def blocks(layers=12, width=192, heads=3, mlp=768, epsilon=1e-6):
    return [Block(width, heads, mlp, epsilon) for _ in range(layers)]


def vit():
    model = nn.Sequential(*blocks(), nn.LayerNorm(192, eps=1e-6))
    x = torch.randn(4, 438, 192)
    return model, lambda: model(x).square().mean() * 0.5


class Mp2(nn.Module):
    """timm's vision transformer on one channel: patches of 16 x 16, class token, mean of the patch tokens."""

    def __init__(self):
        super().__init__()
        self.patches = nn.Conv2d(1, 192, 16, stride=16)
        self.class_token = nn.Parameter(torch.zeros(1, 1, 192))
        self.positions = nn.Parameter(torch.randn(1, 1401, 192) * 0.02)
        self.blocks = nn.Sequential(*blocks())
        self.norm = nn.LayerNorm(192, eps=1e-6)
        self.head = nn.Linear(192, 32)
        self.targets = nn.Linear(32, 2)

    def forward(self, x):
        tokens = self.patches(x[:, None]).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.class_token.expand(len(x), -1, -1), tokens], 1) + self.positions
        return self.targets(self.head(self.norm(self.blocks(tokens)[:, 1:].mean(1))))


def mp2():
    model = Mp2()
    x, y = torch.randn(4, 2800, 128), torch.randn(4, 2)
    return model, lambda: F.mse_loss(model(x), y)


class Siamese(nn.Module):
    """Yu et al.'s network as github.com/OckhamsRazor/HSP_CNN has it, on steps of 9 frames."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(1, 32, (128, 4))
        self.middle = nn.Conv2d(32, 64, (1, 4))
        self.hidden = nn.ModuleList([nn.Conv2d(64, 256, 1), nn.Conv2d(256, 256, 1)])
        self.score = nn.Conv2d(256, 1, 1)

    def forward(self, x):
        def act(value):
            return F.leaky_relu(value, 0.1)

        # The mean in the layout the frames come in: pooling the transposed view takes much longer.
        steps = x.shape[1] // 9
        x = x[:, : 9 * steps].unflatten(1, (steps, 9)).mean(2).transpose(1, 2)[:, None].contiguous()
        x = F.max_pool2d(act(self.stem(x)), (1, 2))
        x = F.max_pool2d(act(self.middle(x)), (1, 2))
        for hidden in self.hidden:
            x = act(hidden(x))
        return self.score(x).mean((1, 2, 3))


def siamese():
    model = Siamese()
    x, y = torch.randn(16, 2998, 128), torch.randn(16)
    (y_a, y_b) = y.chunk(2)

    def loss_of():
        score = model(x)
        score_a, score_b = score.chunk(2)
        return F.mse_loss(score, y) + F.margin_ranking_loss(score_a, score_b, torch.sign(y_a - y_b), margin=0.1)

    return model, loss_of


LEVELS = torch.tensor([0.1, 0.25, 0.5, 0.75, 0.9])
MEDIAN = 2


class Mp3(nn.Module):
    """The decoder of models/mp3: week tokens and context, four causal blocks, P(on chart) and quantiles around a median that
    is said off the last level."""

    def __init__(self, width=192, weeks=104):
        super().__init__()
        # Start, unseen, off the chart, on the chart, level.
        self.week = nn.Linear(5, width, bias=False)
        self.positions = nn.Parameter(torch.randn(weeks, width) * 0.02)
        self.week_of_year = nn.Embedding(53, width)
        self.region = nn.Embedding(72, width)
        self.encoder = nn.Linear(width, width)
        self.blocks = nn.ModuleList(blocks(layers=4))
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.on_chart = nn.Linear(width, 1)
        self.quantiles = nn.Linear(width, len(LEVELS))
        self.level = nn.Linear(width, 1)

    def context(self, x):
        return self.region(x["region"]) + self.encoder(x["encoder"])

    def features(self, x):
        """What each token is told: of the week before it."""
        seen = x["seen"] > 0
        on = seen & (x["on_chart"] > 0)
        last_on = torch.where(on, torch.arange(on.shape[1]).expand_as(on), -1).cummax(1).values
        level = torch.where(last_on < 0, 0, x["streams"].gather(1, last_on.clamp_min(0)))
        start = torch.zeros_like(level)
        weeks = torch.stack([start, (~seen).float(), (seen & ~on).float(), on.float(), level], -1)
        return torch.cat([F.one_hot(torch.zeros(len(on), 1, dtype=torch.long), 5).float(), weeks[:, :-1]], 1)

    def forecast(self, h, level):
        """P(on chart), as a logit, and ascending quantiles."""
        h = self.norm(h)
        raw = self.quantiles(h)
        median = level + level * self.level(h) + raw[..., MEDIAN : MEDIAN + 1]
        above = F.softplus(raw[..., MEDIAN + 1 :]).cumsum(-1)
        below = F.softplus(raw[..., :MEDIAN]).flip(-1).cumsum(-1).flip(-1)
        return self.on_chart(h)[..., 0], torch.cat([median - below, median, median + above], -1)

    def forward(self, x):
        features = self.features(x)
        h = self.week(features) + self.positions + self.week_of_year(x["week_of_year"]) + self.context(x)[:, None]
        for block in self.blocks:
            h = block(h, causal=True)
        return self.forecast(h, features[..., 4:])


def mp3():
    model = Mp3()
    weeks = torch.arange(104).expand(32, -1)
    x = {
        "seen": torch.ones(32, 104),
        "on_chart": (weeks < 52).float(),
        "streams": torch.randn(32, 104),
        "week_of_year": weeks % 53,
        "region": torch.ones(32, dtype=torch.long),
        "encoder": torch.randn(32, 192),
    }

    def loss_of():
        logit, quantiles = model(x)
        on = x["on_chart"]
        error = (x["streams"][..., None] - quantiles) * on[..., None]
        pinball = torch.maximum(LEVELS * error, (LEVELS - 1) * error).mean(-1).sum() / on.sum()
        return F.binary_cross_entropy_with_logits(logit, on) + pinball

    return model, loss_of


def main(name):
    model, loss_of = {"vit": vit, "mp2": mp2, "siamese": siamese, "mp3": mp3}[name]()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, fused=True)

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = loss_of()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        return loss.item()

    for line in sys.stdin:
        times = int(line.split()[1])
        start_usage, start = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
        for _ in range(times):
            step()
        wall, usage = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF)
        cpu = usage.ru_utime + usage.ru_stime - start_usage.ru_utime - start_usage.ru_stime
        print(wall, cpu, usage.ru_maxrss / 1024, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
