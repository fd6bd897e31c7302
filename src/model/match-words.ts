/** Words that say nothing about which company is meant, for the keys by which records are matched. */

/** Legal forms, without dots and blanks, at the beginning or end of a name. */
export const legalForms: ReadonlySet<string> = new Set(
  `ab ag aps as asa bv bvba co company corp corporation cv doo dba eg ek ev eurl gbr gmbh inc incorporated jsc kft kg
   kgaa kk lda limited limitada llc llp lp ltd ltda mbh nv ohg oy oyj plc pte pty pvt sa sarl sas sasu sca scs se sl slu
   snc spa spzoo sro srl sc ug und zrt`.split(/\s+/),
);

/** Hosts that many companies share; a page on them, or on a host below them, is nobody's own. */
export const sharedHosts: readonly string[] = [
  'facebook.com',
  'fb.com',
  'github.com',
  'gmail.com',
  'gmx.com',
  'gmx.de',
  'gmx.net',
  'google.com',
  'googlemail.com',
  'hotmail.com',
  'icloud.com',
  'instagram.com',
  'linkedin.com',
  'linktr.ee',
  'live.com',
  'mail.com',
  'mail.ru',
  'medium.com',
  'outlook.com',
  'proton.me',
  'protonmail.com',
  'qq.com',
  't-online.de',
  'tiktok.com',
  'twitter.com',
  'web.de',
  'wikipedia.org',
  'x.com',
  'xing.com',
  'yahoo.com',
  'yandex.ru',
  'youtube.com',
];

/** Hosts whose own page is nobody's, while each host below them is a company's. */
export const hostingHosts: ReadonlySet<string> = new Set([
  'azurewebsites.net',
  'blogspot.com',
  'github.io',
  'jimdo.com',
  'myshopify.com',
  'squarespace.com',
  'weebly.com',
  'wixsite.com',
  'wordpress.com',
]);

/** What people type where a number is asked for and they have none. */
export const noNumbers: ReadonlySet<string> = new Set([
  'blank',
  'na',
  'nil',
  'no',
  'none',
  'notavailable',
  'notknown',
  'null',
  'pending',
  'tba',
  'tbc',
  'tbd',
  'test',
  'unknown',
  'x',
  'xx',
  'xxx',
]);

/** Letters that no accent can be taken from. */
export const plainLetters: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  ł: 'l',
  þ: 'th',
  ı: 'i',
  // The same letter, written so at the end of a word.
  ς: 'σ',
};
