/** Which Node will do. */
import { expect, test } from 'vitest';
import { PROJECT_ROOT } from '../../runtime/projectRoot.ts';
import { explainUnfitNode, leastNodeVersion } from '../../setup/nodeVersion.mjs';

test.each(['20.3.0', '20.3.1', '20.20.2', '22.0.0', '24.11.1', '100.0.0'])('%s will', (version) => {
  expect(explainUnfitNode(version, '20.3.0')).toBe('');
});

test.each(['20.2.9', '19.9.9', '18.20.8', '8.17.0', '0.12.18'])('%s will not, and is told so', (version) => {
  expect(explainUnfitNode(version, '20.3.0')).toContain(
    `chartlife needs Node 20.3.0 or later; this is Node ${version}.`,
  );
});

test('the least version is that of package.json', () => {
  expect(leastNodeVersion(PROJECT_ROOT)).toMatch(/^\d+\.\d+\.\d+$/);
  expect(explainUnfitNode(process.versions.node, leastNodeVersion(PROJECT_ROOT))).toBe('');
});
