import { describe, expect, it } from 'vitest';
import { isIsoDay, parseDateFormat, possibleFormats } from '../../../sources/imports/dateFormat.ts';

describe('parseDateFormat', () => {
  it.each([
    ['%d/%m/%Y', '%d/%m/%Y'],
    ['DD.MM.YYYY', '%d.%m.%Y'],
    ['MM/DD/YYYY', '%m/%d/%Y'],
    ['%B %-d, %Y', '%B %-d, %Y'],
    ['%Y%j', '%Y%j'],
  ])('%s', (text, format) => {
    expect(parseDateFormat(text)).toBe(format);
  });

  it.each(['%m/%Y', '%d/%m', 'DD/MM', '%Y-%m-%d %H:%M', 'day', ''])('refuses %j', (text) => {
    expect(() => parseDateFormat(text)).toThrow(expect.objectContaining({ type: 'InvalidInput' }));
  });
});

describe('isIsoDay', () => {
  it.each([
    '2020-01-31',
    '2020/01/31',
    ' 2020-01-31 ',
    '2020-01-31 00:00:00',
    '2020-01-31T00:00:00.000Z',
    '2020-01-31 00:00:00+00',
  ])('takes %j', (text) => expect(isIsoDay(text)).toBe(true));
  it.each(['2020-02-30', '2020-01-31 12:00:00', '31/01/2020', '2020-1-31', '2020-01-31 00:00:00+02', ''])(
    'does not take %j',
    (text) => expect(isIsoDay(text)).toBe(false),
  );
});

describe('possibleFormats', () => {
  it.each([
    ['01/02/2017', ['%d/%m/%Y', '%m/%d/%Y']],
    ['25/12/2017', ['%d/%m/%Y']],
    ['12/25/2017', ['%m/%d/%Y']],
    ['1.2.17', ['%d.%m.%y', '%m.%d.%y']],
    ['2017/1/5', ['%Y/%m/%d']],
    ['20170105', ['%Y%m%d']],
    ['NA', []],
    ['lt', []],
  ])('%s', (text, formats) => {
    expect(possibleFormats(text)).toEqual(formats);
  });
});
