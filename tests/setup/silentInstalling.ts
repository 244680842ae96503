/** What an installation may use, noting what it says. */
import type { Installing } from '../../setup/parts/part.ts';

export interface NotedInstalling extends Installing {
  readonly said: string[];
  readonly progressed: { readonly done: number; readonly total: number | null; readonly unit: string }[];
}

export function notingInstalling(): NotedInstalling {
  const said: string[] = [];
  const progressed: NotedInstalling['progressed'] = [];
  return {
    said,
    progressed,
    progress: (done, total, unit) => {
      progressed.push({ done, total, unit });
    },
    doing: () => undefined,
    say: (text) => {
      said.push(text);
    },
    addHolder: async () => undefined,
  };
}
