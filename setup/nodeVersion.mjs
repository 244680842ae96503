/**
 * The oldest Node that chartlife runs on. Written in syntax that old versions of Node can read too: they must get as
 * far as the message.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';

/**
 * Says why a version of Node won't do; an empty text if it will.
 *
 * @param {string} version such as `20.20.2`
 * @param {string} least such as `20.3.0`
 * @returns {string}
 */
export function explainUnfitNode(version, least) {
  const have = version.split('.').map(Number);
  const need = least.split('.').map(Number);
  for (let i = 0; i < need.length; i += 1) {
    const difference = Number(have[i]) - Number(need[i]);
    if (difference > 0) return '';
    if (difference < 0) {
      return `chartlife needs Node ${least} or later; this is Node ${version}. Get one from https://nodejs.org, or with \`nvm install --lts\`.`;
    }
  }
  return '';
}

/**
 * The least version as a package.json states it.
 *
 * @param {string} root the checkout
 * @returns {string}
 */
export function leastNodeVersion(root) {
  const text = readFileSync(path.join(root, 'package.json'), 'utf8');
  return JSON.parse(text).engines.node.replace('>=', '');
}
