/** What the derivation of a plan has to say: faults stop it, warnings are for people to weigh. */
import type { ConfigFault, ConfigNote, Place } from '@concord/config';

export type PlanFault = Omit<ConfigFault, 'code'> & { readonly code: string };
export type PlanWarning = ConfigNote;

export class Findings {
  readonly faults: PlanFault[] = [];
  readonly warnings: PlanWarning[] = [];

  fault(code: string, place: Place, message: string, remedy: string): void {
    this.faults.push({ code, place, message, remedy });
  }

  warn(place: Place, message: string): void {
    this.warnings.push({ place, message });
  }
}
