import fc from 'fast-check';
import { expect, it } from 'vitest';
import { element, escapeText, shorten, svgDocument, textElement } from '../../pictures/svg.ts';

it('writes elements, their attributes and what is in them', () => {
  expect(element('line', { x1: 0, 'stroke-width': 1.23456 })).toBe('<line x1="0" stroke-width="1.23"/>');
  expect(element('g', { id: 'a"b' }, textElement('1 < 2', { x: -0.001 }))).toBe(
    '<g id="a&quot;b"><text x="0">1 &lt; 2</text></g>',
  );
  expect(svgDocument({ width: 3, height: 2 })).toMatch(/^<svg xmlns="[^"]+" width="3" height="2" viewBox="0 0 3 2">/);
});

it('leaves nothing in a text that XML has no place for', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(escapeText(text)).not.toMatch(/[\p{Control}\p{Surrogate}\uFFFE\uFFFF<>"]/u);
    }),
  );
  expect(escapeText('a\u0000b\ud800c')).toBe('a b c');
});

it('cuts between characters as readers count them', () => {
  expect(shorten('short', 5)).toBe('short');
  expect(shorten('longer', 5)).toBe('long…');
  expect(shorten('👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦', 2)).toBe('👩‍👩‍👧‍👦…');
});
