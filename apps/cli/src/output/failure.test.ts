import { expect, it } from 'vitest';
import { ConnectorError } from '@concord/connector-kit';
import { AbsentError, PlanError, reportFailure } from './failure.ts';
import { Output } from './output.ts';

class Captured {
  text = '';
  write(text: string): void {
    this.text += text;
  }
}

function report(
  error: unknown,
  { json = false, debug = false } = {},
): { text: string; data: string; exitCode: number } {
  const [stdout, stderr] = [new Captured(), new Captured()];
  const exitCode = reportFailure(error, new Output({ json, debug, color: false, stdout, stderr }));
  return { text: stderr.text, data: stdout.text, exitCode };
}

const unreachable = new ConnectorError({
  code: 'salesforce.unreachable',
  reaction: 'retry',
  message: 'no answer from login.example.com',
  hint: 'Check the name.',
});
const place = { file: 'sync.json', line: 3, column: 5 };
const faults = new PlanError([{ code: 'plan.key_missing', place, message: 'no key', remedy: 'Add one.' }]);

it('says what happened and what to do, without a stack trace', () => {
  expect(report(unreachable)).toEqual({
    text: '✗ no answer from login.example.com [salesforce.unreachable]\n    Check the name.\n',
    data: '',
    exitCode: 3,
  });
  expect(report(unreachable, { debug: true }).text).toContain('failure.test.ts');
});

it('shows everything that failed together; the gravest gives the exit code', () => {
  const { text, exitCode } = report(new AggregateError([faults, unreachable]));
  expect(text).toBe(
    '✗ sync.json:3:5  no key\n    Add one.\n1 fault\n✗ no answer from login.example.com [salesforce.unreachable]\n    Check the name.\n',
  );
  expect(exitCode).toBe(3);
  expect(report(faults).exitCode).toBe(1);
});

it('is data with --json', () => {
  expect(JSON.parse(report(new AggregateError([faults, unreachable]), { json: true }).data)).toEqual({
    errors: [
      { code: 'plan.key_missing', ...place, message: 'no key', hint: 'Add one.' },
      { code: 'salesforce.unreachable', message: 'no answer from login.example.com', hint: 'Check the name.' },
    ],
  });
});

it('tells what is absent from what is a fault of Concord', () => {
  expect(report(new AbsentError('trace.unknown_record', 'no record', 'Look again.')).exitCode).toBe(4);
  const { text, exitCode } = report(new TypeError('x is undefined'));
  expect(exitCode).toBe(70);
  expect(text).toContain('--debug');
});
