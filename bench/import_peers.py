"""The Python peers of bench/import.ts: chart rows from a file to Parquet files partitioned by year.

Reads commands from stdin and answers each with one line:
  csv SOURCE TARGET          writes a Parquet file of charts as CSV; answers its bytes
  check NAME SOURCE          what the peer makes of the file: rows kept, rows put aside, sum of streams
  time NAME N SOURCE FOLDER  reads, checks and writes N times; answers wall and CPU seconds
NAME is `pandas` (the checks an import makes: ids, dates, ranks, streams, one row per place) or `duckdb` (a plain COPY
without any check).
"""

import os
import resource
import shutil
import sys
import time

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

ID = r"[A-Za-z0-9]{22}"


def read(source):
    if source.endswith(".parquet"):
        return pd.read_parquet(source).astype({"Position": "string", "Streams": "string", "Date": "string"})
    return pd.read_csv(source, dtype="string", keep_default_na=False)


def checked(source):
    """Good rows, typed, and the others with a reason."""
    rows = read(source)
    rank = pd.to_numeric(rows["Position"].where(rows["Position"].str.fullmatch(r"\d{1,3}")), errors="coerce")
    streams = pd.to_numeric(rows["Streams"].where(rows["Streams"].str.fullmatch(r"\d{1,15}")), errors="coerce")
    date = pd.to_datetime(rows["Date"].str.slice(0, 10), format="%Y-%m-%d", errors="coerce")
    has_id = rows["track_ID"].str.fullmatch(ID).fillna(False)
    reason = pd.Series(pd.NA, index=rows.index, dtype="string")
    reason = reason.mask(streams.isna(), "bad-streams").mask(~has_id, "bad-track-id")
    reason = reason.mask(~rank.between(1, 200), "bad-rank").mask(date.isna(), "bad-date")
    typed = pd.DataFrame({
        "chart_date": date, "rank": rank, "track_id": rows["track_ID"], "title": rows["Track"],
        "artist": rows["Artist"], "streams": streams,
    })
    again = reason.isna() & typed[reason.isna()].duplicated(["chart_date", "rank"]).reindex(rows.index, fill_value=False)
    reason = reason.mask(again, "duplicate-rank")
    good = typed[reason.isna()].astype({"rank": "int32", "streams": "int64"})
    return good.sort_values(["chart_date", "rank"]), rows.assign(reason=reason)[reason.notna()]


def with_pandas(source, folder):
    good, aside = checked(source)
    table = pa.Table.from_pandas(good.assign(year=good["chart_date"].dt.year), preserve_index=False)
    pq.write_to_dataset(table, folder, partition_cols=["year"])
    pq.write_table(pa.Table.from_pandas(aside, preserve_index=False), os.path.join(folder, "aside.parquet"))


def with_duckdb(source, folder):
    connection = duckdb.connect()
    connection.execute(
        f"COPY (SELECT *, year(CAST(Date AS DATE)) AS year FROM '{source}') TO '{folder}' (FORMAT parquet, PARTITION_BY (year))"
    )
    connection.close()


def figures(name, source):
    if name == "duckdb":
        kept, total = duckdb.execute(f"SELECT count(*), CAST(sum(Streams) AS BIGINT) FROM '{source}'").fetchone()
        return f"{kept} 0 {total}"
    good, aside = checked(source)
    return f"{len(good)} {len(aside)} {good['streams'].sum()}"


def answer(words):
    if words[0] == "csv":
        duckdb.execute(
            f"COPY (SELECT * REPLACE (strftime(Date, '%Y-%m-%d') AS Date) FROM '{words[1]}') TO '{words[2]}' (FORMAT csv)"
        )
        return os.path.getsize(words[2])
    if words[0] == "check":
        return figures(words[1], words[2])
    _, name, num_times, source, folder = words
    work = {"pandas": with_pandas, "duckdb": with_duckdb}[name]
    wall, usage = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
    for _ in range(int(num_times)):
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        work(source, folder)
    seconds, after = time.perf_counter() - wall, resource.getrusage(resource.RUSAGE_SELF)
    return f"{seconds} {after.ru_utime + after.ru_stime - usage.ru_utime - usage.ru_stime}"


for line in sys.stdin:
    print(answer(line.rstrip("\n").split("\t")), flush=True)
