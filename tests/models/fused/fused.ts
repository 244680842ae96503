/** Tests that need the fused ops. */
import { describe } from 'vitest';
import { hasFusedOps } from '../../../models/ops/fused/fusedOps.ts';
import { useTensorflow } from '../tensorflow.ts';

useTensorflow();

const MISSING = hasFusedOps() ? '' : ' (the fused ops are not compiled on this machine)';
if (MISSING !== '') console.warn(`tests are skipped${MISSING}`);

/** A block of tests that is skipped where there are no fused ops, and says so. */
export function describeFused(name: string, body: () => void): void {
  describe.skipIf(MISSING !== '')(`${name}${MISSING}`, body);
}
