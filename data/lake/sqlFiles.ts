/** The SQL files under data/sql: read once, hashed, in the order of their names. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { sha256Hex } from '../../runtime/files.ts';
import { PROJECT_ROOT } from '../../runtime/projectRoot.ts';

export interface SqlFile {
  /** Without `.sql`. */
  readonly name: string;
  readonly text: string;
  readonly sha256: string;
}

export function readSqlFiles(folder: 'migrations' | 'views' | 'checks'): SqlFile[] {
  const directory = path.join(PROJECT_ROOT, 'data', 'sql', folder);
  return readdirSync(directory)
    .filter((fileName) => fileName.endsWith('.sql'))
    .sort()
    .map((fileName) => {
      const text = readFileSync(path.join(directory, fileName), 'utf8');
      return { name: path.basename(fileName, '.sql'), text, sha256: sha256Hex(text) };
    });
}
