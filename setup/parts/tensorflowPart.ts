/**
 * Native TensorFlow: the library with tfjs-node's addon compiled against it. Where there is no wheel or no compiler, what
 * tfjs-node's own installation downloads.
 */
import { ChartlifeError, isChartlifeError } from '../../contracts/errors.ts';
import { type Environment, isReadableFile } from '../../runtime/executables.ts';
import { TENSORFLOW_VERSION, type TensorflowVariant } from '../../runtime/nativeParts.ts';
import { TENSORFLOW_VARIABLE, tensorflowVariant } from '../../runtime/tensorflowVariant.ts';
import { checkCompiled, findCompiled, installCompiled, isUpToDate } from './compiledTensorflow.ts';
import type { FoundPart, Installing, Part } from './part.ts';
import { LOST_WITHOUT_FUSED_OPS } from './tensorflowAddons.ts';
import {
  installVendorBinding,
  TFJS_NODE_FOLDER,
  VENDOR_TENSORFLOW_VERSION,
  vendorBindingPath,
} from './vendorTensorflow.ts';

/** Whoever is left with the vendor's binary is told this. */
const LOST_WITH_VENDOR =
  `not the tested way: libtensorflow ${VENDOR_TENSORFLOW_VERSION} (older still on Arm) gives other bits than ` +
  `${TENSORFLOW_VERSION}, there are no fused ops, so ${LOST_WITHOUT_FUSED_OPS}, and no GPU`;

export function tensorflowPart(env: Environment): Part {
  return {
    // A failure is remembered by name; one variant's says nothing of the other.
    name: env[TENSORFLOW_VARIABLE] === 'cuda' ? 'libtensorflow CUDA' : 'libtensorflow',
    uses: ['run', 'test'],
    optionalBecause: 'charts, SQL and sound go without it; training does not',
    locate: () => find(env, tensorflowVariant(env)),
    async needsInstall() {
      const variant = tensorflowVariant(env);
      const found = await find(env, variant);
      return found === null || (found.how === 'cache' && !(await isUpToDate(env, variant)));
    },
    install: (installing) => install(env, tensorflowVariant(env), installing),
    check: async ({ how }) => (how === 'vendor' ? LOST_WITH_VENDOR : checkCompiled(env, tensorflowVariant(env))),
  };
}

/** Ours first, as it is loaded first. The vendor's knows no CUDA that a GPU of today runs. */
async function find(env: Environment, variant: TensorflowVariant): Promise<FoundPart | null> {
  const compiled = await findCompiled(env, variant);
  if (compiled !== null || variant === 'cuda' || !(await isReadableFile(vendorBindingPath()))) return compiled;
  return { where: TFJS_NODE_FOLDER, version: null, how: 'vendor' };
}

async function install(env: Environment, variant: TensorflowVariant, installing: Installing): Promise<FoundPart> {
  const tried: string[] = [];
  try {
    return await installCompiled(env, variant, installing);
  } catch (error) {
    if (isChartlifeError(error, 'DiskFull')) throw error;
    tried.push(...reasons(error));
  }
  try {
    if (variant === 'cuda') throw new Error('it has none for CUDA 12');
    installing.doing("tfjs-node's own installation");
    await installVendorBinding(env, installing);
    installing.say(
      `from tfjs-node's own installation: ${LOST_WITH_VENDOR}; ours could not be had: ${tried.join('; ')}`,
    );
    return { where: TFJS_NODE_FOLDER, version: null, how: 'vendor' };
  } catch (error) {
    tried.push(`tfjs-node's own installation: ${error instanceof Error ? error.message : String(error)}`);
  }
  throw new ChartlifeError(
    'SetupMissing',
    `native TensorFlow can't be had:\n${tried.map((line) => `  - ${line}`).join('\n')}`,
    {
      next:
        'Install a C++ compiler (g++ or clang++) and Python 3 with pip, and let this machine reach PyPI; ' +
        'then `npx chartlife doctor --fix`.',
      details: { tried },
    },
  );
}

function reasons(error: unknown): readonly string[] {
  if (error instanceof ChartlifeError && Array.isArray(error.details.tried)) return error.details.tried;
  return [error instanceof Error ? error.message : String(error)];
}
