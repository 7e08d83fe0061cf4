// The pages of the sales user: a list with a search, and a form per record. All text from records is escaped.
import type { Field, Value } from '../model/field.ts';
import type { ObjectType } from '../model/object-type.ts';
import { renderValue } from '../rest/render.ts';
import { readValue } from '../store/record.ts';
import type { StoredRecord } from '../store/record.ts';

const STYLE = `body{font:15px/1.4 system-ui,sans-serif;margin:2rem auto;max-width:64rem;padding:0 1rem;color:#181818}
a{color:#0b5cab}table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.35rem .6rem;border-bottom:1px solid #ddd}
form.record{display:grid;grid-template-columns:14rem 1fr;gap:.4rem}input,textarea,select,button{font:inherit;padding:.3rem}
button.danger{color:#a00}#message{min-height:1.5em;color:#a00}`;

const SCRIPT = `
const message = document.getElementById('message');
async function send(method, path, body) {
  const init = body === undefined ? { method } : { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const reply = await fetch('/ui/api/' + path, init);
  if (reply.ok) { location.href = '/'; return; }
  const errors = await reply.json().catch(() => []);
  message.textContent = errors.map ? errors.map((each) => each.message).join('; ') : reply.statusText;
}
document.querySelectorAll('button[data-method]').forEach((button) =>
  button.addEventListener('click', () => send(button.dataset.method, button.dataset.path)));
const form = document.querySelector('form.record');
form?.addEventListener('submit', (event) => {
  event.preventDefault();
  const fields = {};
  for (const input of form.querySelectorAll('[name]')) {
    const value = input.type === 'checkbox' ? input.checked : input.value === '' ? null : input.value;
    const before = input.type === 'checkbox' ? input.defaultChecked : (input.defaultValue ?? input.dataset.before) || null;
    if (value !== before) fields[input.name] = value;
  }
  send(form.dataset.method, form.dataset.path, fields);
});`;

function escapeHtml(value: Value): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return String(value ?? '').replace(/[&<>"']/g, (character) => entities[character]!);
}

function page(title: string, content: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${escapeHtml(title)}</title><style>${STYLE}</style>
<body><h1>${escapeHtml(title)}</h1>${content}<p id="message" role="alert"></p><script>${SCRIPT}</script></body></html>`;
}

export type Listing = { records: StoredRecord[]; totalSize: number; search: string };

export function listPage(type: ObjectType, { records, totalSize, search }: Listing): string {
  const columns = ['Name', 'AccountNumber', 'Industry', 'Phone', 'LastModifiedDate'].map((name) => type.find(name)!);
  const head = columns.map((field) => `<th>${escapeHtml(field.label)}</th>`).join('');
  const rows = records.map(
    (record) => `<tr>${columns.map((field) => cell(type, record, field)).join('')}${action(type, record)}</tr>`,
  );
  return page(
    type.facts.labelPlural,
    `<p><a href="/new/${type.name}">New</a> · <a href="/">All</a> · <a href="/?deleted=true">Recycle bin</a></p>
<form><input name="q" value="${escapeHtml(search)}" placeholder="Search by name"> <button>Search</button></form>
<p>${records.length} of ${totalSize}</p><table><tr>${head}<th></th></tr>${rows.join('')}</table>`,
  );
}

function cell(type: ObjectType, record: StoredRecord, field: Field): string {
  const text = escapeHtml(shown(type, record, field));
  return field.isNameField ? `<td><a href="/edit/${type.name}/${record.id}">${text}</a></td>` : `<td>${text}</td>`;
}

function action(type: ObjectType, record: StoredRecord): string {
  const path = `${type.name}/${record.id}`;
  if (record.isDeleted) return `<td><button data-method="POST" data-path="${path}/undelete">Undelete</button></td>`;
  return `<td><button class="danger" data-method="DELETE" data-path="${path}">Delete</button></td>`;
}

export function editPage(type: ObjectType, record: StoredRecord | null): string {
  const fields = type.fields.filter((field) => (record ? field.isUpdateable : field.isCreateable));
  const inputs = fields.map((field) => {
    const value = record ? shown(type, record, field) : null;
    return `<label for="${field.name}">${escapeHtml(field.label)}</label>${input(field, value)}`;
  });
  const path = record ? `${type.name}/${record.id}` : type.name;
  return page(
    record ? String(shown(type, record, type.find('Name')!)) : `New ${type.facts.label}`,
    `<p><a href="/">Back</a></p><form class="record" data-method="${record ? 'PATCH' : 'POST'}" data-path="${path}">
${inputs.join('\n')}<span></span><button>Save</button></form>`,
  );
}

function input(field: Field, value: Value): string {
  const text = escapeHtml(value);
  const attributes = `id="${field.name}" name="${field.name}" data-before="${text}"`;
  if (field.type === 'boolean') return `<input type="checkbox" ${attributes}${value === true ? ' checked' : ''}>`;
  if (field.type === 'textarea') return `<textarea ${attributes}>${text}</textarea>`;
  if (field.picklist.length === 0) return `<input ${attributes} value="${text}">`;
  const values = [...new Set(['', ...field.picklist, String(value ?? '')])];
  const options = values.map(
    (each) => `<option${each === (value ?? '') ? ' selected' : ''}>${escapeHtml(each)}</option>`,
  );
  return `<select ${attributes}>${options.join('')}</select>`;
}

function shown(type: ObjectType, record: StoredRecord, field: Field): Value {
  return renderValue(field, readValue(record, type, field));
}
