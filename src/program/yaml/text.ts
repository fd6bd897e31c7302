import { LineCounter, parseDocument } from 'yaml';
import type { YamlText } from '../../yaml-places.ts';
import { brokenAlias, firstAlias, repeatedIn } from './aliases.ts';
import { type YamlMistake, yamlMistake } from './mistakes.ts';
import { mendSlips, type YamlSlip } from './slips.ts';

/** A YAML text that can be read: what it says, each alias followed, and what in it no author means. */
export interface ReadYaml extends YamlText {
  ok: true;
  value: unknown;
  slips: readonly YamlSlip[];
}

export interface BrokenYaml extends YamlText {
  ok: false;
  mistake: YamlMistake;
  cause?: unknown;
}

/**
 * Reads the YAML of any file that people write: programs, mappings, the project, suppositions. Never throws for what is
 * wrong in it. Repetitions are followed up to a limit, so that a short text cannot become one that no memory holds.
 */
export function readYaml(text: string): ReadYaml | BrokenYaml {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const yaml = { document, lines };
  const broken = document.errors.find(({ code }) => code !== 'DUPLICATE_KEY');
  if (broken !== undefined) return { ok: false, ...yaml, mistake: yamlMistake(text, broken) };
  const written = repeatedIn(document);
  const slips = mendSlips(text, yaml);
  const alias = brokenAlias(yaml, written);
  if (alias !== undefined)
    return { ok: false, ...yaml, mistake: mistakeAt(yaml, alias.offset, alias.reason) };
  try {
    return { ok: true, ...yaml, slips, value: document.toJS() };
  } catch (cause) {
    // What is left are more repetitions than are followed.
    const reason = 'what is repeated with * and & comes to more than can be followed';
    const mistake = mistakeAt(yaml, firstAlias(document), reason);
    return { ok: false, ...yaml, mistake, cause };
  }
}

function mistakeAt({ lines }: YamlText, offset: number, reason: string): YamlMistake {
  const { line, col } = lines.linePos(offset);
  return { line, column: col, reason };
}
