import { join, resolve } from 'node:path';

/** The root of the project, whatever the current directory is. */
export const projectFolder = resolve(import.meta.dirname, '../../..');

/** What is fetched or made by running, ignored by git: JVM parts, and the data of `npm start`. */
export const concordFolder = join(projectFolder, '.concord');

export const defaultDataDir = join(concordFolder, 'data');
