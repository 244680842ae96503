/**
 * The fused ops by name: thin, without gradients, and only where {@link hasFusedOps}. The math is in the `.cc` file of
 * each. A tensor of a wrong shape is an error of TensorFlow's that says which.
 */
import type { Scalar, Tensor, Tensor1D, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import { describeBackend } from '../../backend/loadTensorflow.ts';
import { boolAttribute, floatAttribute, intAttribute, rawOp, rawOps } from '../../backend/rawOp.ts';

/**
 * Whether they are compiled and loaded in this process.
 *
 * @throws ChartlifeError SetupMissing before TensorFlow is loaded
 */
export function hasFusedOps(): boolean {
  return describeBackend().fusedOps !== null;
}

export interface Normalized {
  readonly normalized_MD: Tensor2D;
  /** 1 / standard deviation of each row; the gradient needs it. */
  readonly scale_M: Tensor1D;
}

/** Each row less its mean, divided by sqrt(variance + epsilon). */
export function fusedNormalize(x_MD: Tensor2D, epsilon: number): Normalized {
  const outputs = rawOps('ChartlifeLayerNorm', [x_MD], [floatAttribute('epsilon', epsilon)], 2);
  return { normalized_MD: outputs[0] as Tensor2D, scale_M: outputs[1] as Tensor1D };
}

export function fusedNormalizeGradient(dy_MD: Tensor2D, { normalized_MD, scale_M }: Normalized): Tensor2D {
  return rawOp('ChartlifeLayerNormGrad', [dy_MD, normalized_MD, scale_M]) as Tensor2D;
}

/** x · Φ(x), element by element, of any shape. */
export function fusedGelu<T extends Tensor>(x: T): T {
  return rawOp('ChartlifeGelu', [x]) as T;
}

export function fusedGeluGradient<T extends Tensor>(x: T, dy: T): T {
  return rawOp('ChartlifeGeluGrad', [x, dy]) as T;
}

/** The gradient with the value again, at no cost: what comes after x · Φ(x) then need not keep it. */
export function fusedGeluGradientAndValue<T extends Tensor>(x: T, dy: T): { readonly dx: T; readonly y: T } {
  const [dx, y] = rawOps('ChartlifeGeluGradAndValue', [x, dy], [], 2);
  return { dx: dx as T, y: y as T };
}

export interface AttentionForm {
  /** Heads lie side by side in a row of features. */
  readonly numHeads: number;
  /** Factor of the scores. Default 1: the queries are scaled already. */
  readonly scale?: number;
  /** Whether query n sees only the keys up to n; needs as many queries as keys. Default false. */
  readonly causal?: boolean;
}

export interface Attended {
  readonly mixed_BQD: Tensor3D;
  /** [examples, heads, queries]: log of the sum of exp(scores) over keys; the gradient needs it. */
  readonly logSumExp_BHQ: Tensor3D;
}

/** softmax(scale · q · kᵀ) · v for each head of each example. */
export function fusedAttention(q_BQD: Tensor3D, k_BKD: Tensor3D, v_BKD: Tensor3D, form: AttentionForm): Attended {
  return attended(rawOps('ChartlifeAttention', [q_BQD, k_BKD, v_BKD], attributesOf(form), 2));
}

/** @returns the gradients of q, k and v */
export function fusedAttentionGradient(
  dy_BQD: Tensor3D,
  q_BQD: Tensor3D,
  k_BKD: Tensor3D,
  v_BKD: Tensor3D,
  { mixed_BQD, logSumExp_BHQ }: Attended,
  form: AttentionForm,
): [Tensor3D, Tensor3D, Tensor3D] {
  const inputs = [q_BQD, k_BKD, v_BKD, mixed_BQD, logSumExp_BHQ, dy_BQD];
  return rawOps('ChartlifeAttentionGrad', inputs, attributesOf(form), 3) as [Tensor3D, Tensor3D, Tensor3D];
}

/**
 * The same where one linear map has made all three: a row is the queries of all heads, then the keys, then the values.
 *
 * @param qkv_BNE with E = 3D
 */
export function fusedSelfAttention(qkv_BNE: Tensor3D, form: AttentionForm): Attended {
  return attended(rawOps('ChartlifeSelfAttention', [qkv_BNE], attributesOf(form), 2));
}

export function fusedSelfAttentionGradient(
  dy_BND: Tensor3D,
  qkv_BNE: Tensor3D,
  { mixed_BQD, logSumExp_BHQ }: Attended,
  form: AttentionForm,
): Tensor3D {
  const inputs = [qkv_BNE, mixed_BQD, logSumExp_BHQ, dy_BND];
  return rawOp('ChartlifeSelfAttentionGrad', inputs, attributesOf(form)) as Tensor3D;
}

/** One parameter with its moments. */
export interface AdamWTensors {
  readonly parameter: Tensor;
  readonly firstMoment: Tensor;
  readonly secondMoment: Tensor;
}

/** As in models/training/adamW.ts. */
export interface FusedAdamWScalars {
  /** Factor of the gradient, such as clipping's. */
  readonly gradientScale: Scalar;
  readonly stepSize: Scalar;
  readonly epsilon: Scalar;
  /** What is left of the parameter after its decay. */
  readonly keep: Scalar;
}

export function fusedAdamW(
  { parameter, firstMoment, secondMoment }: AdamWTensors,
  gradient: Tensor,
  { gradientScale, stepSize, epsilon, keep }: FusedAdamWScalars,
  { beta1, beta2 }: { readonly beta1: number; readonly beta2: number },
): AdamWTensors {
  const outputs = rawOps(
    'ChartlifeAdamW',
    [parameter, firstMoment, secondMoment, gradient, gradientScale, stepSize, epsilon, keep],
    [floatAttribute('first_rate', 1 - beta1), floatAttribute('second_rate', 1 - beta2)],
    3,
  ) as [Tensor, Tensor, Tensor];
  return { parameter: outputs[0], firstMoment: outputs[1], secondMoment: outputs[2] };
}

/** The bits of a draw: TensorFlow's uniform float32 are multiples of 2^-23. */
const DRAW_STEPS = 2 ** 23;

/**
 * Dropout with the mask that models/training/random.ts draws from the key; the gradient is the same of dy.
 *
 * @param key int32 [2]
 * @param rate from 0 below 1
 */
export function fusedDropout<T extends Tensor>(x: T, key: Tensor1D, rate: number): T {
  const threshold = Math.ceil(Math.fround(rate) * DRAW_STEPS);
  const attributes = [intAttribute('threshold', threshold), floatAttribute('scale', 1 / (1 - rate))];
  return rawOp('ChartlifeDropout', [x, key], attributes) as T;
}

function attended([mixed_BQD, logSumExp_BHQ]: Tensor[]): Attended {
  return { mixed_BQD: mixed_BQD as Tensor3D, logSumExp_BHQ: logSumExp_BHQ as Tensor3D };
}

function attributesOf({ numHeads, scale = 1, causal = false }: AttentionForm) {
  return [intAttribute('num_heads', numHeads), floatAttribute('scale', scale), boolAttribute('causal', causal)];
}
