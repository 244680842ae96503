/** Which TensorFlow library is asked for. The environment is passed in by a process that may read it. */
import { ChartlifeError } from '../contracts/errors.ts';
import type { Environment } from './executables.ts';
import { TENSORFLOW_VARIANTS, type TensorflowVariant } from './nativeParts.ts';

/** `cpu` (the default) or `cuda`. */
export const TENSORFLOW_VARIABLE = 'CHARTLIFE_TENSORFLOW';

/**
 * The variant that the environment asks for; an empty variable counts as unset.
 *
 * @throws ChartlifeError InvalidInput for any other value.
 */
export function tensorflowVariant(env: Environment): TensorflowVariant {
  const value = env[TENSORFLOW_VARIABLE] || 'cpu';
  const variant = TENSORFLOW_VARIANTS.find((known) => known === value);
  if (variant !== undefined) return variant;
  throw new ChartlifeError('InvalidInput', `${TENSORFLOW_VARIABLE} is ${JSON.stringify(value)}`, {
    next: `Set it to ${TENSORFLOW_VARIANTS.map((known) => `\`${known}\``).join(' or ')}, or leave it unset.`,
    details: { value },
  });
}
