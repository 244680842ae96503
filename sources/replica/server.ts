/**
 * A local server that looks like kworb.net over charts we hold, on any day, with faults on demand; and like the places
 * where previews are, with sound of its own.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CalendarDate } from '../../contracts/dates.ts';
import { addDays, parseDate, toEpochDay } from '../../contracts/dates.ts';
import { ChartlifeError, isChartlifeError } from '../../contracts/errors.ts';
import type { Region } from '../../contracts/regions.ts';
import { systemErrorCode } from '../../runtime/files.ts';
import { CONTROL_PREFIX, handleControl } from './control.ts';
import { renderEmbedPage } from './embedPage.ts';
import type { ReplicaFaults } from './faults.ts';
import { changeLayout, cutShort, FaultDraw, isFaulty, NO_FAULTS, parseFaults } from './faults.ts';
import { REPLICA_TODAY_HEADER } from './headers.ts';
import { slashed } from './html.ts';
import type { RenderedPage } from './pages.ts';
import { Site } from './pages.ts';
import { previewPathOf, ReplicaPreviews, trackOfEmbedPath } from './previews.ts';
import type { StreamsCorrection } from './regionCharts.ts';
import type { Replica, ReplicaOptions } from './replica.ts';
import type { RequestSummary } from './requestLog.ts';
import { RequestLog } from './requestLog.ts';
import { sendPage } from './sendPage.ts';
import { MP3_CONTENT_TYPE } from './sound/mp3.ts';

export type { Replica, ReplicaOptions } from './replica.ts';

const DEFAULT_LAG_DAYS = 2;
const DEFAULT_ROBOTS_TXT = `User-agent: *\nDisallow: ${CONTROL_PREFIX}\n`;
const MS_PER_DAY = 86_400_000;
/** kworb sends UTF-8 and does not say so in the header. */
const HTML = 'text/html';
const TOO_BUSY_RETRY_SECONDS = 5;

/**
 * @throws ChartlifeError InvalidInput for histories that are not sound, or faults that can't be; SetupMissing if there
 * are track facts and the rendering thread has not been built.
 */
export function createReplica(options: ReplicaOptions): Replica {
  return new ReplicaServer(options);
}

class ReplicaServer implements Replica {
  readonly #site: Site;
  readonly #previews: ReplicaPreviews | null;
  readonly #robotsTxt: string;
  readonly #log = new RequestLog();
  readonly #overrides = new Map<string, (html: string) => string>();
  readonly #server: Server;
  #today: CalendarDate;
  #faults: ReplicaFaults = NO_FAULTS;
  #draw = new FaultDraw(NO_FAULTS);
  /** How often something was changed by hand: it makes pages newer. */
  #numEdits = 0;

