/** What the user of a home chose: the source, the charts, the hours. `runtime/settings.ts` reads and writes it. */
import type { Chart } from './charts.ts';
import type { ChannelPolicy, FbankWindow } from './features.ts';
import type { PreviewSourceName } from './previews.ts';

export const SOURCE_KINDS = ['kworb', 'replica'] as const;
/** `kworb`: the live site. `replica`: the local stand-in over the sample; what it serves is never live data. */
export type SourceKind = (typeof SOURCE_KINDS)[number];

export interface SourceSettings {
  readonly kind: SourceKind;
  /** Origin without a trailing slash, such as `https://kworb.net`. */
  readonly baseUrl: string;
  /**
   * An e-mail address or a web address that goes into the User-Agent, so that the site's owner can write to the user.
   * Live pages are not fetched without one.
   */
  readonly contact: string | null;
}

export interface SoundSettings {
  /** Asked one after the other until one has the track. Empty: no sound is asked for. */
  readonly sources: readonly PreviewSourceName[];
  /** Where the source `folder` looks, as an absolute path. */
  readonly folder: string | null;
  /** Whether the audio itself is kept in the home. The spectrogram and the audio's hash always are. */
  readonly keepsAudio: boolean;
  /** The most tracks of one night; what is left is listed again the next night. */
  readonly maxTracksPerNight: number;
  /** A track without a preview is asked for again after so many days. */
  readonly askAgainAfterDays: number;
  /** A track with a spectrogram: after so many days its source is asked whether it still has the preview. */
  readonly checkFoundAfterDays: number;
  readonly window: FbankWindow;
  readonly channels: ChannelPolicy;
}

export interface Settings {
  readonly source: SourceSettings;
  /** The charts a refresh fetches, of both kinds. Empty: nothing is fetched. */
  readonly charts: readonly Chart[];
  /** Whether track pages of new and returning entries are fetched. */
  readonly enrich: boolean;
  /** The most track pages of one night; what is left is listed again the next night. */
  readonly maxTracksPerNight: number;
  /** A track page older than this is fetched again when its track enters a chart anew. */
  readonly refreshTracksAfterDays: number;
  readonly sound: SoundSettings;
  /** IANA name, such as `Europe/Berlin`; the hours below are in it. */
  readonly timeZone: string;
  /** `HH:MM`. An hour that a change of the clocks leaves out or repeats is left out or repeated here too. */
  readonly dailyAt: string;
  /** A day of the week and `HH:MM`, such as `saturday 04:00`. */
  readonly weeklyAt: string;
  /** Snapshots of the lake older than this expire at night, unless they are pinned. */
  readonly keepSnapshotDays: number;
}

export const KWORB_BASE_URL = 'https://kworb.net';
/** Where a home's replica is served first; if the port is taken, another is chosen and kept in the settings. */
export const REPLICA_BASE_URL = 'http://127.0.0.1:8299';

/** Live kworb, and no chart: nothing is fetched until the user names regions and a contact. */
export const DEFAULT_SETTINGS: Settings = {
  source: { kind: 'kworb', baseUrl: KWORB_BASE_URL, contact: null },
  charts: [],
  enrich: true,
  maxTracksPerNight: 2_000,
  refreshTracksAfterDays: 28,
  sound: {
    sources: [],
    folder: null,
    keepsAudio: false,
    maxTracksPerNight: 500,
    askAgainAfterDays: 28,
    checkFoundAfterDays: 180,
    window: 'hanning',
    channels: 'mean',
  },
  timeZone: 'UTC',
  dailyAt: '03:00',
  weeklyAt: 'saturday 04:00',
  keepSnapshotDays: 90,
};

/** Why nothing may be fetched with these settings, as a sentence; null if fetching is on. */
export function whyNotFetching(settings: Settings): string | null {
  if (settings.charts.length === 0) return 'No regions are named, so nothing is fetched.';
  if (settings.source.kind === 'kworb' && settings.source.contact === null) {
    return 'No contact is named, so kworb.net is not asked.';
  }
  return null;
}
