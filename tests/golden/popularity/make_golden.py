"""Lee & Lee's eight metrics of 60 tracks of the sample, by numpy and scipy: the golden of the view popularity_metric.

    python -m venv venv && venv/bin/pip install numpy==2.3.4 scipy==1.16.3 duckdb==1.5.5
    venv/bin/python tests/golden/popularity/make_golden.py

DuckDB only reads the sample here; every number comes from numpy (debut, max, mean, std, length, sum) and scipy.stats
(skewness, kurtosis). The tracks are every 90th by id, so that short and long lives are both among them.
"""

import json
import pathlib

import duckdb
import numpy as np
import scipy
from scipy import stats

ROOT = pathlib.Path(__file__).resolve().parents[3]
SAMPLE = ROOT / "data" / "sample" / "us_daily_2017_2019.parquet"
DEPTH = 200


def moments(values: np.ndarray, unbiased: bool) -> dict:
    n = len(values)
    is_flat = bool(np.all(values == values[0]))
    few_for_kurtosis = n < (4 if unbiased else 3)
    return {
        "std": None if unbiased and n < 2 else float(np.std(values, ddof=1 if unbiased else 0)),
        "skewness": None if n < 3 or is_flat else float(stats.skew(values, bias=not unbiased)),
        "kurtosis": None
        if few_for_kurtosis or is_flat
        else float(stats.kurtosis(values, fisher=False, bias=not unbiased)),
    }


def metrics(values: np.ndarray) -> dict:
    return {
        "debut": float(values[0]),
        "max": float(values.max()),
        "mean": float(values.mean()),
        "length": int(len(values)),
        "sum": float(values.sum()),
        "population": moments(values, unbiased=False),
        "sample": moments(values, unbiased=True),
    }


def main() -> None:
    rows = duckdb.sql(
        f"""SELECT track_ID, Streams::DOUBLE, "Position"::INTEGER FROM '{SAMPLE}' ORDER BY track_ID, Date"""
    ).fetchall()
    tracks: dict[str, list] = {}
    for track, streams, rank in rows:
        tracks.setdefault(track, []).append((streams, DEPTH + 1 - rank))
    chosen = sorted(tracks)[::90][:60]
    golden = {
        track: {
            "streams": metrics(np.array([streams for streams, _ in tracks[track]])),
            "rank_score": metrics(np.array([float(score) for _, score in tracks[track]])),
        }
        for track in chosen
    }
    made_with = {"numpy": np.__version__, "scipy": scipy.__version__}
    path = pathlib.Path(__file__).with_name("golden.json")
    path.write_text(json.dumps({"madeWith": made_with, "tracks": golden}, indent=1) + "\n")


if __name__ == "__main__":
    main()
