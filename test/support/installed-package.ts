import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const NOBODY = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups'];

/** As package/packed.mjs makes it. */
interface PackedPackage {
  directory: string;
  tarball: string;
  /** An empty directory but for the node_modules that npm made of the tarball. */
  installed: string;
  /** Of the package in it. */
  root: string;
  files: string[];
  remove(): Promise<void>;
}

/** The package as a person has it who has Node and npm, and of all other programs only those that are named. */
export class InstalledPackage {
  readonly #packed: PackedPackage;
  readonly #path: string;

  static async make(...programs: string[]): Promise<InstalledPackage> {
    const module = new URL('../../package/packed.mjs', import.meta.url).href;
    const { packAndInstall } = (await import(/* @vite-ignore */ module)) as {
      packAndInstall(): Promise<PackedPackage>;
    };
    return new InstalledPackage(await packAndInstall(), programs);
  }

  private constructor(packed: PackedPackage, programs: string[]) {
    this.#packed = packed;
    this.#path = join(packed.directory, 'programs');
    mkdirSync(this.#path);
    symlinkSync(process.execPath, join(this.#path, 'node'));
    // npm starts what it starts by a shell.
    for (const program of ['npm', 'npx', 'sh', ...programs]) symlinkSync(located(program), join(this.#path, program));
  }

  /** The directory in which it is installed. */
  get directory(): string {
    return this.#packed.installed;
  }

  /** The directory that is its PATH. */
  get programs(): string {
    return this.#path;
  }

  async write(name: string, text: string): Promise<string> {
    const path = join(this.directory, name);
    mkdirSync(dirname(path), { recursive: true });
    await writeFile(path, text);
    return path;
  }

  /** Ends well or throws, with what it wrote to standard error in the message. */
  async run(...command: string[]): Promise<{ stdout: string; stderr: string }> {
    return await this.#start(command, {});
  }

  /** The same as a user without privileges. */
  async runAsNobody(...command: string[]): Promise<{ stdout: string; stderr: string }> {
    return await this.#start([...NOBODY, ...command], {});
  }

  async dispose(): Promise<void> {
    await this.#packed.remove();
  }

  async #start([program, ...words]: string[], env: NodeJS.ProcessEnv) {
    return await run(located(program!, this.directory, this.#path), words, {
      cwd: this.directory,
      env: { PATH: this.#path, HOME: this.#packed.directory, ...env },
      timeout: 50_000,
      killSignal: 'SIGKILL',
    });
  }
}

function located(program: string, ...first: string[]): string {
  const directories = [...first, ...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  const path = directories.map((directory) => join(directory, program)).find((candidate) => existsSync(candidate));
  if (path === undefined) throw new Error(`${program} is not installed`);
  return path;
}
