/**
 * From a page's text to a PageReading.
 *
 * One pass over htmlparser2's token events; no tree is built. Text is what a browser shows, entities decoded, nothing
 * else normalised. Table parts are taken by their own tags, so a tag that is missing is seen and not made up.
 */
import type { QuoteType, TokenizerCallbacks } from 'htmlparser2';
import { Tokenizer } from 'htmlparser2';
import type { Link, PageReading, Span, TableRow, TextRun } from './pageReading.ts';
import type { TagRole } from './tagRoles.ts';
import { isAttributeWanted, tagRoleAt } from './tagRoles.ts';

const NO_LINKS: readonly Link[] = [];
const NO_SPANS: readonly Span[] = [];
const LINK_END = '</a>';

interface OpenSpan {
  className: string;
  readonly start: number;
}

interface OpenTable {
  id: string;
  header: TableRow | null;
  readonly rows: TableRow[];
  isClosed: boolean;
}

/** Reads a whole page. Never throws: what is missing or odd is in the reading. */
export function readPage(html: string): PageReading {
  // As the HTML standard prepares its input: line ends are line feeds, and NUL is no text.
  const isPlain = !html.includes('\r') && !html.includes('\0');
  const input = isPlain ? html : html.replace(/\r\n?/g, '\n').replaceAll('\0', '');
  const reader = new PageReader(input);
  const tokenizer = new Tokenizer({ decodeEntities: true }, reader);
  tokenizer.write(input);
  tokenizer.end();
  return reader.finish();
}

class PageReader implements TokenizerCallbacks {
  readonly #html: string;
  readonly #tables: OpenTable[] = [];
  readonly #lines: TextRun[] = [];
  readonly #addresses: string[] = [];
  #title: string | null = null;
  #pageTitle: TextRun | null = null;
  #hasDocumentStart = false;
  #hasDocumentEnd = false;
  #strayText: string | null = null;
  #hasStrayCell = false;

  /** The table, row and cell that are open. */
  #table: OpenTable | null = null;
  #cells: TextRun[] | null = null;
  #isInCell = false;
  #isInHead = false;
  #hasHeaderCell = false;
  #problem: string | null = null;

  /** The run under way: the open cell's, the page title's, or that of a line outside tables. */
  #text = '';
  #links: Link[] | null = null;
  #spans: Span[] | null = null;
  #openSpans: OpenSpan[] = [];
  #linkStart = -1;
  #linkHref = '';

  #isInTitle = false;
  #isInRawText = false;
  /** Spans open inside the page title, itself included. */
  #pageTitleDepth = 0;
  /** Where a tag began that stands for itself, in a link; -1 elsewhere. */
  #literalStart = -1;

  #tag: TagRole = 'other';
  #attribute = '';
  #attributeValue = '';

  constructor(html: string) {
    this.#html = html;
  }

