"""The peer of bench/parse.ts: chart pages to the same typed rows with lxml.

Reads commands from stdin and answers each with one line:
  {"pages": [paths]}   reads the pages; answers their number
  digest               parses all; answers the SHA-256 of all rows as JSON
  run N                parses all N times; answers wall and CPU seconds
"""

import gc
import hashlib
import json
import sys
import time

import lxml.html

PARSER = lxml.html.HTMLParser(encoding="utf-8")
MOVEMENTS = {None: None, "=": 0, "NEW": "new", "RE": "re-entry"}
HEADERS = {
    "Pos": "rank", "P+": "movement", "Artist and Title": "credit", "Days": "periodsOnChart", "Pk": "peakRank",
    "(x?)": "timesAtPeak", "Streams": "streams", "Streams+": "streamsChange", "7Day": "sevenDay",
    "7Day+": "sevenDayChange", "Total": "total",
}


def number(text):
    return None if text is None else int(text.replace(",", ""))


def times(text):
    return None if text is None else int(text[2:-1])


def movement(text):
    return MOVEMENTS[text] if text in MOVEMENTS else int(text)


def parse(page_bytes):
    table = lxml.html.document_fromstring(page_bytes, parser=PARSER).find(".//table")
    columns = [HEADERS[th.text] for th in table.iterfind("thead/tr/th")]
    rows = []
    for tr in table.find("tbody"):
        cells = dict(zip(columns, tr))
        if len(cells) != 11:
            raise ValueError("a row does not fit")
        div = cells["credit"][0]
        artists, featured, track_id, title = [], [], None, None
        for link in div:
            href = link.get("href")
            if href.startswith("../track/"):
                track_id, title = href[9:-5], link.text
                if not artists:
                    artists.append({"id": None, "name": div.text[:-3]})
            elif track_id is None:
                artists.append({"id": href[10:-5], "name": link.text})
            else:
                featured.append({"id": href[10:-5], "name": link.text})
        rows.append({
            "rank": number(cells["rank"].text),
            "movement": movement(cells["movement"].text),
            "trackId": track_id,
            "title": title,
            "artists": artists,
            "featured": featured,
            "periodsOnChart": number(cells["periodsOnChart"].text),
            "peakRank": number(cells["peakRank"].text),
            "timesAtPeak": times(cells["timesAtPeak"].text),
            "streams": number(cells["streams"].text),
            "streamsChange": number(cells["streamsChange"].text),
            "sevenDay": number(cells["sevenDay"].text),
            "sevenDayChange": number(cells["sevenDayChange"].text),
            "total": number(cells["total"].text),
        })
    return rows


def main():
    pages = []
    for line in sys.stdin:
        command = line.strip()
        if command.startswith("{"):
            pages = []
            for path in json.loads(command)["pages"]:
                with open(path, "rb") as file:
                    pages.append(file.read())
            print(len(pages), flush=True)
        elif command == "digest":
            text = json.dumps([parse(page) for page in pages], ensure_ascii=False, separators=(",", ":"))
            print(hashlib.sha256(text.encode("utf-8")).hexdigest(), flush=True)
        else:
            gc.collect()
            wall, cpu = time.perf_counter(), time.process_time()
            for _ in range(int(command.removeprefix("run "))):
                for page in pages:
                    parse(page)
            print(f"{time.perf_counter() - wall} {time.process_time() - cpu}", flush=True)


main()
