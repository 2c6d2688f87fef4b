/** From an encoded photograph to the picture, the numbers or the figures that a client asked for. */
import { decodePicture } from '../../files/decode-picture.js';
import { parseColour } from '../../saliency/colour.js';
import { encodePixels, MEDIA_TYPES } from '../../saliency/encode.js';
import { findSubject } from '../../saliency/find-subject.js';
import { cropOf, renderOutput } from '../../saliency/make-output.js';
import { parseRatio } from '../../saliency/render/crop.js';
import { subjectJson } from '../../saliency/render/json.js';
import { shrinkPicture } from '../../saliency/shrink-picture.js';
import { stopwatch } from '../../saliency/stopwatch.js';
import type { Picture, Subject } from '../../saliency/subject.js';
import type { ComputeAnswer, SubjectTask, TaskLimits } from './engine.js';
import { own, type TaskModels, UPLOAD } from './task-tools.js';

export async function runSubjectTask(
  task: SubjectTask,
  bytes: Uint8Array,
  limits: TaskLimits,
  models: TaskModels,
  signal: AbortSignal,
): Promise<ComputeAnswer> {
  const clock = stopwatch();
  signal.throwIfAborted();
  const picture = await shrinkPicture(
    await decodePicture({ bytes, name: UPLOAD }, { ...limits, threads: 1 }),
    task.maxSide,
  );
  const decode = clock();
  const model = await models.saliency();
  const subject = await findSubject(picture, model, {
    refine: task.refine,
    threshold: task.threshold,
    signal,
  });
  signal.throwIfAborted();
  clock();
  const answer = await write(task, picture, subject, models.saliencyId, decode);
  const { infer, refine, resize, measure } = subject.timings;
  const times = { decode, infer, refine: refine + resize + measure, encode: clock() };
  return { ...answer, times };
}

type Written = Pick<ComputeAnswer, 'body' | 'mediaType' | 'size'>;

async function write(
  task: SubjectTask,
  picture: Picture,
  subject: Subject,
  model: string,
  decode: number,
): Promise<Written> {
  const crop = { margin: task.margin, ...(task.ratio !== undefined && { ratio: parseRatio(task.ratio) }) };
  if (task.output === 'json') {
    const around = task.withCrop ? cropOf('crop', subject, { crop }) : undefined;
    const json = subjectJson(subject, {
      model,
      refine: task.refine,
      decode,
      ...(around && { crop: around }),
    });
    return { body: own(Buffer.from(JSON.stringify(json))), mediaType: 'application/json' };
  }
  const { width, height } = subject;
  if (task.output === 'raw')
    return {
      body: rawMap(subject, task.depth),
      mediaType: 'application/octet-stream',
      size: { width, height },
    };
  const background = task.background === undefined ? undefined : parseColour(task.background);
  const pixels = renderOutput(task.output, picture, subject, {
    ...(background && { background }),
    ...(task.output === 'crop' && { crop }),
  });
  const { quality } = task;
  const encoded = await encodePixels(pixels, task.format, {
    threads: 1,
    ...(quality !== undefined && { quality }),
  });
  return {
    body: own(encoded),
    mediaType: MEDIA_TYPES[task.format],
    size: { width: pixels.width, height: pixels.height },
  };
}

function rawMap({ map }: Subject, depth: SubjectTask['depth']): Uint8Array<ArrayBuffer> {
  if (depth === 'u8') return new Uint8Array(map.data);
  const values = new DataView(new ArrayBuffer(4 * map.data.length));
  map.data.forEach((value, index) => {
    values.setFloat32(4 * index, value / 255, true);
  });
  return new Uint8Array(values.buffer);
}
