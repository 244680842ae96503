/** Who imports whom in a tree of sources: value imports as esbuild resolves them, type imports from the text. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';

export interface ImportEdge {
  /** The importing file, from the tree's root, with forward slashes. */
  readonly from: string;
  /** The imported file in the same form, or the name of a package or of a Node module (`node:fs`). */
  readonly to: string;
  readonly isPackage: boolean;
  /** Gone after compilation. */
  readonly isType: boolean;
  readonly line: number;
}

export interface SourceFile {
  readonly file: string;
  readonly text: string;
}

/** `assembly` holds AssemblyScript, by its own custom: another language with TypeScript's ending. */
const SKIPPED_FOLDERS = new Set(['node_modules', 'dist', 'golden', 'histories', 'sample', 'assembly']);
const SOURCE = /\.(ts|mjs)$/;
const TYPE_IMPORT = /^(?:import|export) type [^;'"]*?from '([^']+)'/gm;
/** Dynamic, or within a type; which of the two, esbuild knows. */
const INLINE_IMPORT = /\bimport\('([^']+)'\)/g;

/** All TypeScript and JavaScript modules of the tree. */
export function readSources(root: string, folder = ''): SourceFile[] {
  return readdirSync(path.join(root, folder), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const file = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) {
        return SKIPPED_FOLDERS.has(entry.name) || entry.name.startsWith('.') ? [] : readSources(root, file);
      }
      return SOURCE.test(entry.name) ? [{ file, text: readFileSync(path.join(root, file), 'utf8') }] : [];
    });
}

/** @throws Error when an import leads nowhere. */
export async function importGraph(root: string, sources: readonly SourceFile[]): Promise<ImportEdge[]> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: sources.map((source) => source.file),
    outdir: 'never-written',
    write: false,
    bundle: true,
    metafile: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    logLevel: 'silent',
    // Else imports that are used as types alone would vanish.
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
  });
  return sources.flatMap((source) => {
    const values = metafile.inputs[source.file]?.imports ?? [];
    const valueEdges = values.map((imported): ImportEdge => {
      const specifier = imported.original ?? imported.path;
      return {
        from: source.file,
        to: imported.path,
        isPackage: imported.external === true,
        isType: false,
        line: lineOf(source.text, source.text.indexOf(`'${specifier}'`)),
      };
    });
    const known = new Set(values.map((imported) => imported.original ?? imported.path));
    return [...valueEdges, ...typeEdges(source, known)];
  });
}

function typeEdges(source: SourceFile, valueSpecifiers: ReadonlySet<string>): ImportEdge[] {
  const typeImports = [...source.text.matchAll(TYPE_IMPORT)];
  const inlineImports = [...source.text.matchAll(INLINE_IMPORT)].filter(([, to]) => !valueSpecifiers.has(to ?? ''));
  return [...typeImports, ...inlineImports].map((match): ImportEdge => {
    const specifier = match[1] ?? '';
    const isPackage = !specifier.startsWith('.');
    return {
      from: source.file,
      to: isPackage ? specifier : path.posix.join(path.posix.dirname(source.file), specifier),
      isPackage,
      isType: true,
      line: lineOf(source.text, match.index),
    };
  });
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, Math.max(0, offset)).split('\n').length;
}
