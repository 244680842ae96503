/** Parameters put together by what they do. */
import { type Parameters, parameter } from '../parameters.ts';
import type { BlockParameters } from './block.ts';
import type { AstConfig } from './config.ts';
import type { LinearParameters, NormParameters } from './linearParameters.ts';
import { astLayerNames } from './names.ts';

/** @throws ChartlifeError InvalidInput where one is missing, as do the others */
export function linearOf(parameters: Parameters, name: string, hasBias = true): LinearParameters {
  return {
    weight: parameter(parameters, `${name}.weight`),
    bias: hasBias ? parameter(parameters, `${name}.bias`) : null,
  };
}

export function normOf(parameters: Parameters, name: string): NormParameters {
  return { gain: parameter(parameters, `${name}.weight`), shift: parameter(parameters, `${name}.bias`) };
}

/** @param layer from 0 */
export function astBlock(parameters: Parameters, { hasQkvBias }: AstConfig, layer: number): BlockParameters {
  const names = astLayerNames(layer);
  return {
    normBefore: normOf(parameters, names.normBefore),
    query: linearOf(parameters, names.query, hasQkvBias),
    key: linearOf(parameters, names.key, hasQkvBias),
    value: linearOf(parameters, names.value, hasQkvBias),
    output: linearOf(parameters, names.output),
    normAfter: normOf(parameters, names.normAfter),
    up: linearOf(parameters, names.up),
    down: linearOf(parameters, names.down),
  };
}
