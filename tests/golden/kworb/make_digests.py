#!/usr/bin/env python3
"""An independent reading of kworb's pages with html5lib, for the tests of sources/kworb. See README.md beside it.

    make_digests.py digests PAGES_DIR     writes html5lib_digests.json: for every page and column a row count and a hash
    make_digests.py rows FILE             prints the rows of one chart or artist songs page as JSON
"""

import collections
import hashlib
import json
import pathlib
import re
import sys

import html5lib

CHART_FIELDS = {
    "Pos": "rank",
    "P+": "movement",
    "Days": "periodsOnChart",
    "Wks": "periodsOnChart",
    "Pk": "peakRank",
    "(x?)": "timesAtPeak",
    "Streams": "streams",
    "Streams+": "streamsChange",
    "7Day": "sevenDay",
    "7Day+": "sevenDayChange",
    "Total": "total",
}
CHART_COLUMNS = [
    "rank", "movement", "trackId", "title", "artists", "featured", "periodsOnChart", "peakRank", "timesAtPeak",
    "streams", "streamsChange", "sevenDay", "sevenDayChange", "total",
]
SONG_COLUMNS = ["trackId", "title", "isFeature", "total", "daily"]
INVISIBLE = {"\u200b", "\u200c", "\u200d", "\u200e", "\u200f", "\u202a", "\u202b", "\u202c", "\u202d", "\u202e",
             "\u2066", "\u2067", "\u2068", "\u2069", "\ufeff"}


def text_of(element):
    return "".join(element.itertext())


def document_of(page_bytes):
    return html5lib.parse(page_bytes, transport_encoding="utf-8", namespaceHTMLElements=False)


def whole_number(text):
    text = text.strip()
    if text == "":
        return None
    return int(text.replace(",", "").strip("(x)"))


def movement_of(text):
    words = {"": None, "=": 0, "NEW": "new", "RE": "re-entry"}
    return words[text] if text in words else int(text)


def id_in(href):
    return href.rsplit("/", 1)[1].split(".")[0]


def credit_of(cell):
    """Walks the cell's links in order, the text before each of them in hand."""
    div = cell.find("div")
    credit = {"artists": [], "featured": []}
    before = div.text or ""
    for link in div:
        assert link.tag == "a", link.tag
        name = text_of(link)
        if "/track/" in link.get("href"):
            assert before.endswith(" - "), before
            if not credit["artists"]:
                credit["artists"].append({"id": None, "name": before[: -len(" - ")]})
            credit["trackId"] = id_in(link.get("href"))
            credit["title"] = name
        else:
            side = "featured" if "trackId" in credit else "artists"
            credit[side].append({"id": id_in(link.get("href")), "name": name})
        before = link.tail or ""
    return credit


def chart_rows(table):
    headers = [text_of(th) for th in table.iter("th")]
    rows = []
    for tr in table.find("tbody").findall("tr"):
        cells = tr.findall("td")
        assert len(cells) == len(headers)
        row = dict.fromkeys(CHART_COLUMNS)
        for header, cell in zip(headers, cells):
            if header == "Artist and Title":
                row.update(credit_of(cell))
            elif header == "P+":
                row["movement"] = movement_of(text_of(cell))
            else:
                row[CHART_FIELDS[header]] = whole_number(text_of(cell))
        rows.append(row)
    return rows


def song_rows(table):
    rows = []
    for tr in table.find("tbody").findall("tr"):
        song, total, daily = tr.findall("td")
        link = next(song.iter("a"))
        rows.append({
            "trackId": id_in(link.get("href")),
            "title": text_of(link),
            "isFeature": text_of(song).startswith("* "),
            "total": whole_number(text_of(total)),
            "daily": whole_number(text_of(daily)),
        })
    return rows


def read(page_bytes):
    """The page's kind, columns and rows; None for a page that is neither a chart nor an artist's songs."""
    for table in document_of(page_bytes).iter("table"):
        if table.get("id") in ("spotifydaily", "spotifyweekly"):
            return table.get("id").removeprefix("spotify"), CHART_COLUMNS, chart_rows(table)
        if [text_of(th).strip() for th in table.iter("th")] == ["Song Title", "Streams", "Daily"]:
            return "artist-songs", SONG_COLUMNS, song_rows(table)
    return None