  ontext(start: number, end: number): void {
    if (this.#isInCell) this.#text += this.#html.slice(start, end);
    else if (!this.#isInRawText) this.#addOutsideCells(this.#html.slice(start, end));
  }

  ontextentity(codePoint: number): void {
    if (this.#isInCell) this.#text += String.fromCodePoint(codePoint);
    else if (!this.#isInRawText) this.#addOutsideCells(String.fromCodePoint(codePoint));
  }

  onopentagname(start: number, end: number): void {
    const role = tagRoleAt(this.#html, start, end);
    this.#tag = role;
    switch (role) {
      case 'cell':
      case 'header-cell':
        this.#openCell(role === 'header-cell');
        break;
      case 'row':
        this.#openRow();
        break;
      case 'link':
        if (this.#linkStart >= 0) this.#endUnclosedLink('a');
        this.#linkStart = this.#text.length;
        this.#linkHref = '';
        break;
      case 'span':
        if (this.#isInCell) this.#openSpans.push({ className: '', start: this.#text.length });
        else if (this.#pageTitleDepth > 0) this.#pageTitleDepth += 1;
        break;
      case 'block':
        this.#breakLine(this.#html.slice(start, end));
        break;
      case 'break':
        this.#breakLine(null);
        break;
      case 'table':
        this.#openTable();
        break;
      case 'head':
      case 'body-part':
        this.#closeRow();
        this.#isInHead = role === 'head';
        break;
      case 'raw':
        this.#isInRawText = true;
        this.#report(`<${this.#html.slice(start, end)}> in a cell`);
        break;
      case 'title':
        this.#isInTitle = true;
        this.#report('<title> in a cell');
        break;
      case 'document':
        this.#hasDocumentStart = true;
        break;
      case 'other':
        if (this.#linkStart >= 0) this.#literalStart = start - 1;
        else this.#report(`<${this.#html.slice(start, end)}> in a cell`);
        break;
      default:
        break;
    }
  }

  onattribname(start: number, end: number): void {
    if (this.#tag === 'cell' || this.#tag === 'row') return;
    const name = this.#html.slice(start, end).toLowerCase();
    this.#attribute = isAttributeWanted(this.#tag, name) ? name : '';
    this.#attributeValue = '';
  }

  onattribdata(start: number, end: number): void {
    if (this.#attribute !== '') this.#attributeValue += this.#html.slice(start, end);
  }

  onattribentity(codePoint: number): void {
    if (this.#attribute !== '') this.#attributeValue += String.fromCodePoint(codePoint);
  }

  onattribend(_quote: QuoteType, _end: number): void {
    if (this.#attribute === '') return;
    const value = this.#attributeValue;
    this.#attribute = '';
    if (this.#tag === 'table') {
      if (this.#table !== null && this.#table.id === '') this.#table.id = value;
    } else if (this.#tag === 'span') {
      this.#classifySpan(value);
    } else {
      if (this.#tag === 'link' && this.#linkHref === '') this.#linkHref = value;
      if (this.#table === null) this.#addresses.push(value);
    }
  }

  onopentagend(end: number): void {
    if (this.#literalStart >= 0) this.#takeLiteral(end);
  }

  onselfclosingtag(end: number): void {
    if (this.#literalStart >= 0) this.#takeLiteral(end);
  }

  onclosetag(start: number, end: number): void {
    const role = tagRoleAt(this.#html, start, end);
    switch (role) {
      case 'cell':
      case 'header-cell':
        this.#closeCell();
        break;
      case 'row':
        this.#closeRow();
        break;
      case 'link':
        if (this.#linkStart < 0) this.#report('</a> without a link');
        this.#closeLink();
        break;
      case 'span':
        this.#closeSpan();
        break;
      case 'block':
        this.#breakLine(`/${this.#html.slice(start, end)}`);
        break;
      case 'table':
        this.#closeRow();
        if (this.#table !== null) this.#table.isClosed = true;
        this.#table = null;
        break;
      case 'head':
      case 'body-part':
        this.#closeRow();
        this.#isInHead = false;
        break;
      case 'raw':
        this.#isInRawText = false;
        break;
      case 'title':
        this.#isInTitle = false;
        this.#title ??= '';
        break;
      case 'document':
        this.#hasDocumentEnd = true;
        break;
      case 'other':
        this.#takeMarkup(start - 2, this.#html.indexOf('>', end));
        break;
      default:
        break;
    }
  }

  /** `numEndChars` is 2 for a real comment; 0 for what only looks like one, such as `</3`. */
  oncomment(start: number, end: number, numEndChars: number): void {
    if (numEndChars === 0) this.#takeMarkup(start - 2, end);
    else if (this.#linkStart >= 0) this.#report('a comment in a link');
  }

  ondeclaration(start: number, end: number): void {
    this.#takeMarkup(start - 2, end);
  }

  onprocessinginstruction(start: number, end: number): void {
    this.#takeMarkup(start - 2, end);
  }

  oncdata(): void {
    this.#report('<![CDATA[ in a cell');
  }

  onend(): void {
    // What is still open is seen in finish().
  }

  finish(): PageReading {
    if (this.#table !== null) this.#closeRow();
    else this.#endLine();
    return {
      title: this.#title,
      pageTitle: this.#pageTitle,
      lines: this.#lines,
      addresses: this.#addresses,
      tables: this.#tables,
      hasDocumentStart: this.#hasDocumentStart,
      hasDocumentEnd: this.#hasDocumentEnd,
      endsInTag: this.#html.lastIndexOf('<') > this.#html.lastIndexOf('>'),
      strayText: this.#strayText,
      hasStrayCell: this.#hasStrayCell,
    };
  }

  #addOutsideCells(text: string): void {
    if (this.#isInTitle) this.#title = (this.#title ?? '') + text;
    else if (this.#table === null) this.#text += text;
    else if (this.#strayText === null && text.trim() !== '') this.#strayText = text.trim();
  }

  #openTable(): void {
    if (this.#table !== null) this.#closeRow();
    else this.#endLine();
    this.#table = { id: '', header: null, rows: [], isClosed: false };
    this.#tables.push(this.#table);
    this.#isInHead = false;
  }

  #openRow(): void {
    if (this.#table === null) return;
    this.#closeRow();
    this.#cells = [];
  }

  #closeRow(): void {
    this.#closeCell();
    const table = this.#table;
    const cells = this.#cells;
    if (table === null || cells === null) return;
    const row: TableRow = { cells, problem: this.#problem };
    if ((this.#isInHead || this.#hasHeaderCell) && table.header === null && table.rows.length === 0) table.header = row;
    else table.rows.push(row);
    this.#cells = null;
    this.#hasHeaderCell = false;
    this.#problem = null;
  }

  #openCell(isHeaderCell: boolean): void {
    if (this.#table === null) {
      this.#hasStrayCell = true;
      return;
    }
    this.#closeCell();
    this.#cells ??= [];
    this.#isInCell = true;
    if (isHeaderCell) this.#hasHeaderCell = true;
  }

  #closeCell(): void {
    if (!this.#isInCell) return;
    if (this.#linkStart >= 0) this.#endUnclosedLink('/td');
    if (this.#openSpans.length > 0) this.#report('a <span> is not closed');
    this.#cells?.push(this.#takeRun());
    this.#isInCell = false;
  }

  #takeRun(): TextRun {
    const run = { text: this.#text, links: this.#links ?? NO_LINKS, spans: this.#spans ?? NO_SPANS };
    this.#text = '';
    this.#links = null;
    this.#spans = null;
    if (this.#openSpans.length > 0) this.#openSpans = [];
    this.#linkStart = -1;
    this.#literalStart = -1;
    return run;
  }

  /** A block's border or a line break: ends a line outside tables, or the page title; a cell's link must not reach over it. */
  #breakLine(tagName: string | null): void {
    if (this.#isInCell) {
      if (this.#linkStart >= 0 && tagName !== null) this.#endUnclosedLink(tagName);
    } else if (this.#table === null) {
      this.#endLine();
    }
  }

  /** Ends the line of text, or the page title, that is under way outside tables. */
  #endLine(): void {
    if (this.#linkStart >= 0) this.#closeLink();
    const run = this.#takeRun();
    if (this.#pageTitleDepth > 0) this.#pageTitle ??= run;
    else if (run.text.trim() !== '') this.#lines.push(run);
    this.#pageTitleDepth = 0;
  }

  #classifySpan(className: string): void {
    if (this.#isInCell) {
      const span = this.#openSpans.at(-1);
      if (span !== undefined) span.className = className;
    } else if (this.#table === null && this.#pageTitleDepth === 0 && this.#pageTitle === null) {
      if (!className.split(/\s+/).includes('pagetitle')) return;
      this.#endLine();
      this.#pageTitleDepth = 1;
    }
  }

  #closeSpan(): void {
    if (this.#isInCell) {
      const span = this.#openSpans.pop();
      if (span === undefined) return;
      this.#spans ??= [];
      this.#spans.push({ className: span.className, text: this.#text.slice(span.start) });
    } else if (this.#pageTitleDepth === 1) {
      this.#endLine();
    } else if (this.#pageTitleDepth > 1) {
      this.#pageTitleDepth -= 1;
    }
  }

  #closeLink(): void {
    if (this.#linkStart < 0) return;
    this.#links ??= [];
    this.#links.push({ href: this.#linkHref, start: this.#linkStart, end: this.#text.length });
    this.#linkStart = -1;
  }

  #endUnclosedLink(tagName: string): void {
    if (this.#isInCell) this.#report(`a link is not closed before <${tagName}>`);
    this.#closeLink();
  }

  #takeLiteral(end: number): void {
    const start = this.#literalStart;
    this.#literalStart = -1;
    this.#takeMarkup(start, end);
  }

  /**
   * Markup that is none. kworb writes titles as they are, so `Heart<Break>` or `broken </3` come through as a tag or a
   * comment, and the latter swallows the `</a>` after it. In a link it is text; elsewhere in a cell nothing tells what
   * it should be.
   */
  #takeMarkup(start: number, end: number): void {
    const source = end < 0 ? this.#html.slice(start) : this.#html.slice(start, end + 1);
    const linkEnd = source.indexOf(LINK_END);
    if (this.#linkStart < 0 || end < 0 || (linkEnd >= 0 && linkEnd + LINK_END.length < source.length)) {
      this.#report(`${source} in a cell`);
    } else if (linkEnd >= 0) {
      this.#text += source.slice(0, linkEnd);
      this.#closeLink();
    } else {
      this.#text += source;
    }
  }

  #report(problem: string): void {
    if (this.#isInCell) this.#problem ??= problem;
  }
}
