/** `concord validate`: reads the config files and nothing else, so it can run anywhere. */
import { formatPlace, loadConfig, readConfigPaths, type ConfigFault } from '@concord/config';
import { exitCodes } from '../output/failure.ts';
import type { Context } from './context.ts';

export type ValidateOptions = { readonly partial: boolean };

export function validate({ output, environment }: Context, options: ValidateOptions): number {
  const { installation, faults, notes } = loadConfig(readConfigPaths(environment), environment);
  const counted = faults.filter(({ code }) => !options.partial || code !== 'config.incomplete');
  for (const { place, message, remedy } of counted) output.trouble(`${formatPlace(place)}  ${message}`, remedy);
  for (const { place, message } of notes) output.note(`${formatPlace(place)}  ${message}`);
  output.data({ valid: counted.length === 0, faults: counted.map(flat), notes });
  if (counted.length > 0) {
    output.detail(`${counted.length} fault${counted.length === 1 ? '' : 's'}`);
    return exitCodes.wrong;
  }
  const systems = Object.values(installation.systems).map(({ name, type }) =>
    name === type ? name : `${name} (${type})`,
  );
  const syncs = installation.syncs.map(
    ({ name, entity, direction }) => `${name}: ${entity}, ${direction.replaceAll('_', ' ')}`,
  );
  output.print(
    ['The config is valid.', ...syncs.map((sync) => `  ${sync}`), `  systems: ${systems.join(', ') || 'none'}`].join(
      '\n',
    ),
  );
  return exitCodes.fine;
}

function flat({ code, place, message, remedy }: ConfigFault): object {
  return { code, ...place, message, hint: remedy };
}
