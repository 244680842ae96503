/** The arrows of the architecture as data, and what a tree of sources has against them. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type ImportEdge, importGraph, readSources, type SourceFile } from './importGraph.ts';

interface FolderRule {
  /** Folders that it may import, besides itself. */
  readonly imports: readonly string[];
  /** Folders whose types alone it may import. */
  readonly typesOf?: readonly string[];
  /** Packages and Node modules that it may import; all that no other rule forbids where this is absent. */
  readonly onlyPackages?: readonly string[];
  readonly mayReadEnvironment?: boolean;
}

const EVERY_SOURCE = [
  'contracts',
  'runtime',
  'sources',
  'pictures',
  'plots',
  'audio',
  'data',
  'models',
  'activities',
  'workflows',
  'workers',
  'cli',
  'setup',
];

const FOLDERS: Readonly<Record<string, FolderRule>> = {
  contracts: { imports: [], onlyPackages: [] },
  runtime: { imports: ['contracts'] },
  sources: { imports: ['contracts', 'runtime'] },
  pictures: { imports: [] },
  plots: { imports: ['contracts', 'pictures'], onlyPackages: [] },
  audio: { imports: ['contracts', 'runtime', 'pictures'] },
  data: { imports: ['contracts', 'runtime'] },
  models: { imports: ['contracts', 'runtime'] },
  activities: { imports: ['contracts', 'runtime', 'sources', 'audio', 'data', 'models'] },
  workflows: {
    imports: ['contracts'],
    typesOf: ['activities'],
    onlyPackages: ['@temporalio/workflow', '@temporalio/common'],
  },
  workers: {
    imports: ['contracts', 'runtime', 'sources', 'audio', 'data', 'models', 'activities'],
    typesOf: ['workflows'],
    mayReadEnvironment: true,
  },
  setup: { imports: ['contracts', 'runtime'], mayReadEnvironment: true },
  cli: {
    imports: ['contracts', 'runtime', 'plots', 'data', 'sources', 'audio', 'models', 'workers', 'setup'],
    typesOf: ['workflows', 'activities'],
    mayReadEnvironment: true,
  },
  bin: { imports: ['setup'], mayReadEnvironment: true },
  tests: { imports: [...EVERY_SOURCE, 'bench'], mayReadEnvironment: true },
  bench: { imports: [...EVERY_SOURCE, 'tests'], mayReadEnvironment: true },
};

