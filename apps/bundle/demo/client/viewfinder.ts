/// <reference lib="dom" />
/** The live camera: a dialog with what it sees, a shutter, and the next camera where there are several. */
import { buttonOf, element } from '../../../service/page/client/dom.js';

export interface Viewfinder {
  readonly taken: (photo: Blob) => void;
  readonly failed: (error: unknown) => void;
}

export function listenToViewfinder({ taken, failed }: Viewfinder): void {
  const dialog = element('viewfinder', HTMLDialogElement);
  const video = element('video', HTMLVideoElement);
  const [open, flip] = [buttonOf('live'), buttonOf('flip')];
  let stream: MediaStream | undefined;
  /** Of the starts, the last one alone gets the camera, unless it was stopped since. */
  let turn = 0;
  let facing: 'environment' | 'user' = 'environment';
  open.hidden = !navigator.mediaDevices?.getUserMedia;

  const stop = () => {
    turn++;
    if (stream) release(stream);
    stream = undefined;
    video.srcObject = null;
  };
  /** @returns whether the camera runs and is still wanted */
  const start = async (): Promise<boolean> => {
    stop();
    const own = turn;
    try {
      const media = { video: { facingMode: facing, width: { ideal: 2560 }, height: { ideal: 1440 } } };
      const opened = await navigator.mediaDevices.getUserMedia(media);
      if (own !== turn) {
        release(opened);
        return false;
      }
      stream = opened;
      video.srcObject = opened;
      await video.play();
      const devices = await navigator.mediaDevices.enumerateDevices();
      if (own !== turn) return false;
      flip.hidden = devices.filter(({ kind }) => kind === 'videoinput').length < 2;
      return true;
    } catch (error) {
      // A start that is no longer wanted may fail unseen.
      if (own !== turn) return false;
      stop();
      throw error;
    }
  };

  open.addEventListener('click', async () => {
    try {
      if (!(await start())) return;
      dialog.showModal();
      buttonOf('shutter').focus();
    } catch (error) {
      failed(error);
    }
  });
  flip.addEventListener('click', () => {
    facing = facing === 'user' ? 'environment' : 'user';
    start().catch((error) => {
      dialog.close();
      failed(error);
    });
  });
  buttonOf('viewfinder-close').addEventListener('click', () => dialog.close());
  // However it was closed, also by Escape: the camera's light goes out.
  dialog.addEventListener('close', stop);
  buttonOf('shutter').addEventListener('click', async () => {
    // While the other camera starts there is nothing to take.
    if (!stream || video.videoWidth === 0) return;
    const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
    canvas.getContext('2d')?.drawImage(video, 0, 0);
    dialog.close();
    try {
      taken(await canvas.convertToBlob({ type: 'image/png' }));
    } catch (error) {
      failed(error);
    }
  });
}

function release(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
