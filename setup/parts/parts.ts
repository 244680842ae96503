/** All native parts, in the order in which they are fetched. A new one is one more line here. */
import type { Environment } from '../../runtime/executables.ts';
import { DUCKDB_EXTENSIONS } from '../../runtime/nativeParts.ts';
import { chromiumPart } from './chromiumPart.ts';
import { duckdbExtensionPart } from './duckdbExtensionPart.ts';
import type { Part } from './part.ts';
import { temporalPart } from './temporalPart.ts';
import { tensorflowPart } from './tensorflowPart.ts';

export function nativeParts(env: Environment): Part[] {
  return [
    temporalPart(env),
    ...DUCKDB_EXTENSIONS.map((extension) => duckdbExtensionPart(extension, env)),
    tensorflowPart(env),
    chromiumPart(env),
  ];
}
