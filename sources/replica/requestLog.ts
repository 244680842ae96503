/** Who asked for what: for tests of politeness, and to see that a night asked for what it should. */

export interface LoggedRequest {
  readonly method: string;
  readonly path: string;
  /** null if the connection was broken before a status went out. */
  readonly status: number | null;
  readonly userAgent: string;
  /** The day the client asked to see, or the replica's own. */
  readonly today: string;
}

export interface RequestSummary {
  readonly numRequests: number;
  /** The most requests that were open at the same moment. */
  readonly maxOpen: number;
  readonly byStatus: Readonly<Record<string, number>>;
  /** For each path how often which status. */
  readonly byPath: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly userAgents: readonly string[];
  /** The newest requests in order of their end, 10,000 at most. */
  readonly latest: readonly LoggedRequest[];
}

const MAX_KEPT = 10_000;

export class RequestLog {
  #numRequests = 0;
  #numOpen = 0;
  #maxOpen = 0;
  readonly #byPath = new Map<string, Map<string, number>>();
  readonly #userAgents = new Set<string>();
  readonly #latest: LoggedRequest[] = [];

  open(): void {
    this.#numOpen += 1;
    this.#maxOpen = Math.max(this.#maxOpen, this.#numOpen);
  }

  close(request: LoggedRequest): void {
    this.#numOpen -= 1;
    this.#numRequests += 1;
    const byStatus = this.#byPath.get(request.path) ?? new Map<string, number>();
    const status = String(request.status ?? 'broken');
    byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
    this.#byPath.set(request.path, byStatus);
    this.#userAgents.add(request.userAgent);
    this.#latest.push(request);
    // Twice the length before cutting, so that a long run does not move the whole array at every request.
    if (this.#latest.length > 2 * MAX_KEPT) this.#latest.splice(0, this.#latest.length - MAX_KEPT);
  }

  summary(): RequestSummary {
    const byStatus: Record<string, number> = {};
    for (const counts of this.#byPath.values()) {
      for (const [status, count] of counts) byStatus[status] = (byStatus[status] ?? 0) + count;
    }
    return {
      numRequests: this.#numRequests,
      maxOpen: this.#maxOpen,
      byStatus,
      byPath: Object.fromEntries([...this.#byPath].map(([path, counts]) => [path, Object.fromEntries(counts)])),
      userAgents: [...this.#userAgents],
      latest: this.#latest.slice(-MAX_KEPT),
    };
  }

  clear(): void {
    this.#numRequests = 0;
    this.#maxOpen = this.#numOpen;
    this.#byPath.clear();
    this.#userAgents.clear();
    this.#latest.length = 0;
  }
}
