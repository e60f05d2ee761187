// What is drawn across the curves: a line where one looks, and the stages of a run as bands with their names: those of
// sizes, such as 8x8, are their own.

const SHADES = [0.05, 0.13]; // of the text's colour, in turn: told apart in light and dark
const LETTER = 8; // pixels, about; a name that is wider than its band stands upright

export function cursor(x, ink) {
  return { type: "line", xref: "x", yref: "paper", x0: x ?? 0, x1: x ?? 0, y0: 0, y1: 1, visible: x !== undefined, line: { width: 1.5, dash: "dash", color: ink } };
}

// x(step): where a step lies; pixels: of a unit of x
export function bands(run, x, pixels, text, ink) {
  return run.stages.map(({ name, step }, place) => {
    const from = x(step), to = x(run.stages[place + 1]?.step ?? Math.max(run.rows.at(-1)?.step ?? step, step));
    const word = text[`stage_${name}`] ?? name, upright = (to - from) * pixels < LETTER * word.length;
    return {
      type: "rect", layer: "below", xref: "x", yref: "y domain", x0: from, x1: to, y0: 0, y1: 1, line: { width: 0 },
      fillcolor: ink, opacity: SHADES[place % 2],
      label: { text: word, textposition: upright ? "middle center" : "top center", textangle: upright ? -90 : 0, font: { size: 13, color: ink } },
    };
  });
}
