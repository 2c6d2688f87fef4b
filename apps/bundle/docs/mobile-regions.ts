/** The parts of `docs/mobile.md` that say what the manifest says, from the shipped models' cards. */
import { join } from 'node:path';
import { packageRoot } from '../../../models/base/paths.js';
import { readModelCard } from '../../../models/runtime/model-folder.js';
import { markdownTable } from '../../train/bench/markdown-table.js';
import { replaceRegion } from '../../train/bench/replace-region.js';
import { detectorRules, PAGE_RULES, recognizerRules, saliencyRules } from '../build/rules.js';
import { bordersOf } from '../build/variants.js';

/** The document with its regions written anew. @throws invalid_data where a region is not there */
export async function withRegions(document: string): Promise<string> {
  const weights = join(packageRoot(), 'models', 'weights');
  const [recognizer, detector, saliency] = await Promise.all(
    ['recognizer', 'detector', 'saliency'].map((name) => readModelCard(join(weights, name))),
  );
  const line = recognizerRules(recognizer!.config);
  const page = detectorRules(detector!.config);
  const photo = saliencyRules(saliency!.config, {});
  const tensors = [recognizer!, detector!, saliency!].flatMap((card) => {
    const { inputs, outputs } = bordersOf(card);
    const row = (way: string) => (tensor: (typeof inputs)[number]) => [
      card.name,
      way,
      tensor.role,
      `\`${tensor.name}\``,
      tensor.layout,
      tensor.shape.map((size) => size ?? '?').join(' × '),
      tensor.meaning,
    ];
    return [...inputs.map(row('in')), ...outputs.map(row('out'))];
  });
  const titles = ['model', '', 'role', 'name', 'axes', 'shape', 'what it holds'];
  const regions: Readonly<Record<string, string>> = {
    'manifest:tensors': markdownTable(
      titles.map((title) => ({ title, align: 'left' })),
      tensors,
    ),
    'manifest:line': json({ ...line, postprocessing: { ...line.postprocessing, charset: '…' } }),
    'manifest:page': json({ ...page, page: PAGE_RULES }),
    'manifest:photo': json(photo),
  };
  return Object.entries(regions).reduce(
    (text, [name, content]) => replaceRegion(text, name, content, 'docs/mobile.md'),
    document,
  );
}

/** Objects that fit stay on one line. */
function json(value: unknown): string {
  const write = (each: unknown, indent: string): string => {
    const flat = JSON.stringify(each).replace(/([,:])(?=["[{\d-]|true|false|null)/g, '$1 ');
    if (
      indent.length + flat.length <= 100 ||
      typeof each !== 'object' ||
      each === null ||
      Array.isArray(each)
    )
      return flat;
    const inner = `${indent}  `;
    const fields = Object.entries(each).map(([key, part]) => `${inner}"${key}": ${write(part, inner)}`);
    return `{\n${fields.join(',\n')}\n${indent}}`;
  };
  return `\`\`\`json\n${write(value, '')}\n\`\`\``;
}
