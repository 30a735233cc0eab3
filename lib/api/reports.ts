export { csvReport } from '../report/comparison/csv.js';
export { htmlReport } from '../report/comparison/html.js';
export { markdownReport } from '../report/comparison/markdown.js';
export type { ReportSection } from '../report/comparison/section.js';
export { sectionsOf } from '../report/comparison/section-of.js';
export { svgReport } from '../report/comparison/svg.js';
export { textReport } from '../report/comparison/text.js';
