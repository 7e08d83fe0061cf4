/**
 * The first step of every command of a bare clone, on whatever Node is installed: names all missing prerequisites at once,
 * installs the packages when they are missing or the lock file has changed, then hands over to the pinned Node among them.
 * Plain JavaScript without dependencies, since nothing else can be counted on here.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const binFolder = join(root, 'node_modules', '.bin');
const stampFile = join(root, 'node_modules', '.concord-lock');
const onWindows = process.platform === 'win32';

/**
 * `npm install` bound to the lock file rather than `npm ci`: ci refuses the whole lock when a package for some other
 * platform is missing in the registry at hand, although nobody here would install it.
 */
const installArguments = ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'];

const modules = {
  start: 'tools/platform/src/start.ts',
  test: 'tools/tidy/src/run-tests.ts',
  bench: 'test/bench/src/main.ts',
  'bench:core': 'libs/core/bench/step.ts',
  simulate: 'test/simulation/src/main.ts',
  platform: 'tools/platform/src/dev.ts',
  concord: 'apps/cli/src/main.ts',
};

const prerequisites = [
  {
    name: 'Node 20 or newer, with npm',
    found: () =>
      versionOf('npm', ['--version']) === undefined ? undefined : Number.parseInt(process.versions.node, 10),
    atLeast: 20,
    debian: 'sudo apt-get install nodejs npm   (Debian 13 or newer; on older ones take the package from nodejs.org)',
    macos: 'brew install node',
  },
  {
    name: 'a JDK, 17 or newer',
    // The compiler, since a runtime alone could not build our part of Kafka Connect.
    found: () => versionOf(jdkCommand('javac'), ['-version']),
    atLeast: 17,
    debian: 'sudo apt-get install openjdk-17-jdk-headless   (or default-jdk-headless)',
    macos: 'brew install openjdk@17 && export JAVA_HOME="$(brew --prefix openjdk@17)"',
  },
  {
    name: 'Maven 3 or newer',
    found: () => versionOf('mvn', ['--version']),
    atLeast: 3,
    debian: 'sudo apt-get install maven',
    macos: 'brew install maven',
  },
];

const [command, ...rest] = process.argv.slice(2);
const module = Object.keys(modules).includes(command) ? modules[command] : undefined;
if (module === undefined) {
  fail(`Usage: node tools/bootstrap/bootstrap.mjs <${Object.keys(modules).join('|')}> [options]`, 2);
}
if (!rest.includes('--help')) checkPrerequisites();
installPackages();
handOver(module);

function checkPrerequisites() {
  const missing = prerequisites
    .map((needed) => ({ ...needed, version: needed.found() }))
    .filter(({ version, atLeast }) => version === undefined || version < atLeast);
  if (missing.length === 0) return;
  const lines = missing.map(
    ({ name, version, debian, macos }) =>
      `  ${name} (${version === undefined ? 'not found' : `found ${version}`})\n    Debian: ${debian}\n    macOS:  ${macos}`,
  );
  fail(`Concord needs, and this machine lacks:\n${lines.join('\n')}`, 1);
}

/** The major version that a program reports, wherever in its output it does; undefined when it cannot be run. */
function versionOf(program, args) {
  const result = spawnSync(program, args, { encoding: 'utf8', shell: onWindows });
  if (result.error !== undefined || result.status !== 0) return undefined;
  // Maven colours its version even when nobody looks, and the codes hold digits.
  const output = stripVTControlCharacters(`${result.stdout}${result.stderr}`).replace(/^Picked up .*$/gm, '');
  const version = /(\d+)(?:\.(\d+))?/.exec(output);
  if (version === null) return undefined;
  return Number(version[1] === '1' ? version[2] : version[1]);
}

function jdkCommand(name) {
  return process.env.JAVA_HOME ? join(process.env.JAVA_HOME, 'bin', name) : name;
}

function installPackages() {
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  const installed = existsSync(stampFile) ? readFileSync(stampFile, 'utf8').trim() : undefined;
  if (installed === lock) return;
  const why = installed === undefined ? 'first start' : 'package-lock.json has changed';
  process.stdout.write(`Installing the packages (${why}; a minute or two) …\n`);
  const result = spawnSync('npm', installArguments, { cwd: root, stdio: 'inherit', shell: onWindows });
  if (result.status !== 0) fail('npm did not succeed; its messages are above. Check the network, then try again.', 1);
  writeFileSync(stampFile, `${lock}\n`);
}

/** Signals go on to the program, which stops its children in order; we leave when it has left, with its code. */
function handOver(entry) {
  const node = join(binFolder, onWindows ? 'node.exe' : 'node');
  const child = spawn(node, [join(root, entry), ...rest], {
    stdio: 'inherit',
    env: { ...process.env, PATH: `${binFolder}${delimiter}${process.env.PATH ?? ''}` },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) =>
    fail(`The pinned Node could not be run (${error.message}). Remove node_modules and try again.`, 1),
  );
  child.on('exit', (code, signal) => process.exit(signal === null ? (code ?? 1) : 128 + constants.signals[signal]));
}

function fail(message, code) {
  process.stderr.write(`${message}\n`);
  // What cannot begin has failed, too: `npm test` ends with its sum in every case.
  if (command === 'test') process.stdout.write('\n0 passed, 1 failed\n');
  process.exit(code);
}
