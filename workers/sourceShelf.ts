/** The sources of sound that settings turn on, kept from one track to the next: their pace lives in them. */
import type { Settings } from '../contracts/settings.ts';
import type { PreviewSource } from '../sources/previewSource.ts';
import { createPreviewSources } from '../sources/previews/createSources.ts';

export interface SourceShelf {
  /** The same sources as long as the settings of sound are the same. @throws ChartlifeError InvalidInput */
  sourcesOf(settings: Settings): readonly PreviewSource[];
  close(): Promise<void>;
}

export function openSourceShelf(): SourceShelf {
  let held: { readonly key: string; readonly sources: readonly PreviewSource[] } | null = null;
  const former: PreviewSource[] = [];
  return {
    sourcesOf({ source, sound }) {
      const choice = {
        sources: sound.sources,
        contact: source.contact,
        folder: sound.folder,
        replicaBaseUrl: source.kind === 'replica' ? source.baseUrl : null,
      };
      const key = JSON.stringify(choice);
      if (held?.key !== key) {
        // Those of before may be in use at this moment; they are closed at the end.
        if (held !== null) former.push(...held.sources);
        held = { key, sources: createPreviewSources(choice) };
      }
      return held.sources;
    },
    async close() {
      for (const source of [...former, ...(held?.sources ?? [])]) await source.close();
    },
  };
}