/** Packages with one home. */
const PACKAGE_HOMES: readonly { readonly packages: RegExp; readonly home: RegExp; readonly where: string }[] = [
  { packages: /^(@duckdb\/|apache-arrow$)/, home: /^data\//, where: 'data/' },
  {
    packages: /^playwright/,
    home: /^(sources\/browser|setup\/parts\/chromiumPart)/,
    where: 'sources/browser* and setup/parts/chromiumPart.ts',
  },
  { packages: /^(htmlparser2|robots-parser)$/, home: /^sources\//, where: 'sources/' },
  { packages: /^(@resvg\/resvg-wasm|dejavu-fonts-ttf|fast-png)$/, home: /^pictures\//, where: 'pictures/' },
  { packages: /^wasm-media-encoders$/, home: /^sources\//, where: 'sources/' },
  { packages: /^(@tensorflow\/|protobufjs)/, home: /^models\//, where: 'models/' },
  { packages: /^commander$/, home: /^cli\//, where: 'cli/' },
  { packages: /^esbuild$/, home: /^setup\//, where: 'setup/' },
  { packages: /^@temporalio\/worker$/, home: /^(workers\/|setup\/build\.mjs)/, where: 'workers/ and setup/build.mjs' },
  { packages: /^@temporalio\/workflow$/, home: /^workflows\//, where: 'workflows/' },
  {
    packages: /^(vitest|vite|fast-check|@temporalio\/testing)(\/|$)/,
    home: /^vitest\.config\.ts$/,
    where: 'tests/ and bench/',
  },
];

const MAX_README_LINES = 15;
const ENVIRONMENT = /\bprocess\.env\b|\bprocess\['env'\]|import \{[^}]*\benv\b[^}]*\} from 'node:process'/;
const EXPORT_ALL = /^export \*/;

/** The folders that must have the same rule in biome.json. */
export const RULED_FOLDERS = EVERY_SOURCE;

/** The folders of which one may import nothing, not even types. */
export function forbiddenFolders(folder: string): string[] {
  const rule = FOLDERS[folder];
  const allowed = new Set([folder, ...(rule?.imports ?? []), ...(rule?.typesOf ?? [])]);
  return [...EVERY_SOURCE, 'tests', 'bench'].filter((other) => !allowed.has(other));
}

/** Everything in the tree that the rules forbid, each as `file:line  what`; sorted. */
export async function findViolations(root: string): Promise<string[]> {
  const sources = readSources(root);
  const edges = await importGraph(root, sources);
  return [
    ...edges.flatMap(edgeViolations),
    ...sources.flatMap(lineViolations),
    ...cycles(edges),
    ...folderViolations(root, sources),
  ].sort();
}

/** `sources` of `sources/kworb/urls.ts`; empty for a file in the root. */
function folderOf(file: string): string {
  return file.includes('/') ? (file.split('/')[0] ?? '') : '';
}

function isFree(file: string): boolean {
  return ['tests', 'bench'].includes(folderOf(file));
}

function edgeViolations(edge: ImportEdge): string[] {
  const at = `${edge.from}:${edge.line}`;
  const folder = folderOf(edge.from);
  const rule = FOLDERS[folder];
  if (edge.isPackage) {
    const home = PACKAGE_HOMES.find(({ packages }) => packages.test(edge.to));
    const isForbidden = rule?.onlyPackages !== undefined && !rule.onlyPackages.includes(edge.to);
    return [
      ...(isForbidden ? [`${at}  ${folder}/ may not import ${edge.to}`] : []),
      ...(home === undefined || home.home.test(edge.from) || isFree(edge.from)
        ? []
        : [`${at}  ${edge.to} belongs in ${home.where}`]),
    ];
  }
  const target = folderOf(edge.to);
  if (rule === undefined || target === '' || target === folder || rule.imports.includes(target)) return [];
  if (rule.typesOf?.includes(target)) {
    return edge.isType ? [] : [`${at}  ${folder}/ may import types alone of ${target}/: ${edge.to}`];
  }
  return [`${at}  ${folder}/ may not import ${target}/: ${edge.to}`];
}

function lineViolations({ file, text }: SourceFile): string[] {
  const mayReadEnvironment = FOLDERS[folderOf(file)]?.mayReadEnvironment ?? false;
  return text.split('\n').flatMap((line, index) => {
    const code = line.replace(/^\s*(\*|\/\*).*|\/\/.*$/, '');
    const at = `${file}:${index + 1}`;
    return [
      ...(EXPORT_ALL.test(code) ? [`${at}  name what is exported instead of \`export *\``] : []),
      ...(ENVIRONMENT.test(code) && !mayReadEnvironment
        ? [`${at}  the environment is read in workers/, cli/ and setup/ alone`]
        : []),
    ];
  });
}

/** Each cycle of imports once, named by its first file in order. A type import is no import at run time. */
function cycles(edges: readonly ImportEdge[]): string[] {
  const importsOf = new Map<string, ImportEdge[]>();
  for (const edge of edges) {
    if (!edge.isPackage && !edge.isType) importsOf.set(edge.from, [...(importsOf.get(edge.from) ?? []), edge]);
  }
  const found = new Set<string>();
  const finished = new Set<string>();
  const visit = (file: string, trail: readonly ImportEdge[]): void => {
    const start = trail.findIndex((edge) => edge.from === file);
    if (start !== -1) {
      found.add(describeCycle(trail.slice(start)));
      return;
    }
    if (finished.has(file)) return;
    for (const edge of importsOf.get(file) ?? []) visit(edge.to, [...trail, edge]);
    finished.add(file);
  };
  for (const file of [...importsOf.keys()].sort()) visit(file, []);
  return [...found];
}

function describeCycle(cycle: readonly ImportEdge[]): string {
  const first = cycle.reduce((least, edge, index) => (edge.from < (cycle[least]?.from ?? '') ? index : least), 0);
  const turned = [...cycle.slice(first), ...cycle.slice(0, first)];
  const [start] = turned;
  return `${start?.from}:${start?.line}  a cycle: ${[...turned.map((edge) => edge.from), start?.from].join(' → ')}`;
}

function folderViolations(root: string, sources: readonly SourceFile[]): string[] {
  const folders = [...new Set(sources.map((source) => folderOf(source.file)))].filter((folder) => folder !== '');
  return folders.flatMap((folder) => {
    const readme = path.join(root, folder, 'README.md');
    const hasRule = folder in FOLDERS ? [] : [`${folder}:1  no rule says who may import this folder`];
    if (folder === 'bin') return hasRule;
    if (!existsSync(readme)) return [...hasRule, `${folder}:1  has no README.md`];
    const numLines = readFileSync(readme, 'utf8').trimEnd().split('\n').length;
    const tooLong = `${folder}/README.md:${numLines}  has ${numLines} lines; ${MAX_README_LINES} are allowed`;
    return numLines > MAX_README_LINES ? [...hasRule, tooLong] : hasRule;
  });
}
