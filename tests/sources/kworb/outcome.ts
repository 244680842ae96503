/** What parsing gave: a page, or the type and message of a ChartlifeError. Any other throw goes through. */

import type { ErrorType } from '../../../contracts/errors.ts';
import { isChartlifeError } from '../../../contracts/errors.ts';
import type { ParsedPage } from '../../../contracts/pages.ts';

export type Outcome =
  | { readonly page: ParsedPage }
  | { readonly error: { readonly type: ErrorType; readonly message: string } };

export function outcomeOf(parse: () => ParsedPage): Outcome {
  try {
    return { page: parse() };
  } catch (error) {
    if (!isChartlifeError(error)) throw error;
    return { error: { type: error.type, message: error.message } };
  }
}
