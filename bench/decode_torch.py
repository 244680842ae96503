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
weeks = torch.arange(WEEKS).expand(TRACKS, -1)
inputs = {
    "seen": torch.ones(TRACKS, WEEKS),
    "on_chart": (weeks < WEEKS // 2).float(),
    "streams": torch.randn(TRACKS, WEEKS),
    "region": torch.ones(TRACKS, dtype=torch.long),
    "encoder": torch.randn(TRACKS, 192),
}


def attend(block, x, cache, place):
    b, n, d = x.shape
    heads = block.heads
    q, k, v = block.qkv(block.norm_before(x)).reshape(b, n, 3, heads, d // heads).permute(2, 0, 3, 1, 4)
    cache[0][:, :, place : place + n], cache[1][:, :, place : place + n] = k, v
    keys, values = cache[0][:, :, : place + n], cache[1][:, :, : place + n]
    mixed = F.scaled_dot_product_attention(q, keys, values, is_causal=n > 1).transpose(1, 2).reshape(b, n, d)
    x = x + block.output(mixed)
    return x + block.down(F.gelu(block.up(block.norm_after(x))))


def tokens_of(features, context, first):
    """Tokens of weeks from `first` on, from what is told of the weeks before them."""
    places = torch.arange(first, first + features.shape[1])
    return model.week(features) + model.positions[places] + model.week_of_year(places % 53) + context[:, None]


@torch.no_grad()
def decode():
    context = model.context(inputs)
    caches = [[torch.empty(TRACKS, 3, WEEKS, 64) for _ in range(2)] for _ in model.blocks]
    features = model.features(inputs)[:, : OBSERVED + 1]
    place, forecasts = 0, []
    for week in range(OBSERVED, WEEKS):
        h = tokens_of(features, context, place)
        for block, cache in zip(model.blocks, caches):
            h = attend(block, h, cache, place)
        place += h.shape[1]
        level = features[:, -1:, 4:]
        forecasts.append(model.forecast(h[:, -1:], level))
        # A week that was forecast is told as one that nobody has seen.
        features = torch.cat([torch.tensor([0.0, 1, 0, 0]).expand(TRACKS, 1, -1), level], -1)
    on_chart, quantiles = zip(*forecasts)
    return torch.sigmoid(torch.cat(on_chart, 1)), torch.cat(quantiles, 1)


for line in sys.stdin:
    times = int(line.split()[1])
    start_usage, start_time = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    for _ in range(times):
        decode()
    wall, usage = time.perf_counter() - start_time, resource.getrusage(resource.RUSAGE_SELF)
    cpu = usage.ru_utime + usage.ru_stime - start_usage.ru_utime - start_usage.ru_stime
    print(wall, cpu, usage.ru_maxrss / 1024, flush=True)
