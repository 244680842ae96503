/**
 * The wheels of libtensorflow: where it comes from, on the platforms that have one, and the hashes of the libraries in it.
 * They are made for one CPython each; the one for 3.11 is taken, whichever Python runs pip.
 *
 * To move to another version: change it in runtime/nativeParts.ts; the hashes of wheels are in PyPI's index, those of the
 * libraries are `sha256sum` of what was unpacked; NVIDIA's versions are in the wheel's METADATA, as the extra `and-cuda`.
 */
import { TENSORFLOW_VERSION, type TensorflowVariant } from '../../runtime/nativeParts.ts';
import type { Wheel } from './pipWheel.ts';

export interface TensorflowPin {
  /** TensorFlow's own first; for CUDA then NVIDIA's libraries (CUDA 12.5, cuDNN 9), as it wants them. */
  readonly wheels: readonly Wheel[];
  /** pip's name of the platform that the wheels are made for. */
  readonly platformTag: string;
  /** The libraries to link with: SHA-256 by path in the wheel. */
  readonly libraries: Readonly<Record<string, string>>;
}

/** By platform, as runtime/nativeParts.ts names it; where there is none, TensorFlow's makers have no wheel. */
export const TENSORFLOW_PINS: Readonly<Record<TensorflowVariant, Readonly<Record<string, TensorflowPin>>>> = {
  cpu: {
    'linux-x64': {
      platformTag: 'manylinux2014_x86_64',
      wheels: [
        wheel(
          'tensorflow-cpu',
          TENSORFLOW_VERSION,
          '810c75d7149d2da0cb2092187817b0dcabb80728ca9f9cf3a61f3f42fadd1298',
          230_236_181,
        ),
      ],
      libraries: {
        'tensorflow/libtensorflow_cc.so.2': '2f274b53cb45231acf63aa4a60d2e9417e18d3f6c5237d0eb113948e851bd425',
        'tensorflow/libtensorflow_framework.so.2': 'c8dbe0f4a072f239418f513d87d0bfddb9f403b7fc93a3d11d17d6e99db26a83',
      },
    },
    'linux-arm64': {
      platformTag: 'manylinux2014_aarch64',
      wheels: [
        wheel(
          'tensorflow',
          TENSORFLOW_VERSION,
          '8a6485edd2148f70d011dbd1d8dc2c775e91774a5a159466e83d0d1f21580944',
          231_937_898,
        ),
      ],
      libraries: {
        'tensorflow/libtensorflow_cc.so.2': '6ecb9213687afc566f94278a230fe3aab7274998a6d0ab8a1dac26fe99ade1a2',
        'tensorflow/libtensorflow_framework.so.2': 'd129dd9371ee26d461f5ad006cf7024ca03794ef046edc64fb7d8c3c5738fc8e',
      },
    },
    'darwin-arm64': {
      platformTag: 'macosx_12_0_arm64',
      wheels: [
        wheel(
          'tensorflow',
          TENSORFLOW_VERSION,
          '661029cd769b311db910b79a3a6ef50a5a61ecc947172228c777a49989722508',
          239_549_037,
        ),
      ],
      libraries: {
        'tensorflow/libtensorflow_cc.2.dylib': '2a4abace7bc18843ff64f3be7065dcc11ae121979c878fb768964cb3c3de86b4',
        'tensorflow/libtensorflow_framework.2.dylib':
          'f47019178f370c58338251389c734126b921615c91fb14e3315ba0b23f1354d0',
      },
    },
  },
  cuda: {
    'linux-x64': {
      platformTag: 'manylinux2014_x86_64',
      wheels: [
        wheel(
          'tensorflow',
          TENSORFLOW_VERSION,
          'c9f87e5d2a680a4595f5dc30daf6bbaec9d4129b46d7ef1b2af63c46ac7d2828',
          615_510_377,
        ),
        wheel(
          'nvidia-cublas-cu12',
          '12.5.3.2',
          'ca070ad70e9fa6654084575d01bd001f30cc4665e33d4bb9fc8e0f321caa034b',
          363_313_169,
        ),
        wheel(
          'nvidia-cuda-cupti-cu12',
          '12.5.82',
          'bde77a5feb66752ec61db2adfe47f56b941842825b4c7e2068aff27c9d107953',
          13_811_507,
        ),
        wheel(
          'nvidia-cuda-nvcc-cu12',
          '12.5.82',
          'b03e545b8e8c3ce7ebcd7fc44063180ff52ff01d064ece2127ed90a04ef12cd0',
          22_468_537,
        ),
        wheel(
          'nvidia-cuda-nvrtc-cu12',
          '12.5.82',
          '3dbd97b0104b4bfbc3c4f8c79cd2496307c89c43c29a9f83125f1d76296ff3fd',
          24_873_108,
        ),
        wheel(
          'nvidia-cuda-runtime-cu12',
          '12.5.82',
          '3e79a060e126df40fd3a068f3f787eb000fa51b251ec6cd97d09579632687115',
          895_707,
        ),
        wheel(
          'nvidia-cudnn-cu12',
          '9.3.0.75',
          '9ad9c6929ebb5295eb4a1728024666d1c88283373e265a0c5c883e6f9d5cd76d',
          577_163_502,
        ),
        wheel(
          'nvidia-cufft-cu12',
          '11.2.3.61',
          '9a6e8df162585750f61983a638104a48c756aa13f9f48e19ab079b38e3c828b8',
          192_524_114,
        ),
        wheel(
          'nvidia-curand-cu12',
          '10.3.6.82',
          '2823fb27de4e44dbb22394a6adf53aa6e1b013aca0f8c22867d1cfae58405536',
          56_309_107,
        ),
        wheel(
          'nvidia-cusolver-cu12',
          '11.6.3.83',
          '93cfafacde4428b71778eeb092ec615a02a3d05404da1bcf91c53e3fa1bce42b',
          130_341_232,
        ),
        wheel(
          'nvidia-cusparse-cu12',
          '12.5.1.3',
          '016df8e993c437e8301e62739f01775cba988fd5253cd4c64173f8e8d2f8e752',
          217_558_979,
        ),
        wheel(
          'nvidia-nccl-cu12',
          '2.21.5',
          '8579076d30a8c24988834445f8d633c697d42397e92ffc3f63fa26766d25e0a0',
          188_654_414,
        ),
        wheel(
          'nvidia-nvjitlink-cu12',
          '12.5.82',
          'f9b37bc5c8cf7509665cb6ada5aaa0ce65618f2332b7d3e78e9790511f111212',
          21_298_879,
        ),
      ],
      libraries: {
        'tensorflow/libtensorflow_cc.so.2': 'f0274f371a2da3bfbab6423bfd60cd014f489ed4ac73132cc5ca731f68ed3667',
        'tensorflow/libtensorflow_framework.so.2': 'ca67fab9244cffd692ac292b18f75c0d34a0441a8f0e33a6dc113b1ee522622f',
      },
    },
  },
};

function wheel(project: string, version: string, wheelSha256: string, wheelBytes: number): Wheel {
  return { project, version, pin: { wheelSha256, wheelBytes } };
}
