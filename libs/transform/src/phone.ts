/** Phone numbers as E.164 writes them: `+4722334455`. */
import { getCountries, isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/min';

/** Codes of the countries whose national numbers can be read: `NO`, `US`, … */
export function phoneCountries(): readonly string[] {
  return getCountries();
}

/**
 * A number of the country, or of any where it begins with `+`. What is no possible number stays as it is, and so does one
 * with an extension: E.164 has no place for it, and to drop it would be a loss.
 */
export function formatPhone(text: string, country: string | undefined): string {
  const home = country !== undefined && isSupportedCountry(country) ? country : undefined;
  const number = parsePhoneNumberFromString(text, {
    extract: false,
    ...(home === undefined ? {} : { defaultCountry: home }),
  });
  return number === undefined || number.ext !== undefined || !number.isPossible() ? text : number.number;
}
