/** Which TensorFlow library the environment asks for. */
import { describe, expect, test } from 'vitest';
import { tensorflowVariant } from '../../runtime/tensorflowVariant.ts';

describe('the variant', () => {
  test.each([
    [undefined, 'cpu'],
    ['', 'cpu'],
    ['cpu', 'cpu'],
    ['cuda', 'cuda'],
  ])('asked for as %s is %s', (value, variant) => {
    expect(tensorflowVariant({ CHARTLIFE_TENSORFLOW: value })).toBe(variant);
  });

  test('that nobody knows is refused, with what there is', () => {
    expect(() => tensorflowVariant({ CHARTLIFE_TENSORFLOW: 'gpu' })).toThrow(
      expect.objectContaining({
        type: 'InvalidInput',
        message: 'CHARTLIFE_TENSORFLOW is "gpu"',
        next: 'Set it to `cpu` or `cuda`, or leave it unset.',
      }),
    );
  });
});
