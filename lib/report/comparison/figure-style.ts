/**
 * Colours of page and figures. The categories are Okabe and Ito's, which people with any colour vision tell apart
 * (jfly.uni-koeln.de/color), darkened or lightened until text has 4.5:1 and marks 3:1 to their ground.
 */
export const COLOURS = `:root {
  color-scheme: light dark;
  --ground: #ffffff; --raised: #f4f6f8; --text: #1b1f24; --faint: #57606a; --rule: #d0d7de;
  --accent: #0b5cad; --interval: #0b5cad33; --far: #b3401b; --good: #1a7037; --bad: #b3261e;
  --user: #0072b2; --system: #d55e00; --softirq: #00865f; --irq: #b0568a; --steal: #56606a;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --ground: #10151b; --raised: #1a212a; --text: #e6edf3; --faint: #9fabb8; --rule: #39434e;
    --accent: #6cb6ff; --interval: #6cb6ff44; --far: #ff9d6c; --good: #56d37c; --bad: #ff8a80;
    --user: #56b4e9; --system: #e8853a; --softirq: #2fc49a; --irq: #e39bc4; --steal: #a0a8b0;
  }
}`;

export const FIGURES = `.figure { display: block; max-width: 100%; height: auto; font: 12px system-ui, 'DejaVu Sans', sans-serif; }
.figure text { fill: var(--text); }
.figure .tick, .figure .axis { fill: var(--faint); font-variant-numeric: tabular-nums; }
.figure .name { font-weight: 600; }
.figure .value { font-variant-numeric: tabular-nums; }
.ground { fill: var(--ground); }
.grid { stroke: var(--rule); stroke-width: 1; }
.band { fill: var(--raised); }
.interval { fill: var(--interval); }
.median { stroke: var(--accent); stroke-width: 3; }
.dot { fill: var(--text); fill-opacity: 0.75; stroke: var(--ground); stroke-width: 1; }
.dot.outlier { fill: var(--ground); fill-opacity: 1; stroke: var(--far); stroke-width: 2; }
.failed { stroke: var(--bad); stroke-width: 2.5; fill: none; }
.run { fill: none; stroke: var(--faint); stroke-opacity: 0.55; stroke-width: 1; }
.run.typical { stroke: var(--accent); stroke-opacity: 1; stroke-width: 2.5; }
.run:hover { stroke: var(--far); stroke-opacity: 1; stroke-width: 3; }
.hover { fill: transparent; }
.frame { stroke: var(--faint); }
.cpu-user { fill: var(--user); } .cpu-system { fill: var(--system); } .cpu-softirq { fill: var(--softirq); }
.cpu-irq { fill: var(--irq); } .cpu-steal { fill: var(--steal); }
.texture { stroke: var(--ground); stroke-opacity: 0.55; stroke-width: 1.2; fill: none; }`;
