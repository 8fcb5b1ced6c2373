const SVG = 'http://www.w3.org/2000/svg';

/** The hexadecimal digits of a code. */
export function hexOf(code: Uint8Array): string {
  return Array.from(code, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function bitOf(code: Uint8Array, index: number): number {
  return (code[index >> 3]! >> (7 - (index & 7))) & 1;
}

function path(
  columns: number,
  bits: number,
  shown: (index: number) => boolean,
  name: string,
): SVGPathElement {
  let outline = '';
  for (let i = 0; i < bits; i++) {
    if (shown(i)) outline += `M${(i % columns) + 0.06} ${Math.floor(i / columns) + 0.06}h.88v.88h-.88z`;
  }
  const made = document.createElementNS(SVG, 'path');
  made.setAttribute('d', outline);
  made.setAttribute('class', name);
  return made;
}

/**
 * The 128 bits of a code as a grid, most significant first, set ones filled.
 *
 * @param other a code to compare with: bits that differ stand out
 * @param label what it is called by those who cannot see it; without one it is decoration
 */
export function bitGrid(
  code: Uint8Array,
  columns: number,
  label?: string,
  other?: Uint8Array,
): SVGSVGElement {
  const bits = code.length * 8;
  const grid = document.createElementNS(SVG, 'svg');
  grid.setAttribute('viewBox', `0 0 ${columns} ${bits / columns}`);
  grid.setAttribute('class', 'bits');
  if (label === undefined) grid.setAttribute('aria-hidden', 'true');
  else {
    grid.setAttribute('role', 'img');
    grid.setAttribute('aria-label', label);
  }
  const differs = (i: number) => other !== undefined && bitOf(code, i) !== bitOf(other, i);
  grid.append(
    path(columns, bits, (i) => bitOf(code, i) === 0 && !differs(i), 'zero'),
    path(columns, bits, (i) => bitOf(code, i) === 1 && !differs(i), 'one'),
    path(columns, bits, differs, 'differs'),
  );
  return grid;
}
