import { dotPlot } from './dot-plot.js';
import { dotRowsHeight } from './dot-rows.js';
import { WIDE } from './figure.js';
import { COLOURS, FIGURES } from './figure-style.js';
import { element, Markup, render } from './markup.js';
import { type ReportSection, reportedCells } from './section.js';

const MARGIN = 16;
const HEADING_HEIGHT = 28;

/** The dot plot of every section below each other, as a drawing that stands by itself. */
export function svgReport(sections: readonly ReportSection[]): string {
  let y = MARGIN;
  const parts = sections.map((section, index) => {
    const heading = element('text', { x: MARGIN, y: y + 14, class: 'name' }, section.heading);
    const cells = reportedCells(section);
    const height = dotRowsHeight(cells.length);
    const plot = dotPlot(cells, { width: WIDE, id: `section-${index + 1}` });
    const placed = element('svg', { x: MARGIN, y: y + HEADING_HEIGHT, width: WIDE, height }, plot);
    y += HEADING_HEIGHT + height + MARGIN;
    return [heading, placed];
  });
  const width = WIDE + 2 * MARGIN;
  const drawing = element(
    'svg',
    { xmlns: 'http://www.w3.org/2000/svg', class: 'figure', viewBox: `0 0 ${width} ${y}`, width, height: y },
    element('title', {}, sections.map(({ heading }) => heading).join('; ')),
    element('style', {}, Markup.trusted(`${COLOURS}\n${FIGURES}`)),
    element('rect', { class: 'ground', width, height: y }),
    parts,
  );
  return `${render(drawing)}\n`;
}
