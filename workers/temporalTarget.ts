/** Which Temporal server, and how to reach it. */

export const NAMESPACE_VARIABLE = 'TEMPORAL_NAMESPACE';
export const API_KEY_VARIABLE = 'TEMPORAL_API_KEY';
export const DEFAULT_NAMESPACE = 'default';

export interface TemporalTarget {
  /** `host:port`. */
  readonly address: string;
  readonly namespace: string;
  /** For Temporal Cloud; with it the connection is encrypted. */
  readonly apiKey: string | null;
}

/** Empty texts count as unset. */
export function targetAt(address: string, namespace: string | undefined, apiKey: string | undefined): TemporalTarget {
  return { address, namespace: namespace || DEFAULT_NAMESPACE, apiKey: apiKey || null };
}

/** The part of a connection's options that both of Temporal's clients understand. */
export function connectionOptions(target: TemporalTarget): { address: string; apiKey?: string; tls?: true } {
  return target.apiKey === null
    ? { address: target.address }
    : { address: target.address, apiKey: target.apiKey, tls: true };
}
