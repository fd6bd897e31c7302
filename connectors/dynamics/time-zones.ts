import type { ConnectorHost } from '../../src/sync/connector-manifest.ts';

/**
 * IANA zones of the platform's time zone codes, which are the index numbers of the zones of Windows.
 * https://learn.microsoft.com/power-apps/developer/data-platform/specify-time-zone-settings-user and, for the zones,
 * https://github.com/unicode-org/cldr/blob/main/common/supplemental/windowsZones.xml
 */
const zones: Readonly<Record<number, string>> = {
  0: 'Etc/GMT+12',
  1: 'Etc/GMT+11',
  2: 'Pacific/Honolulu',
  3: 'America/Anchorage',
  4: 'America/Los_Angeles',
  10: 'America/Denver',
  15: 'America/Phoenix',
  20: 'America/Chicago',
  25: 'America/Regina',
  29: 'America/Mexico_City',
  33: 'America/Guatemala',
  35: 'America/New_York',
  40: 'America/Indiana/Indianapolis',
  45: 'America/Bogota',
  50: 'America/Halifax',
  55: 'America/La_Paz',
  56: 'America/Santiago',
  60: 'America/St_Johns',
  65: 'America/Sao_Paulo',
  69: 'America/Argentina/Buenos_Aires',
  70: 'America/Cayenne',
  80: 'Atlantic/Azores',
  83: 'Atlantic/Cape_Verde',
  85: 'Europe/London',
  90: 'Atlantic/Reykjavik',
  92: 'UTC',
  95: 'Europe/Budapest',
  100: 'Europe/Warsaw',
  105: 'Europe/Paris',
  110: 'Europe/Berlin',
  113: 'Africa/Lagos',
  120: 'Africa/Cairo',
  125: 'Europe/Kyiv',
  130: 'Europe/Bucharest',
  134: 'Europe/Istanbul',
  135: 'Asia/Jerusalem',
  140: 'Africa/Johannesburg',
  145: 'Europe/Moscow',
  150: 'Asia/Riyadh',
  155: 'Africa/Nairobi',
  158: 'Asia/Baghdad',
  160: 'Asia/Tehran',
  165: 'Asia/Dubai',
  175: 'Asia/Kabul',
  180: 'Asia/Yekaterinburg',
  190: 'Asia/Kolkata',
  193: 'Asia/Kathmandu',
  200: 'Asia/Colombo',
  205: 'Asia/Bangkok',
  207: 'Asia/Krasnoyarsk',
  210: 'Asia/Shanghai',
  215: 'Asia/Singapore',
  220: 'Asia/Taipei',
  225: 'Australia/Perth',
  227: 'Asia/Irkutsk',
  230: 'Asia/Seoul',
  235: 'Asia/Tokyo',
  240: 'Asia/Yakutsk',
  245: 'Australia/Darwin',
  250: 'Australia/Adelaide',
  255: 'Australia/Sydney',
  260: 'Australia/Brisbane',
  265: 'Australia/Hobart',
  270: 'Asia/Vladivostok',
  275: 'Pacific/Port_Moresby',
  285: 'Pacific/Fiji',
  290: 'Pacific/Auckland',
  300: 'Pacific/Tongatapu',
};

/**
 * The IANA zone of a code. UTC where the user may not read its own settings (undefined), and, with a warning in the log,
 * for a code that is not known.
 */
export function zoneOf(code: number | undefined, { log }: Pick<ConnectorHost, 'log'>): string {
  const zone = code === undefined ? undefined : zones[code];
  if (code !== undefined && zone === undefined)
    log('warn', 'the time zone of the user is not known here: its days are taken to begin as in UTC', {
      code,
    });
  return zone ?? 'UTC';
}
