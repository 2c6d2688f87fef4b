/** The ways in for a picture: chosen, photographed, dropped, pasted, or one of the samples. */
import { buttonOf, element, inputOf, partOf } from './dom.js';

export interface Intake {
  readonly open: (file: Blob, name: string) => void;
  /** There is no file in what was dropped or pasted. */
  readonly nothing: (how: 'dropped' | 'pasted') => void;
  readonly failed: (error: unknown) => void;
}

export function listenForPictures(intake: Intake): void {
  picked('pick', 'file', intake);
  picked('camera', 'camera-file', intake);
  dropped(intake);
  pasted(intake);
  void offerSamples(intake);
}

function picked(button: string, input: string, { open }: Intake): void {
  const field = inputOf(input);
  buttonOf(button).addEventListener('click', () => field.click());
  field.addEventListener('change', () => {
    const [file] = field.files ?? [];
    if (file) open(file, file.name);
    // The same file may be chosen again.
    field.value = '';
  });
}

function dropped({ open, nothing }: Intake): void {
  const veil = partOf('veil');
  let leaving: ReturnType<typeof setTimeout> | undefined;
  const isFile = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;
  document.addEventListener('dragover', (event) => {
    // Without this the browser leaves the page for whatever is dropped on it.
    event.preventDefault();
    if (!isFile(event)) return;
    veil.hidden = false;
    // Browsers fire this several times a second while the file is held, and nothing reliable when it leaves.
    clearTimeout(leaving);
    leaving = setTimeout(() => {
      veil.hidden = true;
    }, 400);
  });
  document.addEventListener('drop', (event) => {
    event.preventDefault();
    veil.hidden = true;
    const file = fileOf(event.dataTransfer);
    if (file) open(file, file.name);
    else nothing('dropped');
  });
}

function pasted({ open, nothing, failed }: Intake): void {
  document.addEventListener('paste', (event) => {
    const file = fileOf(event.clipboardData);
    if (file) open(file, file.name);
    else nothing('pasted');
  });
  const button = buttonOf('paste');
  button.hidden = !('read' in (navigator.clipboard ?? {}));
  button.addEventListener('click', async () => {
    try {
      for (const item of await navigator.clipboard.read()) {
        const type = item.types.find((name) => name.startsWith('image/'));
        if (type) return open(await item.getType(type), 'pasted');
      }
      nothing('pasted');
    } catch (error) {
      failed(error);
    }
  });
}

/** An image if there is one, else whatever file there is. */
function fileOf(data: DataTransfer | null): File | undefined {
  const files = [...(data?.files ?? [])];
  return files.find(({ type }) => type.startsWith('image/')) ?? files[0];
}

interface Sample {
  readonly file: string;
  readonly thumbnail: string;
  readonly name: string;
}

async function offerSamples({ open, failed }: Intake): Promise<void> {
  const list = element('samples', HTMLUListElement);
  const samples = await fetch('samples/index.json').then(
    (answer) => (answer.ok ? (answer.json() as Promise<Sample[]>) : []),
    () => [],
  );
  const section = list.closest<HTMLElement>('.samples');
  if (section) section.hidden = samples.length === 0;
  for (const { file, thumbnail, name } of samples) {
    const image = new Image(148, 104);
    image.src = `samples/${thumbnail}`;
    image.alt = name;
    const button = document.createElement('button');
    button.type = 'button';
    button.append(image);
    button.addEventListener('click', async () => {
      try {
        const answer = await fetch(`samples/${file}`);
        if (answer.ok) open(await answer.blob(), file);
        else failed(new Error(`Sample ${file}: ${answer.status}`));
      } catch (error) {
        failed(error);
      }
    });
    const item = document.createElement('li');
    item.append(button);
    list.append(item);
  }
}
