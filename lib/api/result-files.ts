export { type MeasuredFile, type MeasuredTest, readMeasuredFile } from '../compare/result-file/measured-file.js';
export { loadResult, saveResult } from '../compare/result-file/result-file.js';
