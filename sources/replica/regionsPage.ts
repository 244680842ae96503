/** `/spotify/`: the regions and their charts. */
import type { Region } from '../../contracts/regions.ts';
import { renderPage } from './html.ts';

export interface RegionEntry {
  readonly region: Region;
  readonly name: string;
}

export function renderRegionsPage(entries: readonly RegionEntry[], notes: readonly string[]): string {
  return renderPage({
    title: 'Spotify Charts',
    menu: 'countries',
    notes,
    content: `<span class="pagetitle">Spotify Charts</span><br><br>
<table>
<tbody>
${entries.map(renderRow).join('\n')}
</tbody></table>`,
  });
}

function renderRow({ region, name }: RegionEntry): string {
  const links = (['daily', 'weekly'] as const).map((kind) => {
    const label = kind === 'daily' ? 'Daily' : 'Weekly';
    return `<a href="country/${region}_${kind}.html">${label}</a> (<a href="country/${region}_${kind}_totals.html">Totals</a>)`;
  });
  return `<tr><td class="mp text">${name}</td><td class="mp text">${links.join(' | ')}</td></tr>`;
}
