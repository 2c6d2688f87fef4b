/** What a bundle says to people: README, model card, notices; and the hash list for `sha256sum -c`. */
import { createHash } from 'node:crypto';
import { measuredMetrics } from '../manifest/metrics.js';
import type { ManifestModel } from '../manifest/models.js';
import type { Manifest } from '../manifest/schema.js';

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export function bundleReadme({ id, version, models }: Manifest): string {
  const list = models.map((model) => `- \`${model.name}\` ${model.version}: ${model.summary}`).join('\n');
  return `# ${id} ${version}

${list}

\`manifest.json\` says how each is run: tensors, pre-processing, post-processing, all as data; \`manifest.schema.json\` says what a
manifest may hold. \`goldens/\` holds inputs and what is to come of them; \`MODEL_CARD.md\` what the models are fit for;
\`NOTICE\` and \`LICENSES/\` the terms. \`sha256sum -c SHA256SUMS\` checks the files, \`pocketlens bundle verify\` all the rest.
`;
}

export function modelCards(models: readonly ManifestModel[]): string {
  return `# Model card\n\n${models.map(modelCard).join('\n')}`;
}

function modelCard(model: ManifestModel): string {
  const { training } = model.provenance;
  const lines = [
    `## ${model.name} ${model.version}`,
    '',
    model.summary,
    '',
    `Licence: ${model.licence}. Parameters: ${model.size.parameters.toLocaleString('en')}.`,
    `Trained on: ${training.data.join(', ')}; ${training.steps.toLocaleString('en')} steps. All of it in \`${model.card}\`.`,
    '',
    'Limits:',
    ...model.limitations.map((limit) => `- ${limit}`),
    '',
  ];
  for (const [run, sets] of measuredMetrics(model)) {
    lines.push(`Measured, ${run} (shares):`, '', '| set | metric | value |', '| --- | --- | ---: |');
    for (const [set, metrics] of Object.entries(sets))
      for (const [metric, value] of Object.entries(metrics))
        lines.push(`| ${set} | ${metric} | ${value.toFixed(4)} |`);
    lines.push('');
  }
  if (model.task === 'saliency') {
    lines.push('The pictures that it is shown are not stored by it and not sent anywhere.', '');
  }
  return lines.join('\n');
}

export function notice({ licence, models }: Manifest): string {
  const parts = models.flatMap(({ name, thirdParty }) =>
    thirdParty.map(
      (part) => `${name}: ${part.name}. ${part.licence}.${part.source ? ` ${part.source}` : ''}`,
    ),
  );
  const pictures = [
    'goldens/saliency/picture.png: Rachel Michetti, courtesy of Pikolo Espresso Bar. CC0-1.0. PyPI package scikit-image, skimage/data/coffee.png, made smaller.',
  ].filter(() => models.some(({ name }) => name === 'saliency'));
  const words = models.flatMap((model) =>
    model.task === 'text-recognition'
      ? `${model.postprocessing.spelling.path}: known words in part of SCOWL, Copyright 2000-2011 by Kevin Atkinson, see LICENSES/SCOWL.txt.`
      : [],
  );
  return [`Pocketlens models: ${licence}, see LICENSES.`, ...parts, ...words, ...pictures]
    .join('\n')
    .concat('\n');
}

/** Of all files but itself, as `sha256sum` writes and checks it. */
export function hashList(files: ReadonlyMap<string, Uint8Array>): string {
  return [...files.keys()]
    .sort()
    .map((path) => `${sha256(files.get(path)!)}  ${path}\n`)
    .join('');
}
