"""The peer of bench/commits.ts: DuckDB's own client, which does no more than insert each chart in a transaction.

Reads commands from stdin and answers each with one line:
  open FOLDER EXTENSIONS SAMPLE   makes a lake
  night DATE REGION...            inserts 200 rows per region, a transaction each; answers wall and CPU seconds
"""

import os
import resource
import sys
import time

import duckdb

connection = None
num_nights = 0


def open_lake(folder, extensions, sample):
    global connection
    os.makedirs(os.path.join(folder, "data"))
    connection = duckdb.connect(config={"allow_unsigned_extensions": "false"})
    for name in ("sqlite_scanner", "ducklake"):
        connection.execute(f"LOAD '{extensions}/{name}.duckdb_extension'")
    connection.execute(
        f"ATTACH 'ducklake:sqlite:{folder}/catalog.sqlite' AS lake "
        f"(DATA_PATH '{folder}/data/', META_JOURNAL_MODE 'WAL', META_BUSY_TIMEOUT 5000)"
    )
    connection.execute(
        "CREATE TABLE lake.chart_entry (chart_kind VARCHAR, region VARCHAR, chart_date DATE, rank INTEGER, track_id VARCHAR, "
        "title VARCHAR, artists STRUCT(id VARCHAR, name VARCHAR)[], streams BIGINT, total_streams BIGINT)"
    )
    connection.execute("ALTER TABLE lake.chart_entry SET PARTITIONED BY (chart_kind, region, year(chart_date))")
    connection.execute(
        "CREATE TEMP TABLE day AS SELECT dense_rank() OVER (ORDER BY Date) - 1 AS day, Position AS rank, track_ID AS track_id, "
        f"Track AS title, [{{id: NULL::VARCHAR, name: Artist}}] AS artists, Streams AS streams FROM '{sample}'"
    )
    return connection.execute("SELECT count(*) FROM day").fetchone()[0]


def night(date, regions):
    global num_nights
    wall, usage = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
    for place, region in enumerate(regions):
        connection.execute(
            "INSERT INTO lake.chart_entry SELECT 'daily', $region, $date::DATE, rank, track_id, title, artists, streams, 100 * streams "
            "FROM day WHERE day = $day",
            {"region": region, "date": date, "day": (num_nights + 7 * place) % 1072},
        )
    seconds, after = time.perf_counter() - wall, resource.getrusage(resource.RUSAGE_SELF)
    num_nights += 1
    for maintenance in ("ducklake_flush_inlined_data", "ducklake_merge_adjacent_files"):
        connection.execute(f"CALL {maintenance}('lake')")
    return f"{seconds} {after.ru_utime + after.ru_stime - usage.ru_utime - usage.ru_stime}"


for line in sys.stdin:
    verb, *words = line.rstrip("\n").split("\t")
    print(open_lake(*words) if verb == "open" else night(words[0], words[1:]), flush=True)
