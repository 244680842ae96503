/** What there is to say of a preset, or of a file of weights, without TensorFlow. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { ChartlifeError } from '../../contracts/errors.ts';
import type { AstConfig } from '../../models/ast/config.ts';
import { type EncoderCost, encoderCost } from '../../models/ast/cost.ts';
import { AST_PREFIX, astShapes } from '../../models/ast/names.ts';
import { AST_PRESETS, isAstPreset } from '../../models/ast/presets.ts';
import { numElementsOf } from '../../models/parameters.ts';
import { DTYPE_BYTES } from '../../models/weights/dtypes.ts';
import { readSafetensorsHeader } from '../../models/weights/safetensors.ts';
import { refuseFolder } from './inputs.ts';
import { sizesByNames } from './sizesByNames.ts';

export interface DescribedTensor {
  readonly name: string;
  /** As safetensors names it, such as `F32`. */
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly numParameters: number;
}

export interface DescribedModel {
  /** The preset's name; null for a file. */
  readonly preset: string | null;
  /** As it was given; null for a preset. */
  readonly file: string | null;
  /** Whether its names are an AST's, so that it can be run. */
  readonly isAst: boolean;
  /** Of a preset. */
  readonly config: AstConfig | null;
  readonly tensors: readonly DescribedTensor[];
  readonly numParameters: number;
  readonly weightBytes: number;
  /** For one spectrogram of its size; null where the names are not those of an AST or of the original's MP2. */
  readonly cost: EncoderCost | null;
}

/** @throws ChartlifeError InvalidInput where it is neither a preset nor a file, or the file is damaged */
export async function describeModel(what: string, cwd: string): Promise<DescribedModel> {
  if (isAstPreset(what)) {
    const config = AST_PRESETS[what];
    const tensors = Object.entries(astShapes(config)).map(([name, shape]) => described(name, 'F32', shape));
    return { preset: what, file: null, config, ...summed(tensors) };
  }
  const filePath = path.resolve(cwd, what);
  if (!existsSync(filePath)) {
    throw new ChartlifeError('InvalidInput', `${what} is neither a preset nor a file`, {
      next: `Give ${Object.keys(AST_PRESETS).join(', ')}, or the path of a .safetensors file.`,
      details: { value: what },
    });
  }
  await refuseFolder(filePath, what);
  const { entries } = await readSafetensorsHeader(filePath);
  const tensors = entries.map(({ name, dtype, shape }) => described(name, dtype, shape));
  return { preset: null, file: what, config: null, ...summed(tensors) };
}

function described(name: string, dtype: string, shape: readonly number[]): DescribedTensor {
  return { name, dtype, shape, numParameters: numElementsOf(shape) };
}

function summed(tensors: readonly DescribedTensor[]): Omit<DescribedModel, 'preset' | 'file' | 'config'> {
  const sizes = sizesByNames(new Map(tensors.map(({ name, shape }) => [name, shape])));
  return {
    isAst: tensors.some(({ name }) => name.startsWith(AST_PREFIX)),
    tensors,
    numParameters: tensors.reduce((sum, { numParameters }) => sum + numParameters, 0),
    weightBytes: tensors.reduce((sum, { dtype, numParameters }) => sum + numParameters * (DTYPE_BYTES[dtype] ?? 0), 0),
    cost: sizes === null ? null : encoderCost(sizes),
  };
}
