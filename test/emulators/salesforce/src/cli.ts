// The sales user at a terminal: list, get, create, update, delete and undelete records of a running emulator.
import { parseArgs } from 'node:util';

const HELP = `Edits records of a running emulator as the sales user.

  cli.ts [--url URL] [--object Account] COMMAND
    list [SEARCH]                 create Name=Acme Phone=1 ...
    get ID                        update ID Phone=2 Industry= ...   (an empty value clears the field)
    delete ID                     undelete ID

URL defaults to EMULATOR_URL.
`;

type Request = { method: string; path: string; body?: object };

function toRequest(object: string, command: string | undefined, words: string[]): Request | null {
  const [id = '', ...pairs] = words;
  const recordPath = `${object}/${encodeURIComponent(id)}`;
  if (command === 'list') return { method: 'GET', path: `${object}?q=${encodeURIComponent(words.join(' '))}` };
  if (command === 'create') return { method: 'POST', path: object, body: toFields(words) };
  if (id === '') return null;
  if (command === 'get') return { method: 'GET', path: recordPath };
  if (command === 'update') return { method: 'PATCH', path: recordPath, body: toFields(pairs) };
  if (command === 'delete') return { method: 'DELETE', path: recordPath };
  if (command === 'undelete') return { method: 'POST', path: `${recordPath}/undelete` };
  return null;
}

/** Name=value pairs; numbers and texts are told apart by the emulator, which knows the fields. */
function toFields(pairs: string[]): object {
  return Object.fromEntries(
    pairs.map((pair) => {
      const end = pair.indexOf('=');
      if (end < 1) throw new Error(`'${pair}' is not of the form Field=value.`);
      const value = pair.slice(end + 1);
      return [pair.slice(0, end), value === '' ? null : value];
    }),
  );
}

async function main(): Promise<number> {
  const options = { url: { type: 'string' }, object: { type: 'string' }, help: { type: 'boolean' } } as const;
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const url = values.url ?? process.env['EMULATOR_URL'];
  const [command, ...words] = positionals;
  const request = values.help ? null : toRequest(values.object ?? 'Account', command, words);
  if (!request || !url) {
    process.stdout.write(HELP);
    return values.help ? 0 : 2;
  }
  const init = request.body
    ? { method: request.method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(request.body) }
    : { method: request.method };
  const reply = await fetch(`${url.replace(/\/$/, '')}/ui/api/${request.path}`, init);
  const text = await reply.text();
  if (text) (reply.ok ? process.stdout : process.stderr).write(`${JSON.stringify(JSON.parse(text), null, 2)}\n`);
  return reply.ok ? 0 : 1;
}

main().then(
  (code) => (process.exitCode = code),
  (error: Error) => {
    process.stderr.write(`${error.message}\n`);
    return (process.exitCode = 1);
  },
);
