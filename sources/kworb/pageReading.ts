/** What the parsers need of a page: its titles, its text by lines, and its tables as rows of cells. */

export interface Link {
  /** Empty if the link leads nowhere. */
  readonly href: string;
  /** Where the link's text begins and ends in the text around it. */
  readonly start: number;
  readonly end: number;
}

export interface Span {
  readonly className: string;
  readonly text: string;
}

/** A stretch of text with the links and spans in it. */
export interface TextRun {
  readonly text: string;
  readonly links: readonly Link[];
  readonly spans: readonly Span[];
}

export interface TableRow {
  readonly cells: readonly TextRun[];
  /** What makes the row's markup ambiguous, such as a link that is not closed. */
  readonly problem: string | null;
}

export interface Table {
  /** Empty if it has none. */
  readonly id: string;
  /** The first row, if it is made of `th` or stands in `thead`. */
  readonly header: TableRow | null;
  readonly rows: readonly TableRow[];
  /** Whether the page holds the table's own closing tag. */
  readonly isClosed: boolean;
}

export interface PageReading {
  /** The head's `<title>`. */
  readonly title: string | null;
  /** The first `span.pagetitle`. */
  readonly pageTitle: TextRun | null;
  /** The text outside tables, a run for each line that a browser would show. */
  readonly lines: readonly TextRun[];
  /** Every `href` and `src` outside tables. */
  readonly addresses: readonly string[];
  readonly tables: readonly Table[];
  /** Whether there is an `<html>` or `<body>` tag, and whether one of them is closed. */
  readonly hasDocumentStart: boolean;
  readonly hasDocumentEnd: boolean;
  /** Whether the input ends between a `<` and its `>`. */
  readonly endsInTag: boolean;
  /** The first text in a table but in no cell, and the first cell in no table: signs of a table whose tags are broken. */
  readonly strayText: string | null;
  readonly hasStrayCell: boolean;
}