  constructor(options: ReplicaOptions) {
    this.#site = new Site({
      histories: options.histories,
      lagDays: options.lagDays ?? DEFAULT_LAG_DAYS,
      regionLagDays: options.regionLagDays ?? {},
    });
    this.#previews =
      options.trackFacts === undefined ? null : new ReplicaPreviews(options.trackFacts, options.soundThreadPath);
    this.#today = options.today ?? this.#site.lastDay;
    this.#robotsTxt = options.robotsTxt ?? DEFAULT_ROBOTS_TXT;
    if (options.faults !== undefined) this.setFaults(options.faults);
    this.#server = createServer((request, response) => void this.#handle(request, response));
  }

  async listen(port = 0): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', () => {
        this.#server.off('error', reject);
        resolve();
      });
    }).catch((error: unknown) => {
      throw new ChartlifeError('InvalidInput', `the replica can't listen on port ${port}: ${systemErrorCode(error)}`, {
        next: 'Choose another port, or 0 for any that is free.',
        details: { port },
        cause: error,
      });
    });
    return this.baseUrl;
  }

  get host(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the replica does not listen yet');
    return `127.0.0.1:${(address satisfies AddressInfo).port}`;
  }

  get baseUrl(): string {
    return `http://${this.host}`;
  }

  get regions(): readonly Region[] {
    return this.#site.regions;
  }

  get today(): CalendarDate {
    return this.#today;
  }

  get lastDay(): CalendarDate {
    return this.#site.lastDay;
  }

  setToday(today: CalendarDate): void {
    this.#today = today;
  }

  get faults(): ReplicaFaults {
    return this.#faults;
  }

  setFaults(faults: Partial<ReplicaFaults>): void {
    this.#faults = parseFaults(faults);
    this.#draw = new FaultDraw(this.#faults);
    this.#numEdits += 1;
  }

  override(path: string, edit: ((html: string) => string) | null): void {
    if (edit === null) this.#overrides.delete(path);
    else this.#overrides.set(path, edit);
    this.#numEdits += 1;
  }

  correctStreams(correction: StreamsCorrection): void {
    this.#site.correct(correction);
    this.#numEdits += 1;
  }

  requests(): RequestSummary {
    return this.#log.summary();
  }

  clearRequests(): void {
    this.#log.clear();
  }

  async close(): Promise<void> {
    if (this.#server.listening) {
      await new Promise<void>((resolve) => {
        this.#server.close(() => resolve());
        this.#server.closeAllConnections();
      });
    }
    await this.#previews?.close();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', 'http://replica.invalid');
    try {
      if (pathname === '/__replica' || pathname.startsWith(CONTROL_PREFIX)) {
        await handleControl(this, pathname, request, response);
      } else {
        const today = request.headers[REPLICA_TODAY_HEADER];
        this.#record(request, response, pathname, today === undefined ? this.#today : String(today));
        await this.#answer(pathname, today === undefined ? this.#today : parseDate(String(today)), request, response);
      }
    } catch (error) {
      if (response.destroyed) return;
      if (isChartlifeError(error, 'SourceUnavailable')) {
        const headers = { 'retry-after': String(TOO_BUSY_RETRY_SECONDS) };
        return sendText(response, 503, `replica: ${error.message}\n`, 'text/plain', headers);
      }
      // A wrong request is the client's; anything else is a defect of the replica, and says so where it is seen first.
      sendText(response, isChartlifeError(error, 'InvalidInput') ? 400 : 500, `replica: ${String(error)}\n`);
    }
  }

  #record(request: IncomingMessage, response: ServerResponse, path: string, today: string): void {
    this.#log.open();
    response.on('close', () => {
      this.#log.close({
        method: request.method ?? '',
        path,
        status: response.headersSent ? response.statusCode : null,
        userAgent: request.headers['user-agent'] ?? '',
        today,
      });
    });
  }

  async #answer(path: string, today: CalendarDate, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'GET' && request.method !== 'HEAD') return sendText(response, 405, 'GET or HEAD\n');
    if (path === '/robots.txt') return sendText(response, 200, this.#robotsTxt);
    if (path === '/sorttable.js') return sendText(response, 200, '// Sorts nothing.\n', 'text/javascript');
    if (path === '/spotify') return sendText(response, 301, '', HTML, { location: '/spotify/' });
    const { refuseWith, delayMs } = this.#draw.next(path, today);
    if (delayMs > 0) await sleep(delayMs);
    if (refuseWith !== null) return this.#refuse(response, refuseWith);
    const isBroken = isFaulty(this.#faults.brokenConnection, path, today);
    const page = path.startsWith('/spotify/') ? this.#site.render(path, this.#viewOf(today)) : this.#embed(path, today);
    if (page !== null) {
      const lastModifiedMs = toEpochDay(page.changedOn) * MS_PER_DAY + this.#numEdits * 1000;
      const body = this.#body(path, page, today);
      return sendPage(request, response, { body, contentType: HTML, lastModifiedMs, isBroken });
    }
    const mp3 = await this.#mp3(path, today, response);
    if (mp3 !== null) {
      const body = isFaulty(this.#faults.cutShort, path, today) ? cutShort(mp3) : mp3;
      return sendPage(request, response, { body, contentType: MP3_CONTENT_TYPE, lastModifiedMs: null, isBroken });
    }
    sendText(response, 404, '<html><body>404 Not Found</body></html>\n', HTML);
  }

  #embed(path: string, today: CalendarDate): RenderedPage | null {
    const trackId = trackOfEmbedPath(path);
    const facts = trackId === null ? null : (this.#previews?.factsOf(trackId) ?? null);
    if (trackId === null || facts === null) return null;
    const shown = this.#site.findTrack(trackId, this.#viewOf(today));
    if (shown === null) return null;
    const html = renderEmbedPage({
      track: shown.track,
      facts,
      previewUrl: isFaulty(this.#faults.previewAbsent, path, today) ? null : this.baseUrl + previewPathOf(trackId),
      isPlayable: !isFaulty(this.#faults.notPlayable, path, today),
    });
    return { html, newestDate: null, changedOn: shown.shownSince };
  }

  /** Given up when the client goes away. */
  async #mp3(path: string, today: CalendarDate, response: ServerResponse): Promise<Uint8Array | null> {
    if (this.#previews === null || isFaulty(this.#faults.previewGone, path, today)) return null;
    const leaving = new AbortController();
    const onClose = (): void => leaving.abort();
    response.once('close', onClose);
    if (response.destroyed) leaving.abort();
    try {
      return await this.#previews.mp3At(path, leaving.signal);
    } finally {
      response.off('close', onClose);
    }
  }

  #viewOf(today: CalendarDate): { today: CalendarDate; deadRegions: ReplicaFaults['deadRegions'] } {
    return { today, deadRegions: this.#faults.deadRegions };
  }

  /** The page's bytes, with what was done to it by hand and by faults. */
  #body(path: string, page: RenderedPage, today: CalendarDate): Uint8Array {
    let { html } = page;
    html = this.#overrides.get(path)?.(html) ?? html;
    if (isFaulty(this.#faults.layoutChange, path, today)) html = changeLayout(html);
    if (isFaulty(this.#faults.wrongDate, path, today) && page.newestDate !== null) {
      html = html.replaceAll(slashed(page.newestDate), slashed(addDays(today, 7)));
    }
    const body = new TextEncoder().encode(html);
    return isFaulty(this.#faults.cutShort, path, today) ? cutShort(body) : body;
  }

  #refuse(response: ServerResponse, status: 429 | 500): void {
    const { retryAfterSeconds } = this.#faults;
    const isAsked = status === 429 && retryAfterSeconds !== null;
    sendText(
      response,
      status,
      `replica: a fault on demand\n`,
      'text/plain',
      isAsked ? { 'retry-after': String(retryAfterSeconds) } : {},
    );
  }
}

function sendText(
  response: ServerResponse,
  status: number,
  text: string,
  contentType = 'text/plain',
  headers: Readonly<Record<string, string>> = {},
): void {
  if (response.headersSent) response.destroy();
  else response.writeHead(status, { 'content-type': contentType, ...headers }).end(text);
}
