/** A page in the form of kworb's daily chart. */
function dailyPage(rows: readonly string[]): string {
  return `<!DOCTYPE html><html><head><title>Spotify Daily Chart - United States</title></head><body>
<span class="pagetitle">Spotify Daily Chart - United States - 2026/06/27 | <a href="us_daily_totals.html">Totals</a></span>
<table class="sortable" id="spotifydaily">
<thead><tr><th class="np">Pos</th><th class="np">P+</th><th class="mp text col-title">Artist and Title</th><th>Days</th><th>Pk</th><th class="mini text">(x?)</th><th>Streams</th><th>Streams+</th><th>7Day</th><th>7Day+</th><th>Total</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody></table></body></html>`;
}

const lastRow = (rank: number): string =>
  `<tr><td class="np">${rank}</td><td class="np">-2</td><td class="text mp"><div><a href="../artist/6BRxQ8cD3eqnrVj6WKDok8.html">Ella</a> - <a href="../track/65DbTqJKhbwqYbZ1Okr0rd.html">Him & I</a></div></td><td>2053</td><td>1</td><td class="np mini text">(x777)</td><td>2,000</td><td>-10</td><td class="smaller">8,000</td><td class="smaller">-1</td><td>800,000</td></tr>`;

/** Four rows: a plain one with a feature, a new entry, a re-entry without an artist's link, one that fell. */
export const DAILY_PAGE: string = dailyPage([
  `<tr><td class="np">1</td><td class="np">=</td><td class="text mp"><div><a href="../artist/0EmeFodog0BfCgMzAIvKQp.html">Shakira</a> - <a href="../track/0kosUz0jePvjiz4ctmR6wL.html">Dai Dai</a> (w/ <a href="../artist/3wcj11K77LjEY1PkEazffa.html">Burna Boy</a>)</div></td><td>57</td><td>1</td><td class="np mini text">(x11)</td><td>4,326,239</td><td>+3,955</td><td class="smaller">30,537,349</td><td class="smaller">+57,317</td><td>184,799,786</td></tr>`,
  `<tr class="d2"><td class="np">2</td><td class="np">NEW</td><td class="text mp"><div><a href="../artist/6BRxQ8cD3eqnrVj6WKDok8.html">Ella</a> - <a href="../track/65DbTqJKhbwqYbZ1Okr0rc.html">gimme luv <3</a></div></td><td>1</td><td class="newp">2</td><td class="np newp mini text"></td><td>2,442</td><td></td><td class="smaller">2,442</td><td class="smaller">+2,442</td><td>2,442</td></tr>`,
  `<tr><td class="np">3</td><td class="np">RE</td><td class="text mp"><div>Unknown Artist - <a href="../track/4IouQaO9GkaHC7AtMErdSa.html">打上花火</a></div></td><td>354</td><td>1</td><td class="np mini text">(x154)</td><td>2,432</td><td></td><td class="smaller">9,000</td><td class="smaller">0</td><td>900,000</td></tr>`,
  lastRow(4),
]);

/** The same, without what stands above the table. */
export const HEADLESS_PAGE: string = DAILY_PAGE.slice(DAILY_PAGE.indexOf('<table'));

/** So many rows that differ in their rank alone. */
export function longDailyPage(numRows: number): string {
  return dailyPage(Array.from({ length: numRows }, (_, index) => lastRow(index + 1)));
}
