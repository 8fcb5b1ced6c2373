/** A Markdown table, numbers to the right; `rows` are arrays of what `columns` names. */
export function table(columns, rows) {
  const lines = [columns, columns.map(() => '--'), ...rows].map((row) => row.map(String));
  const widths = columns.map((_, i) => Math.max(...lines.map((line) => line[i].length)));
  return lines
    .map((line, n) => {
      const cells = line.map((cell, i) => {
        if (n === 1)
          return rows.length && isNumeric(rows[0][i])
            ? `${'-'.repeat(widths[i] - 1)}:`
            : '-'.repeat(widths[i]);
        return isNumeric(rows[0]?.[i]) ? cell.padStart(widths[i]) : cell.padEnd(widths[i]);
      });
      return `| ${cells.join(' | ')} |`;
    })
    .join('\n');
}

const isNumeric = (cell) => /^[\d.,]/.test(String(cell));

/** The three cells of a goal: goal, got, met. `most`: the goal is an upper limit. */
export function goal(wanted, got, { unit = 'x', most = false } = {}) {
  if (wanted === undefined) return ['', `${got.toFixed(2)}${unit}`, ''];
  const met = most ? got <= wanted : got >= wanted;
  return [`${most ? '≤ ' : ''}${wanted}${unit}`, `${got.toFixed(2)}${unit}`, met ? 'yes' : 'no'];
}
