/** What the workflows' bundle is made of: contracts, workflows and Temporal's own packages. Anything else is a way out of the sandbox. */
import { readFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { WORKFLOW_TYPES } from '../../contracts/workflowIds.ts';
import { WORKFLOW_BUNDLE_PATH } from '../../workers/ingestWorkers.ts';
import { ensureDist } from '../integration/liveSystem.ts';

/** Packages that the SDK itself brings into every bundle. */
const SDK_MODULES = /^\.\/node_modules\/(?:@temporalio\/(?:workflow|common)|nexus-rpc|long|ms)\//;
/** Where the SDK would take converters of ours, of which there are none. */
const EMPTY_MODULES = ['__temporal_custom_failure_converter', '__temporal_custom_payload_converter'];
const OWN_MODULES = /^\.\/(?:contracts|workflows)\/\w+\.ts$/;

let modules: string[];
let emptyModules: string[];

beforeAll(async () => {
  await ensureDist();
  const code = readFileSync(WORKFLOW_BUNDLE_PATH, 'utf8');
  emptyModules = [...code.matchAll(/^ {2}!\*{3} (.+) \(ignored\) \*{3}!$/gm)].map((match) => match[1] ?? '');
  modules = [...code.matchAll(/^\/\*{3}\/ "(.+?)"/gm)].map((match) => match[1] ?? '');
}, 60_000);

test('it holds contracts/, workflows/ and the SDK, and nothing else', () => {
  expect(modules.length).toBeGreaterThan(20);
  const named = modules.filter((module) => !module.startsWith('?'));
  expect(named.filter((module) => !SDK_MODULES.test(module) && !OWN_MODULES.test(module))).toEqual([]);
  // A Node module that was left out of the bundle would be empty as well.
  expect(emptyModules.sort()).toEqual(EMPTY_MODULES);
});

test('it holds every workflow', () => {
  for (const type of Object.values(WORKFLOW_TYPES)) expect(modules).toContain(`./workflows/${type}.ts`);
});
