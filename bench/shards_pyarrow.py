"""The peer of bench/shards.ts: pyarrow reading single rows of the same shards.

Reads commands from stdin and answers each with one line:
  open PATH ...    memory-maps the shards; answers the number of rows
  time N           reads every row of every shard in a fixed shuffled order, N times, summing one value of each (so that
                   its bytes are looked at); answers wall and CPU seconds
One thread.
"""

import random
import resource
import sys
import time

import numpy as np
import pyarrow as pa

pa.set_cpu_count(1)
readers = []
rows = []


def read_all():
    total = 0.0
    for reader, row in rows:
        values = readers[reader].get_batch(row).column("values").flatten().flatten()
        # A copy into an array of its own, as a batch for training needs it.
        total += float(np.array(values.to_numpy(zero_copy_only=True))[-1])
    return total


def timed(work, times):
    usage, wall = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    for _ in range(times):
        work()
    seconds, after = time.perf_counter() - wall, resource.getrusage(resource.RUSAGE_SELF)
    return f"{seconds} {after.ru_utime + after.ru_stime - usage.ru_utime - usage.ru_stime}"


for line in sys.stdin:
    verb, *words = line.rstrip("\n").split(" ")
    if verb == "open":
        readers = [pa.ipc.open_file(pa.memory_map(path)) for path in words]
        rows = [(i, row) for i, reader in enumerate(readers) for row in range(reader.num_record_batches)]
        random.Random(1).shuffle(rows)
        answer = len(rows)
    else:
        answer = timed(read_all, int(words[0]))
    print(answer, flush=True)
