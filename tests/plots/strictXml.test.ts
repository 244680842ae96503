import { expect, test } from 'vitest';
import { readStrictXml } from './strictXml.ts';

test('reads what is well-formed', () => {
  expect(readStrictXml('<a b="1"><c/>x &amp; y</a>\n')).toEqual({ texts: ['x &amp; y', '\n'], values: ['1'] });
});

test.each(['<a>', '<a></b>', '<a/><a/>', '<a>&</a>', '<a b=1/>', '<a b="1" b="2"/>', '<a>\u0001</a>', '<a>\ud800</a>'])(
  'refuses %j',
  (xml) => {
    expect(() => readStrictXml(xml)).toThrow('not XML');
  },
);
