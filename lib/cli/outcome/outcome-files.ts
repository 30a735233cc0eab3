import {
  accessSync,
  appendFileSync,
  chmodSync,
  closeSync,
  constants,
  existsSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { VnetperfError } from '../../errors.js';
import { errnoOf, strerror } from '../../strerror.js';
import type { OutcomeFiles } from './outcome-options.js';

/** Who collects metrics, or reads what a build left, may be somebody else. */
const MODE = 0o644;

/**
 * Finds out that every file can be written, before anything is measured.
 * @param others Files that are read, or written by something else: none of these may be one of them.
 * @throws VnetperfError ERR_REPORT_FILE, ERR_OUTPUT_EXISTS
 */
export function checkOutcomeFiles({ junit, metrics, github }: OutcomeFiles, others: readonly string[] = []): void {
  const taken = new Set(others.map(realPath));
  for (const [option, path] of Object.entries({ '--junit': junit, '--metrics': metrics })) {
    if (path === undefined) continue;
    checkWritable(option, path);
    if (taken.has(realPath(path))) {
      throw new VnetperfError(`${path} stands there for something else too: it is not overwritten`, {
        code: 'ERR_OUTPUT_EXISTS',
        remedy: `Give ${option} another file.`,
      });
    }
    taken.add(realPath(path));
  }
  if (github === true) checkSummary();
}

/** Whole or not at all: a collector may read it at any moment. */
export function writeOutcomeFile(option: string, path: string, text: string): void {
  const target = realPath(path);
  const part = partOf(target);
  try {
    rmSync(part, { force: true });
    writeFileSync(part, text, { flag: 'wx', mode: MODE });
    // What was asked for above is less where the umask forbids it.
    chmodSync(part, MODE);
    renameSync(part, target);
  } catch (cause) {
    rmSync(part, { force: true });
    throw unwritable(option, path, strerror(errnoOf(cause)), cause);
  }
}

/** The summary of a step of GitHub Actions, where there is one. */
export function appendSummary(markdown: string): void {
  const path = summaryPath();
  if (path === undefined) return;
  try {
    appendFileSync(path, `${markdown}\n`);
  } catch (cause) {
    throw unwritable('GITHUB_STEP_SUMMARY', path, strerror(errnoOf(cause)), cause);
  }
}

function checkSummary(): void {
  const path = summaryPath();
  if (path === undefined) return;
  try {
    accessSync(statSync(path, { throwIfNoEntry: false }) === undefined ? dirname(path) : path, constants.W_OK);
  } catch (cause) {
    throw unwritable('GITHUB_STEP_SUMMARY', path, strerror(errnoOf(cause)), cause);
  }
}

function summaryPath(): string | undefined {
  return process.env.GITHUB_STEP_SUMMARY || undefined;
}

/** By doing it: neither root nor a read-only file system is told by the permissions. */
function checkWritable(option: string, path: string): void {
  if (path === '' || path === '-') throw unwritable(option, `'${path}'`, 'it is no name of a file');
  const target = realPath(path);
  const part = partOf(target);
  try {
    const found = statSync(target, { throwIfNoEntry: false });
    if (found?.isDirectory()) throw unwritable(option, path, 'it is a directory');
    if (found !== undefined && !found.isFile()) throw unwritable(option, path, 'it is no regular file');
    rmSync(part, { force: true });
    closeSync(openSync(part, 'wx', MODE));
    rmSync(part);
  } catch (cause) {
    if (cause instanceof VnetperfError) throw cause;
    throw unwritable(option, path, strerror(errnoOf(cause)), cause);
  }
}

/** In the same directory, since a rename works within one file system; hidden, so that no collector takes it. */
function partOf(path: string): string {
  return join(dirname(path), `.${basename(path)}.${process.pid}.part`);
}

/** Behind symbolic links; as it is where there is no such file yet. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const directory = dirname(resolve(path));
    return existsSync(directory) ? join(realpathSync(directory), basename(path)) : resolve(path);
  }
}

function unwritable(option: string, path: string, reason: string, cause?: unknown): VnetperfError {
  return new VnetperfError(`cannot write ${path}: ${reason}`, {
    code: 'ERR_REPORT_FILE',
    remedy: `Give ${option} a file in a directory that can be written, on a disk with room.`,
    cause,
  });
}
