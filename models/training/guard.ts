/** Nothing that is not a number gets into parameters: a step with a loss, gradient or result that is not finite is not taken. */
import { ChartlifeError } from '../../contracts/errors.ts';

/** What a step computed. A norm speaks for all tensors at once. */
export interface StepOutcome {
  readonly loss: number;
  readonly gradientNorm: number;
  /** Of the parameters as they would be after the step. */
  readonly parameterNorm: number;
}

/**
 * @param batch what it was made of, such as its tracks
 * @throws ChartlifeError NonFiniteLoss
 */
export function throwUnlessFinite(
  { loss, gradientNorm, parameterNorm }: StepOutcome,
  { step, batch }: { readonly step: number; readonly batch: () => string },
): void {
  if ([loss, gradientNorm, parameterNorm].every(Number.isFinite)) return;
  const named = batch();
  throw new ChartlifeError(
    'NonFiniteLoss',
    `loss ${loss} with gradient norm ${gradientNorm} and parameters of norm ${parameterNorm} at step ${step}, batch ${named}; no parameter was changed`,
    {
      next: 'Look at the batch; or resume from the last checkpoint with a lower learning rate or a lower gradient clip.',
      details: {
        ...{ step, batch: named },
        ...{ loss: String(loss), gradientNorm: String(gradientNorm), parameterNorm: String(parameterNorm) },
      },
    },
  );
}
