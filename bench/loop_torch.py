"""PyTorch's side of bench/checkpoints.ts and bench/epochs.ts: MP2 on an AST in a plain training loop (DataLoader with one
worker, the same augmentation, dropout and stochastic depth, gradients clipped, fused AdamW, moving average, a line of loss
a step, torch.save), or its bare step on one batch of the same data.

Takes a JSON object: see LoopSpec in bench/lib/trainingLoop.ts, with the recipe's sizes. After each step it writes the CPU
seconds so far. `timeOneCheckpoint`: writes the bytes of one checkpoint and the seconds to save and to load it, and ends.
"""

import json
import os
import resource
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

from step_torch import Block

NUM_FRAMES, NUM_MEL_BINS = 2998, 128


def drop_path(x, rate, training):
    if rate == 0 or not training:
        return x
    kept = torch.rand(len(x), 1, 1) >= rate
    return x * kept / (1 - rate)


class DisturbedBlock(Block):
    def __init__(self, sizes, dropout, path_rate):
        super().__init__(sizes["hiddenSize"], sizes["numHeads"], sizes["mlpSize"], sizes["epsilon"])
        self.dropout, self.path_rate = dropout, path_rate

    def disturbed(self, branch):
        return drop_path(F.dropout(branch, self.dropout, self.training), self.path_rate, self.training)

    def forward(self, x):
        b, n, d = x.shape
        q, k, v = self.qkv(self.norm_before(x)).reshape(b, n, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(b, n, d)
        x = x + self.disturbed(self.output(mixed))
        return x + self.disturbed(self.down(F.gelu(self.up(self.norm_after(x)))))


class Ast(nn.Module):
    """The hub's AST with two labels: class and distillation token, their mean, a norm and a linear map."""

    def __init__(self, sizes, dropout, path_rate):
        super().__init__()
        width, layers, patch = sizes["hiddenSize"], sizes["numLayers"], sizes["patchSize"]
        strides = sizes["frameStride"], sizes["melStride"]
        self.dropout = dropout
        self.patches = nn.Conv2d(1, width, patch, stride=strides)
        spans = sizes["numFrames"] - patch, sizes["numMelBins"] - patch
        tokens = (spans[0] // strides[0] + 1) * (spans[1] // strides[1] + 1) + 2
        self.prefix = nn.Parameter(torch.randn(1, 2, width) * 0.02)
        self.positions = nn.Parameter(torch.randn(1, tokens, width) * 0.02)
        rates = [path_rate * layer / max(1, layers - 1) for layer in range(layers)]
        self.blocks = nn.Sequential(*[DisturbedBlock(sizes, dropout, rate) for rate in rates])
        self.norm = nn.LayerNorm(width, eps=sizes["epsilon"])
        self.head = nn.Sequential(nn.LayerNorm(width, eps=sizes["epsilon"]), nn.Linear(width, 2))

    def forward(self, x):
        tokens = self.patches(x[:, None]).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.prefix.expand(len(x), -1, -1), tokens], 1) + self.positions
        tokens = self.blocks(F.dropout(tokens, self.dropout, self.training))
        return self.head(self.norm(tokens)[:, :2].mean(1))


class Clips(torch.utils.data.Dataset):
    """Half precision on the disk, mapped; what audio/augment does to a clip."""

    def __init__(self, folder, augment):
        clips, self.augment = os.path.join(folder, "clips.f16"), augment
        size = os.path.getsize(clips) // 2
        self.clips = torch.from_file(clips, size=size, dtype=torch.float16).view(-1, NUM_FRAMES, NUM_MEL_BINS)
        targets = os.path.join(folder, "targets.f32")
        self.targets = torch.from_file(targets, size=2 * len(self.clips), dtype=torch.float32).view(-1, 2)

    def __len__(self):
        return len(self.clips)

    def __getitem__(self, track):
        settings, floor = self.augment, self.augment["fillValue"]

        def draw(low, high):
            return int(torch.randint(low, high + 1, ()))

        x = self.clips[track].float()
        gain = (2 * torch.rand(()) - 1) * settings["maxGainDb"] * 0.23025851
        x = torch.where(x <= floor, x, (x + gain).clamp_min(floor))
        frames = settings["numFrames"]
        start = draw(0, max(0, len(x) - frames))
        x = x[start : start + frames].roll(draw(-settings["maxRollFrames"], settings["maxRollFrames"]), 0)
        for axis, share in ((1, settings["maxMelBinMaskShare"]), (0, settings["maxFrameMaskShare"])):
            width = draw(0, int(x.shape[axis] * share))
            x.narrow(axis, draw(0, x.shape[axis] - width), width).fill_(floor)
        return (x + 4.27) / 9.14, self.targets[track]


def endless(loader):
    while True:
        yield from loader


def loss_of(model, x, y):
    return ((model(x) - y).square() * torch.tensor([4.0, 1.0])).sum() / (5 * len(x))


def main(spec):
    stage, is_loop = spec["stage"], spec["kind"] == "loop"
    rates = (stage["dropoutRate"], stage["dropPathRate"]) if is_loop else (0, 0)
    model = Ast(spec["encoder"], *rates).train()
    average = [p.detach().clone() for p in model.parameters()]
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, weight_decay=stage["weightDecay"], fused=True)

    def update(x, y):
        optimizer.zero_grad(set_to_none=True)
        loss = loss_of(model, x, y)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        return loss.item()

    path = os.path.join(spec["folder"], f"torch-{os.getpid()}.pt")

    def save():
        torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "average": average}, path)

    if spec["kind"] == "timeOneCheckpoint":
        update(*one_batch(spec))
        for _ in range(spec["numTimes"]):
            start = time.perf_counter()
            save()
            saved = time.perf_counter()
            torch.load(path)
            print(os.path.getsize(path), saved - start, time.perf_counter() - saved, flush=True)
        return
    if not is_loop:
        batch = one_batch(spec)
        while True:
            update(*batch)
            say_cpu_seconds()

    clips = Clips(spec["folder"], spec["augment"])
    loader = torch.utils.data.DataLoader(
        clips, batch_size=stage["batchSize"], shuffle=True, drop_last=True, num_workers=1, persistent_workers=True
    )
    every = spec["checkpointEverySteps"]
    with open(os.path.join(spec["folder"], f"torch-{os.getpid()}.jsonl"), "w") as losses:
        for step, (x, y) in enumerate(endless(loader), 1):
            losses.write(json.dumps({"step": step, "loss": update(x, y)}) + "\n")
            with torch.no_grad():
                torch._foreach_lerp_(average, list(model.parameters()), 1 - stage["averageDecay"])
            if every is not None and step % every == 0:
                save()
            say_cpu_seconds()


def one_batch(spec):
    loader = torch.utils.data.DataLoader(Clips(spec["folder"], spec["augment"]), batch_size=spec["stage"]["batchSize"])
    return next(iter(loader))


def say_cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    print(usage.ru_utime + usage.ru_stime, flush=True)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
