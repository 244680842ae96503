/** How the parsers say what is wrong with a page, and where. */
import type { ErrorDetails } from '../../contracts/errors.ts';
import { ChartlifeError } from '../../contracts/errors.ts';

const SEE_THE_PAGE =
  'The rest goes on without this page. Look at it; if kworb has changed it for good, sources/kworb has to follow.';

const MAX_QUOTED_CHARS = 120;

/** A value as a message shows it: quoted, control characters visible, cut if it is long. */
export function quote(value: string): string {
  return JSON.stringify(value.length <= MAX_QUOTED_CHARS ? value : `${value.slice(0, MAX_QUOTED_CHARS)}…`);
}

export function layoutChanged(source: string, problem: string, details: ErrorDetails = {}): ChartlifeError {
  return new ChartlifeError('LayoutChanged', `${source}: ${problem}`, {
    next: SEE_THE_PAGE,
    details: { source, ...details },
  });
}

export interface CellPlace {
  /** The page's address or file name. */
  readonly source: string;
  /** Body rows count from 1. */
  readonly row: number;
  /** The column's header, as on the page. */
  readonly column: string;
}

/** `LayoutChanged` for one cell; `expected` completes the phrase "… is not". */
export function badCell(place: CellPlace, value: string, expected: string): ChartlifeError {
  return layoutChanged(
    place.source,
    `row ${place.row}, column ${quote(place.column)}: ${quote(value)} is not ${expected}`,
    { row: place.row, column: place.column, value },
  );
}

export function pageTruncated(source: string, where: string): ChartlifeError {
  return new ChartlifeError('PageTruncated', `${source}: ${where}`, {
    next: 'Fetch the page again; the part that came was not used.',
    details: { source },
  });
}

export function wrongPage(source: string, problem: string, details: ErrorDetails = {}): ChartlifeError {
  return new ChartlifeError('WrongPage', `${source}: ${problem}`, {
    next: "Give one of kworb's Spotify pages: a daily or weekly chart, totals, a track, an artist's songs, the regions.",
    details: { source, ...details },
  });
}
