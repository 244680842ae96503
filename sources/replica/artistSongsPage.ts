/** `/spotify/artist/{id}_songs.html`: an artist's tracks with their streams. */
import type { HistoryTrack } from '../../contracts/chartHistory.ts';
import type { CalendarDate } from '../../contracts/dates.ts';
import type { ArtistId } from '../../contracts/ids.ts';
import { count, raw, renderPage, slashed, titleOf } from './html.ts';

export interface ArtistSong {
  readonly track: HistoryTrack;
  readonly isFeature: boolean;
  readonly total: number;
  /** null while the track is on no chart. */
  readonly daily: number | null;
}

export interface ArtistSongsPageInput {
  readonly artistId: ArtistId;
  readonly artistName: string;
  readonly lastUpdated: CalendarDate;
  readonly songs: readonly ArtistSong[];
  readonly notes: readonly string[];
}

export function renderArtistSongsPage(input: ArtistSongsPageInput): string {
  const { artistId, lastUpdated, songs, notes } = input;
  const heading = `${raw(input.artistName)} - Spotify Top Songs`;
  const tab = (suffix: string, label: string): string =>
    `<li class="ww"><a href="/spotify/artist/${artistId}${suffix}.html">${label}</a></li>`;
  const rows = [...songs]
    .sort((a, b) => b.total - a.total || (a.track.id < b.track.id ? -1 : 1))
    .map(
      ({ track, isFeature, total, daily }) =>
        `<tr><td class="text"><div>${isFeature ? '* ' : ''}<a href="https://open.spotify.com/track/${track.id}" target="_blank">${titleOf(track)}</a></div></td><td>${count(total)}</td><td>${daily === null ? '' : count(daily)}</td></tr>`,
    );
  return renderPage({
    title: heading,
    menu: 'artists',
    notes,
    submenu: `<div id="submenu2" class="subcontainer"><ul>${tab('_songs', 'Songs')}${tab('_albums', 'Albums')}${tab('', 'Peaks')}</ul></div>\n`,
    content: `
<span class="pagetitle">${heading}

</span><br><br>Last updated: ${slashed(lastUpdated)}<br><br>
${summaryTable(songs)}<br><br>
<table class="addpos sortable" style="width: 530px;">
<colgroup>
<col class="col50">
<col class="col300">
<col class="col100">
<col class="col80">
</colgroup><thead><tr>
<th class="text">Song Title</th>
<th>Streams</th>
<th>Daily</th>
</tr></thead><tbody>
${rows.join('\n')}
</tbody></table>`,
  });
}

function summaryTable(songs: readonly ArtistSong[]): string {
  const lead = songs.filter(({ isFeature }) => !isFeature);
  const groups = [
    songs,
    lead,
    lead.filter(({ track }) => track.featured.length === 0),
    songs.filter(({ isFeature }) => isFeature),
  ];
  const row = (label: string, figureOf: (group: readonly ArtistSong[]) => number): string => {
    const cells = groups.map((group, i) => `<td${i === 0 ? '' : ' class="smaller"'}>${count(figureOf(group))}</td>`);
    return `<tr><td class="text">${label}</td>${cells.join('')}</tr>`;
  };
  const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
  return `<table style="width: 580px;">
<colgroup>
<col class="col80">
<col class="col140">
<col class="col120">
<col class="col120">
<col class="col120">
</colgroup><thead><tr>
<th class="text"></th>
<th>Total</th>
<th>As lead</th>
<th>Solo</th>
<th>As feature (*)</th>
</tr></thead><tbody>
${row('Streams', (group) => sum(group.map(({ total }) => total)))}
${row('Daily', (group) => sum(group.map(({ daily }) => daily ?? 0)))}
${row('Tracks', (group) => group.length)}
</tbody></table>`;
}
