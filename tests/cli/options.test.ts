/** What can be typed. A new verb or flag must change this list, on purpose; one that goes breaks people's scripts. */
import type { Command } from 'commander';
import { expect, it } from 'vitest';
import { createProgram } from '../../cli/program.ts';
import { captureEffects } from './captureEffects.ts';

const FROZEN: Readonly<Record<string, string>> = {
  chartlife: '--home, --version',
  'chartlife audio': '',
  'chartlife audio add DIR': '--json, --map',
  'chartlife audio fbank IN OUT.NPY': '--channels, --json, --window',
  'chartlife audio fetch': '--all, --from, --json, --limit',
  'chartlife audio show TRACK|FILE': '--channels, --json, --out, --window',
  'chartlife audio source [NAMES]':
    '--ask-again-after, --channels, --check-found-after, --folder, --json, --keep-audio, --no-keep-audio, --per-night, --window',
  'chartlife audio verify': '--json, --prune',
  'chartlife backfill': '--chart, --from, --json, --older-parser, --quarantined, --to',
  'chartlife demo': '--keep, --nights, --no-train',
  'chartlife doctor': '--fix, --json',
  'chartlife forecast [TRACK]': '--json, --new, --plot, --region, --run, --told',
  'chartlife import FILES...':
    '--date, --date-format, --dry-run, --json, --kind, --map, --region, --since, --tracks, --until, --week-day',
  'chartlife ingest': '--charts, --json, --kinds',
  'chartlife model': '',
  'chartlife model embed': '--config, --input, --json, --out, --threads, --weights',
  'chartlife model list': '--json',
  'chartlife model publish RUN': '--json, --why',
  'chartlife model show PRESET|FILE': '--json',
  'chartlife parse FILE': '--date, --json, --kind, --region',
  'chartlife runs': '',
  'chartlife runs cancel RUN': '--json',
  'chartlife runs compare RUNS...': '--json',
  'chartlife runs list': '--json',
  'chartlife runs pause RUN': '--json',
  'chartlife runs reproduce RUN': '--again, --json',
  'chartlife runs resume RUN': '--json',
  'chartlife runs show RUN': '--json, --plot',
  'chartlife runs sweep [SWEEP]': '--json',
  'chartlife runs watch RUN': '--json',
  'chartlife schedule': '',
  'chartlife schedule apply': '--json',
  'chartlife schedule backfill': '--from, --json, --kind, --to',
  'chartlife schedule pause': '--json, --reason',
  'chartlife schedule resume': '--json',
  'chartlife schedule show': '--json',
  'chartlife snapshot': '',
  'chartlife snapshot list': '--json, --limit, --pinned',
  'chartlife snapshot pin NAME [SNAPSHOT]': '--json, --reason',
  'chartlife snapshot unpin NAME': '--json',
  'chartlife sql [QUERY]': '--at, --file, --format, --json, --out',
  'chartlife status': '--json',
  'chartlife train RECIPE...': '--folds, --json, --seed, --seeds, --set, --snapshot',
  'chartlife up': '--contact, --kinds, --regions, --sample, --today',
};

function surface(command: Command, parentName = ''): [string, string][] {
  const name = `${parentName} ${command.name()}`.trim();
  const args = command.registeredArguments.map((argument) => {
    const text = `${argument.name().toUpperCase()}${argument.variadic ? '...' : ''}`;
    return argument.required ? text : `[${text}]`;
  });
  const options = command.options.map(({ long }) => long).sort();
  return [
    [[name, ...args].join(' '), options.join(', ')],
    ...command.commands.flatMap((child) => surface(child, name)),
  ];
}

it('is the frozen list of verbs, arguments and flags', () => {
  const { command } = createProgram(captureEffects().effects);
  expect(Object.fromEntries(surface(command))).toEqual(FROZEN);
});

it('describes every verb and flag, and has --json wherever something is read or changed', () => {
  const { command } = createProgram(captureEffects().effects);
  const check = (verb: Command): void => {
    if (verb.parent !== null) expect(verb.summary(), verb.name()).not.toBe('');
    for (const option of verb.options) expect(option.description, `${verb.name()} ${option.flags}`).not.toBe('');
    for (const child of verb.commands) check(child);
  };
  check(command);
  const withoutJson = Object.keys(FROZEN).filter((name) => !FROZEN[name]?.includes('--json'));
  expect(withoutJson).toEqual([
    'chartlife',
    'chartlife audio',
    'chartlife demo',
    'chartlife model',
    'chartlife runs',
    'chartlife schedule',
    'chartlife snapshot',
    'chartlife up',
  ]);
});
