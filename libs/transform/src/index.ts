export { normalizerOf, type Normalization } from './normalization.ts';
export { clashOf, codecOf, isInvertible, type Codec, type Conversion } from './conversion.ts';
export { phoneCountries } from './phone.ts';
