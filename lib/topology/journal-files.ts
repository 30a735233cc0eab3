import {
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { TopologyError, type VnetperfError } from '../errors.js';
import type { Journal } from './journal.js';
import { startTicks } from './lab-identity.js';
import { labsDirectory, removeEmptyStateDirectory } from './state-directory.js';

const NAME_PREFIX = 'name-';

/** Whole or not at all, also when this process dies meanwhile. */
export function writeJournal(journal: Journal): void {
  const temporary = join(labsDirectory(), temporaryName(journal.short));
  const text = `${JSON.stringify(journal, undefined, 1)}\n`;
  for (let attempt = 1; ; attempt++) {
    mkdirSync(labsDirectory(), { recursive: true, mode: 0o700 });
    try {
      writeFileSync(temporary, text, { mode: 0o600 });
      break;
    } catch (error) {
      // The last lab before this one may just have removed the empty directory.
      if (!isErrno(error, 'ENOENT') || attempt === 5) throw error;
    }
  }
  renameSync(temporary, journalPath(journal.short));
}

/** The last trace of a lab. */
export function removeJournal({ short, name }: Pick<Journal, 'short' | 'name'>): void {
  if (name !== undefined && holderOfName(name) === short) rmSync(namePath(name), { force: true });
  rmSync(journalPath(short), { force: true });
  removeEmptyStateDirectory();
}

/** Those that can be read; one of another version is no business of this program. */
export function readJournals(directory = labsDirectory()): Journal[] {
  return entries(directory).flatMap((entry) => {
    const short = /^([0-9a-f]{8})\.json$/.exec(entry)?.[1];
    if (short === undefined) return [];
    try {
      const journal = JSON.parse(readFileSync(join(directory, entry), 'utf8')) as Journal;
      return journal.version === 1 && journal.short === short ? [journal] : [];
    } catch {
      return []; // Gone since, or not readable by this user.
    }
  });
}

/**
 * Takes a name for a lab whose journal is written. Throws VnetperfError ERR_NAME_IN_USE: of two processes that want
 * the same name, the kernel lets one make the link.
 */
export function reserveName(name: string, short: string): void {
  for (;;) {
    try {
      symlinkSync(`${short}.json`, namePath(name));
      return;
    } catch (error) {
      if (!isErrno(error, 'EEXIST')) throw error;
    }
    const holder = holderOfName(name);
    if (holder !== undefined && readJournals().some((journal) => journal.short === holder)) throw nameInUse(name);
    // Its journal was removed by hand: the name means nothing any more.
    rmSync(namePath(name), { force: true });
  }
}

export function nameInUse(name: string): VnetperfError {
  return new TopologyError(`there is a network named ${name} already`, {
    code: 'ERR_NAME_IN_USE',
    remedy: `Choose another with --name, or remove it with: vnetperf topology down ${name}`,
  });
}

/**
 * The right to take a lab apart, one process at a time. undefined: another process is at it.
 * @returns what gives it back.
 */
export function claimJournal(short: string): (() => void) | undefined {
  const path = join(labsDirectory(), `${short}.lock`);
  const release = () => {
    rmSync(path, { force: true });
    removeEmptyStateDirectory();
  };
  for (let attempt = 1; attempt <= 2; attempt++) {
    try {
      symlinkSync(processWord(), path);
      return release;
    } catch (error) {
      if (!isErrno(error, 'EEXIST')) throw error;
    }
    if (processLives(linkText(path) ?? '')) return undefined;
    rmSync(path, { force: true });
  }
  return undefined;
}

/** Removes what a process that died in the middle of something left among the journals. @returns their names. */
export function removeStrayFiles(): string[] {
  const shorts = new Set(readJournals().map((journal) => journal.short));
  const strays = entries(labsDirectory()).filter((entry) => {
    const writer = /^\.[0-9a-f]{8}\.(\d+\.\d+)$/.exec(entry)?.[1];
    if (writer !== undefined) return !processLives(writer);
    if (/^[0-9a-f]{8}\.lock$/.test(entry)) return !processLives(linkText(join(labsDirectory(), entry)) ?? '');
    if (!entry.startsWith(NAME_PREFIX)) return false;
    const holder = holderOfName(entry.slice(NAME_PREFIX.length));
    return holder !== undefined && !shorts.has(holder);
  });
  for (const stray of strays) rmSync(join(labsDirectory(), stray), { force: true });
  removeEmptyStateDirectory();
  return strays;
}

function namePath(name: string): string {
  return join(labsDirectory(), `${NAME_PREFIX}${name}`);
}

function holderOfName(name: string): string | undefined {
  return linkText(namePath(name))?.replace(/\.json$/, '');
}

function journalPath(short: string): string {
  return join(labsDirectory(), `${short}.json`);
}

function temporaryName(short: string): string {
  return `.${short}.${processWord()}`;
}

function processWord(): string {
  return `${process.pid}.${startTicks(process.pid)}`;
}

function processLives(word: string): boolean {
  const [pid, start] = word.split('.');
  return startTicks(Number(pid)) === Number(start);
}

function linkText(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

function entries(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function isErrno(error: unknown, code: string): boolean {
  return (error as NodeJS.ErrnoException).code === code;
}
