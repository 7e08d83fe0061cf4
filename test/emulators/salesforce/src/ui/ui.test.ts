import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestEmulator } from '../testing.ts';
import type { Harness } from '../testing.ts';

let harness: Harness;

beforeAll(async () => {
  harness = await startTestEmulator();
});
afterAll(() => harness.emulator.close());

const page = async (path: string) => (await fetch(harness.emulator.httpUrl + path)).text();

test('pages list, search and show records, and escape what records hold', async () => {
  const Name = `<script>alert("x")</script> & 'Co'`;
  const { body } = await harness.call('POST', '/ui/api/Account', { Name, Description: '</textarea><b>' });
  const escaped = '&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; &#39;Co&#39;';
  for (const path of ['/', '/?q=alert', `/edit/Account/${body.id}`]) {
    const html = await page(path);
    expect(html).toContain(escaped);
    expect(html).not.toContain(Name);
  }
  expect(await page(`/edit/Account/${body.id}`)).not.toContain('</textarea><b>');
  expect(await page('/?q=%22%3E%3Cb%3E')).toContain('value="&quot;&gt;&lt;b&gt;"');
  expect(await page('/?q=nothing')).toContain('0 of 0');
  expect(await page('/new/Account')).toContain('name="Name"');
});
