"""The peer of bench/metrics.ts: the same SQL on the same lake in DuckDB's own client.

Reads commands from stdin and answers each with one line:
  open CATALOG EXTENSIONS THREADS   attaches the lake read-only
  count SQL                         number of rows
  time N SQL                        wall and CPU seconds of N times, all rows fetched
"""

import resource
import sys
import time

import duckdb

connection = None


def open_lake(catalog, extensions, threads):
    global connection
    connection = duckdb.connect(config={"threads": int(threads)})
    for name in ("sqlite_scanner", "ducklake"):
        connection.execute(f"LOAD '{extensions}/{name}.duckdb_extension'")
    connection.execute(f"ATTACH 'ducklake:sqlite:{catalog}' AS lake (READ_ONLY)")
    connection.execute("USE lake")
    return "open"


def timed(num_times, sql):
    wall, usage = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
    for _ in range(int(num_times)):
        connection.execute(sql).fetchall()
    seconds, after = time.perf_counter() - wall, resource.getrusage(resource.RUSAGE_SELF)
    return f"{seconds} {after.ru_utime + after.ru_stime - usage.ru_utime - usage.ru_stime}"


for line in sys.stdin:
    verb, *words = line.rstrip("\n").split("\t")
    if verb == "open":
        answer = open_lake(*words)
    elif verb == "count":
        answer = len(connection.execute(words[0]).fetchall())
    else:
        answer = timed(*words)
    print(answer, flush=True)
