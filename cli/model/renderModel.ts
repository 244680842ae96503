/** A model in a table for people: weight and bias share a line, and so do layers that are alike. */
import { withoutControls } from '../output/displayWidth.ts';
import { count, plural } from '../output/numbers.ts';
import type { Styles } from '../output/styles.ts';
import { renderTable, type TableColumn } from '../output/textTable.ts';
import type { DescribedModel, DescribedTensor } from './describeModel.ts';

export interface RenderModelOptions {
  readonly width: number;
  readonly styles: Styles;
}

const COLUMNS: readonly TableColumn[] = [
  { header: 'part', canShrink: true },
  { header: 'type' },
  { header: 'shape', align: 'right' },
  { header: 'parameters', align: 'right' },
];
/** A first part of names as long as this is said once, above the table. */
const MIN_PREFIX_LENGTH = 12;
const ELLIPSIS = '…';

export function renderModel(model: DescribedModel, { width, styles }: RenderModelOptions): string[] {
  const prefix = commonPrefix(model.tensors.map(({ name }) => name));
  const hasOneType = typesOf(model).length === 1;
  const rows = groupByLayer(groupByPart(model.tensors)).map((part) => {
    const named = withLayers(part);
    const name = prefix !== '' && named.startsWith(prefix) ? ELLIPSIS + named.slice(prefix.length) : named;
    const shape = part.shapes.map((own) => (own.length === 0 ? 'scalar' : own.join('x'))).join(' + ');
    return [withoutControls(name), hasOneType ? '' : part.dtype, shape, count(part.numParameters)];
  });
  return [
    styles.bold(withoutControls(model.preset ?? model.file ?? '')),
    ...summary(model).map(([label, text]) => `  ${label.padEnd(LABEL_WIDTH)}${text}`),
    '',
    ...(prefix === '' ? [] : [styles.dim(`${ELLIPSIS} is ${withoutControls(prefix)}`)]),
    ...renderTable(COLUMNS, rows, { width, styleHeader: styles.bold }),
  ];
}

const LABEL_WIDTH = 12;

function typesOf({ tensors }: DescribedModel): string[] {
  return [...new Set(tensors.map(({ dtype }) => dtype))].sort();
}

function summary(model: DescribedModel): [string, string][] {
  const { config, tensors, numParameters, weightBytes, cost } = model;
  const lines: [string, string][] = [
    ['parameters', `${count(numParameters)} in ${plural(tensors.length, 'tensor')}`],
    ['weights', `${formatBytes(weightBytes)} of ${typesOf(model).join(', ')}`],
  ];
  if (cost !== null)
    lines.push(['cost', `${formatMacs(cost.totalMacs)} for a spectrogram of ${plural(cost.numTokens, 'token')}`]);
  if (config === null) return lines;
  const { numFrames, numMelBins, patchSize, frameStride, melStride, numLayers, numHeads, hiddenSize, numLabels } =
    config;
  return [
    ['input', `${count(numFrames)} frames of ${numMelBins} mel bins`],
    ['patches', `${patchSize} x ${patchSize}, one every ${frameStride} frames and ${melStride} mel bins`],
    ['encoder', `${plural(numLayers, 'layer')} of ${plural(numHeads, 'head')}, ${hiddenSize} wide`],
    ['output', plural(numLabels, 'number')],
    ...lines,
  ];
}

interface Part {
  readonly name: string;
  readonly dtype: string;
  /** Of its weight, then of its bias; of the tensor itself, if it is neither. */
  readonly shapes: readonly (readonly number[])[];
  readonly numParameters: number;
  /** Empty where the name has no number. */
  readonly layers: readonly number[];
}

/** Weight and bias of one name and type, together. */
function groupByPart(tensors: readonly DescribedTensor[]): Part[] {
  const parts = new Map<string, Part>();
  for (const { name: whole, dtype, shape, numParameters } of tensors) {
    const [, name = whole, kind] = /^(.+)\.(weight|bias)$/.exec(whole) ?? [];
    const key = `${dtype} ${kind === undefined ? '' : '.'} ${name}`;
    const { shapes, numParameters: numBefore } = parts.get(key) ?? { shapes: [], numParameters: 0 };
    const together = kind === 'weight' ? [shape, ...shapes] : [...shapes, shape];
    parts.set(key, { name, dtype, shapes: together, numParameters: numBefore + numParameters, layers: [] });
  }
  return [...parts.values()];
}

/** The first whole number among the parts of a name. */
const LAYER = /\.(\d+)(?=\.|$)/;

/** Parts that differ by their layer alone, together under the first one's name. */
function groupByLayer(parts: readonly Part[]): Part[] {
  const groups = new Map<string, Part>();
  for (const part of parts) {
    const layer = LAYER.exec(part.name)?.[1];
    const key = JSON.stringify([part.name.replace(LAYER, '.'), layer === undefined, part.dtype, part.shapes]);
    const known = groups.get(key);
    groups.set(key, {
      ...(known ?? part),
      layers: [...(known?.layers ?? []), ...(layer === undefined ? [] : [Number(layer)])].sort((a, b) => a - b),
      numParameters: (known?.numParameters ?? 0) + part.numParameters,
    });
  }
  return [...groups.values()];
}

/** Its name with its layers in it, such as `layer.0-11.up`, or `layer.{0,2}.up` where one between differs. */
function withLayers({ name, layers }: Part): string {
  const [first, last] = [layers[0], layers.at(-1)];
  if (first === undefined || last === undefined || first === last) return name;
  const isWhole = last - first === layers.length - 1;
  return name.replace(LAYER, isWhole ? `.${first}-${last}` : `.{${layers.join(',')}}`);
}

/** The first part, with its dot, that most names share; empty where there is none, or it is short. */
function commonPrefix(names: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const name of names) {
    const prefix = name.slice(0, name.indexOf('.') + 1);
    counts.set(prefix, (counts.get(prefix) ?? 0) + 1);
  }
  const [prefix = '', most = 0] = [...counts].sort(([, a], [, b]) => b - a)[0] ?? [];
  return most > names.length / 2 && prefix.length >= MIN_PREFIX_LENGTH ? prefix : '';
}

function formatBytes(numBytes: number): string {
  if (numBytes < 1e3) return plural(numBytes, 'byte');
  return numBytes < 1e6 ? `${(numBytes / 1e3).toFixed(1)} kB` : `${count(Number((numBytes / 1e6).toFixed(1)))} MB`;
}

function formatMacs(macs: number): string {
  return macs < 1e9 ? `${(macs / 1e9).toFixed(3)} GMAC` : `${(macs / 1e9).toFixed(1)} GMAC`;
}
