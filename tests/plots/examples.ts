/** Inputs of the golden plots: made by rule, the same numbers on every machine. */
import type { ForecastFanInput, ForecastWeek, ObservedWeek } from '../../plots/forecastFan.ts';
import type { LossPlotInput } from '../../plots/lossPlot.ts';

/** From 0 to 1, as if drawn: by integers alone, so that no machine gives another last bit. */
function drawnAt(place: number): number {
  const mixed = Math.imul(place ^ (place >>> 15) ^ 0x9e37_79b9, 0x85eb_ca6b);
  return (Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35) >>> 8) / 2 ** 24;
}

function fallingLosses(numSteps: number, from: number, to: number, halfStep: number) {
  return Array.from({ length: numSteps }, (_, step) => ({
    step,
    loss: (to + (from - to) / (1 + step / halfStep)) * (0.7 + 0.6 * drawnAt(step)),
  }));
}

/** MP2 falls by two powers of ten, MP3 is under way and falls by half. */
export const LOSS_EXAMPLE: LossPlotInput = {
  runId: '3f9a6c01d2e4b587',
  recipe: 'ast-tiny',
  isSynthetic: true,
  stages: [
    { stage: 'mp2', numSteps: 20_000, losses: fallingLosses(20_000, 9, 0.04, 120) },
    { stage: 'mp3', numSteps: 20_000, losses: fallingLosses(13_400, 1.1, 0.52, 900) },
  ],
};

const LEVELS = [0.1, 0.25, 0.5, 0.75, 0.9] as const;
const NUM_OBSERVED = 6;
const NUM_WEEKS = 40;

function observedAt(week: number): ObservedWeek {
  const isOff = week === 23 || week >= 29;
  return { week, log10Streams: isOff ? null : 6.35 - 0.052 * week + 0.16 * (drawnAt(week + 3) - 0.5) };
}

function forecastAt(week: number): ForecastWeek {
  const ahead = week - NUM_OBSERVED + 1;
  const spread = 0.05 + 0.018 * ahead;
  const median = 6.3 - 0.047 * week;
  return {
    week,
    onChart: 0.98 / (1 + (ahead / 24) ** 3),
    log10Streams: [-1.5, -0.7, 0, 0.6, 1.2].map((share) => median + share * spread),
  };
}

export const FAN_EXAMPLE: ForecastFanInput = {
  title: 'Ночь & Día <remix>',
  trackId: '4uLU6hMCjMI75M1A2tKUQC',
  region: 'us',
  runId: '3f9a6c01d2e4b587',
  debut: '2026-01-02',
  issuedOn: '2026-02-13',
  isSynthetic: true,
  observed: Array.from({ length: NUM_OBSERVED }, (_, week) => observedAt(week)),
  actualLater: Array.from({ length: 27 }, (_, index) => observedAt(NUM_OBSERVED + index)),
  quantileLevels: LEVELS,
  forecast: Array.from({ length: NUM_WEEKS - NUM_OBSERVED }, (_, index) => forecastAt(NUM_OBSERVED + index)),
};
