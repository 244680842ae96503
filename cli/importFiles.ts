/** Runs an import into the home's lake, with progress. */
import type { ImportPlan, ImportProgress, ImportSummary } from '../contracts/imports.ts';
import type { CommandContext } from './context.ts';
import { withLake } from './homeLake.ts';

/** What a phase is called, where not by its own name. */
export type PhaseLabels = Readonly<Partial<Record<ImportProgress['phase'], string>>>;

/** Makes the lake where there is none. */
export async function runImport(
  context: CommandContext,
  plan: ImportPlan,
  labels: PhaseLabels = {},
): Promise<ImportSummary> {
  const { importCharts } = await import('../data/import/importCharts.ts');
  const progress = context.startProgress('reading', 'rows', null);
  let phase: ImportProgress['phase'] = 'reading';
  try {
    return await withLake(context, { mode: 'write' }, (lake) =>
      importCharts(lake, plan, {
        onProgress(state) {
          if (state.phase !== phase) progress.nextPhase(labels[state.phase] ?? state.phase, 'rows', state.numRowsTotal);
          phase = state.phase;
          progress.update(state.numRows, undefined, state.numRowsTotal);
        },
      }),
    );
  } finally {
    progress.finish();
  }
}
