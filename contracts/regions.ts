/** kworb's region codes: `global`, or ISO 3166-1 alpha-2 in lower case (the United Kingdom is `gb`). */
import { ChartlifeError } from './errors.ts';

declare const brand: unique symbol;
export type Region = string & { readonly [brand]: 'Region' };

/** The regions kworb served in July 2026, with the names its pages give them. A page may bring a new one. */
export const REGION_NAMES: Readonly<Record<string, string>> = {
  global: 'Global',
  us: 'United States',
  gb: 'United Kingdom',
  ad: 'Andorra',
  ar: 'Argentina',
  au: 'Australia',
  at: 'Austria',
  by: 'Belarus',
  be: 'Belgium',
  bo: 'Bolivia',
  br: 'Brazil',
  bg: 'Bulgaria',
  ca: 'Canada',
  cl: 'Chile',
  co: 'Colombia',
  cr: 'Costa Rica',
  cy: 'Cyprus',
  cz: 'Czech Republic',
  dk: 'Denmark',
  do: 'Dominican Republic',
  ec: 'Ecuador',
  eg: 'Egypt',
  sv: 'El Salvador',
  ee: 'Estonia',
  fi: 'Finland',
  fr: 'France',
  de: 'Germany',
  gr: 'Greece',
  gt: 'Guatemala',
  hn: 'Honduras',
  hk: 'Hong Kong',
  hu: 'Hungary',
  is: 'Iceland',
  in: 'India',
  id: 'Indonesia',
  ie: 'Ireland',
  il: 'Israel',
  it: 'Italy',
  jp: 'Japan',
  kz: 'Kazakhstan',
  lv: 'Latvia',
  lt: 'Lithuania',
  lu: 'Luxembourg',
  my: 'Malaysia',
  mt: 'Malta',
  mx: 'Mexico',
  ma: 'Morocco',
  nl: 'Netherlands',
  nz: 'New Zealand',
  ni: 'Nicaragua',
  ng: 'Nigeria',
  no: 'Norway',
  pk: 'Pakistan',
  pa: 'Panama',
  py: 'Paraguay',
  pe: 'Peru',
  ph: 'Philippines',
  pl: 'Poland',
  pt: 'Portugal',
  ro: 'Romania',
  ru: 'Russia',
  sa: 'Saudi Arabia',
  sg: 'Singapore',
  sk: 'Slovakia',
  za: 'South Africa',
  kr: 'South Korea',
  es: 'Spain',
  se: 'Sweden',
  ch: 'Switzerland',
  tw: 'Taiwan',
  th: 'Thailand',
  tr: 'Turkey',
  ua: 'Ukraine',
  ae: 'United Arab Emirates',
  uy: 'Uruguay',
  ve: 'Venezuela',
  vn: 'Vietnam',
};

/** What people's files call a region instead of its code or kworb's name. "uk" is no ISO code; Spotify's is gb. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  uk: 'gb',
  usa: 'us',
  'united states of america': 'us',
  'great britain': 'gb',
  czechia: 'cz',
  'hong kong sar': 'hk',
  'korea, republic of': 'kr',
  'republic of korea': 'kr',
  'russian federation': 'ru',
  'taiwan, province of china': 'tw',
  türkiye: 'tr',
  uae: 'ae',
  'viet nam': 'vn',
  worldwide: 'global',
};

/** Every name of a region, in lower case, with its code. */
export const REGIONS_BY_NAME: ReadonlyMap<string, Region> = new Map([
  ...Object.entries(REGION_NAMES).map(([code, name]): [string, Region] => [name.toLowerCase(), code as Region]),
  ...Object.entries(OTHER_NAMES).map(([name, code]): [string, Region] => [name, code as Region]),
]);

const CODE = /^(?:global|[a-z]{2})$/;

/** A region from its code or one of its names, in any case; null if it is neither. */
export function tryParseRegion(value: string): Region | null {
  const text = value.trim().toLowerCase();
  return REGIONS_BY_NAME.get(text) ?? (CODE.test(text) ? (text as Region) : null);
}

/** As {@link tryParseRegion}; throws `InvalidInput` where that gives null. */
export function parseRegion(value: string): Region {
  const region = tryParseRegion(value);
  if (region === null) {
    throw new ChartlifeError('InvalidInput', `"${value}" is not a region`, {
      next: 'Give "global" or a two-letter country code, such as us.',
      details: { value },
    });
  }
  return region;
}

/** Codes that ISO 3166 sets aside for something else than a country. */
const NOT_COUNTRIES: ReadonlySet<string> = new Set(['eu', 'ez', 'qo', 'un', 'zz']);

/** True for `global` and for codes of countries that exist: what a person may ask for. A page may bring a newer one. */
export function isAssignedRegion(region: Region): boolean {
  if (region in REGION_NAMES) return true;
  const names = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });
  return !NOT_COUNTRIES.has(region) && names.of(region.toUpperCase()) !== undefined;
}

/** A region that a person named. @throws ChartlifeError InvalidInput also for a code that no country has. */
export function parseAssignedRegion(value: string): Region {
  const region = parseRegion(value);
  if (isAssignedRegion(region)) return region;
  throw new ChartlifeError('InvalidInput', `no country has the code "${value}"`, {
    next: 'Give "global" or a two-letter country code, such as us, gb or jp.',
    details: { value },
  });
}
