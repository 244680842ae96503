/** Says before the tests which native parts are missing: tests that need them fail, or are skipped where they may be. */
import { nativeParts } from '../setup/parts/parts.ts';

export default async function sayWhatIsMissing(): Promise<void> {
  for (const part of nativeParts(process.env)) {
    if (!part.uses.includes('test') || (await part.locate()) !== null) continue;
    const effect = part.optionalBecause ?? 'tests that need it will fail';
    console.warn(`${part.name} is missing: ${effect}. \`npm run setup\` or \`npx chartlife doctor --fix\` fetches it.`);
  }
}
