/** Runs the bootstrap as a user does, on a machine that lacks things: its PATH holds only the programs a test puts there. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

const bootstrap = join(import.meta.dirname, 'bootstrap.mjs');
let programs: string;

beforeEach(() => {
  programs = mkdtempSync(join(tmpdir(), 'concord-bootstrap-'));
});
afterEach(() => rmSync(programs, { recursive: true }));

test('names everything that is missing at once, with the commands for Debian and macOS', () => {
  const { status, stderr, stdout } = run('start');
  expect(status).toBe(1);
  expect(stdout).toBe('');
  expect(stderr).toContain('Node 20 or newer, with npm');
  expect(stderr).toContain('a JDK, 17 or newer (not found)');
  expect(stderr).toContain('Maven 3 or newer (not found)');
  expect(stderr.match(/Debian: sudo apt-get install/g)).toHaveLength(3);
  expect(stderr.match(/macOS: {2}brew install/g)).toHaveLength(3);
});

test('tells a JDK that is too old by its version, and does not name what is there', () => {
  program('npm', 'echo 11.0.0');
  program('javac', `echo 'javac 1.8.0_392' >&2`);
  program('mvn', `printf '\\033[1mApache Maven 3.9.9\\033[m'`);
  const { status, stderr } = run('start');
  expect(status).toBe(1);
  expect(stderr).toContain('a JDK, 17 or newer (found 8)');
  expect(stderr).not.toContain('Maven');
  expect(stderr).not.toContain('npm');
});

test('tests that cannot begin are counted as failed', () => {
  expect(run('test')).toMatchObject({ status: 1, stdout: '\n0 passed, 1 failed\n' });
});

test('refuses an unknown command with the ones there are', () => {
  const { status, stderr } = run('stort');
  expect(status).toBe(2);
  expect(stderr).toContain('<start|test|bench');
});

function run(command: string): { status: number | null; stderr: string; stdout: string } {
  const { JAVA_HOME: _ignored, ...environment } = process.env;
  return spawnSync(process.execPath, [bootstrap, command], {
    encoding: 'utf8',
    env: { ...environment, PATH: programs },
  });
}

function program(name: string, line: string): void {
  const shell = execFileSync('/bin/sh', ['-c', 'command -v sh'], { encoding: 'utf8' }).trim();
  const file = join(programs, name);
  writeFileSync(file, `#!${shell}\n${line}\n`);
  chmodSync(file, 0o755);
}
