/** The pieces all of kworb's pages are made of, as its real pages of July 2026 have them. */
import type { HistoryTrack } from '../../contracts/chartHistory.ts';
import type { CalendarDate } from '../../contracts/dates.ts';
import type { ArtistCredit } from '../../contracts/pages.ts';

/** What kworb writes where it knows no artist. The title is ours: kworb knows all titles. */
const UNKNOWN_ARTIST = 'Unknown Artist';
const UNKNOWN_TITLE = 'Unknown Title';

const COUNT = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** `4,326,239` */
export function count(value: number): string {
  return COUNT.format(value);
}

/** `+3,955`, `-47`, `0` */
export function signed(value: number): string {
  return value > 0 ? `+${count(value)}` : count(value);
}

/** `2019/11/01` */
export function slashed(date: CalendarDate): string {
  return date.replaceAll('-', '/');
}

/**
 * A name as kworb writes it: raw, with `&` and `<` as they are (`V&V`, `gimme luv <3`). Only what a browser would take
 * for a tag or a character reference is escaped, so that every name can be read back.
 */
export function raw(text: string): string {
  return text.replace(/&(?=#|[A-Za-z][A-Za-z0-9]*;)/g, '&amp;').replace(/<(?=[A-Za-z/!?])/g, '&lt;');
}

export function titleOf(track: HistoryTrack): string {
  return raw(track.title ?? UNKNOWN_TITLE);
}

export function artistNameOf(track: HistoryTrack): string {
  return raw(track.artist?.name ?? UNKNOWN_ARTIST);
}

/** The cell of artist and title: `<a>Shakira</a> - <a>Dai Dai</a> (w/ <a>Burna Boy</a>)`. */
export function creditCell(track: HistoryTrack): string {
  const artist = track.artist === null ? UNKNOWN_ARTIST : artistLink(track.artist);
  const featured = track.featured.length === 0 ? '' : ` (w/ ${track.featured.map(artistLink).join(', ')})`;
  return `<td class="text mp"><div>${artist} - <a href="../track/${track.id}.html">${titleOf(track)}</a>${featured}</div></td>`;
}

function artistLink({ id, name }: ArtistCredit): string {
  return id === null ? raw(name) : `<a href="../artist/${id}.html">${raw(name)}</a>`;
}

/** `(x11)`, empty unless the peak is 1, 2 or 3. */
export function timesAtPeakText(peakRank: number, timesAtPeak: number): string {
  return peakRank <= 3 ? `(x${timesAtPeak})` : '';
}

export interface PageFrame {
  readonly title: string;
  /** Which entry of the menu is the chosen one. */
  readonly menu: 'countries' | 'artists';
  /** What stands between the menu and the content. */
  readonly submenu?: string;
  readonly content: string;
  /** Sentences for the comment that says what the page is. */
  readonly notes: readonly string[];
}

/**
 * A whole page with kworb's head and menus. The scripts of its counters and advertisers are replaced by addresses that
 * lead nowhere, so that nobody's statistics are touched when the page is opened in a browser.
 */
export function renderPage({ title, menu, submenu = '', content, notes }: PageFrame): string {
  const chosen = (entry: PageFrame['menu']): string => (entry === menu ? ' class="chosen"' : '');
  const note = ['Replica: this is not kworb.net but a local server with its page format.', ...notes].join(' ');
  return `<!DOCTYPE html>
<html lang="en"><head><title>${title}</title>
<!-- ${note.replace(/-{2,}/g, '-')} -->
<link rel="stylesheet" type="text/css" href="/css/standard0002.css" />
<link rel="stylesheet" type="text/css" href="/css/tables0010.css" />
<link rel="stylesheet" type="text/css" href="/css/menus0001.css" />
<meta http-equiv="Content-Type" content="text/html; charset=UTF-8">
<meta name="description" content="A replica for tests. Not a source of music data.">
<meta name="keywords" content="replica, tests">
<script src="https://scripts.invalid/jquery.min.js"></script>
<script src="/sorttable.js"></script>
<!-- Global site tag (gtag.js) - Google Analytics -->
<script async src="https://counter.invalid/gtag/js"></script>
<script>
  window.dataLayer = window.dataLayer || [];
  function gtag(){dataLayer.push(arguments);}
  gtag('js', new Date());
</script>
</head><body><div class="container">
<div id="mainmenu" class="subcontainer">
<ul>
<li class="top"><a href="/pop">ITUNES</a></li>
<li class="top"><a href="/ww">WORLDWIDE</a></li>
<li class="top"><a href="/itunes">ARTISTS</a></li>
<li class="top"><a href="/charts">CHARTS</a></li>
<li><a href="/radio">RADIO</a></li>
<li><a href="/spotify">SPOTIFY</a></li>
<li><a href="/youtube">YOUTUBE</a></li>
<li><a href="/youtube/trending.html">TRENDING</a></li>
<li class="right"><a href="/">HOME</a></li>
</ul>
</div>
<div id="submenu" class="subcontainer"><ul class="spotifymenu"><li><a${chosen('countries')} href="/spotify/">Countries</a></li><li><a${chosen('artists')} href="/spotify/artists.html">Artists</a></li><li><a href="/spotify/listeners.html">Listeners</a></li><li><a href="/spotify/toplists.html">Top Lists</a></li></ul></div>
<div class="subcontainer" id="topbannerad"><script async src="//ads.invalid/pagead/js/adsbygoogle.js"></script>
<ins class="adsbygoogle"
     style="display:inline-block;width:728px;height:90px"></ins>
<script>
(adsbygoogle = window.adsbygoogle || []).push({});
</script></div>
${submenu}<div class="subcontainer">${content}
</div></body></html>
`;
}
