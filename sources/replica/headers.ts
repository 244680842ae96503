/** What a client may tell the replica beyond HTTP. */

/** `chartlife-replica-today: 2019-11-05`: show the site as on that day, for this request alone. */
export const REPLICA_TODAY_HEADER = 'chartlife-replica-today';
