/** What a replica is to those who steer it: in the same process, or through its controls over HTTP. */
import type { ChartHistory } from '../../contracts/chartHistory.ts';
import type { CalendarDate } from '../../contracts/dates.ts';
import type { TrackId } from '../../contracts/ids.ts';
import type { Region } from '../../contracts/regions.ts';
import type { TrackFacts } from '../../contracts/trackFacts.ts';
import type { ReplicaFaults } from './faults.ts';
import type { StreamsCorrection } from './regionCharts.ts';
import type { RequestSummary } from './requestLog.ts';

export interface ReplicaOptions {
  /** Daily charts, one history per region; the weekly ones are made of them. */
  readonly histories: readonly ChartHistory[];
  /** The day it is to be. Default: the day on which the newest chart is shown. */
  readonly today?: CalendarDate;
  /** How many days the newest chart is behind today. Default 2, as kworb's. */
  readonly lagDays?: number;
  /** Regions with another lag: kworb's regions do not all come on the same day. */
  readonly regionLagDays?: Readonly<Record<string, number>>;
  readonly faults?: Partial<ReplicaFaults>;
  readonly robotsTxt?: string;
  /** What embed pages and previews are made of. Without it there are none; with it, of the tracks it knows. */
  readonly trackFacts?: ReadonlyMap<TrackId, TrackFacts>;
  /** Another build of `sound/renderThread.ts`; tests make their own. */
  readonly soundThreadPath?: string;
}

export interface Replica {
  /**
   * Starts to serve on the loopback; gives the base URL, without a slash at its end.
   *
   * @param port 0 (the default) for any that is free.
   * @throws ChartlifeError InvalidInput if the port is taken.
   */
  listen(port?: number): Promise<string>;
  /** `http://127.0.0.1:PORT`, once it listens. */
  readonly baseUrl: string;
  /** `127.0.0.1:PORT`, as the list of allowed hosts wants it, once it listens. */
  readonly host: string;
  readonly regions: readonly Region[];
  readonly today: CalendarDate;
  /** The day on which the newest chart of all is shown. */
  readonly lastDay: CalendarDate;
  setToday(today: CalendarDate): void;
  readonly faults: ReplicaFaults;
  /** Replaces all faults: what is left out no longer happens. */
  setFaults(faults: Partial<ReplicaFaults>): void;
  /** Changes a page after it is made, from now on; null lets it be. */
  override(path: string, edit: ((html: string) => string) | null): void;
  /** Changes a number in the history, as when Spotify corrects a chart: all pages made of it follow. */
  correctStreams(correction: StreamsCorrection): void;
  requests(): RequestSummary;
  clearRequests(): void;
  close(): Promise<void>;
}
