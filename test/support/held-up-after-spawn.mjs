/**
 * To be imported before a program: each process that it spawns has half a second's start of it, as on a machine where the
 * program has to wait for its core just then.
 */
import childProcess from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';

const { spawn } = childProcess;
childProcess.spawn = (...words) => {
  const child = spawn(...words);
  const until = performance.now() + 500;
  while (performance.now() < until);
  return child;
};
syncBuiltinESMExports();