def digest(values):
    canonical = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("utf-8")).hexdigest()


def edge_cases(name, rows, page_bytes, counts):
    """Adds one daily page to the counts of edge cases."""
    file_key = name.removeprefix("geo/").removesuffix(".html")
    counts["pages"] += 1
    counts["rows"] += len(rows)
    ids = [row["trackId"] for row in rows]
    for row in rows:
        place = f"{file_key}/{row['rank']}"
        movement = row["movement"]
        if movement is None:
            key = "movementEmpty"
        elif isinstance(movement, str):
            key = {"new": "movementNew", "re-entry": "movementReEntry"}[movement]
        else:
            key = "movementSame" if movement == 0 else "movementUp" if movement > 0 else "movementDown"
        counts[key] += 1
        counts["streamsChangeEmpty"] += row["streamsChange"] is None
        if 0 in (row["streamsChange"], row["sevenDayChange"]):
            counts["zeroChange"].append(place)
        if all(row[name] is None for name in CHART_COLUMNS if name not in ("rank", "trackId", "title", "artists", "featured")):
            counts["blankRows"].append(place)
        counts["titleWithLessThan"] += "<" in row["title"]
        names = [row["title"]] + [credit["name"] for credit in row["artists"] + row["featured"]]
        counts["ampersand"] += any("&" in name for name in names)
        counts["invisibleMarks"] += any(INVISIBLE & set(name) for name in names)
        if any(credit["id"] is None for credit in row["artists"]):
            counts["unlinkedArtist"].append(place)
        counts["withFeatures"] += len(row["featured"]) > 0
        counts["titleWithDash"] += " - " in row["title"]
        counts["artistWithDash"] += any(" - " in credit["name"] for credit in row["artists"])
        counts["titleNotAscii"] += not row["title"].isascii()
        counts["periodsOver999"] += (row["periodsOnChart"] or 0) > 999
        counts["timesAtPeakFilled"] += row["timesAtPeak"] is not None
        counts["largestTimesAtPeak"] = max(counts["largestTimesAtPeak"], row["timesAtPeak"] or 0)
    if len(set(ids)) < len(ids):
        counts["pagesWithTrackTwice"].append(file_key)
    if len(rows) < 200:
        counts["shortPages"].append(f"{file_key} {len(rows)}")
    assert [row["rank"] for row in rows] == list(range(1, len(rows) + 1))
    assert all(re.fullmatch(r"[A-Za-z0-9]{22}", track_id) for track_id in ids)
    assert b"&amp;" not in page_bytes


def make_digests(pages_dir):
    counts = collections.defaultdict(int)
    lists = ["zeroChange", "blankRows", "unlinkedArtist", "pagesWithTrackTwice", "shortPages"]
    counts.update({name: [] for name in lists})
    files = {}
    for path in sorted(pages_dir.rglob("*.html")):
        name = path.relative_to(pages_dir).as_posix()
        page_bytes = path.read_bytes()
        file_hash = hashlib.sha256(page_bytes).hexdigest()
        reading = read(page_bytes)
        if reading is None:
            files[name] = {"sha256": file_hash, "kind": None}
            continue
        kind, columns, rows = reading
        files[name] = {
            "sha256": file_hash,
            "kind": kind,
            "numRows": len(rows),
            "columns": {column: digest([row[column] for row in rows]) for column in columns},
        }
        if name.startswith("geo/"):
            edge_cases(name, rows, page_bytes, counts)
    result = {
        "madeBy": f"make_digests.py with html5lib {html5lib.__version__}",
        "files": files,
        "edgeCasesOfDailyPages": dict(sorted(counts.items())),
    }
    out = pathlib.Path(__file__).with_name("html5lib_digests.json")
    out.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{len(files)} pages -> {out.name}")


def main():
    if len(sys.argv) == 3 and sys.argv[1] == "digests":
        make_digests(pathlib.Path(sys.argv[2]))
    elif len(sys.argv) == 3 and sys.argv[1] == "rows":
        reading = read(pathlib.Path(sys.argv[2]).read_bytes())
        print(json.dumps(reading and reading[2], indent=1, ensure_ascii=False))
    else:
        sys.exit(__doc__)


main()
