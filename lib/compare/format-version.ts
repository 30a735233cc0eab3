/** Of the result file. 1.1: why a path was taken, calls, packets, gaps, costs and fairness. */
export const FORMAT_VERSION = '1.1';
