/** The data dictionary as Markdown: docs/data-dictionary.md is what this makes of the SQL, and nothing else. */
import type { ColumnDescription, LakeDescription } from './describeLake.ts';

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

/** Values such as `daily` keep their small letter. */
function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function columnTable(columns: readonly ColumnDescription[], withNull: boolean): string {
  const lines = columns.map(({ name, sqlType, isNullable, description }) => {
    const type = withNull && !isNullable ? `${sqlType}, not null` : sqlType;
    return `| \`${name}\` | ${cell(type)} | ${cell(sentence(description))} |`;
  });
  return ['| column | type | meaning |', '|---|---|---|', ...lines].join('\n');
}

/** Indented lines of a view's header are a list. */
function prose(text: string): string {
  const paragraphs: string[] = [];
  for (const line of text.split('\n')) {
    const isItem = /^ {2}\S/.test(line);
    const isContinuation = /^ {4}\S/.test(line);
    const last = paragraphs.at(-1);
    if (isItem) paragraphs.push(`- ${line.trim()}`);
    else if (last !== undefined && (isContinuation || !last.startsWith('- ')))
      paragraphs[paragraphs.length - 1] = `${last} ${line.trim()}`;
    else if (line.trim() !== '') paragraphs.push(line.trim());
  }
  return paragraphs
    .map((paragraph) => (paragraph.startsWith('- ') ? paragraph : `\n${paragraph}\n`))
    .join('\n')
    .trim();
}

export function renderDictionary(lake: LakeDescription): string {
  const tables = lake.tables.map(
    ({ name, description, columns }) => `### ${name}\n\n${description}\n\n${columnTable(columns, true)}`,
  );
  const views = lake.views.map(
    ({ name, grain, description, columns }) =>
      `### ${name}\n\n${sentence(`Grain: ${grain}`)}\n\n${prose(description)}\n\n${columnTable(columns, false)}`,
  );
  const checks = lake.checks.map(
    ({ name, description, isBlocking, figure }) =>
      `| \`${name}\` | ${isBlocking ? 'stops the commit' : 'warns'} | ${cell(description)} | ${cell(figure)} |`,
  );
  return `# Data dictionary

Made from the SQL files in data/sql by \`npx vitest run tests/data/dictionary.test.ts -u\`; don't edit it by hand.
Times are UTC. Dates are the page's own. Streams are plays as Spotify counts them.

## Tables

${tables.join('\n\n')}

## Views

A variable is set for a session, in any DuckDB client: \`SET VARIABLE moments = 'sample'\`.

${views.join('\n\n')}

## Checks

Run on every chart before it is committed (\`check_result\` keeps the results), and on the whole lake on demand.

| check | if it fails | property | figure |
|---|---|---|---|
${checks.join('\n')}
`;
}
