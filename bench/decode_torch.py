"""PyTorch's side of bench/decode.ts: MP3's decoder with cached keys and values, 1,000 tracks, two threads.

Answers each line `step N` with wall seconds, CPU seconds and peak memory (MB) of N decodings.
"""

import resource
import sys
import time

import torch
import torch.nn.functional as F

from step_torch import Mp3

TRACKS, OBSERVED, WEEKS = 1000, 4, 104
torch.manual_seed(0)
model = Mp3().eval()
streams = torch.randn(TRACKS, WEEKS)
context = model.region(torch.ones(TRACKS, dtype=torch.long)) + model.encoder(torch.randn(TRACKS, 192))


def attend(block, x, cache, place):
    b, n, d = x.shape
    heads = block.heads
    q, k, v = block.qkv(block.norm_before(x)).reshape(b, n, 3, heads, d // heads).permute(2, 0, 3, 1, 4)
    cache[0][:, :, place : place + n], cache[1][:, :, place : place + n] = k, v
    keys, values = cache[0][:, :, : place + n], cache[1][:, :, : place + n]
    mixed = F.scaled_dot_product_attention(q, keys, values, is_causal=n > 1).transpose(1, 2).reshape(b, n, d)
    x = x + block.output(mixed)
    return x + block.down(F.gelu(block.up(block.norm_after(x))))


def tokens_of(on, value, first):
    """Tokens of weeks from `first` on, from P(on chart) and streams of the weeks before them."""
    soft = on[..., None] * (model.state.weight[3] + value[..., None] * model.streams)
    week = soft + (1 - on)[..., None] * model.state.weight[2]
    n = week.shape[1]
    weeks = torch.arange(first, first + n)
    return week + model.positions[first : first + n] + model.week_of_year(weeks % 53) + context[:, None]


@torch.no_grad()
def decode():
    caches = [[torch.empty(TRACKS, 3, WEEKS, 64) for _ in range(2)] for _ in model.blocks]
    start = model.start.expand(TRACKS, 1, -1) + model.positions[:1] + model.week_of_year(torch.tensor([0])) + context[:, None]
    known = tokens_of(torch.ones(TRACKS, OBSERVED), streams[:, :OBSERVED], 1)
    h, place, forecasts = torch.cat([start, known], 1), 0, []
    for week in range(OBSERVED, WEEKS):
        n = h.shape[1]
        for block, cache in zip(model.blocks, caches):
            h = attend(block, h, cache, place)
        place += n
        last = model.norm(h[:, -1:])
        raw = model.quantiles(last)
        quantiles = torch.cumsum(torch.cat([raw[..., :1], F.softplus(raw[..., 1:])], -1), -1)
        on, median = torch.sigmoid(model.on_chart(last)[..., 0]), quantiles[..., 2]
        forecasts.append(median)
        if week + 1 < WEEKS:
            h = tokens_of(on, median, week + 1)
    return torch.cat(forecasts, 1)


for line in sys.stdin:
    times = int(line.split()[1])
    start_usage, start_time = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    for _ in range(times):
        decode()
    wall, usage = time.perf_counter() - start_time, resource.getrusage(resource.RUSAGE_SELF)
    cpu = usage.ru_utime + usage.ru_stime - start_usage.ru_utime - start_usage.ru_stime
    print(wall, cpu, usage.ru_maxrss / 1024, flush=True)
