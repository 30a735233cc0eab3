/** Of the result file. 1.1: why a path was taken, calls, packets, gaps, costs and fairness. 1.2: the link across two hosts. */
export const FORMAT_VERSION = '1.2';
