/** Who we say we are: the project, its version, and how to reach whoever runs it. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ChartlifeError } from '../contracts/errors.ts';
import { PROJECT_ROOT } from '../runtime/projectRoot.ts';

/** The name robots.txt can address us by. */
export const ROBOTS_TOKEN = 'chartlife';

// A mail address or a web address; nothing that could end the header or its brackets.
const CONTACT = /^(?:[^\s@<>()"]+@[^\s@<>()"]+\.[^\s@<>()"]+|https?:\/\/[^\s<>()"]+)$/;

/**
 * `chartlife/0.1.0 (+you@example.org)`, without the brackets where there is no contact.
 *
 * @throws ChartlifeError InvalidInput if the contact is neither a mail address nor a web address.
 */
export function userAgent(contact: string | undefined): string {
  const product = `${ROBOTS_TOKEN}/${projectVersion()}`;
  if (contact === undefined) return product;
  if (!CONTACT.test(contact)) {
    throw new ChartlifeError('InvalidInput', `"${contact}" is not a contact`, {
      next: 'Give a mail address or an http(s) address at which the source can reach you.',
      details: { contact },
    });
  }
  return `${product} (+${contact})`;
}

function projectVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(path.join(PROJECT_ROOT, 'package.json'), 'utf8'));
  if (typeof manifest === 'object' && manifest !== null && 'version' in manifest) return String(manifest.version);
  throw new Error('package.json has no version');
}
