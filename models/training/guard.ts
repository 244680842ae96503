/** Nothing that is not a number gets into parameters: a step with a non-finite loss or gradient is not taken. */
import { ChartlifeError } from '../../contracts/errors.ts';

/** What a step computed before its update. The norm speaks for all gradients. */
export interface StepOutcome {
  readonly loss: number;
  readonly gradientNorm: number;
}

/**
 * @param batch what it was made of, such as its tracks
 * @throws ChartlifeError NonFiniteLoss
 */
export function throwUnlessFinite(
  { loss, gradientNorm }: StepOutcome,
  { step, batch }: { readonly step: number; readonly batch: () => string },
): void {
  if (Number.isFinite(loss) && Number.isFinite(gradientNorm)) return;
  const named = batch();
  throw new ChartlifeError(
    'NonFiniteLoss',
    `loss ${loss} with gradient norm ${gradientNorm} at step ${step}, batch ${named}; no parameter was changed`,
    {
      next: 'Look at the batch; or resume from the last checkpoint with a lower learning rate or a lower gradient clip.',
      details: { step, batch: named, loss: String(loss), gradientNorm: String(gradientNorm) },
    },
  );
}
