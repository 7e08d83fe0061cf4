/** The few colours used on a terminal; picocolors leaves them out when nobody would see them. */
import colours from 'picocolors';

export const { bold, cyan, dim, green, red, yellow } = colours;
